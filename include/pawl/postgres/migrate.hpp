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
#include <pawl/postgres/counted_write.hpp>
#include <pawl/postgres/migration_sql.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/history_entry.hpp>
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
    std::vector<parameter> names;
    for (std::size_t const i : firsts) names.push_back(value_of(std::string_view(moves_[i].old_state)));
    std::vector<std::int64_t> changes;
    if (in_->of.keeps_history) {
      for (std::size_t const i : firsts)
        changes.push_back(
            pawl::detail::change_number(in_->of.name, moves_[i].old_state, "", in_->of.lifecycle->state_names[to_[i]]));
      names.push_back(value_of(table_->run()));
    }
    counted_write writing(table_, in_, migrate_sql(in_->of, states, changes), std::move(names));
    auto moving = writing.write();
    auto const moved = co_await std::move(moving);
    for (std::size_t i = 0; i < firsts.size() && i < moved.size(); ++i)
      moves_[firsts[i]].rows = static_cast<std::size_t>(moved[i]);
    table_->forget_removed(moves_);
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
