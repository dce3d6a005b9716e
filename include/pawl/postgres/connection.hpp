// An open session with a server: one request at a time, each with a deadline.
#ifndef PAWL_POSTGRES_CONNECTION_HPP
#define PAWL_POSTGRES_CONNECTION_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/socket_wait.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/libpq.hpp>
#include <pawl/postgres/pipeline.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

enum class request_fate : std::uint8_t {
  not_sent,  // surely nothing of it was performed
  in_doubt   // some or all of it may have reached the server, and its COMMIT may have been performed
};
enum class connection_trouble : std::uint8_t {
  lost,
  too_slow
};  // too_slow: no answer within the deadline of a request

// The connection was lost, or the deadline of a request has passed.
class connection_error : public error {
 public:
  connection_error(request_fate what_became, std::string const& message,
                   connection_trouble what = connection_trouble::lost)
      : error("postgres.connection", message), fate_(what_became), trouble_(what) {}
  request_fate fate() const noexcept { return fate_; }
  bool is_too_slow() const noexcept { return trouble_ == connection_trouble::too_slow; }

 private:
  request_fate fate_;
  connection_trouble trouble_;
};

// Used on the loop's thread; must outlive its requests. Closed for good by the first connection_error, and where a request
// under way is cancelled: nobody knows then what the next answer belongs to. A total cancellation (Asio's, which has no side
// effects) cancels no request that was sent, once await_answers() was called.
class connection {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  connection(event_loop& loop, connection_handle opened, bool names_are_ours = true)
      : loop_(loop), handle_(std::move(opened)), names_are_ours_(names_are_ours) {
    PQsetNoticeReceiver(handle_.get(), &connection::note, this);
    wait_.emplace(loop_, PQsocket(handle_.get()));
    pipeline_.emplace(handle_.get());
  }
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;
  ~connection() { close(); }

  void await_answers() noexcept {
    cancelled_by_ = asio::cancellation_type::terminal | asio::cancellation_type::partial;
  }
  bool is_open() const noexcept { return handle_ != nullptr; }
  // The loop forgets the socket before libpq closes it.
  void close() noexcept {
    wait_.reset();
    pipeline_.reset();
    handle_.reset();
  }
  // The same while requests are under way, which then throw connection_error.
  void cut() noexcept {
    if (line_.empty()) return close();
    is_cut_ = true;
    try {
      if (wait_) wait_->interrupt();
    } catch (std::bad_alloc const&) {  // then the deadline ends it
    }
  }
  // Server process that this session talks to, as its start-up told; not the real one behind a pooler.
  int told_process() const { return handle_ ? PQbackendPID(handle_.get()) : 0; }
  // False behind a pooler: statements are sent unnamed.
  void use_names(bool names_are_ours) noexcept { names_are_ours_ = names_are_ours; }
  bool uses_names() const noexcept { return names_are_ours_; }

  // Waits in line behind earlier requests, first come, first served. The request must live until it is answered. Failed
  // statements are answers; throws connection_error, and what pipeline::send throws.
  task<reply> ask(request const& what, time_point until) {
    turn mine(*this, until);
    auto queueing = begin_turn(mine, until);
    co_await std::move(queueing);
    auto asking = ask_now(what, until);
    co_return co_await std::move(asking);
  }

  // Waits for what NOTIFY sends on a channel that the session listens to. Returns what was told and not taken yet; nothing where
  // somebody else asks first or wakes it, and when the time is over. Throws connection_error if the session has ended.
  task<std::set<std::string>> listen(time_point until) {
    turn mine(*this, until);
    auto queueing = mine.come();
    co_await std::move(queueing);
    if (!mine.granted) co_return take_told();
    listening const now(*this);
    for (auto found = pawl::detail::socket_readiness::readable;;) {
      if (is_cut_) close();
      if (!is_open() || was_ended()) {
        close();
        throw connection_error(request_fate::not_sent, "pawl: PostgreSQL has ended the session");
      }
      take_notifications();
      bool const goes_on = found == pawl::detail::socket_readiness::readable && told_.empty() && line_.size() == 1;
      if (!goes_on) co_return take_told();
      auto waiting = wait_->wait(pawl::detail::socket_interest::readable, until);
      found = co_await std::move(waiting);
    }
  }
  // Whoever listens returns soon.
  void wake_listener() {
    if (is_listening_ && wait_) wait_->interrupt();
  }
  // What was told since the last call, nothing twice. Of very many different texts the empty one is left, which is news to all.
  std::set<std::string> take_told() noexcept { return std::exchange(told_, {}); }

