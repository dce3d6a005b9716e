// What keeps an item from its next attempt, and why: kept in the store, so that it outlives the process.
#ifndef PAWL_STORE_TROUBLE_RECORD_HPP
#define PAWL_STORE_TROUBLE_RECORD_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A point in time that is stored: of the system's clock, to the nanosecond.
using stored_time = std::chrono::sys_time<std::chrono::nanoseconds>;

// An item has one only while it is delayed, parked, in doubt, or was in hand when a process died; one that goes its way
// at once has none. It belongs to the version at which it was written: the next transition, whoever makes it, is the
// end of it.
struct trouble_record {
  std::int32_t attempts = 0;             // of the present step, that failed; over all processes
  std::int32_t recoveries = 0;           // how often a process died with the item in hand
  std::optional<stored_time> next_at{};  // not before then; nothing: at once
  std::optional<stored_time> since{};    // when the present step was in trouble first
  bool parked = false;                   // given up, until somebody releases it or moves it
  bool in_doubt = false;                 // a step was begun, and nobody knows whether it was carried out
  std::int64_t run = 0;                  // the run that wrote it; 0: no run did
  std::string last_error{};

  friend bool operator==(trouble_record const&, trouble_record const&) = default;

  // Whether a run that looks for work passes the item over, until its time comes or for good.
  bool holds_back() const noexcept { return parked || next_at; }
  // Only says that a step was begun.
  bool is_mark() const noexcept { return in_doubt && !holds_back(); }
  // A record that says nothing: as good as none.
  bool empty() const noexcept { return !holds_back() && !in_doubt && attempts == 0 && recoveries == 0; }
  // Whether this may not replace `before`, what another run has noted of the same version: where it was written by one
  // who has been taken for dead since (his successor counts it), or who has not seen that a step was begun. What holds
  // the item back may always be noted.
  bool yields_to(trouble_record const& before) const noexcept {
    if (holds_back() || run == before.run) return false;
    if (before.recoveries > recoveries && !empty()) return true;
    return before.in_doubt && (before.recoveries == recoveries || !in_doubt);
  }
};

// How many items of a lifecycle have a record, by what it says. A parked one counts as parked alone.
struct trouble_counts {
  std::size_t parked = 0;
  std::size_t delayed = 0;
  std::size_t in_doubt = 0;  // neither parked nor delayed

  friend bool operator==(trouble_counts const&, trouble_counts const&) = default;
};

// Which of the delayed items are meant.
enum class delayed_by : std::uint8_t {
  runs,    // those that a run has put off: retries, and what a remote asked to wait for
  anybody  // and those that were not to begin before a time
};

}  // namespace pawl::inline PAWL_ABI

#endif
