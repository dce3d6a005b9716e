// The connections of a database, what is asked over which of them, and what became of it.
#ifndef PAWL_POSTGRES_SESSIONS_HPP
#define PAWL_POSTGRES_SESSIONS_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/hint.hpp>
#include <pawl/postgres/link.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/resolve.hpp>
#include <pawl/postgres/verdict.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/text.hpp>
#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// What the stores of one table have in common.
struct shared_table {
  change_signal changes{};
  bool any_troubles = true;  // false: there are no trouble records, as far as is known
  std::string hint{};        // what others are told: see hint.hpp
};

// A transaction's answers, or what became of it where these were lost.
struct written_transaction {
  explicit written_transaction(reply answers) : given(std::move(answers)) {}
  explicit written_transaction(settled_batch found) : settled(std::move(found)) {}

  std::optional<reply> given{};
  settled_batch settled{};
};

// The sessions of a link, for what is asked after one was lost.
class link_source final : public session_source {
 public:
  explicit link_source(link& over) : link_(over) {}
  task<connection*> open(connection::time_point) override {
    auto opening = link_.session();
    session_ = co_await std::move(opening);
    co_return session_.get();
  }

 private:
  link& link_;
  std::shared_ptr<connection> session_{};
};

// Owned by the database, and by each coroutine that uses it: closing and destroying the database while one waits is safe.
// On the loop's thread.
//
// A lost connection is opened again. What was sent for reading is sent again, until options::outage_bound, and so is a
// transaction that surely was not applied; of one that may have been, the server is asked what became of it.
class sessions {
 public:
  sessions(event_loop& loop, std::string conninfo, options const& chosen)
      : to_(loop, std::move(conninfo), chosen), reading_(to_), writing_(to_), apart_(to_) {}
  sessions(sessions const&) = delete;
  sessions& operator=(sessions const&) = delete;

  address& to() noexcept { return to_; }
  event_loop& loop() const noexcept { return to_.loop; }
  std::string const& name() const noexcept { return to_.name; }

  void close() noexcept {
    to_.closed = true;
    for (link* one : {&reading_, &writing_, &apart_}) one->close();
  }

  // ---- poison: after `unknown` and `not_applied` nothing is answered until a store is opened again ----

  bool is_poisoned() const noexcept { return !poison_.empty(); }
  void revive() noexcept { poison_.clear(); }
  [[noreturn]] void poison(store_failure how, std::string const& why) {
    poison_ = why;
    throw store_error(how, why);
  }
  // Throws store_error (not_applied).
  void check_usable() const {
    if (to_.closed)
      fail(store_failure::not_applied, {"pawl: the database ", name(), " was closed; nothing was applied"});
    if (is_poisoned()) fail(store_failure::not_applied, {"pawl: nothing was applied: ", poison_});
  }

  // ---- outside a transaction ----

  // Answers for reading. Throws store_error.
  task<reply> read(request const& what) {
    check_usable();
    auto const until = end_of_outage();
    for (;;) {
      std::string lost;
      try {
        auto asking = ask(reading_, what);
        reply given = co_await std::move(asking);
        auto const* const failed = given.first_failure();
        if (failed == nullptr) co_return given;
        lost = after(*failed, reading_);
      } catch (connection_error const& e) {
        lost = e.what();
      }
      if (std::chrono::steady_clock::now() >= until) poison(store_failure::not_applied, lost);
      auto pausing = pause_for(loop(), std::chrono::milliseconds(20));
      co_await std::move(pausing);
    }
  }

  // Writes a transaction, of which the first statement is BEGIN and the last COMMIT, and which writes `tokens` into the
  // table of batches beside `records`. Returns once it is committed, or known never to be. Throws store_error: `rejected`,
  // `busy` and `refused` where it was rolled back, `unknown` where nobody can tell within the outage bound.
  task<written_transaction> commit(request const& what, std::string records, std::vector<std::int64_t> tokens) {
    check_usable();
    auto const until = end_of_outage();
    for (;;) {
      std::string lost;
      bool in_doubt = false;
      auto opening = session_of(writing_);
      auto const session = co_await std::move(opening);
      try {
        auto asking = session->ask(what, to_.end_of_answer());
        reply given = co_await std::move(asking);
        verdict const became = verdict_of(given);
        if (became == verdict::acknowledged) {
          ++acknowledged_;
          co_return written_transaction(std::move(given));
        }
        in_doubt = became == verdict::unknown;
        if (!in_doubt) {
          auto rolling = roll_back(*session);
          co_await std::move(rolling);
          lost = after(*why(given), writing_);
        } else {
          lost = "pawl: PostgreSQL did not confirm the COMMIT";
        }
      } catch (connection_error const& e) {
        in_doubt = e.fate() == request_fate::in_doubt;
        lost = e.what();
      }
      if (in_doubt) {
        writing_.close();
        link_source next(writing_);
        auto resolving = resolve_batch(loop(), next, records, tokens, to_.chosen);
        settled_batch settled = co_await std::move(resolving);
        if (settled.fate == batch_fate::unsettled)
          poison(store_failure::unknown, lost + "; the transaction under way may have been committed, or not");
        if (settled.fate == batch_fate::committed) ++acknowledged_;
        co_return written_transaction(std::move(settled));
      }
      if (std::chrono::steady_clock::now() >= until) poison(store_failure::not_applied, lost);
      auto pausing = pause_for(loop(), std::chrono::milliseconds(20));
      co_await std::move(pausing);
    }
  }

