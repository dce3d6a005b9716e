// A transition as the optional history keeps it.
#ifndef PAWL_STORE_HISTORY_ENTRY_HPP
#define PAWL_STORE_HISTORY_ENTRY_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/fsm/fnv.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Written in the transaction of its transition, by a store that was opened with `.history = true`.
struct history_entry {
  std::int64_t version = 0;  // of the item afterwards
  std::string from{};        // stored names
  std::string event{};
  std::string to{};
  stored_time at{};  // the store's clock
  // The run that had begun last on the store that wrote it, and has not ended, as in trouble_record::run; 0: none had
  std::int64_t run = 0;
  std::int32_t attempts = 0;  // failed ones of the step, before this transition
  std::string error{};        // the last of them; empty: none

  friend bool operator==(history_entry const&, history_entry const&) = default;
};

namespace detail {
// The number of a change in pawl_change is made of its words, so that it never means another one, whatever is rolled back. 47
// bits, of which SQLite makes six bytes. A migration has no event.
constexpr std::int64_t change_number(std::string_view table, std::string_view from, std::string_view event,
                                     std::string_view to) {
  std::uint64_t const hash = fnv().text(table).text(from).text(event).text(to).value;
  return static_cast<std::int64_t>((hash ^ hash >> 47U) & 0x7fff'ffff'ffffU);
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
