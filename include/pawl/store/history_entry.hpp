// A transition, or what an operator has done to an item, as the optional history keeps it.
#ifndef PAWL_STORE_HISTORY_ENTRY_HPP
#define PAWL_STORE_HISTORY_ENTRY_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/fsm/fnv.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Written in the transaction of its transition, by a store that was opened with `.history = true`. Where a table has such a
// history, what an operator does to an item (store.release(), a console) is in it too. That is no transition: version and
// state stay as they are. So is what an operator does to a state or to the table: that is no item's, and a console tells it
// (seen_table::deeds).
struct history_entry {
  std::int64_t version = 0;  // of the item afterwards
  std::string from{};        // stored names
  std::string event{};       // of a migration empty, of an operator's change "hand: released": see by_hand()
  std::string to{};
  stored_time at{};  // the store's clock, when it was written: one time for a whole batch of a queue
  // The run that had begun last on the store that wrote it, and has not ended, as in trouble_record::run; 0: none had
  std::int64_t run = 0;
  // Failed ones of the step, before this transition; the event of on_failure is told the same number (step_failure::attempts)
  std::int32_t attempts = 0;
  std::string error{};  // the last of them; empty: none. Of an operator's change on whose behalf it was, and why

  // "released", "parked", "delayed" or "retried", if that is what an operator did; with `error`, "by ada: the address is wrong",
  // it makes a sentence. Of a table "paused" or "resumed", with the state in `to`; "trimmed" or "history trimmed", with so many
  // rows in `attempts`; or "schedule forgotten". Empty: it is a transition.
  std::string_view by_hand() const noexcept;

  friend bool operator==(history_entry const&, history_entry const&) = default;
};

namespace detail {
// What an operator does to an item; behind those to a state or a table, from no state.
enum class hand : std::uint8_t {
  released,
  parked,
  delayed,
  retried,
  paused,
  resumed,
  trimmed,
  history_trimmed,
  schedule_forgotten
};

// In the place of an event, which is named like a type and so has no blank after a colon.
inline constexpr std::string_view before_hand = "hand: ";
constexpr std::string_view event_of(hand what) noexcept {
  switch (what) {
    case hand::released:
      return "hand: released";
    case hand::parked:
      return "hand: parked";
    case hand::delayed:
      return "hand: delayed";
    case hand::retried:
      return "hand: retried";
    case hand::paused:
      return "hand: paused";
    case hand::resumed:
      return "hand: resumed";
    case hand::trimmed:
      return "hand: trimmed";
    case hand::history_trimmed:
      return "hand: history trimmed";
    case hand::schedule_forgotten:
      break;
  }
  return "hand: schedule forgotten";
}
// In the place of an error. `whose`: "ada", "ada: the address is wrong", or empty.
inline std::string behalf_text(std::string_view whose) {
  return shortened("by " + std::string(whose.empty() ? "hand" : whose), trouble_record::longest_error);
}

// Of a state, or of its table's rows or schedules. In the history it has no key.
struct table_deed {
  hand does;
  std::string state{};
  std::string words{};
};

// The number of a change in pawl_change is made of its words, so that it never means another one, whatever is rolled back. 47
// bits, of which SQLite makes six bytes. A migration has no event, an operator's change that of its hand.
constexpr std::int64_t change_number(std::string_view table, std::string_view from, std::string_view event,
                                     std::string_view to) {
  std::uint64_t const hash = fnv().text(table).text(from).text(event).text(to).value;
  return static_cast<std::int64_t>((hash ^ hash >> 47U) & 0x7fff'ffff'ffffU);
}
}  // namespace detail

inline std::string_view history_entry::by_hand() const noexcept {
  std::string_view words = event;
  if (!words.starts_with(detail::before_hand)) return {};
  words.remove_prefix(detail::before_hand.size());
  return words;
}

}  // namespace pawl::inline PAWL_ABI

#endif
