// Listing the items of a store: which ones, and where a page begins.
#ifndef PAWL_STORE_ITEM_QUERY_HPP
#define PAWL_STORE_ITEM_QUERY_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item.hpp>
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
//   for (auto page = files.items({.state = state::uploading});; page = files.items({.state = state::uploading}, page.next)) {
//     for (auto const& [it, trouble] : page) std::cout << it.key << (trouble ? ": " + trouble->last_error : "") << '\n';
//     if (page.is_last) break;
//   }
//
// Items come in the order of their rows, not of their keys. The beginning of the key is compared with each row, or each record
// where a trouble is asked for: no index finds it. Where `is_last` is false the next page may be empty.
//
// It stays trivially copyable, for g++ 12 copies the bytes of an aggregate in a co_await expression.
template <a_lifecycle L> struct item_query {
  std::optional<state_of<L>> state{};   // empty: any
  std::optional<trouble_is> trouble{};  // empty: with or without
  std::string_view key_prefix{};        // the first bytes of the key; of a key that is a number, of its digits
  std::size_t limit = 100;              // items of a page; 0 counts as 1
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
  std::optional<trouble_is> trouble{};
  std::string key_prefix{};
  std::size_t limit = 1;

  bool takes(std::string_view key, std::optional<trouble_record> const& record) const {
    return key.starts_with(key_prefix) && (!trouble || (record && kind_of(*record) == *trouble));
  }
  static trouble_is kind_of(trouble_record const& record) {
    return record.parked ? trouble_is::parked : record.next_at ? trouble_is::delayed : trouble_is::in_doubt;
  }
};
template <a_lifecycle L> item_filter filter_of(item_query<L> const& query) {
  static_assert(std::is_trivially_copyable_v<item_query<L>>);
  constexpr std::size_t most = (std::numeric_limits<std::int32_t>::max)();
  item_filter filter{.trouble = query.trouble, .key_prefix = std::string(query.key_prefix)};
  if (query.state) filter.state = state_index<L>(*query.state);
  filter.limit = query.limit == 0 ? 1 : query.limit > most ? most : query.limit;
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
