// What every store promises, as concepts: how items are moved, one by one or several in a transaction.
#ifndef PAWL_STORE_TRANSITION_STORE_HPP
#define PAWL_STORE_TRANSITION_STORE_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/answer.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A store keeps items and moves them. It promises:
//
// 1. Fenced: apply() changes the row only if key, state and version are those of the item; it writes version + 1.
// 2. A conflict is a value: where the row does not match, nothing is written and the conflict says what it holds now.
// 3. Acknowledged is committed: what apply() answers inside a transaction counts once commit() has returned. Outside of
//    one, apply() is a transaction of its own and answers, conflicts too, when that is over.
// 4. An error at COMMIT is no "no": commit() throws store_error (unknown), applied or not, and the store is poisoned.
// 5. Unknown states are reported, by get(), by conflicts and by unrecognised(), and left alone; never cast.
//
// Every call may throw store_error. `not_applied` and `unknown` mean that the store is poisoned: from then on every
// call but rollback() and poisoned() throws not_applied. `rejected` means that this one call failed: inside a
// transaction the caller rolls back, and may replay the others. One thread at a time uses a store.
//
// Each member may answer at once or by a coroutine (answers_with), but poisoned(), which always answers at once. Each
// small concept below is a member, and its sentence in check_transition_store() is what the compiler says where it is
// missing. testing/store_contract.hpp holds a store to the promises at run time.

namespace detail {
// The first row of a lifecycle stands for all of them where a concept needs an item and an event.
template <class L> inline constexpr auto first_from = states<L>[rows<L>[0].from];
template <class L> using first_item = item<L, first_from<L>>;
template <class L> using first_event = nth_t<rows<L>[0].event, events_of<L>>;
template <class L> using first_applied = applied_to<L, first_from<L>, first_event<L>>;

// Only an event with fields records anything: the first such stands for all of them.
template <class S, class... Event> constexpr bool recalls_first(type_list<Event...>) { return true; }
template <class S, class First, class... Others> constexpr bool recalls_first(type_list<First, Others...>) {
  if constexpr (std::is_empty_v<First>)
    return recalls_first<S>(type_list<Others...>{});
  else
    return requires(S s, any_item<typename S::lifecycle> const& i) {
      { s.template recorded<First>(i) } -> answers_with<std::optional<First>>;
    };
}
template <class S> using lifecycle_of = typename S::lifecycle;
}  // namespace detail

// `using lifecycle = ...;`
template <class S>
concept names_lifecycle = requires {
  requires a_lifecycle<typename S::lifecycle>;
};

// Begins a transaction. False: another process holds the lock; nothing is begun. Never waits for the lock. Not nested.
template <class S>
concept has_try_begin = requires(S s) {
  { s.try_begin() } -> answers_with<bool>;
};
// All of the transaction. When it throws `unknown`: see promise 4. When it throws `rejected`, the database refused the
// transaction as a whole (a deferred constraint); the caller rolls back, and nothing of it is applied.
template <class S>
concept has_commit = requires(S s) {
  { s.commit() } -> answers_with<void>;
};
// None of the transaction. Harmless where none is open. Must not throw; a coroutine must not end with an exception.
template <class S>
concept has_rollback = requires(S s) {
  { s.rollback() } -> answers_with<void>;
};
template <class S>
concept has_poisoned = requires(S const& s) {
  { s.poisoned() } -> std::convertible_to<bool>;
};
// Moves one item: see promises 1 to 3. Outside of a transaction it waits for other processes, up to a bound, and then
// throws `busy`. Does not compile for an event that the item's state does not accept.
template <class S>
concept has_apply = requires(S s, detail::first_item<typename S::lifecycle> from,
                             detail::first_event<typename S::lifecycle> event) {
  { s.apply(from, event) } -> answers_with<detail::first_applied<typename S::lifecycle>>;
};
// What the row of this key holds now. Inside a transaction: with what the transaction has changed.
template <class S>
concept has_get = requires(S s, std::string_view key) {
  { s.get(key) } -> answers_with<stored<typename S::lifecycle>>;
};
// `recorded<E>(item)`: what event E, if it has fields, recorded last since the item was last in its initial state;
// nothing if it did not happen since.
template <class S>
concept recalls_events = detail::recalls_first<S>(events_of<typename S::lifecycle>{});

template <class S>
concept transition_store = names_lifecycle<S> && has_try_begin<S> && has_commit<S> && has_rollback<S> &&
    has_poisoned<S> && has_apply<S> && has_get<S> && recalls_events<S>;

// A store that can also make rows: pawl's own table and memory_store. A mapped table's rows are inserted by its owner.
template <class S>
concept inserting_store = transition_store<S> && S::inserts && requires(S s, std::string_view key) {
  // Inserts an item in the initial state at version 0. False: there is one of this key already; it is left as it is.
  { s.insert_if_absent(key) } -> answers_with<bool>;
  // The same, not to be begun before a time.
  { s.insert_if_absent(key, stored_time{}) } -> answers_with<bool>;
};

namespace detail {
// One sentence for the first thing that is missing.
template <class S> constexpr bool check_transition_store() {
  if constexpr (!names_lifecycle<S>)
    static_assert(names_lifecycle<S>, "pawl: a store names its lifecycle: using lifecycle = ...");
  else if constexpr (!has_try_begin<S>)
    static_assert(has_try_begin<S>, "pawl: a store needs try_begin(), which answers bool (false: locked by another)");
  else if constexpr (!has_commit<S>)
    static_assert(has_commit<S>, "pawl: a store needs commit(), which answers nothing");
  else if constexpr (!has_rollback<S>)
    static_assert(has_rollback<S>, "pawl: a store needs rollback(), which answers nothing and does not throw");
  else if constexpr (!has_poisoned<S>)
    static_assert(has_poisoned<S>, "pawl: a store needs poisoned() const, which answers bool");
  else if constexpr (!has_apply<S>)
    static_assert(has_apply<S>, "pawl: a store needs apply(item<L, S>, event), which answers applied_to<L, S, event>");
  else if constexpr (!has_get<S>)
    static_assert(has_get<S>, "pawl: a store needs get(std::string_view key), which answers stored<L>");
  else if constexpr (!recalls_events<S>)
    static_assert(recalls_events<S>,
                  "pawl: a store needs recorded<event>(any_item<L> const&), which answers std::optional<event>");
  return transition_store<S>;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
