// Explains the situation of an item: use it to find out why an item does not move.
#ifndef PAWL_STORE_EXPLANATION_HPP
#define PAWL_STORE_EXPLANATION_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/event_text.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

enum class standing : std::uint8_t {
  absent,        // no such row
  unrecognised,  // in a state unknown to the lifecycle: see store::migrate
  arrived,       // in a goal or terminal state
  waiting,       // for an event from outside
  runnable,      // a run takes it, or is working on it
  delayed,       // until its next attempt, or until its start time
  in_doubt,      // its step was started and may or may not have been carried out, or is running now
  parked         // given up until released or moved
};

// `text()` is for the operator: "uploading at version 1: parked after 5 attempts: transient: busy".
template <a_lifecycle L> struct explanation {
  standing is = standing::absent;
  stored<L> row{};
  std::optional<trouble_record> record{};
  // Of an item that has arrived: the event that brought it there, with its recorded fields; several are joined by "or" if
  // the store cannot tell which it was. Empty if nothing is recorded: the row was written by other means.
  std::string arrived_by{};

  // One line: what users and remotes wrote is escaped.
  std::string text() const {
    if (!row.item) return row.describe();
    return std::string(state_name_of<L>(row.item->state)) + " at version " + std::to_string(row.item->version) + ": " +
           reason();
  }

 private:
  std::string reason() const {
    switch (is) {
      case standing::arrived:
        return "it has reached a final state" + (arrived_by.empty() ? "" : ", by " + arrived_by);
      case standing::waiting:
        return "waiting for an external event: " + events();
      case standing::delayed:
        return "delayed until " + std::string(utc_text()(time())) + "Z" + history();
      case standing::in_doubt:
        return std::string(doubt) + history(doubt);
      case standing::parked:
        return "parked" + history();
      case standing::runnable:
      case standing::absent:
      case standing::unrecognised:
        break;
    }
    return "runnable: nothing holds it back" + history();
  }
  static constexpr std::string_view doubt = "its step was started, and it is unknown whether it was carried out";
  // `said`: what the error need not repeat.
  std::string history(std::string_view said = {}) const {
    std::string text;
    if (!record) return text;
    if (record->attempts > 0) text += " after " + counted(record->attempts, "attempt");
    if (record->recoveries > 0) text += " after " + counted(record->recoveries, "death") + " of its process";
    bool const repeats = !said.empty() && record->last_error.find(said) != std::string::npos;
    if (!record->last_error.empty() && !repeats) text += ": " + detail::visible_text(record->last_error);
    return text;
  }
  static std::string counted(std::int32_t n, char const* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
  }
  std::string events() const {
    std::string names;
    auto const fsm = *machine<L>::hydrate(row.item->state);
    fsm.each_accepted([&names](auto event) {
      if (!names.empty()) names += " or ";
      names += name(event);
    });
    return names;
  }
  std::chrono::system_clock::time_point time() const {
    return std::chrono::time_point_cast<std::chrono::system_clock::duration>(*record->next_at);
  }
};

namespace detail {
// `events` has recorded<E>(item), as a store does, and the type `lifecycle`.
template <a_lifecycle L, class Events>
explanation<L> explanation_of(stored<L> row, std::optional<trouble_record> record, Events& events) {
  explanation<L> found;
  found.row = std::move(row);
  if (!found.row.item) {
    found.is = found.row.gone() ? standing::absent : standing::unrecognised;
    return found;
  }
  found.record = std::move(record);
  role const its = role_of<L>(found.row.item->state);
  if (its != role::step) found.is = its == role::waiting ? standing::waiting : standing::arrived;
  if (found.is == standing::arrived) found.arrived_by = arrival<Events>(events, *found.row.item).text();
  if (its != role::step) return found;
  if (!found.record)
    found.is = standing::runnable;
  else if (found.record->parked)
    found.is = standing::parked;
  else if (found.record->next_at)
    found.is = standing::delayed;
  else
    found.is = found.record->in_doubt ? standing::in_doubt : standing::runnable;
  return found;
}
}  // namespace detail

// Explains what is known about this key now. Throws what the store throws. A store that answers later has a member of this
// name, to be awaited.
template <run_port Store> explanation<typename Store::lifecycle> explain(Store& store, std::string_view key) {
  using L = typename Store::lifecycle;
  stored<L> row = store.get(key);
  std::optional<trouble_record> record;
  if (row.item) record = store.trouble_of(*row.item);
  return detail::explanation_of<L>(std::move(row), std::move(record), store);
}

}  // namespace pawl::inline PAWL_ABI

#endif
