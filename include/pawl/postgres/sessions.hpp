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
#include <pawl/postgres/transaction.hpp>
#include <pawl/postgres/user_statement.hpp>
#include <pawl/postgres/verdict.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/text.hpp>
#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Owned by the database, and by each coroutine that uses it: closing and destroying the database while one waits is safe.
// On the loop's thread.
//
// A lost connection is opened again. What was sent for reading is sent again, until options::outage_bound, and so is a
// transaction that surely was not applied; of one that may have been, the server is asked what became of it.
class sessions {
 public:
  sessions(event_loop& loop, std::string conninfo, options const& chosen)
      : to_(loop, std::move(conninfo), chosen), reading_(to_), counting_(to_), writing_(to_), apart_(to_) {}
  sessions(sessions const&) = delete;
  sessions& operator=(sessions const&) = delete;

  address& to() noexcept { return to_; }
  event_loop& loop() const noexcept { return to_.loop; }
  std::string const& name() const noexcept { return to_.name; }

  void close() noexcept {
    to_.closed = true;
    for (link* one : {&reading_, &counting_, &writing_, &apart_}) one->close();
  }

  // ---- poison: after `unknown` and `not_applied` nothing is answered until a store is opened again ----

  bool is_poisoned() const noexcept { return !poison_.empty(); }
  void revive() noexcept { poison_.clear(); }
  [[noreturn]] void poison(store_failure how, std::string const& why) {
    poison_ = why;
    throw store_error(how, why);
  }
  // Of a transaction that was written again up to options::outage_bound.
  [[noreturn]] void give_up_writing() {
    poison(store_failure::not_applied,
           "pawl: " + name() +
               ": no answer to a transaction has come within options::answer_within, or the connection was lost each "
               "time; nothing of it was applied");
  }
  // Throws store_error (not_applied).
  void check_usable() const {
    if (to_.closed)
      fail(store_failure::not_applied, {"pawl: the database ", name(), " was closed; nothing was applied"});
    if (is_poisoned()) fail(store_failure::not_applied, {"pawl: nothing was applied: ", poison_});
  }

  // ---- outside a transaction ----

