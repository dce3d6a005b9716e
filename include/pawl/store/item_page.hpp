// A page of a store's items, and the mark at which the next page begins.
#ifndef PAWL_STORE_ITEM_PAGE_HPP
#define PAWL_STORE_ITEM_PAGE_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <tuple>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A page of items in the store's order. `next` is an opaque mark of the store, valid only for the next page of the same
// state or query. A default-constructed mark is the beginning.
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

// What every event of the lifecycle recorded for an item, indexed by event: empty if the event did not happen or has no
// fields.
namespace detail {
template <class... Event> std::tuple<std::optional<Event>...> optional_each(type_list<Event...>);
}
template <a_lifecycle L> using recorded_events = decltype(detail::optional_each(events_of<L>{}));

// An item of a page with everything that its store knows about it. A remote store returns these, so that a run needs no
// further request before the item's step.
template <a_lifecycle L> struct known_item {
  any_item<L> item;
  std::optional<trouble_record> record{};  // of the item's version
  recorded_events<L> recorded{};
};

// The mark of stores that number their rows: the next page begins after this row.
struct row_mark {
  std::int64_t row = (std::numeric_limits<std::int64_t>::min)();
  bool after_row = false;  // false: at this row, which may be the least that there is
};

namespace detail {
// The least row that may come next; empty if no row can.
constexpr std::optional<std::int64_t> first_row_of(row_mark mark) {
  if (!mark.after_row) return mark.row /*mutant least_row: + (OFF ? 1 : 0)*/;
  if (mark.row == (std::numeric_limits<std::int64_t>::max)()) return std::nullopt;
  return mark.row + 1;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
