// What a store writes in one transaction and one round trip: transitions, inserts and trouble records.
#ifndef PAWL_POSTGRES_WRITE_BATCH_HPP
#define PAWL_POSTGRES_WRITE_BATCH_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/child_targets.hpp>
#include <pawl/postgres/column_parameters.hpp>
#include <pawl/postgres/gathering.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/resolve.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/transaction_of.hpp>
#include <pawl/postgres/user_statement.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/write_answers.hpp>
#include <pawl/postgres/write_plan.hpp>
#include <pawl/postgres/write_request.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Writes are applied in the order in which they were added: those of one key in rounds, one after the other, and in a round
// each kind in one statement, sorted by key. Until the table is open nothing can be checked: what can never be written then
// fails the batch, else its own add.
class write_batch {
 public:
  explicit write_batch(std::shared_ptr<table> of, transaction_of within = transaction_of::program)
      : table_(std::move(of)), within_(within), in_(table_->opened()), plan_(table_->all().name(), in_) {}

  // Each returns a ticket. Throws store_error (rejected), with the batch as it was, if this can never be written. What is
  // referred to lives until write() has answered.
  // `with`: what the user writes with it, see statement_store.hpp. Throws `misuse` too, for what is no such statement.
  std::size_t move(item_view from, std::size_t row, std::vector<sent_value> values,
                   std::span<sql_statement const> with = {}) {
    for (auto const& one : with)
      if (one.children() == nullptr) check_user_statement(table_->all().name(), one);
    std::size_t const ticket =
        add({.does = write_kind::move, .from = from, .row = row, .values = std::move(values), .with = with});
    has_statements_ = has_statements_ || !with.empty();
    return ticket;
  }
  std::size_t insert(std::string key, std::optional<stored_time> start_at) {
    return add({.does = write_kind::insert, .key = std::move(key), .start_at = start_at});
  }
  std::size_t note(item_view of, trouble_record const& record) {
    return add({.does = write_kind::note, .from = of, .record = &record});
  }
  std::size_t release(std::string key, std::string by) {
    return add({.does = write_kind::release, .key = std::move(key), .by = std::move(by)});
  }
  std::size_t cut_delays(stored_time latest) { return add({.does = write_kind::cut_delays, .start_at = latest}); }

  // Once.
  task<void> write() {
    auto opening = table_->opened_now();
    auto const opened = co_await std::move(opening);
    if (!in_) {
      in_ = opened;
      plan_.open(in_);
    }
    auto finding = find_targets(table_, plan_, targets_);
    if (has_statements_) co_await std::move(finding);
    is_within_ =
        (within_ == transaction_of::program /*mutant queue_writes_alone: || OFF*/) && table_->all().in_transaction();
    std::string unread;
    bool is_written = false;
    if (is_within_) {
      auto writing = has_statements_ ? write_within_with_statements() : write_all_within();
      co_await std::move(writing);
    } else {
      is_written = true;
      auto committing = has_statements_ ? commit_with_statements(unread, is_written) : commit(unread);
      co_await std::move(committing);
      if (is_written) {
        keep_tokens(request_->tokens);
        table_->shared()->changes.raise();
        mark_targets();
        for (auto const& one : others_) one.into->changes.raise();
      }
      if (wakes_others()) {
        auto telling = table_->all().tell_others(table_->shared());
        co_await std::move(telling);
      }
      for (auto const& one : others_) {
        auto telling = table_->all().tell_others(one.into);
        if (is_written && one.tells) co_await std::move(telling);
      }
    }
    try {
      auto explaining = results_.explain_conflicts(table_, plan_, in_, is_within_);
      co_await std::move(explaining);
    } catch (store_error const& e) {
      if (!is_written) throw;
      unread = e.what();
    }
    if (!unread.empty())
      table_->all().poison(store_failure::unknown,
                           unread + "; the transaction was committed, but what it met could not be read");
  }
  write_result& result(std::size_t ticket) { return results_[ticket]; }

 private:
  std::size_t add(planned_write w) {
    std::size_t const ticket = plan_.add(std::move(w));
    results_.resize(plan_.size());
    return ticket;
  }

  // Something is there to do for a run that waits. What runs move themselves is none of it: they move out of states with a
  // step.
  bool wakes_others() const {
    auto const has_step = [this](std::size_t state) { return in_->of.lifecycle->roles[state] == role::step; };
    for (std::size_t ticket = 0; ticket < plan_.size(); ++ticket) {
      planned_write const& w = plan_[ticket];
      if (!results_[ticket].done) continue;
      if (w.does == write_kind::insert || w.does == write_kind::release) return true;
      if (w.does == write_kind::move && !has_step(w.from.state) && has_step(in_->of.lifecycle->rows[w.row].to))
        return true;
    }
    return false;
  }

  // ---- what is sent ----

