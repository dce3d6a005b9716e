// An item without the type of its lifecycle: what code handles that is compiled once for all lifecycles.
#ifndef PAWL_STORE_STORED_ITEM_HPP
#define PAWL_STORE_STORED_ITEM_HPP

#include <cstddef>
#include <cstdint>
#include <string>
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

}  // namespace pawl::inline PAWL_ABI::detail

#endif