  // Answers for reading. Throws store_error; `cancelled` where a server that can be reached does not answer in time.
  task<reply> read(request const& what) { return read_over(reading_, what); }
  // The answer to a statement that reads a whole table: in the order of the table, which a session's settings forbid, and
  // in nobody's way.
  task<answer> count(statement what) {
    request all;
    all.add("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
    all.add("SET LOCAL enable_seqscan=on").add("SET LOCAL enable_bitmapscan=on");
    all.statements.push_back(std::move(what));
    all.add("COMMIT");
    auto reading = read_over(/*mutant counting_apart: OFF ? reading_ :*/ counting_, all);
    reply given = co_await std::move(reading);
    co_return std::move(given.answers[3]);
  }

  // Writes a transaction, of which the first statement is BEGIN and the last COMMIT, and which writes `tokens` into the
  // table of batches beside `records`. Returns once it is committed, or known never to be. Throws store_error: `rejected`,
  // `busy` and `refused` where it was rolled back, `unknown` where nobody can tell within the outage bound. With a `rest`, that
  // has the COMMIT.
  task<written_transaction> commit(request const& what, std::string records, std::vector<std::int64_t> tokens,
                                   rest_of_transaction* rest = nullptr) {
    check_usable();
    auto const until = end_of_outage();
    for (;;) {
      std::string lost;
      bool in_doubt = false;
      auto opening = session_of(writing_);
      auto const session = co_await std::move(opening);
      try {
        bool is_of_first = true;
        auto asking =
            rest == nullptr ? session->ask(what, to_.end_of_answer()) : ask_all(*session, what, *rest, is_of_first);
        reply given = co_await std::move(asking);
        verdict const became = verdict_of(given);
        if (became == verdict::acknowledged) {
          ++acknowledged_;
          co_return written_transaction(std::move(given));
        }
        in_doubt = became == verdict::unknown;
        lost = in_doubt ? unconfirmed() : after(*why(given), writing_, is_of_first ? culprit(what, given) : "");
      } catch (connection_error const& e) {
        in_doubt = e.fate() == request_fate::in_doubt;
        lost = told(e);
      }
      if (in_doubt /*mutant lost_batch_is_asked_for: && !OFF*/) {
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

  // The answers to the last request of a transaction: or to one that has failed, and it was rolled back.
  task<reply> ask_all(connection& session, request const& what, rest_of_transaction& rest, bool& is_of_first) {
    conversation talk(session, to_.end_of_answer());
    auto asking = talk.ask(what, to_.end_of_answer());
    reply given = co_await std::move(asking);
    if (given.first_failure() == nullptr) {
      is_of_first = false;
      auto going_on = rest.go_on(talk, std::move(given));
      given = co_await std::move(going_on);
      if (given.first_failure() != nullptr) {
        request back;
        back.add("ROLLBACK");
        auto rolling = talk.ask(back, to_.end_of_answer());
        co_await std::move(rolling);
      }
    }
    talk.end();
    co_return given;
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
    auto beginning = begin_apart();
    begun_ = co_await std::move(beginning);
    forget_written();
  }
  bool is_committing() const noexcept { return committing_; }
  // Within the transaction. `may_fail`: a statement that has failed is an answer, for a savepoint stands before it.
  task<reply> ask_within(request const& what, bool may_fail = false) {
    check_usable();
    auto const session = begun_;
    if (!session) fail(store_failure::misuse, {"pawl: ", name(), ": no transaction is open"});
    std::string lost;
    try {
      auto asking = session->ask(what, to_.end_of_answer());
      reply given = co_await std::move(asking);
      auto const* const failed = given.first_failure();
      if (failed == nullptr || may_fail) co_return given;
      lost = after(*failed, apart_, culprit(what, given));
    } catch (connection_error const& e) {
      lost = told(e);
    }
    fail(store_failure::cancelled, {lost, lost_transaction});
  }
  // A statement in the transaction has failed.
  [[noreturn]] void fail_within(reply const& given) {
    std::string const lost = after(*given.first_failure(), apart_);
    fail(store_failure::cancelled, {lost, lost_transaction});
  }
  // Tells those who run items of the table that something may be there to do. It is a hint, and never fails.
  task<void> tell_others(std::shared_ptr<shared_table> of) { return tell(writing_, std::move(of)); }
  // The transaction has written into this table, with these tokens: that is signalled once it is committed, to other
  // processes if it `tells`.
  void note_write(std::shared_ptr<shared_table> const& into, std::string_view records, bool tells,
                  std::vector<std::int64_t> const& tokens) {
    auto one = std::find_if(written_.begin(), written_.end(), [&into](auto const& w) { return w.into == into; });
    if (one == written_.end()) one = written_.insert(one, {into, std::string(records), {}, false});
    one->tells = one->tells || tells;
    one->tokens.insert(one->tokens.end(), tokens.begin(), tokens.end());
  }
  task<void> commit_transaction() {
    check_usable();
    if (!in_transaction()) fail(store_failure::misuse, {"pawl: ", name(), ": commit() without a transaction"});
    auto const session = begun_;
    flag committing_now(committing_);
    request what;
    what.add("COMMIT");
    verdict became = verdict::unknown;
    std::string lost = unconfirmed();
    try {
      auto asking = session->ask(what, to_.end_of_answer());
      reply const given = co_await std::move(asking);
      became = verdict_of(given);
      if (became != verdict::acknowledged && became != verdict::unknown) {
        begun_.reset();
        if (given.first_failure() == nullptr)  // a statement had failed before, and the transaction with it
          fail(store_failure::cancelled, {"pawl: ", name(), ": a statement of it had failed", lost_transaction});
        lost = after(*why(given), apart_);
      }
    } catch (connection_error const& e) {
      became = e.fate() == request_fate::in_doubt ? verdict::unknown : verdict::reconnect;
      lost = told(e);
    }
    begun_.reset();
    if (became != verdict::acknowledged) apart_.close();
    if (became == verdict::unknown) {
      auto finding = find_out(lost);
      became = co_await std::move(finding);
    }
    if (became != verdict::acknowledged) fail(store_failure::cancelled, {lost, lost_transaction});
    if (!written_.empty()) ++acknowledged_;
    auto const written = std::exchange(written_, {});
    for (auto const& one : written) {
      one.into->old_tokens.insert(one.into->old_tokens.end(), one.tokens.begin(), one.tokens.end());
      one.into->changes.raise();
    }
    for (auto const& one : written) {
      if (!one.tells) continue;
      auto telling = tell(apart_, one.into);
      co_await std::move(telling);
    }
  }
  // Harmless without a transaction; does not throw.
  task<void> roll_back_transaction() {
    auto const session = std::exchange(begun_, nullptr);
    forget_written();
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
  // Tables that are open here, and whose items wait for their children.
  std::vector<std::weak_ptr<table>>& gatherers() noexcept { return gatherers_; }
  // Each transaction writes a number that no other has.
  std::int64_t next_token() noexcept { return next_token_++; }

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

  // What the program's transaction has written into a table.
  struct written_table {
    std::shared_ptr<shared_table> into;
    std::string records;
    std::vector<std::int64_t> tokens;
    bool tells;
  };
  static constexpr std::string_view lost_transaction = "; the transaction is lost, and nothing of it was applied";

  void forget_written() noexcept { written_.clear(); }
  // What became of the program's transaction, whose COMMIT was not answered: acknowledged, or never applied.
  task<verdict> find_out(std::string const& lost) {
    auto const is_told = [](written_table const& one) { return !one.tokens.empty(); };
    if (auto const found = std::find_if(written_.begin(), written_.end(), is_told);
        found != written_.end() /*mutant programs_commit_is_looked_up: && !OFF*/) {
      link_source next(apart_);
      written_table const first = *found;
      auto resolving = resolve_batch(loop(), next, first.records, {first.tokens.front()}, to_.chosen);
      settled_batch const settled = co_await std::move(resolving);
      if (settled.fate == batch_fate::committed) co_return verdict::acknowledged;
      if (settled.fate == batch_fate::never) co_return verdict::reconnect;
    }
    poison(store_failure::unknown, lost + "; the transaction may have been committed, or not");
  }

  std::string told(connection_error const& e) const {
    std::string_view what = e.what();
    if (what.starts_with("pawl: ")) what.remove_prefix(6);
    return pawl::detail::wording::text({"pawl: ", name(), ": ", what});
  }
  std::string unconfirmed() const { return "pawl: " + name() + ": PostgreSQL did not confirm the COMMIT"; }

  task<reply> read_over(link& over, request const& what) {
    check_usable();
    auto const until = end_of_outage();
    for (;;) {
      std::string lost;
      bool is_too_slow = false;
      try {
        auto asking = ask(over, what);
        reply given = co_await std::move(asking);
        auto const* const failed = given.first_failure();
        if (failed == nullptr) co_return given;
        lost = after(*failed, over);
      } catch (connection_error const& e) {
        lost = told(e);
        is_too_slow = e.is_too_slow();
      }
      if (std::chrono::steady_clock::now() >= until) {
        if (is_too_slow /*mutant slow_read_is_no_poison: && !OFF*/) fail(store_failure::cancelled, {lost});
        poison(store_failure::not_applied, lost);
      }
      auto pausing = pause_for(loop(), std::chrono::milliseconds(20));
      co_await std::move(pausing);
    }
  }
  std::chrono::steady_clock::time_point end_of_outage() const {
    return std::chrono::steady_clock::now() + to_.chosen.outage_bound;
  }

  task<reply> ask(link& over, request const& what) {
    auto opening = session_of(over);
    auto const session = co_await std::move(opening);
    auto asking = session->ask(what, to_.end_of_answer());
    co_return co_await std::move(asking);
  }
  // Begins a transaction; returns its connection.
  task<std::shared_ptr<connection>> begin_apart() {
    auto const until = end_of_outage();
    for (;;) {
      auto opening = session_of(apart_);
      auto const session = co_await std::move(opening);
      request what;
      to_.begin(what);  // which knows by now what stands between
      std::string lost;
      try {
        auto asking = session->ask(what, to_.end_of_answer());
        reply const given = co_await std::move(asking);
        auto const* const failed = given.first_failure();
        if (failed == nullptr) co_return session;
        lost = after(*failed, apart_);
      } catch (connection_error const& e) {
        lost = told(e);
      }
      if (std::chrono::steady_clock::now() >= until) poison(store_failure::not_applied, lost);
    }
  }

  task<void> tell(link& over, std::shared_ptr<shared_table> of) {
    if (!over.is_open() /*mutant others_are_told: || OFF*/) co_return;
    request what;
    what.add(std::string(notify_sql), {value_of(std::string_view(of->hint))});
    try {
      auto asking = ask(over, what);
      co_await std::move(asking);
    } catch (error const&) {}  // they find it by their poll
  }
  static verdict verdict_of(reply const& given) {
    answer const* const failed = given.first_failure();
    if (failed == nullptr) return verdict_of_commit(given.answers.back().tag(), given.ends_with_warning());
    bool const committing = failed == &given.answers.back() || (given.sync_failure && failed == &*given.sync_failure);
    return verdict_of_error(failed->sqlstate(), committing);
  }
  // The answer that tells why it was not committed.
  static answer const* why(reply const& given) {
    answer const* const failed = given.first_failure();
    return failed != nullptr ? failed : &given.answers.back();
  }

  static std::string words_of(answer const& failed) {
    if (failed.message().empty()) return "the transaction was rolled back";
    std::string words(failed.message());
    if (!failed.detail().empty()) words += ": " + std::string(failed.detail());
    return words;
  }
  // The statement that failed, where the user wrote it: for messages.
  static std::string culprit(request const& what, reply const& given) {
    for (std::size_t i = 0; i < given.size() && i < what.statements.size(); ++i)
      if (!given[i].succeeded()) return what.statements[i].is_users ? in_statement(what.statements[i].sql) : "";
    return {};
  }
  // After a statement failed, and its transaction is rolled back: returns why it is to be sent again, over another
  // connection if need be; else throws.
  std::string after(answer const& failed, link& over, std::string const& culprit = {}) {
    std::string said =
        text({"pawl: ", name(), ": ", words_of(failed), culprit.empty() ? remedy_for(failed.sqlstate()) : culprit});
    auto const became = verdict_of_error(failed.sqlstate().empty() ? "40001" : failed.sqlstate(), false);
    if (!culprit.empty() && (became == verdict::rejected || became == verdict::refused))
      throw statement_error(
          is_about_words(failed.sqlstate(), failed.has_place()) ? store_failure::refused : store_failure::rejected,
          said);
    switch (became) {
      case verdict::rejected:
        fail(store_failure::rejected, {said});
      case verdict::again:
        if (failed.sqlstate() == lock_not_available)
          throw lock_error(said +
                           "; another transaction holds what it needs, and pg_blocking_pids() tells whose it is");
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
  link reading_, counting_, writing_, apart_;
  std::string poison_{};
  std::int64_t acknowledged_ = 0;
  std::shared_ptr<connection> begun_{};  // that of the open transaction
  bool beginning_ = false, committing_ = false;
  std::vector<written_table> written_{};
  std::map<std::string, std::weak_ptr<shared_table>> tables_{};
  std::vector<std::weak_ptr<table>> gatherers_{};
  std::int64_t next_token_ = static_cast<std::int64_t>(pawl::detail::random_number() >> 1U);
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