  // Those of a committed transaction, and those that one which failed was to remove.
  void keep_tokens(std::vector<std::int64_t> const& tokens) {
    auto& all = table_->shared()->old_tokens;
    /*mutant tokens_are_removed: if (!OFF)*/ all.insert(all.end(), tokens.begin(), tokens.end());
  }

  // Keys of the items that a request has moved.
  std::set<std::string> moved_in(reply const& given) const {
    std::set<std::string> keys;
    for (sent_write const& one : request_->sent)
      if (one.does == write_kind::move)
        for (std::int64_t const ordinal : integers_in(given[one.statement], 0, 0))
          keys.insert(one.arrays.keys.at(static_cast<std::size_t>(ordinal - 1)));
    return keys;
  }

  // A transaction of its own. One whose answers were lost and that never will be committed is written again, with other
  // tokens; and so is one of which the server has found out that it knew too little. `unread`: why what a committed one has
  // answered could not be found out.
  task<void> commit(std::string& unread) {
    auto const until = std::chrono::steady_clock::now() + table_->all().to().chosen.outage_bound;
    for (;;) {
      bool const expects = table_->shared()->expects_complete;
      request_.emplace(table_, in_, plan_, targets_, expects ? request_kind::beginning : request_kind::whole);
      gathering todo(table_, in_->of.records);
      std::optional<telling> more;
      if (request_->kind() == request_kind::beginning) {
        todo.ask(request_->what, request_->moved());
        more.emplace(todo, table_->all().to(), [this, &todo](reply const& given) {
          auto const moved = moved_in(given);
          todo.read(given, [&moved](std::string const& key) { return moved.contains(key); });
          return request();
        });
      }
      std::optional<written_transaction> became;
      try {
        auto writing = commit_once(more ? &*more : nullptr);
        became.emplace(co_await std::move(writing));
      } catch (store_error const& e) {
        if (e.what_failed() != store_failure::rejected) throw;
        if (learn_from(e.what())) continue;
        sessions::fail(store_failure::rejected, {words_of(e, table_->all().name(), targets_)});
      }
      bool const is_committed = became->given || became->settled.fate == batch_fate::committed;
      if (is_committed && more) {
        table_->shared()->expects_complete = more->had_more();
        keep_tokens(todo.tokens());
        others_ = todo.others();
      }
      if (became->given) {
        results_.read(plan_, *in_, *request_, more ? more->first() : *became->given);
        co_return;
      }
      if (is_committed /*mutant settled_batch_is_answered: && !OFF*/) {
        try {
          auto finding = results_.find(table_, plan_, *in_, *request_, became->settled.moved);
          co_await std::move(finding);
        } catch (store_error const& e) {
          unread = e.what();
        }
        co_return;
      }
      if (std::chrono::steady_clock::now() >= until) table_->all().give_up_writing();
    }
  }
  // False: it is about something else.
  bool learn_from(std::string_view met) {
    auto const is_told = [met](std::string const& words) { return met.find(words) != met.npos; };
    bool const has_parents = std::any_of(request_->tokens.begin(), request_->tokens.end(),
                                         [&](std::int64_t token) { return is_told(has_parents_after_all(token)); });
    if (has_parents) return table_->shared()->any_parents = true;
    bool const have_ended = !request_->tokens.empty() && is_told(children_have_ended(request_->tokens.front()));
    if (have_ended) table_->shared()->expects_complete = true;
    return have_ended;
  }
  task<written_transaction> commit_once(rest_of_transaction* more) {
    try {
      auto committing = table_->all().commit(request_->what, in_->of.records, request_->tokens, more);
      auto became = co_await std::move(committing);
      if (!became.given && became.settled.fate != batch_fate::committed) keep_tokens(request_->old_tokens);
      co_return became;
    } catch (lock_error const& e) {
      keep_tokens(request_->old_tokens);
      if (plan_.size() == 1 /*mutant locked_item_fails_alone: || OFF*/) throw;
      sessions::fail(store_failure::rejected, {e.what()});  // halved, so that the others need not wait for the lock
    } catch (statement_error const& e) {
      keep_tokens(request_->old_tokens);
      if (plan_.size() == 1 /*mutant refused_statement_fails_alone: || OFF*/) fail_naming(e);
      sessions::fail(store_failure::rejected, {e.what()});
    } catch (...) {
      keep_tokens(request_->old_tokens);
      throw;
    }
  }
  // Of a batch of one transition.
  [[noreturn]] void fail_naming(statement_error const& e) const {
    planned_write const& w = plan_[0];
    auto const& lifecycle = *in_->of.lifecycle;
    sessions::fail(e.what_failed(), {e.what(), " (a statement with ",
                                     lifecycle.event_names[lifecycle.rows[w.row].event], " of '", w.from.key, "')"});
  }
  task<void> write_within() {
    request_.emplace(table_, in_, plan_, targets_, request_kind::within);
    auto writing = table_->all().ask_within(request_->what);
    reply const given = co_await std::move(writing);
    results_.read(plan_, *in_, *request_, given);
    if (request_->tells_of_parents(given)) {
      table_->shared()->any_parents = true;
      request_->assume_parents();
    }
  }
  task<void> write_all_within() {
    auto writing = write_within();
    co_await std::move(writing);
    auto gathering_now = gather_within();
    co_await std::move(gathering_now);
    note_written();
  }
  // Tells the parents of what has moved.
  task<void> gather_within() {
    if (request_->moved().empty()) co_return;
    gathering todo(table_, in_->of.records);
    request what;
    todo.ask(what, request_->moved());
    auto asking = table_->all().ask_within(what);
    reply const given = co_await std::move(asking);
    std::set<std::string> moved;
    for (write_result const& one : results_.all())
      if (one.done) moved.insert(one.item.key);
    todo.read(given, [&moved](std::string const& key) { return moved.contains(key); });
    auto finishing = todo.finish([this](request const& one) { return table_->all().ask_within(one, true); }, request());
    auto const ended = co_await std::move(finishing);
    if (ended && ended->first_failure() != nullptr) table_->all().fail_within(*ended);
    others_ = todo.others();
    auto& tokens = request_->tokens;
    tokens.insert(tokens.end(), todo.tokens().begin(), todo.tokens().end());
  }
  void note_written() {
    table_->all().note_write(table_->shared(), in_->of.records, wakes_others(), request_->tokens);
    mark_targets();
    for (auto const& one : others_) table_->all().note_write(one.into, one.records, one.tells, {});
  }

