// A connection of a database: opened at first use, and again after a loss.
#ifndef PAWL_POSTGRES_LINK_HPP
#define PAWL_POSTGRES_LINK_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/libpq.hpp>
#include <pawl/postgres/opening.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/server_history.hpp>
#include <pawl/postgres/session.hpp>
#include <pawl/postgres/single_flight.hpp>
#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// "app on db1,db2": for messages; never with a password.
inline std::string name_of_database(settings const& all) {
  std::string name = "the default database", hosts = "the default host";
  for (auto const& [keyword, value] : all) {
    if (keyword == "dbname") name = value;
    if (keyword == "host" || (keyword == "hostaddr" && hosts == "the default host")) hosts = value;
  }
  return name + " on " + hosts;
}

// Where the connections of a process lead, and what they have learnt of the servers.
struct address {
  address(event_loop& on, std::string to, options const& with)
      : loop(on), conninfo(std::move(to)), chosen(with), name(name_of_database(parse_conninfo(conninfo))) {
    check(chosen);
  }
  std::chrono::steady_clock::time_point end_of_answer() const {
    return std::chrono::steady_clock::now() + chosen.answer_within;
  }
  // Adds the BEGIN of a transaction that writes, and behind a pooler the settings that sessions do not keep there.
  request& begin(request& what) const {
    what.add(std::string(begin_write_sql));
    if (is_pooled /*mutant settings_behind_a_pooler: && !OFF*/) what.add(local_settings_sql(lock_timeout_of(chosen)));
    return what;
  }

  // ---- options::on_outage ----

  // While one waits for a session. With the last of those who wait an outage is over, or nobody's.
  struct wait {
    explicit wait(address& of) : to(of) { ++to.waiting_; }
    wait(wait const&) = delete;
    wait& operator=(wait const&) = delete;
    ~wait() {
      if (--to.waiting_ == 0) to.is_out_ = false;
    }
    address& to;
  };
  // No host could be used at a time after `tried`; they are tried again for so long.
  void note_outage(std::string const& why, std::chrono::steady_clock::time_point tried,
                   std::chrono::steady_clock::duration left) {
    bool const was_for_another = used_ >= tried;
    if (was_for_another || std::exchange(is_out_, true) || !chosen.on_outage) return;
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
    chosen.on_outage(why + "; tries again for " + std::to_string(seconds) + " s");
  }
  void note_session() {
    used_ = std::chrono::steady_clock::now();
    if (std::exchange(is_out_, false) && chosen.on_outage) chosen.on_outage("pawl: " + name + " can be used again");
  }

  event_loop& loop;
  std::string conninfo;
  options chosen;
  std::string name;
  std::string me = std::to_string(pawl::detail::random_number());  // in hints: this process's own are no news to it
  server_history history{};
  bool is_pooled = false;  // statements are sent unnamed
  bool closed = false;

 private:
  bool is_out_ = false;
  std::size_t waiting_ = 0;
  std::chrono::steady_clock::time_point used_{};  // when a session was opened last
};

// Real time, whatever the loop's clock: a server knows no other.
inline task<void> pause_for(event_loop& loop, std::chrono::nanoseconds time) {
  asio::steady_timer timer(loop.get_executor(), time);
  auto waiting = timer.async_wait(await);
  auto const elsewhere = loop.elsewhere();
  co_await std::move(waiting);
}

// Use it on the loop's thread. The address must outlive it, and it its coroutines.
class link {
 public:
  explicit link(address& to) : to_(to), opening_(to.loop), pause_(to.loop.get_executor()) {}
  link(link const&) = delete;
  link& operator=(link const&) = delete;

  // The open session. Where there is none, one is opened: hosts that are out of reach are tried again up to
  // options::outage_bound. Throws store_error: `refused` where no host can ever be used, `cancelled` after end(), else
  // `not_applied`.
  task<std::shared_ptr<connection>> session() {
    address::wait const waiting(to_);
    auto opening = opening_.run([this] { return to_.closed || is_open(); }, [this] { return open(); });
    co_await std::move(opening);
    refuse_closed();
    co_return session_;
  }
  bool is_open() const noexcept { return session_ && session_->is_open(); }
  // Whoever waits for an answer is told that the connection was lost.
  void close() noexcept {
    if (session_) session_->cut();
    session_.reset();
  }

  // Closed for good: whoever waits for a session is told soon, at the latest when a host that is being tried has had its time.
  void end() noexcept {
    has_ended_ = true;
    close();
    pause_.cancel();
  }

 private:
  task<void> open() {
    session_.reset();
    auto const until = std::chrono::steady_clock::now() + to_.chosen.outage_bound;
    jitter random(pawl::detail::random_number());
    constexpr backoff pauses{std::chrono::milliseconds(20), std::chrono::seconds(1)};
    for (int failures = 1;; ++failures) {
      std::string why;
      auto const tried = std::chrono::steady_clock::now();
      try {
        auto opening = open_session(to_.loop, to_.conninfo, to_.chosen, to_.history);
        auto opened = co_await std::move(opening);
        to_.is_pooled = to_.is_pooled || !opened.session->uses_names();
        if (to_.is_pooled) opened.session->use_names(false);
        session_ = std::move(opened.session);
      } catch (connection_error const& e) {
        why = e.what();
      }
      refuse_closed();
      if (why.empty()) co_return to_.note_session();
      auto const left = until - std::chrono::steady_clock::now();
      if (left <= left.zero()) throw store_error(store_failure::not_applied, why);
      to_.note_outage(why, tried, left);
      auto pausing = pause((std::min<std::chrono::nanoseconds>)(left, pauses.wait(failures, random)));
      co_await std::move(pausing);
    }
  }
  task<void> pause(std::chrono::nanoseconds time) {
    pause_.expires_after(time);
    boost::system::error_code woken;
    auto waiting = pause_.async_wait(asio::redirect_error(await, woken));
    auto const elsewhere = to_.loop.elsewhere();
    co_await std::move(waiting);
    refuse_closed();
    if (woken) throw boost::system::system_error(woken);  // this coroutine was cancelled
  }
  void refuse_closed() {
    if (!to_.closed && !has_ended_) return;
    close();
    if (has_ended_)
      throw store_error(store_failure::cancelled, "pawl: a session with " + to_.name + " is not needed any more");
    if (to_.closed)
      throw store_error(store_failure::not_applied,
                        "pawl: the database " + to_.name + " was closed; nothing was applied");
  }

  address& to_;
  single_flight opening_;
  asio::steady_timer pause_;
  bool has_ended_ = false;
  std::shared_ptr<connection> session_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
