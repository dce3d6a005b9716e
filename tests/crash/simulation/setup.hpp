// How a process is set up, as its program might do it.
#ifndef PAWL_TESTS_CRASH_SIMULATION_SETUP_HPP
#define PAWL_TESTS_CRASH_SIMULATION_SETUP_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/sqlite/options.hpp>

#include "crash/simulation/world.hpp"

namespace crash::simulation {

// What all processes of a seed have in common.
struct program {
  durability durable = durability::power_loss;
  bool calm = false;
  std::size_t batches = 0;  // that it begins with
};
// The clock of the last one is right, and it knows of batches.
enum class which_process : std::uint8_t { any, last };

struct setup {
  pawl::sqlite::options database{};
  pawl::commit_queue_options queue{};
  pawl::run_options run{};
  pawl::rate rate{};
  std::size_t batches = 0;
  bool has_batches = false;  // else it has only files, and leaves their parents to others

  // The world outlives it.
  static setup drawn(world& w, program const& of, which_process which) {
    auto const one_of = [&w](auto... values) {
      std::size_t const all[] = {static_cast<std::size_t>(values)...};
      return all[w.below(sizeof...(values))];
    };
    setup s;
    s.database = options_for(of.durable, static_cast<int>(one_of(4, 16, 100)));
    // The system's clock may be wrong, and wrong in another way next time.
    auto skew = w.one_in(8) ? 1s * (static_cast<std::int64_t>(w.below(200'000)) - 100'000) : 0s;
    if (w.has_batches) skew = which == which_process::last ? 0s : skew / 4;  // a day off, schedules would refuse it
    s.database.now = [&w, skew] {
      return std::chrono::system_clock::time_point(world::begins_at + skew +
                                                   std::chrono::duration_cast<std::chrono::microseconds>(w.now()));
    };
    s.queue.batch = one_of(1, 2, 256);
    s.run.concurrency = one_of(1, 2, 3, 5);
    s.run.page = one_of(1, 3, 256);
    s.run.seed = w.below(1'000'000);
    if (of.calm) return s;
    if (w.one_in(4)) s.run.attempt_deadline = 3s;
    if (w.one_in(4)) s.run.limits = {{uploading, one_of(1, 2)}};
    if (w.one_in(4)) s.rate = {.per_second = 2, .burst = one_of(1, 3)};
    s.run.grace = 1s * static_cast<std::int64_t>(one_of(0, 2, 30));
    s.batches = of.batches;
    s.has_batches = w.has_batches && (which == which_process::last || w.family_random()() % 6 != 0);
    return s;
  }
};

}  // namespace crash::simulation

#endif
