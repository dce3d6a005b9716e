// A process as one of those that run the items of a table: it joins, gives signs of life, and leaves.
#ifndef PAWL_POSTGRES_WORKER_HPP
#define PAWL_POSTGRES_WORKER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/hint.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/reply_check.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/session.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/worker_sql.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

inline constexpr std::chrono::milliseconds beat_every{1000};
// Without a beat for so long a worker is dead, whatever its session says: its host is gone, or it is frozen. One that wakes
// later finds that its writes conflict, once somebody else has moved its items.
inline constexpr std::chrono::milliseconds dead_after = 4 * beat_every;
// How often a worker looks whether others have died.
inline constexpr std::chrono::milliseconds rescue_every{200};

// The worker's number is its identity: what it has claimed bears it. A process that has lost its session, or was taken for
// dead, joins again under a new number; nothing that it held is its own any more, and the version of each row fences what it
// may still write. All requests go over one connection, that of the last join(): its session holds the lock.
//
// Throws what connection::ask and require_success throw; must outlive its requests.
class worker {
 public:
  using time_point = connection::time_point;

  // `name`: for people, as host:process. The layout must outlive this.
  worker(layout const& of, std::string name)
      : layout_(&of),
        name_(std::move(name)),
        lock_dead_(lock_dead_sql(of)),
        rescue_(rescue_sql(of)),
        beat_(beat_sql(of)),
        run_items_(run_items_sql(of)),
        others_(others_sql(of)) {}
  worker(worker const&) = delete;
  worker& operator=(worker const&) = delete;

  layout const& table() const noexcept { return *layout_; }
  // 0: it has not joined, or is not a worker any more.
  std::int32_t number() const noexcept { return number_; }
  bool is_member() const noexcept { return number_ != 0; }
  // Its session is lost, or it was told that it was taken for dead.
  void lose() noexcept {
    if (number_ != 0) former_ = std::exchange(number_, 0);
  }

  // Over another session than before, or after lose(). The session listens to what is_hint_for() tells. What it held under
  // its last number is free at once. Where another transaction holds a row for long, or in another order, it throws store_error
  // (busy), and may be asked again.
  task<void> join(connection& session, time_point until) {
    lose();
    request what = begin();
    if (former_ != 0 /*mutant deaths_are_taken_back: && !OFF*/)
      for (auto& one : {lock_worker_sql(*layout_), take_deaths_back_sql(*layout_), leave_sql(*layout_)})
        what.add(one, {value_of(former_)});
    if (layout_->kept != states_kept_as::codes /*mutant lost_leases_are_freed: && !OFF*/)
      what.add(free_lost_leases_sql(*layout_));
    if (session.uses_names()) what.add(std::string(listen_sql));
    what.add(forget_dead_sql(*layout_)).add(forget_old_batches_sql(layout_->records));
    what.add(join_sql(*layout_), {value_of(name_), value_of(session.uses_names())});
    what.add("COMMIT");
    auto asking = session.ask(what, until);
    reply const given = co_await std::move(asking);
    if (given.first_failure() != nullptr) co_await roll_back(session, until);
    require_success(given, "accept a worker for table " + layout_->name);
    number_ = given[given.size() - 2].value<std::int32_t>(0, 0).value_or(0);
    former_ = 0;
  }