 private:
  friend class conversation;

  // A place in the line. The timer is the deadline; it is cancelled when the turn has come.
  struct turn {
    turn(connection& of, time_point until) : owner(of), timer(of.loop_.get_executor(), until) {
      owner.line_.push_back(this);
      granted = owner.line_.front() == this;
    }
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;
    ~turn() {
      std::erase(owner.line_, this);
      if (!granted || owner.line_.empty()) return;
      owner.line_.front()->granted = true;
      owner.line_.front()->timer.cancel();
    }

    // Returns when it has come, or is too late.
    task<void> come() {
      if (granted) co_return;
      boost::system::error_code woken;
      auto waiting = timer.async_wait(asio::redirect_error(await, woken));
      auto const elsewhere = owner.loop_.elsewhere();
      co_await std::move(waiting);
      if (!granted && woken) throw boost::system::system_error(woken);
    }

    connection& owner;
    asio::steady_timer timer;
    bool granted = false;
  };
  struct listening {
    explicit listening(connection& of) : owner(of) { owner.is_listening_ = true; }
    listening(listening const&) = delete;
    listening& operator=(listening const&) = delete;
    ~listening() { owner.is_listening_ = false; }
    connection& owner;
  };
  struct closing_unless_done {
    connection* owner;
    ~closing_unless_done() {
      if (owner != nullptr) owner->close();
    }
  };

  task<void> begin_turn(turn& mine, time_point until) {
    wake_listener();
    auto queueing = mine.come();
    co_await std::move(queueing);
    if (!is_open() || is_cut_)
      throw connection_error(request_fate::not_sent, "pawl: the connection to PostgreSQL is closed");
    if (!mine.granted || std::chrono::steady_clock::now() >= until)
      throw connection_error(request_fate::not_sent,
                             "pawl: a request to PostgreSQL waited for the answers to others past its own deadline, "
                             "options::answer_within",
                             connection_trouble::too_slow);
  }
  // By whoever has the turn.
  task<reply> ask_now(request const& what, time_point until) {
    closing_unless_done under_way{this};
    if (was_ended())
      throw connection_error(request_fate::not_sent,
                             "pawl: PostgreSQL has ended the session: " + message_of(handle_.get()));
    pipeline_state state{};
    try {
      state = send(what);
    } catch (store_error const&) {
      under_way.owner = nullptr;  // nothing was sent
      throw;
    }
    auto answering = answers_to(state, until);
    reply given = co_await std::move(answering);
    if (what.begins_transaction() && given.first_failure() != nullptr /*mutant rolls_back_at_once: && !OFF*/) {
      request back;
      back.add("ROLLBACK");
      auto rolling = answers_to(send(back), until);
      try {
        co_await std::move(rolling);
      } catch (connection_error const&) {  // then the server rolls back, and the answers stand
        co_return given;
      }
    }
    under_way.owner = nullptr;
    take_notifications();
    co_return given;
  }

