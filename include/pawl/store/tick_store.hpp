// What a store offers so that each tick of a schedule becomes one item, whatever dies and however many processes ask.
#ifndef PAWL_STORE_TICK_STORE_HPP
#define PAWL_STORE_TICK_STORE_HPP

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <pawl/store/answer.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// One step of a schedule: the ticks after `from` and up to `to` are settled, made or left out.
struct tick_advance {
  std::string_view schedule{};
  std::optional<stored_time> from{};    // what last_tick() has told; empty: it knew nothing of this schedule
  stored_time to{};                     // what last_tick() tells from now on
  std::span<std::string const> keys{};  // of the items to insert, in the order of their ticks
};

// A store of items that it inserts itself, with a record of each schedule's last tick that outlives the items:
//
// 1. last_tick(schedule): up to where this schedule's ticks are settled; empty if it was never advanced, or forgotten.
// 2. advance_ticks(step) inserts an item for each key that does not exist, as insert_if_absent() does, and sets the record,
// in one
//    transaction. The answer is how many were new; empty, and nothing is written, if the record is not at `from`: another process
//    has advanced it. In an open transaction it is written with it.
// 3. forget_ticks(schedule) removes the record: the schedule is as one that never was. False if there is none.
//
// Schedules of two tables are two, whatever their names.
template <class S>
concept has_last_tick = requires(S s, std::string_view schedule) {
  { s.last_tick(schedule) } -> answers_with<std::optional<stored_time>>;
};
template <class S>
concept has_advance_ticks = requires(S s, tick_advance const& step) {
  { s.advance_ticks(step) } -> answers_with<std::optional<std::size_t>>;
};
template <class S>
concept has_forget_ticks = requires(S s, std::string_view schedule) {
  { s.forget_ticks(schedule) } -> answers_with<bool>;
};

template <class S>
concept tick_store = inserting_store<S> && has_last_tick<S> && has_advance_ticks<S> && has_forget_ticks<S>;

namespace detail {
// Reports in one sentence why this store keeps no schedules.
template <class S> constexpr bool check_tick_store() {
  if constexpr (!transition_store<S>)
    return check_transition_store<S>();
  else if constexpr (!inserting_store<S>)
    return !mistake::schedule_of_a_mapped_table<S>();
  else if constexpr (!has_last_tick<S>)
    static_assert(
        has_last_tick<S>,
        "pawl: a schedule needs last_tick(std::string_view) from its store, returning std::optional<stored_time>");
  else if constexpr (!has_advance_ticks<S>)
    static_assert(has_advance_ticks<S>,
                  "pawl: a schedule needs advance_ticks(tick_advance const&) from its store, returning "
                  "std::optional<std::size_t>");
  else if constexpr (!has_forget_ticks<S>)
    static_assert(has_forget_ticks<S>,
                  "pawl: a schedule needs forget_ticks(std::string_view) from its store, returning bool");
  return tick_store<S>;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
