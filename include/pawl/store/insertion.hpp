// New items that a transition brings with it: its children, inserted in its transaction.
#ifndef PAWL_STORE_INSERTION_HPP
#define PAWL_STORE_INSERTION_HPP

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// The table of a lifecycle, pawl's own, or that of a mapping.
template <class T> constexpr std::string_view table_name_of() {
  if constexpr (a_lifecycle<T>)
    return lifecycle_name<T>();
  else
    return T::names.table;
}

// Where items are inserted, without types. Lives as long as the program.
struct item_table {
  std::string_view name;
  lifecycle_view const* lifecycle;
  pawl::names const* columns;  // of a mapped table; null: pawl's own
};
template <class T> constexpr item_table item_table_of() {
  if constexpr (a_lifecycle<T>)
    return {lifecycle_name<T>(), &view_of<T>, nullptr};
  else
    return {T::names.table, &view_of<typename T::lifecycle>, &T::names};
}
template <class T> inline constexpr item_table item_table_for = item_table_of<T>();

template <class T>
concept has_items = a_lifecycle<T> || a_table<T>;

template <class Keys>
concept gives_keys = std::convertible_to<Keys, std::string_view> || range_of_text<Keys>;
template <class Keys> void add_keys(std::vector<std::string>& all, Keys& keys) {
  if constexpr (std::convertible_to<Keys&, std::string_view>)
    all.emplace_back(std::string_view(keys));
  else
    for (auto&& one : keys) all.emplace_back(std::string_view(one));
}
}  // namespace detail

// Made by insert(). It owns its keys.
class insertion {
 public:
  insertion() = default;  // of nothing, into no table
  insertion(insertion const&) = default;
  insertion(insertion&&) = default;
  insertion& operator=(insertion const&) = default;
  insertion& operator=(insertion&&) = default;
  ~insertion() = default;
  insertion(detail::item_table const& into, std::vector<std::string> keys) : into_(&into), keys_(std::move(keys)) {}

  // No run takes the new items before then.
  insertion start_at(stored_time time) && {
    start_at_ = time;
    return std::move(*this);
  }
  // What stands in the column of pawl::names::priority. Throws store_error (misuse) if the table has none.
  insertion priority(std::int64_t value) && {
    if (into_->columns == nullptr || into_->columns->priority.empty())
      detail::wording::fail(
          store_failure::misuse,
          {"pawl: table ", into_->name, " has no priority; map a table with a column for it (pawl::names::priority)"});
    priority_ = value;
    return std::move(*this);
  }

  detail::item_table const& into() const noexcept { return *into_; }
  std::vector<std::string> const& keys() const noexcept { return keys_; }
  std::optional<stored_time> start_at() const noexcept { return start_at_; }
  std::optional<std::int64_t> priority() const noexcept { return priority_; }

 private:
  detail::item_table const* into_ = nullptr;
  std::vector<std::string> keys_{};
  std::optional<stored_time> start_at_{};
  std::optional<std::int64_t> priority_{};
};

// Items of T with these keys, texts or ranges of texts: children of the item whose transition they are written with.
//
//   co_return pawl::with(scanned{folder}, pawl::insert<photo>(files));
//   co_return pawl::with(taken{}, pawl::insert<parcel>("1/2", "2/2").start_at(tomorrow));
//
// T is a lifecycle with pawl's own table, or a mapped table, in the same database: its store has been opened there once, and
// other columns of a mapped table have defaults, or its row is written by a statement before. A key that exists is left as it
// is, and its item is from now on a child of this one too. pawl::gathers tells when all children have ended.
//
// An item stays a child as long as its parent's row lives, also after either has been reset: whoever has ended before counts as
// ended, and whoever leaves its end is waited for again. A child that is deleted counts as failed. What else than a store moves, and
// store.migrate(), is seen while its parent waits: when a run over the parents begins, or by store.gather(). Items that wait for
// each other, in a circle, wait for ever: no lifecycle tells that. A key that its parent inserts again after the row was removed is
// another child on SQLite, and the same one again on PostgreSQL. Start time and priority are those of new items. Rows of a mapped
// table that cannot be told from their successors (pawl::names::born) leave those their children.
template <class T, class... Keys>
  requires(sizeof...(Keys) > 0)
insertion insert(Keys&&... keys) {
  if constexpr (!detail::has_items<T>) {
    static_assert(detail::has_items<T>, "pawl: pawl::insert<T> takes a lifecycle or a mapped table, the children's");
    return {};
  } else if constexpr (!(detail::gives_keys<Keys> && ...)) {
    static_assert((detail::gives_keys<Keys> && ...),
                  "pawl: pawl::insert() takes the keys of the new items: texts, or ranges of texts");
    return {};
  } else {
    static_assert(valid<T>);
    std::vector<std::string> all;
    (detail::add_keys(all, keys), ...);
    return insertion(detail::item_table_for<T>, std::move(all));
  }
}

}  // namespace pawl::inline PAWL_ABI

#endif