  pipeline_state send(request const& what) {
    notices_.clear();
    return pipeline_->send(what, names_are_ours_);
  }
  task<reply> answers_to(pipeline_state state, time_point until) {
    while (state != pipeline_state::done) {
      if (is_cut_) fail("was closed while a request was under way");
      if (state == pipeline_state::lost) fail("was lost: " + message_of(handle_.get()));
      auto const interest = state == pipeline_state::reading ? pawl::detail::socket_interest::readable
                                                             : pawl::detail::socket_interest::either;
      auto waiting =
          wait_->wait(interest, until, /*mutant sent_is_awaited: OFF ? asio::cancellation_type::all :*/ cancelled_by_);
      auto const found = co_await std::move(waiting);
      if (found == pawl::detail::socket_readiness::timed_out && !is_cut_)
        fail("did not answer within the deadline of a request, options::answer_within", connection_trouble::too_slow);
      state = pipeline_->advance(found == pawl::detail::socket_readiness::readable);
    }
    reply given = pipeline_->take();
    given.notices = std::move(notices_);
    co_return given;
  }

  // True if the server has ended the session while it was idle: its last words come first, then the end.
  bool was_ended() {
    for (int reads = 0; reads < 2; ++reads) {
      if (PQconsumeInput(handle_.get()) == 0) return true;
      static_cast<void>(PQisBusy(handle_.get()));  // parses what has come
    }
    return PQstatus(handle_.get()) != CONNECTION_OK;
  }
  // libpq keeps each of them until it is asked for it.
  void take_notifications() {
    while (PGnotify* const one = PQnotifies(handle_.get())) {
      std::unique_ptr<PGnotify, decltype(&PQfreemem)> const owned(one, &PQfreemem);
      told_.emplace(text_or_nothing(one->extra));
      if (told_.size() > most_told) told_ = {std::string()};
    }
  }
  static constexpr std::size_t most_told = 64;
  [[noreturn]] static void fail(std::string const& what, connection_trouble trouble = connection_trouble::lost) {
    throw connection_error(request_fate::in_doubt, "pawl: the connection to PostgreSQL " + what, trouble);
  }
  static void note(void* to, PGresult const* said) {
    auto const field = [said](int which) { return std::string(text_or_nothing(PQresultErrorField(said, which))); };
    auto& self = *static_cast<connection*>(to);
    self.notices_.push_back({field(PG_DIAG_SEVERITY_NONLOCALIZED), field(PG_DIAG_SQLSTATE),
                             field(PG_DIAG_MESSAGE_PRIMARY), self.pipeline_ ? self.pipeline_->answered() : 0});
  }

  event_loop& loop_;
  connection_handle handle_;
  std::optional<pawl::detail::socket_wait> wait_{};
  std::optional<pipeline> pipeline_{};
  bool names_are_ours_;
  asio::cancellation_type cancelled_by_ = asio::cancellation_type::all;
  bool is_cut_ = false;
  bool is_listening_ = false;  // whoever is first in line waits for nothing that it has asked
  std::deque<turn*> line_{};
  std::vector<notice> notices_{};
  std::set<std::string> told_{};  // by NOTIFY
};

// Several requests of one transaction: nobody else's come between them. The connection must outlive it. A conversation that does
// not end() ends the session, and with it what it has begun.
class conversation {
 public:
  using time_point = connection::time_point;

  conversation(connection& with, time_point until) : with_(with), until_(until), turn_(with, until) {}
  conversation(conversation const&) = delete;
  conversation& operator=(conversation const&) = delete;
  ~conversation() {
    if (begun_ && !ended_) with_.close();
  }

  // Each throws what connection::ask() throws.
  task<reply> ask(request const& what, time_point until) {
    if (!begun_) {
      auto queueing = with_.begin_turn(turn_, until_);
      co_await std::move(queueing);
      begun_ = true;
    }
    if (!with_.is_open())
      throw connection_error(request_fate::in_doubt, "pawl: the connection to PostgreSQL was closed");
    auto asking = with_.ask_now(what, until);
    co_return co_await std::move(asking);
  }
  // Nothing is under way any more.
  void end() noexcept { ended_ = true; }

 private:
  connection& with_;
  time_point until_;
  connection::turn turn_;
  bool begun_ = false, ended_ = false;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