  // A request to this session, as claims and beats are, that has no transaction of its own. Its answers are
  // counted from the end, for what is sent first differs.
  static request beside(connection const& session) {
    request what;
    if (!session.uses_names() /*mutant workers_behind_a_pooler: && !OFF*/)
      what.add(local_settings_sql(longest_lock_timeout));
    return what;
  }
  // Adds what is let go of: see beat_sql().
  void add_beat(request& to, parameter let_go_of, bool is_alone) const {
    beat_.add_to(to, parameters_of(value_of(number_), std::move(let_go_of), value_of(is_alone)));
  }
  // Adds what is run: see run_items_sql().
  void add_run_items(request& to, parameter keys, parameter versions, parameter lives) const {
    run_items_.add_to(to, parameters_of(value_of(number_), std::move(keys), std::move(versions), std::move(lives)));
  }
  // Sends a sign of life: a request of which the last statement updates the worker's row. At least one every beat_every;
  // claims count too. False: it was taken for dead.
  task<bool> tell(connection& session, request const& what, time_point until) {
    if (!is_member()) co_return false;
    auto asking = session.ask(what, until);
    reply const given = co_await std::move(asking);
    require_success(given, "hear from a worker of table " + layout_->name);
    bool const found = given[given.size() - 1].tag() == "UPDATE 1";
    if (!found) lose();
    co_return found;
  }

  // What it has claimed is free at once. Afterwards it may join again.
  task<void> leave(connection& session, time_point until) {
    if (!is_member()) co_return;
    std::int32_t const number = std::exchange(number_, 0);
    request what = beside(session);
    what.add(leave_sql(*layout_), {value_of(number)});
    if (session.uses_names()) what.add(unlock_sql(*layout_), {value_of(number)});
    auto asking = session.ask(what, until);
    reply const given = co_await std::move(asking);
    require_success(given, "let a worker of table " + layout_->name + " go");
  }

  // Looks whether others have died, and frees what they had claimed. `ours`: all workers of this session, for it may take its
  // own locks again. Nothing is done, and looked at the next time, where another transaction holds a row for long.
  struct rescued {
    std::vector<std::string> names{};  // of the workers that were dead
    std::int64_t freed = 0;            // rows
    std::int64_t deaths = 0;           // that were counted
    std::int64_t others_alive = 0;
    bool others_at_work = true;  // they have claimed items, as far as is known
  };
  task<rescued> rescue(connection& session, std::vector<std::int32_t> ours, std::chrono::milliseconds silent_for,
                       time_point until) {
    request what = begin();
    array_builder<std::int32_t> numbers;
    for (std::int32_t const one : ours) numbers.add(one);
    lock_dead_.add_to(what, parameters_of(numbers.take(), value_of(std::chrono::duration<double>(silent_for).count())));
    rescue_.add_to(what, {});
    others_.add_to(what, parameters_of(value_of(number_)));
    what.add("COMMIT");
    auto asking = session.ask(what, until);
    reply const given = co_await std::move(asking);
    rescued found;
    if (auto const* const failed = given.first_failure()) {
      bool const later = verdict_of_error(failed->sqlstate(), false) == verdict::again;
      co_await roll_back(session, until);
      if (later) co_return found;
    }
    require_success(given, "rescue the items of dead workers of table " + layout_->name);
    answer const &dead = given[given.size() - 3], &others = given[given.size() - 2];
    for (std::size_t row = 0; row < dead.rows(); ++row) {
      found.names.emplace_back(dead.cell(row, 1));
      found.freed = dead.value<std::int64_t>(row, 2).value_or(0);
      found.deaths = dead.value<std::int64_t>(row, 3).value_or(0);
    }
    found.others_alive = others.value<std::int64_t>(0, 0).value_or(0);
    found.others_at_work = others.value<bool>(0, 1).value_or(true);
    co_return found;
  }

 private:
  // A transaction that waits for a lock no longer than a second: it is asked for again soon.
  static request begin() {
    request what;
    what.add(std::string(begin_write_sql)).add(local_settings_sql(std::chrono::seconds(1)));
    what.add("SET LOCAL synchronous_commit=off");
    return what;
  }
  static task<void> roll_back(connection& session, time_point until) {
    request what;
    what.add("ROLLBACK");
    auto asking = session.ask(what, until);
    co_await std::move(asking);
  }

  layout const* layout_;
  std::string name_;
  prepared lock_dead_, rescue_, beat_, run_items_, others_;
  std::int32_t number_ = 0;
  std::int32_t former_ = 0;  // what it was before, and may still be in the table
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