  // Number of transactions that were written and acknowledged.
  std::int64_t acknowledged() const noexcept { return acknowledged_; }
  // In line with what is written: when it answers, what was committed before is acknowledged, and nothing after it is.
  task<reply> read_in_line(request const& what) {
    check_usable();
    try {
      auto asking = ask(writing_, what);
      reply given = co_await std::move(asking);
      if (given.first_failure() == nullptr) co_return given;
    } catch (connection_error const&) {}
    auto reading = read(what);
    co_return co_await std::move(reading);
  }

  // ---- the program's own transaction: one at a time, on a connection of its own ----

  bool in_transaction() const noexcept { return begun_ != nullptr; }
  task<void> begin() {
    check_usable();
    if (in_transaction() || beginning_)
      fail(store_failure::misuse, {"pawl: ", name(), ": a transaction is open already; transactions cannot be nested"});
    flag beginning_now(beginning_);
    request what;
    what.add(std::string(begin_sql));
    auto asking = ask_fresh(what);
    begun_ = co_await std::move(asking);
    wrote_ = false;
    touched_.clear();
    tells_.clear();
  }
  bool is_committing() const noexcept { return committing_; }
  // Within the transaction.
  task<reply> ask_within(request const& what) {
    check_usable();
    auto const session = begun_;
    if (!session) fail(store_failure::misuse, {"pawl: ", name(), ": no transaction is open"});
    std::string lost;
    try {
      auto asking = session->ask(what, to_.end_of_answer());
      reply given = co_await std::move(asking);
      auto const* const failed = given.first_failure();
      if (failed == nullptr) co_return given;
      lost = after(*failed, apart_);
    } catch (connection_error const& e) {
      lost = e.what();
    }
    fail(store_failure::cancelled, {lost, "; the transaction is lost, and nothing of it was applied"});
  }
  // Tells those who run items of the table that something may be there to do. It is a hint, and never fails.
  task<void> tell_others(std::shared_ptr<shared_table> of) { return tell(writing_, std::move(of)); }
  // The transaction has written into this table: that is signalled once it is committed, to other processes if it `tells`.
  void note_write(std::shared_ptr<shared_table> const& into, bool tells) {
    wrote_ = true;
    if (tells && std::find(tells_.begin(), tells_.end(), into) == tells_.end()) tells_.push_back(into);
    if (std::find(touched_.begin(), touched_.end(), into) == touched_.end()) touched_.push_back(into);
  }
  task<void> commit_transaction() {
    check_usable();
    if (!in_transaction()) fail(store_failure::misuse, {"pawl: ", name(), ": commit() without a transaction"});
    auto const session = begun_;
    flag committing_now(committing_);
    request what;
    what.add("COMMIT");
    verdict became = verdict::unknown;
    std::string lost = "pawl: PostgreSQL did not confirm the COMMIT";
    try {
      auto asking = session->ask(what, to_.end_of_answer());
      reply const given = co_await std::move(asking);
      became = verdict_of(given);
      if (became != verdict::acknowledged && became != verdict::unknown) {
        begun_.reset();
        lost = after(*why(given), apart_);
      }
    } catch (connection_error const& e) {
      became = e.fate() == request_fate::in_doubt ? verdict::unknown : verdict::reconnect;
      lost = e.what();
    }
    begun_.reset();
    if (became == verdict::acknowledged) {
      if (wrote_) ++acknowledged_;
      for (auto const& one : std::exchange(touched_, {})) one->changes.raise();
      for (auto const& one : std::exchange(tells_, {})) {
        auto telling = tell(apart_, one);
        co_await std::move(telling);
      }
      co_return;
    }
    apart_.close();
    if (became == verdict::unknown)
      poison(store_failure::unknown, lost + "; the transaction may have been committed, or not");
    fail(store_failure::cancelled, {lost, "; the transaction is lost, and nothing of it was applied"});
  }
  // Harmless without a transaction; does not throw.
  task<void> roll_back_transaction() {
    auto const session = std::exchange(begun_, nullptr);
    touched_.clear();
    tells_.clear();
    if (!session) co_return;
    request what;
    what.add("ROLLBACK");
    try {
      auto asking = session->ask(what, to_.end_of_answer());
      co_await std::move(asking);
    } catch (error const&) {  // then the server rolls back
      apart_.close();
    }
  }

