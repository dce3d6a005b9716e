// What an operator makes of an item's record, and what is refused to them: the same in every database.
#ifndef PAWL_CONSOLE_CHANGED_RECORD_HPP
#define PAWL_CONSOLE_CHANGED_RECORD_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/console/known_lifecycle.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// An operator's change is no transition: the version does not grow. Each is called with the record of the item, if it has one,
// and answers the one that it is to have: an empty record stands for none. Nothing: there is nothing to change. What the
// history tells of it is does() and words(), which begins with on whose behalf it is.

// A mark, of a step that has begun and may run at this moment, only if it is that of this run, which the person has seen: else
// whoever releases twice would take away what alone tells that an unsafe step must not be repeated.
struct released_record {
  std::string by{};
  std::int64_t mark_of = 0;

  std::optional<trouble_record> operator()(std::optional<trouble_record> const& before) const {
    if (!before || (before->is_mark() && before->run != mark_of)) return std::nullopt;
    return trouble_record{};
  }
  static hand does() noexcept { return hand::released; }
  std::string words() const { return behalf_text(by); }
};

// The record too says whose deed it was.
struct parked_record {
  std::string by{};

  std::optional<trouble_record> operator()(std::optional<trouble_record> const& before) const {
    trouble_record record = before.value_or(trouble_record{});
    record.parked = true;
    record.next_at.reset();
    record.run = 0;
    record.last_error = shortened("parked " + behalf_text(by), trouble_record::longest_error);
    if (before == record) return std::nullopt;
    return record;
  }
  static hand does() noexcept { return hand::parked; }
  std::string words() const { return behalf_text(by); }
};

// As if the program had inserted it with this start time: its attempts are still counted. A doubt for which it was parked is
// settled with that, by the person who starts it again.
struct started_record {
  stored_time when;
  std::string by{};

  std::optional<trouble_record> operator()(std::optional<trouble_record> const& before) const {
    trouble_record record = before.value_or(trouble_record{});
    if (record.parked) record.in_doubt = false;
    record.parked = false;
    record.next_at = when;
    record.run = 0;
    if (before == record) return std::nullopt;
    return record;
  }
  static hand does() noexcept { return hand::delayed; }
  std::string words() const {
    auto const time = std::chrono::floor<std::chrono::system_clock::duration>(when);
    return "until " + std::string(utc_text()(time)) + "Z " + behalf_text(by);
  }
};

// ---- what is done to a table ----

inline table_deed trimmed_before(hand what, stored_time before, std::string_view by) {
  auto const time = std::chrono::floor<std::chrono::system_clock::duration>(before);
  return {what, {}, "of before " + std::string(utc_text()(time)) + "Z " + behalf_text(by)};
}
inline table_deed forgotten_schedule(std::string_view schedule, std::string_view by) {
  return {hand::schedule_forgotten, {}, visible_text(schedule) + " " + behalf_text(by)};
}

// ---- what is refused ----

// The state of this name if it has a step; only there a record holds an item back.
inline known_state const* step_state(known_lifecycle const& of, std::string_view name) noexcept {
  for (auto const& state : of.states())
    if (state.name == name && state.role == role::step) return &state;
  return nullptr;
}
// The state of an item whose record can be changed; null: there is none. In one that waits only a parked item has a record: its
// children have ended, and its table has refused the event that tells it.
inline known_state const* changeable_state(known_lifecycle const& of, std::string_view name,
                                           std::optional<trouble_record> const& trouble) noexcept {
  if (!trouble || !trouble->parked) return step_state(of, name);
  for (auto const& state : of.states())
    if (state.name == name && (state.role == role::step || state.role == role::waiting)) return &state;
  return nullptr;
}
inline std::string all_step_states(known_lifecycle const& of) {
  std::string list;
  for (auto const& state : of.states())
    if (state.role == role::step) list += (list.empty() ? "" : ", ") + visible_text(state.name);
  return list;
}
[[noreturn]] inline void refuse_no_step(std::string_view database, std::string_view key, std::string_view state,
                                        known_lifecycle const& of) {
  wording::fail(store_failure::misuse,
                {"pawl: ", database, ": item '", visible_text(key, U'\''), "' is in state ", visible_text(state),
                 ", which has no step that could be held back; those that have are ", all_step_states(of)});
}
inline void refuse_unless_step(std::string_view database, std::string_view state, known_lifecycle const& of) {
  if (step_state(of, state) != nullptr) return;
  wording::fail(store_failure::misuse, {"pawl: ", database, ": there is no state '", visible_text(state, U'\''),
                                        "' with a step; those with one are ", all_step_states(of)});
}
inline void refuse_to_trim(std::string_view database, std::string_view table, bool may_delete, bool knows_time) {
  if (!may_delete)
    wording::fail(store_failure::misuse, {"pawl: ", database, ": the rows of table ", table,
                                          " are not pawl's but of the program that made it, and are deleted only if "
                                          "that is asked for"});
  if (!knows_time)
    wording::fail(store_failure::misuse, {"pawl: ", database, ": table ", table,
                                          " has no column for the time of a transition (pawl::names::changed_at), so "
                                          "nobody knows since when a row is finished"});
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
