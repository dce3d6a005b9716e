// Options of a schedule.
#ifndef PAWL_RECURRING_RECURRING_OPTIONS_HPP
#define PAWL_RECURRING_RECURRING_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <pawl/error.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// What becomes of ticks that came while no process was there to make them.
enum class missed : std::uint8_t {
  once,  // one item stands for them all: that of the newest tick
  all,   // each has its item, the oldest first
  none   // they have none
};

struct recurring_options {
  enum missed missed = missed::once;
  // A tick that is made within this time is not missed, only late, and has its item in any case; so has one
  // that comes while a run is there, however late the run gets to it. 1 s or more
  std::chrono::nanoseconds on_time = std::chrono::minutes(1);
  // Where the store does not know this schedule yet: ticks after this instant count, as missed ones if they are in the past.
  // Empty: from now on
  std::optional<stored_time> since{};
  // Items inserted in one transaction, at most; 1 to a million
  std::size_t page = 1000;
};

namespace detail {
// Throws error "recurring.options".
inline void check_recurring_options(recurring_options const& options) {
  auto const refuse = [](char const* which) {
    throw error("recurring.options", std::string("pawl: recurring_options::") + which);
  };
  if (options.on_time < std::chrono::seconds(1))
    refuse("on_time must be 1 s or longer: a tick is at a whole second, and is made within the next one at best");
  if (options.page == 0 || options.page > 1'000'000) refuse("page must be 1 to 1000000");
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
