// One row of a memory_store: an item, what it has recorded, and its troubles.
#ifndef PAWL_STORE_MEMORY_ROW_HPP
#define PAWL_STORE_MEMORY_ROW_HPP

#include <cstdint>
#include <optional>
#include <string>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class L> struct memory_row {
  std::string key{};
  bool alive = false;
  std::optional<state_of<L>> state{};  // empty: unknown to the lifecycle, see unknown_state
  std::string unknown_state{};
  std::int64_t version = 0;
  recorded_events<L> recorded{};
  std::optional<trouble_record> trouble{};  // of this version

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