  // Of a transaction that is written, or will be with the program's.
  void mark_targets() {
    for (auto const& [into, target] : targets_) {
      if (!is_within_) target->is_marked = true;
      auto const shared = table_->all().share(std::string(into->name));
      shared->any_parents = shared->any_troubles = true;
      others_.push_back({shared, in_->of.records, true});
    }
  }

  // ---- what the user writes with a transition ----

  // Its statements are in the pipeline, behind one that fails the transaction unless the items have moved: a batch that meets
  // this is halved like any other that is rejected, and one transition alone that meets it has a conflict.
  task<void> commit_with_statements(std::string& unread, bool& is_written) {
    try {
      auto committing = commit(unread);
      co_await std::move(committing);
      co_return;
    } catch (store_error const& e) {
      std::string_view const met = e.what();
      auto const is_told = [met](std::int64_t token) { return met.find(has_moved_meanwhile(token)) != met.npos; };
      auto const& tokens = request_->tokens;
      bool const has_moved =
          e.what_failed() == store_failure::rejected && std::any_of(tokens.begin(), tokens.end(), is_told);
      if (!has_moved) throw;
    }
    is_written = false;
    if (plan_.size() > 1)
      sessions::fail(store_failure::rejected, {"pawl: ", table_->all().name(),
                                               ": nothing of the batch was applied, for an item with statements of its "
                                               "own has moved meanwhile"});
  }
  // In the program's transaction the answer is awaited before the statements are sent, and what fails is undone alone.
  task<void> write_within_with_statements() {
    request begin;
    begin.add("SAVEPOINT pawl_with");
    auto beginning = table_->all().ask_within(begin);
    co_await std::move(beginning);
    std::optional<transition_undone> undone;
    try {
      auto moving = write_within();
      co_await std::move(moving);
      request with;
      request_->add_marks(with);
      for (std::size_t ticket = 0; ticket < plan_.size(); ++ticket)
        if (results_[ticket].done) request_->add_with(with, plan_[ticket]);
      auto writing = table_->all().ask_within(with);
      co_await std::move(writing);
      auto gathering_now = gather_within();
      co_await std::move(gathering_now);
      request release;
      release.add("RELEASE SAVEPOINT pawl_with");
      auto releasing = table_->all().ask_within(release);
      co_await std::move(releasing);
      note_written();
      co_return;
    } catch (statement_error const& e) {
      undone.emplace(e.what_failed(), e.what());
    } catch (store_error const& e) {
      if (e.what_failed() != store_failure::rejected) throw;
      undone.emplace(e.what_failed(), words_of(e, table_->all().name(), targets_));
    }
    request undo;
    undo.add("ROLLBACK TO SAVEPOINT pawl_with").add("RELEASE SAVEPOINT pawl_with");
    auto undoing = table_->all().ask_within(undo);
    co_await std::move(undoing);
    throw *undone;
  }
  std::shared_ptr<table> table_;
  transaction_of within_;
  bool is_within_ = false;
  std::shared_ptr<opened_table const> in_;  // null: not open when the first write was added
  write_plan plan_;
  write_answers results_{};
  bool has_statements_ = false;
  child_targets targets_{};
  std::vector<gathering::written> others_{};  // tables
  std::optional<write_request> request_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
