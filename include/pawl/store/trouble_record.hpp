// What holds an item back, and why. Kept in the store, so that it outlives the process.
#ifndef PAWL_STORE_TROUBLE_RECORD_HPP
#define PAWL_STORE_TROUBLE_RECORD_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A stored point in time: system clock, in nanoseconds.
using stored_time = std::chrono::sys_time<std::chrono::nanoseconds>;

// An item has a record only while it is delayed, parked or in doubt, or after a process died with it in hand; an item
// whose step succeeds at once has none. A record belongs to the version at which it was written, and to the life of the
// row (item::life): any transition ends it, and a row that is written anew does not inherit it.
struct trouble_record {
  std::int32_t attempts = 0;             // failed attempts of the current step, over all processes
  std::int32_t recoveries = 0;           // how often a process died with the item in hand
  std::optional<stored_time> next_at{};  // not before then; empty: at once
  std::optional<stored_time> since{};    // when the current step first failed
  bool parked = false;                   // no run takes it until it is released or moved
  bool in_doubt = false;                 // a step was started and may or may not have been carried out
  // The run that wrote it; 0: no run did. Negative: that of the positive number, before it called the item's step
  std::int64_t run = 0;
  std::string last_error{};  // a run keeps at most longest_error bytes of it, and marks it as cut

  // A remote may answer with a page of any length. It is whole where an observer is told of the trouble (on_trouble).
  static constexpr std::size_t longest_error = 4096;

  friend bool operator==(trouble_record const&, trouble_record const&) = default;

  // Whether a run skips the item, for now or until it is released.
  bool holds_back() const noexcept { return parked || next_at; }
  // Records only that a step was started.
  bool is_mark() const noexcept { return in_doubt && !holds_back(); }
  // Equivalent to no record.
  bool empty() const noexcept { return !holds_back() && !in_doubt && attempts == 0 && recoveries == 0; }
  // True if this must not replace `before`, which another run wrote at the same version: the writer of this record has
  // been counted as dead since, did not see that a step was started, or did not see that the item was parked. A record
  // that holds the item back never yields.
  bool yields_to(trouble_record const& before) const noexcept {
    if (holds_back() || run == before.run) return false;
    if (before.parked && !empty()) return true;
    if (before.recoveries > recoveries && !empty()) return true;
    return before.in_doubt && (before.recoveries == recoveries || !in_doubt);
  }
};

// How many items of a lifecycle have a record, by kind. A parked item counts only as parked.
struct trouble_counts {
  std::size_t parked = 0;
  std::size_t delayed = 0;
  std::size_t in_doubt = 0;  // neither parked nor delayed

  friend bool operator==(trouble_counts const&, trouble_counts const&) = default;
};

// Which delayed items to consider. Runs measure the two kinds on different clocks: what they wait for themselves on a
// monotonic one, and a start time on the store's, which may be set.
enum class delayed_by : std::uint8_t {
  runs,     // delayed by a run: retries, and waits that a remote asked for
  program,  // inserted with a start time: trouble_record::run is 0
  anybody   // both
};
constexpr bool is_delayed_by(trouble_record const& record, delayed_by who) noexcept {
  return record.next_at && !record.parked &&
         (who == delayed_by::anybody || (who == delayed_by::runs) == (record.run != 0));
}

}  // namespace pawl::inline PAWL_ABI

#endif
