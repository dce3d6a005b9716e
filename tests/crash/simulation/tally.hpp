// The totals over all seeds.
#ifndef PAWL_TESTS_CRASH_SIMULATION_TALLY_HPP
#define PAWL_TESTS_CRASH_SIMULATION_TALLY_HPP

#include <array>
#include <cstddef>
#include <cstdint>

namespace crash::simulation {

// Plain numbers: they go through a pipe as they are.
struct tally {
  enum count : std::size_t {
    seeds,
    calm,  // of them, without any fault: their makespan is checked
    items,
    processes,     // that were begun
    deaths,        // crashes that the system survived
    power_cuts,    // and those that it did not
    broken_files,  // faults of the file system
    stops,         // requests to stop
    zombies,       // processes that went on after their successor had begun
    calls,         // to the remote
    lost_requests,
    lost_answers,
    late_landings,
    slow_answers,
    refusals,  // throttled, out of order, out of quota, pending
    transitions,
    conflicts,
    told_by_version,   // of them, by the version alone: the row was in the same state, and had left it meanwhile
    resets,            // items that were led back to their beginning by hand
    lost_transitions,  // NORMAL, by power cuts
    duplicates,        // objects that the remote has beside the first one of an item's stay in the upload
    duplicates_with_full,
    batches,        // that were found at the end
    ticks,          // of them, made by schedules
    gathered,       // events that were fired for a batch, whose children had all ended
    left_batches,   // that were told by another process than that in which the last child ended
    gone_children,  // that were deleted while somebody waited for them
    parked,
    failed,  // items that ended in the lifecycle's failure state
    violations,
    how_many
  };

  std::array<std::uint64_t, how_many> of{};
  std::uint64_t hash = 0;  // of all histories, in whichever order they were told

  std::uint64_t& operator[](count c) { return of[c]; }
  std::uint64_t operator[](count c) const { return of[c]; }
  std::uint64_t faults() const {
    return of[broken_files] + of[lost_requests] + of[lost_answers] + of[late_landings] + of[slow_answers] +
           of[refusals];
  }
  tally& operator+=(tally const& other) {
    for (std::size_t i = 0; i < how_many; ++i) of[i] += other.of[i];
    hash += other.hash;
    return *this;
  }
};

}  // namespace crash::simulation

#endif
