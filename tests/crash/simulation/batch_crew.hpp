// The batches' part in a process: their store, its queue, and their runs.
#ifndef PAWL_TESTS_CRASH_SIMULATION_BATCH_CREW_HPP
#define PAWL_TESTS_CRASH_SIMULATION_BATCH_CREW_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <pawl/loop/task.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/recurring/run.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>

#include "crash/simulation/batch_steps.hpp"
#include "crash/simulation/family_records.hpp"
#include "crash/simulation/remote.hpp"
#include "crash/simulation/schedules.hpp"
#include "crash/simulation/watched_store.hpp"

namespace crash::simulation {

template <class T, class B> class batch_crew {
 public:
  using queue_type = pawl::commit_queue<watched_store<B>, world_loop>;

  // Inserts the batches that a program begins with, if they are not there. Throws store_error.
  batch_crew(pawl::sqlite::database& db, family_records<B>& of, int process, transition_witness& witness,
             world_loop& loop, pawl::commit_queue_options const& how)
      : of_(of), store_(db, of.in, {process, of.known, &witness}), queue_(loop, store_, how) {}
  batch_crew(batch_crew const&) = delete;
  batch_crew& operator=(batch_crew const&) = delete;

  watched_store<B>& store() { return store_; }
  queue_type& queue() { return queue_; }
  family_records<B>& records() { return of_; }

  void insert_first(std::size_t batches) {
    for (std::size_t i = 0; i < batches; ++i) {
      std::string const key = "batch " + std::to_string(i);
      if constexpr (pawl::a_lifecycle<B>)
        store_.insert_if_absent(key);
      else
        store_.db().execute("INSERT OR IGNORE INTO batches(title) VALUES('" + key + "')");
    }
  }
  // When its runs were there, on the store's clock, from where the schedules were on, if that was ahead of it.
  std::vector<presence> const& presences() const { return presences_; }
  void begin_presence() {
    pawl::stored_time const now = store_.now();
    presences_.push_back({(std::max)(now, store_.last_tick("often").value_or(now)), now});
  }
  void end_presence() { presences_.back().end = store_.now(); }

  pawl::task<pawl::summary> work(remote& api, pawl::run_options options) {
    options.limits = {};  // they are those of files
    batch_steps<T, B> how{api, queue_.loop(), of_, [this] { return store_.db().now(); }};
    if constexpr (pawl::a_lifecycle<B>)
      return pawl::async_run(queue_, std::move(how), options, schedules::often(store_), schedules::seldom(store_));
    else
      return pawl::async_run(queue_, std::move(how), options);
  }

 private:
  family_records<B>& of_;
  watched_store<B> store_;
  queue_type queue_;
  std::vector<presence> presences_{};
};

}  // namespace crash::simulation

#endif
