// One row of a memory_store: an item, what it has recorded, and its troubles.
#ifndef PAWL_STORE_MEMORY_ROW_HPP
#define PAWL_STORE_MEMORY_ROW_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A row is copied to undo what a transaction does to it.
template <class Event> constexpr bool check_assignable() {
  if constexpr (std::is_copy_assignable_v<Event>)
    return true;
  else
    return mistake::event_is_not_assignable<Event>();
}
template <class... Event> constexpr bool check_all_assignable(type_list<Event...>) {
  return (check_assignable<Event>() && ...);
}

template <class L> struct memory_row {
  std::string key{};
  bool alive = false;
  std::optional<state_of<L>> state{};  // empty: unknown to the lifecycle, see unknown_state
  std::string unknown_state{};
  std::int64_t version = 0;
  std::int64_t life = 0;  // counts the insertions into the store
  recorded_events<L> recorded{};
  std::optional<trouble_record> trouble{};  // of this version
  stored_time changed_at{};                 // of the last transition, or of the insertion
  std::vector<history_entry> history{};     // if the store keeps one

  // True if it has been there since this insertion. A dead row keeps its place for a later one with its key.
  bool lives(std::int64_t since) const noexcept {
    return since == 0 || life == since /*mutant memory_store_life: || OFF*/;
  }
  stored_item as_item(std::int64_t row) const { return {key, version, state_index<L>(*state), row, life}; }
  bool finished_before(stored_time time) const {
    if (!alive || !state || changed_at >= time) return false;
    role const its = role_of<L>(*state);
    return its == role::goal || its == role::terminal;
  }
  template <class Event> void move(state_of<L> to, Event const& event, stored_time now) {
    if (to == initial_state<L>)
      recorded = {};
    else
      std::get<event_index<L, Event>>(recorded) = event;
    state = to;
    trouble.reset();
    ++version;
    changed_at = now;
  }
  // Before it moves.
  template <class Event> void add_history(state_of<L> to, stored_time now, std::int64_t run) {
    history_entry entry{.version = version + 1, .at = now, .run = run};
    entry.from = state_name_of<L>(*state);
    entry.event = event_name<Event>();
    entry.to = state_name_of<L>(to);
    if (trouble) {
      entry.attempts = trouble->attempts;
      entry.error = trouble->last_error;
    }
    history.push_back(std::move(entry));
  }
  // Of a row with a record, before that is changed.
  void add_by_hand(hand what, stored_time now, std::string_view by) {
    if (!state) return;
    history_entry entry{.version = version, .at = now, .attempts = trouble->attempts};
    entry.from = entry.to = state_name_of<L>(*state);
    entry.event = event_of(what);
    entry.error = behalf_text(by);
    history.push_back(std::move(entry));
  }
  // Oldest first.
  std::vector<history_entry> newest_history(std::size_t most) const {
    return {history.end() - static_cast<std::ptrdiff_t>(most < history.size() ? most : history.size()), history.end()};
  }
  bool delayed_beyond(stored_time time, delayed_by who) const {
    return alive && delayed(who) && trouble->next_at > time;
  }
  bool due_at(stored_time time, delayed_by who) const {
    return alive && state && role_of<L>(*state) == role::step && delayed(who) && trouble->next_at <= time;
  }

 private:
  bool delayed(delayed_by who) const { return trouble && is_delayed_by(*trouble, who); }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
