// Moves rows out of states that the lifecycle no longer has, beside runs that go on.
#ifndef PAWL_POSTGRES_MIGRATE_HPP
#define PAWL_POSTGRES_MIGRATE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/migration_sql.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/migration.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// One call of store::migrate(). Kept by its coroutine.
class migrating {
 public:
  // `to`: the state for each of `moves`.
  migrating(std::shared_ptr<table> of, std::vector<migrated_state> moves, std::vector<std::size_t> to)
      : table_(std::move(of)), moves_(std::move(moves)), to_(std::move(to)) {}

  task<std::vector<migrated_state>> run(migration how) {
    auto opening = table_->opened_now();
    in_ = co_await std::move(opening);
    for (auto const& one : moves_) refuse_present_state(one.old_state);
    auto working = how == migration::dry_run ? count() : move();
    if (!moves_.empty()) co_await std::move(working);
    co_return std::move(moves_);
  }

 private:
  void refuse_present_state(std::string_view old_state) const {
    auto const& lifecycle = *in_->of.lifecycle;
    if (lifecycle.index_of_name(old_state) < lifecycle.state_count())
      sessions::fail(store_failure::refused, {"pawl: cannot migrate '", old_state, "' in ", table_->all().name(), ": ",
                                              lifecycle.name, " still has this state; use events to move its items"});
  }
  task<void> count() {
    request what;
    for (auto const& one : moves_) what.add(count_in_sql(in_->of), {value_of(std::string_view(one.old_state))});
    auto asking = table_->ask_all(what);
    reply const given = co_await std::move(asking);
    for (std::size_t i = 0; i < moves_.size(); ++i)
      moves_[i].rows = static_cast<std::size_t>(given[i].value<std::int64_t>(0, 0).value_or(0));
  }
  // In one statement. A state that is named twice has no rows the second time.
  task<void> move() {
    std::vector<std::size_t> firsts, states;
    for (std::size_t i = 0; i < moves_.size(); ++i) {
      auto const is_same = [&](std::size_t first) { return moves_[first].old_state == moves_[i].old_state; };
      if (std::any_of(firsts.begin(), firsts.end(), is_same)) continue;
      firsts.push_back(i);
      states.push_back(to_[i]);
    }
    std::int64_t const token = table_->all().next_token();
    auto parameters = parameters_of(table_->now_parameter(), value_of(token));
    for (std::size_t const i : firsts) parameters.push_back(value_of(std::string_view(moves_[i].old_state)));
    auto writing = table_->all().in_transaction() ? write_within(states, std::move(parameters), token)
                                                  : commit(states, std::move(parameters), token);
    auto const moved = co_await std::move(writing);
    for (std::size_t i = 0; i < firsts.size() && i < moved.size(); ++i)
      moves_[firsts[i]].rows = static_cast<std::size_t>(moved[i]);
    table_->forget_removed(moves_);
  }
  task<std::vector<std::int64_t>> write_within(std::vector<std::size_t> states, std::vector<parameter> parameters,
                                               std::int64_t token) {
    request what;
    what.add(migrate_sql(in_->of, states), std::move(parameters));
    auto asking = table_->all().ask_within(what);
    reply const given = co_await std::move(asking);
    table_->all().note_write(table_->shared(), in_->of.records, true, {token});
    co_return counts_in(given[0]);
  }
  // Where the answer is lost, the token tells it; what never will be committed is written again.
  task<std::vector<std::int64_t>> commit(std::vector<std::size_t> states, std::vector<parameter> parameters,
                                         std::int64_t token) {
    auto const until = std::chrono::steady_clock::now() + table_->all().to().chosen.outage_bound;
    for (;; token = table_->all().next_token()) {
      parameters[1] = value_of(token);
      request what;
      table_->all().to().begin(what).add(migrate_sql(in_->of, states), parameters).add("COMMIT");
      auto committing = table_->all().commit(what, in_->of.records, {token});
      written_transaction const became = co_await std::move(committing);
      if (!became.given && became.settled.fate != batch_fate::committed) {
        if (std::chrono::steady_clock::now() >= until) table_->all().give_up_writing();
        continue;
      }
      table_->shared()->changes.raise();
      auto telling = table_->all().tell_others(table_->shared());
      co_await std::move(telling);
      co_return became.given ? counts_in((*became.given)[what.statements.size() - 2]) : became.settled.moved.at(0);
    }
  }
  static std::vector<std::int64_t> counts_in(answer const& told) {
    std::vector<std::int64_t> all;
    if (auto const counts = told.array<std::int64_t>(0, 0))
      for (auto const& one : *counts) all.push_back(one.value_or(0));
    return all;
  }

  std::shared_ptr<table> table_;
  std::shared_ptr<opened_table const> in_{};
  std::vector<migrated_state> moves_;
  std::vector<std::size_t> to_;
};

inline task<std::vector<migrated_state>> migrate(std::shared_ptr<table> of, std::vector<migrated_state> moves,
                                                 std::vector<std::size_t> to, migration how) {
  migrating one(std::move(of), std::move(moves), std::move(to));
  auto running = one.run(how);
  co_return co_await std::move(running);
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
