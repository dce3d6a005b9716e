// Some of a store's items, and the mark from which the next page goes on.
#ifndef PAWL_STORE_ITEM_PAGE_HPP
#define PAWL_STORE_ITEM_PAGE_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A page of items in the store's order. `next` is the store's own mark: opaque, and only good for its next page of the
// same state. A default-constructed mark is the beginning.
template <class Item, class Mark> struct item_page {
  std::vector<Item> items{};
  Mark next{};
  bool is_last = true;  // there is no next page

  auto begin() const { return items.begin(); }
  auto end() const { return items.end(); }
  auto begin() { return items.begin(); }
  auto end() { return items.end(); }
  std::size_t size() const { return items.size(); }
  bool empty() const { return items.empty(); }
  Item const& operator[](std::size_t i) const { return items[i]; }
};

// The mark of stores that number their rows: the next page begins after this row.
struct row_mark {
  std::int64_t row = (std::numeric_limits<std::int64_t>::min)();
};

}  // namespace pawl::inline PAWL_ABI

#endif
