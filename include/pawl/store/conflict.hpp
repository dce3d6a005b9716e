// The result of applying an event: the moved item, or a conflict that tells what the row holds now.
#ifndef PAWL_STORE_CONFLICT_HPP
#define PAWL_STORE_CONFLICT_HPP

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
PAWL_NOINLINE inline std::string describe_item(std::string_view state, std::int64_t version) {
  return std::string("it is ").append(state).append(" at version ").append(std::to_string(version));
}
PAWL_NOINLINE inline std::string describe_unknown(std::string_view lifecycle, std::string_view state, bool is_text) {
  std::string text("it is in a state that ");
  text.append(lifecycle).append(" does not know: ");
  return is_text ? text.append("'").append(visible_text(state, U'\'')).append("'") : text.append(state);
}
[[noreturn]] PAWL_NOINLINE inline void refuse_conflict(std::string_view described) {
  throw store_error(store_failure::misuse,
                    std::string("pawl: the item did not move because of a conflict: ").append(described));
}
}  // namespace detail

// What a row holds: an item; a state that the lifecycle does not know (reported as its text, never cast); or nothing.
template <a_lifecycle L> struct stored {
  std::optional<any_item<L>> item{};
  std::string unknown_state{};  // set if there is a row but no item; may be empty, if the row's text is

  stored() = default;  // no such row
  stored(any_item<L> i) : item(std::move(i)), exists_(true) {}
  // `is_text`: false if this describes something else than a text, such as NULL.
  static stored unknown(std::string text, bool is_text = true) {
    stored s;
    s.unknown_state = std::move(text);
    s.exists_ = true;
    s.is_text_ = is_text;
    return s;
  }

  // True if there is no row with this key.
  bool gone() const noexcept { return !exists_; }
  // For human readers, for example: "it is processing at version 2".
  std::string describe() const {
    if (item) return detail::describe_item(state_name_of<L>(item->state), item->version);
    return gone() ? "there is no such row" : detail::describe_unknown(lifecycle_name<L>(), unknown_state, is_text_);
  }
  friend bool operator==(stored const&, stored const&) = default;

 private:
  bool exists_ = false;
  bool is_text_ = true;
};

// The item was not at the expected state and version: another writer moved it first, or the caller was mistaken.
// Nothing was overwritten.
template <a_lifecycle L> struct conflict {
  stored<L> now{};  // what the row held when the conflict was found

  conflict() = default;
  conflict(stored<L> s) : now(std::move(s)) {}
  std::string describe() const { return now.describe(); }
  friend bool operator==(conflict const&, conflict const&) = default;
};

// The item after its transition, or the conflict that kept it from moving. Converts to true if it moved.
template <class Item> class [[nodiscard("check for a conflict: another writer may have moved the item")]] applied {
 public:
  using item_type = Item;
  using lifecycle = typename Item::lifecycle;
  using conflict_type = conflict<lifecycle>;

  applied(Item moved) : moved_(true), item_(std::move(moved)) {}
  applied(conflict_type why) : why_(std::move(why)) {}
  // From a wider or narrower form of the same result: applied<item<L, S>> converts to applied<any_item<L>>.
  template <class Other>
    requires(!std::same_as<Other, Item> && std::convertible_to<Other, Item>)
  applied(applied<Other> other) : moved_(other.moved_), item_(std::move(other.item_)), why_(std::move(other.why_)) {}

  explicit operator bool() const noexcept { return moved_; }

  // The moved item. Throws store_error (misuse) with a description of the conflict if the item did not move.
  Item& operator*()& { return *checked(); }
  Item const& operator*() const& { return *checked(); }
  Item&& operator*()&& { return std::move(*checked()); }
  Item* operator->() { return checked(); }
  Item const* operator->() const { return checked(); }

  // The conflict. Throws std::bad_variant_access if the item moved.
  conflict_type const& why() const& {
    if (moved_) throw std::bad_variant_access();
    return why_;
  }
  conflict_type&& why()&& {
    if (moved_) throw std::bad_variant_access();
    return std::move(why_);
  }

 private:
  template <class Other> friend class applied;

  Item const* checked() const {
    if (moved_) return &item_;
    detail::refuse_conflict(why_.describe());
  }
  Item* checked() { return const_cast<Item*>(std::as_const(*this).checked()); }

  // Two members instead of a std::variant, which would add about a hundred functions for each state of a lifecycle.
  bool moved_ = false;
  Item item_{};
  conflict_type why_{};
};

// The result of applying event E to an item in state S.
template <a_lifecycle L, auto S, class E> using applied_to = applied<item<L, next_state<L, S, E>>>;

}  // namespace pawl::inline PAWL_ABI

#endif
