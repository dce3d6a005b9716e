// An item without the type of its lifecycle: what code handles that is compiled once for all lifecycles.
#ifndef PAWL_STORE_STORED_ITEM_HPP
#define PAWL_STORE_STORED_ITEM_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

struct stored_item {
  std::string key{};
  std::int64_t version = 0;
  std::size_t state = 0;  // its index in states<L>
  std::int64_t row = 0;   // the store's own locator

  friend bool operator==(stored_item const&, stored_item const&) = default;
};

template <a_lifecycle L> stored_item to_stored_item(any_item<L> it) {
  return {std::move(it.key), it.version, state_index<L>(it.state), it.row};
}
template <a_lifecycle L> any_item<L> to_any_item(stored_item it) {
  return any_item<L>(std::move(it.key), it.version, states<L>[it.state], it.row);
}

// The same for the time of a call: the key is another's.
struct item_view {
  std::string_view key;
  std::int64_t version = 0;
  std::size_t state = 0;
  std::int64_t row = 0;

  static item_view of(stored_item const& it) { return {it.key, it.version, it.state, it.row}; }
  template <a_lifecycle L> static item_view of(any_item<L> const& it) {
    return {it.key, it.version, state_index<L>(it.state), it.row};
  }
};

// What a row holds, as `stored<L>` tells it.
struct stored_row {
  enum class content { gone, unknown_state, item };
  content holds = content::gone;
  stored_item item{};           // meaningful where the row holds an item
  std::string unknown_state{};  // meaningful where it holds a state that the lifecycle does not know
};

// Whether a transition moved its row. What it did counts once it is committed.
struct transition_result {
  bool moved = false;
  std::int64_t row = 0;  // the store's locator of the moved row
};

// A store that answers runs without the types of items: move_row, runnable_rows, due_rows, and note, trouble_of and
// recorded of a stored_item. It says so with `using serves_rows = itself;`: a class that is derived from one may have
// replaced the typed members, which a run then must not go past.
template <class Store>
concept serves_rows = std::same_as<typename Store::serves_rows, Store>;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
