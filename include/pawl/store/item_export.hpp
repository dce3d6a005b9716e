// What a store hands over of its items so that another one can take them as they are: see copy.
#ifndef PAWL_STORE_ITEM_EXPORT_HPP
#define PAWL_STORE_ITEM_EXPORT_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// An item with all that its row and its record hold.
struct exported_item {
  std::string key{};
  std::int64_t version = 0;
  std::int64_t life = 0;
  std::int64_t state_code = 0;
  std::int64_t changed_at = 0;  // microseconds since 1970
  std::string events{};         // what they recorded last, as record.hpp has it
  std::optional<trouble_record> record{};
};

// Up to where a schedule's ticks are settled: see tick_store.hpp.
struct exported_schedule {
  std::string name{};
  stored_time last_tick{};
};

struct export_facts {
  std::string identity{};         // begins the idempotency keys of the items
  std::int64_t highest_life = 0;  // that any item has had, those included that are gone
  std::size_t items = 0;
  std::vector<exported_schedule> schedules{};
  std::string obstacle{};  // a sentence: why the items cannot be taken as they are; empty where they can
};

// While it lives, no run owns the store and no other process writes it.
template <class Export>
concept item_export = requires(Export& from, std::size_t limit, std::string_view to) {
  { from.facts() } -> std::convertible_to<export_facts>;
  // In the order of their lives; empty after the last.
  { from.next_page(limit) } -> std::convertible_to<std::vector<exported_item>>;
  // Throws store_error if this program has written to the store meanwhile: nothing says that all was handed over.
  from.check_unchanged();
  // Marks the store, durably: no run takes it again.
  from.retire(to);
};
template <class Store>
concept exports_items = requires(Store& store) {
  { store.export_items() } -> item_export;
};

}  // namespace pawl::inline PAWL_ABI

#endif
