// Listing the items of a store: which ones, and where a page begins.
#ifndef PAWL_STORE_ITEM_QUERY_HPP
#define PAWL_STORE_ITEM_QUERY_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// What an item's record says, as trouble_counts counts them.
enum class trouble_is : std::uint8_t {
  parked,
  delayed,  // and not parked
  in_doubt  // a record of another kind: its step was started, or a process died with it in hand
};

// What a page of store.items() has; all that is given must hold. Without anything it is the first hundred items.
//
//   for (auto page = files.items({.state = state::uploading});; page = files.items({.state = state::uploading, .after = page.next})) {
//     for (auto const& [it, trouble] : page) std::cout << it.key << (trouble ? ": " + trouble->last_error : "") << '\n';
//     if (page.is_last) break;
//   }
template <a_lifecycle L, class Mark> struct item_query {
  std::optional<state_of<L>> state{};   // empty: any
  Mark after{};                         // `next` of the page before; by default the beginning
  std::size_t limit = 100;              // items of a page; 0 counts as 1
  std::optional<trouble_is> trouble{};  // empty: with or without
  std::string key_prefix{};             // the first bytes of the key; a key that is a number by its digits
};

// An item with its record, empty if nothing is the matter with it.
template <a_lifecycle L> struct listed_item {
  any_item<L> item;
  std::optional<trouble_record> trouble{};
};

namespace detail {

// The same without a lifecycle's types.
struct item_filter {
  std::optional<std::size_t> state{};
  std::size_t limit = 1;
  std::optional<trouble_is> trouble{};
  std::string key_prefix{};

  bool takes(std::string_view key, std::optional<trouble_record> const& record) const {
    return key.starts_with(key_prefix) && (!trouble || (record && kind_of(*record) == *trouble));
  }
  static trouble_is kind_of(trouble_record const& record) {
    return record.parked ? trouble_is::parked : record.next_at ? trouble_is::delayed : trouble_is::in_doubt;
  }
};
template <a_lifecycle L, class Mark> item_filter filter_of(item_query<L, Mark> const& query) {
  item_filter filter{{}, (std::max)(query.limit, std::size_t{1}), query.trouble, query.key_prefix};
  if (query.state) filter.state = state_index<L>(*query.state);
  return filter;
}

struct listed_row {
  stored_item item{};
  std::optional<trouble_record> record{};
};
template <a_lifecycle L> std::vector<listed_item<L>> to_listed_items(std::vector<listed_row> rows) {
  std::vector<listed_item<L>> items;
  items.reserve(rows.size());
  for (auto& row : rows) items.push_back({to_any_item<L>(std::move(row.item)), std::move(row.record)});
  return items;
}

}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
