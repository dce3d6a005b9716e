// An item without its lifecycle's type, for code that is compiled once for all lifecycles.
#ifndef PAWL_STORE_STORED_ITEM_HPP
#define PAWL_STORE_STORED_ITEM_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

struct stored_item {
  std::string key{};
  std::int64_t version = 0;
  std::size_t state = 0;  // its index in states<L>
  std::int64_t row = 0;   // the store's own locator
  std::int64_t life = 0;  // tells the row from a later one with its key; 0: unknown

  friend bool operator==(stored_item const&, stored_item const&) = default;
};

template <a_lifecycle L> stored_item to_stored_item(any_item<L> it) {
  return {std::move(it.key), it.version, state_index<L>(it.state), it.row, it.life};
}
template <a_lifecycle L> any_item<L> to_any_item(stored_item it) {
  return any_item<L>(std::move(it.key), it.version, states<L>[it.state], it.row, it.life);
}
template <a_lifecycle L> std::vector<any_item<L>> to_any_items(std::vector<stored_item> rows) {
  std::vector<any_item<L>> items;
  for (auto& row : rows) items.push_back(to_any_item<L>(std::move(row)));
  return items;
}

// A view of an item for the duration of a call: it does not own the key.
struct item_view {
  std::string_view key;
  std::int64_t version = 0;
  std::size_t state = 0;
  std::int64_t row = 0;
  std::int64_t life = 0;

  static item_view of(stored_item const& it) { return {it.key, it.version, it.state, it.row, it.life}; }
  template <a_lifecycle L> static item_view of(any_item<L> const& it) {
    return {it.key, it.version, state_index<L>(it.state), it.row, it.life};
  }
};

// What a row holds: `stored<L>` without the lifecycle's type.
struct stored_row {
  enum class content { gone, unknown_state, item };
  content holds = content::gone;
  stored_item item{};           // set if the row holds an item
  std::string unknown_state{};  // set if it holds a state unknown to the lifecycle
  bool is_text = true;          // false: `unknown_state` describes something else than a text, such as NULL
};

template <a_lifecycle L> stored<L> to_stored(stored_row found) {
  switch (found.holds) {
    case stored_row::content::item:
      return to_any_item<L>(std::move(found.item));
    case stored_row::content::unknown_state:
      return stored<L>::unknown(std::move(found.unknown_state), found.is_text);
    case stored_row::content::gone:
      break;
  }
  return {};
}

// Whether a transition moved its row. The move takes effect once it is committed.
struct transition_result {
  bool moved = false;
  std::int64_t row = 0;  // the store's locator of the moved row
  std::int64_t life = 0;
};

// An item that was there when its database was upgraded keeps its idempotency key of before, at its version.
struct former_key {
  bool is_plain = false;  // without the database's identity and the life
  std::int64_t life = 0;  // the life in it, otherwise
};

// Whether what a row holds now is still the item that was found there: at its version and state, and of its life if that is
// known.
inline bool is_still(stored_item const& it, std::int64_t version, std::size_t state, std::int64_t life) {
  return version == it.version && state == it.state &&
         (it.life == 0 /*mutant looked_up_life: || OFF*/ || life == it.life);
}

// A store that serves runs without item types. It has move_row, an overload of recorded for stored_item, and rows(), which
// returns what a run asks (run_port) with stored_item for items: runnable_rows, due_rows, is_at, note, trouble_of and the
// rest. It declares this with `using serves_rows = itself;`. A class derived from it does not count, since it may have
// replaced the typed members, which a run must not bypass.
template <class Store>
concept serves_rows = std::same_as<typename Store::serves_rows, Store>;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