  // A connection for a while; hosts are tried as for all others.
  task<std::shared_ptr<connection>> session_of(link& one) {
    try {
      auto opening = one.session();
      co_return co_await std::move(opening);
    } catch (store_error const& e) {
      if (e.what_failed() == store_failure::not_applied && !to_.closed) poison(e.what_failed(), e.what());
      throw;
    }
  }

  std::shared_ptr<shared_table> share(std::string const& table) {
    std::weak_ptr<shared_table>& found = tables_[table];
    auto shared = found.lock();
    if (shared) return shared;
    found = shared = std::make_shared<shared_table>();
    shared->hint = make_hint(table, to_.me);
    return shared;
  }
  // Each transaction writes a number that no other has.
  std::int64_t next_token() noexcept { return next_token_++; }

  static constexpr std::string_view begin_sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

  [[noreturn]] static void fail(store_failure how, pawl::detail::wording::parts message) {
    pawl::detail::wording::fail(how, message);
  }

 private:
  struct flag {
    explicit flag(bool& of) : raised(of) { raised = true; }
    flag(flag const&) = delete;
    flag& operator=(flag const&) = delete;
    ~flag() { raised = false; }
    bool& raised;
  };

  std::chrono::steady_clock::time_point end_of_outage() const {
    return std::chrono::steady_clock::now() + to_.chosen.outage_bound;
  }

  task<reply> ask(link& over, request const& what) {
    auto opening = session_of(over);
    auto const session = co_await std::move(opening);
    auto asking = session->ask(what, to_.end_of_answer());
    co_return co_await std::move(asking);
  }
  // A request that begins a transaction, whose connection is returned.
  task<std::shared_ptr<connection>> ask_fresh(request const& what) {
    auto const until = end_of_outage();
    for (;;) {
      auto opening = session_of(apart_);
      auto const session = co_await std::move(opening);
      std::string lost;
      try {
        auto asking = session->ask(what, to_.end_of_answer());
        reply const given = co_await std::move(asking);
        auto const* const failed = given.first_failure();
        if (failed == nullptr) co_return session;
        lost = after(*failed, apart_);
      } catch (connection_error const& e) {
        lost = e.what();
      }
      if (std::chrono::steady_clock::now() >= until) poison(store_failure::not_applied, lost);
    }
  }
  task<void> roll_back(connection& session) {
    request what;
    what.add("ROLLBACK");
    try {
      auto asking = session.ask(what, to_.end_of_answer());
      co_await std::move(asking);
    } catch (connection_error const&) {  // then the server rolls back
    }
  }

  task<void> tell(link& over, std::shared_ptr<shared_table> of) {
    if (!over.is_open()) co_return;
    request what;
    what.add(std::string(notify_sql), {value_of(std::string_view(of->hint))});
    try {
      auto asking = ask(over, what);
      co_await std::move(asking);
    } catch (error const&) {}  // they find it by their poll
  }
  static verdict verdict_of(reply const& given) {
    answer const* const failed = given.first_failure();
    if (failed == nullptr) return verdict_of_commit(given.answers.back().tag(), given.has_warning());
    bool const committing = failed == &given.answers.back() || (given.sync_failure && failed == &*given.sync_failure);
    return verdict_of_error(failed->sqlstate(), committing);
  }
  // The answer that tells why it was not committed.
  static answer const* why(reply const& given) {
    answer const* const failed = given.first_failure();
    return failed != nullptr ? failed : &given.answers.back();
  }

  // After a statement failed, and its transaction is rolled back: returns why it is to be sent again, over another
  // connection if need be; else throws.
  std::string after(answer const& failed, link& over) {
    std::string const said =
        "pawl: " + name() + ": " +
        (failed.message().empty() ? std::string("the transaction was rolled back") : std::string(failed.message()));
    switch (verdict_of_error(failed.sqlstate().empty() ? "40001" : failed.sqlstate(), false)) {
      case verdict::rejected:
        fail(store_failure::rejected, {said});
      case verdict::again:
        fail(store_failure::busy, {said});
      case verdict::refused:
        fail(store_failure::refused, {said});
      case verdict::pooled:
        to_.is_pooled = true;
        break;
      case verdict::acknowledged:
      case verdict::unknown:
      case verdict::reconnect:
        break;
    }
    over.close();
    return said;
  }

  address to_;
  link reading_, writing_, apart_;
  std::string poison_{};
  std::int64_t acknowledged_ = 0;
  std::shared_ptr<connection> begun_{};  // that of the open transaction
  bool beginning_ = false, committing_ = false, wrote_ = false;
  std::vector<std::shared_ptr<shared_table>> touched_{}, tells_{};
  std::map<std::string, std::weak_ptr<shared_table>> tables_{};
  std::int64_t next_token_ = static_cast<std::int64_t>(pawl::detail::random_number() >> 1U);
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
