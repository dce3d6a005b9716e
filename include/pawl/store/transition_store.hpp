// What every store promises, as concepts: moving items, one by one or several in a transaction.
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
// 1. Fenced: apply() changes the row only if key, state and version are those of the item, and the life where both have
//    one; it writes version + 1.
// 2. A conflict is a value: if the row does not match, nothing is written, and the conflict holds the row's contents.
// 3. Acknowledged means committed: the result of apply() inside a transaction is valid once commit() has returned.
//    Outside one, apply() is a transaction of its own, and returns after that has ended, even with a conflict.
// 4. An error at COMMIT is not a "no": commit() throws store_error (unknown), applied or not, and poisons the store.
// 5. Unknown states are reported by get(), conflicts and unrecognised(), and left alone; never cast.
//
// Every call may throw store_error. `not_applied` and `unknown` mean that the store is poisoned: from then on every
// call except rollback() and poisoned() throws not_applied. `rejected` means that this one call failed: inside a
// transaction the caller rolls back, and may replay the others. Use a store from one thread at a time.
//
// Each member may answer at once or by a coroutine (answers_with), except poisoned(), which always answers at once. The
// item and the event given to a coroutine live until it has answered, so it may take them by reference; numbers, times
// and texts it takes by value.
// Each small concept below is one member; check_transition_store() has the sentence that the compiler reports if it is
// missing. testing/store_contract.hpp checks these promises at run time.

namespace detail {
// Where a concept needs an item and an event, the lifecycle's first row stands for all rows.
template <class L> inline constexpr auto first_from = states<L>[rows<L>[0].from];
template <class L> using first_item = item<L, first_from<L>>;
template <class L> using first_event = nth_t<rows<L>[0].event, events_of<L>>;
template <class L> using first_applied = applied_to<L, first_from<L>, first_event<L>>;

// Only events with fields are recorded; the first such event stands for all of them.
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

// Begins a transaction. False if another process holds the lock; nothing is begun then. Never waits for the lock. Not
// nested.
template <class S>
concept has_try_begin = requires(S s) {
  { s.try_begin() } -> answers_with<bool>;
};
// Commits the whole transaction. If it throws `unknown`, see promise 4. If it throws `rejected`, the database refused
// the transaction as a whole (a deferred constraint): the caller rolls back, and nothing is applied.
template <class S>
concept has_commit = requires(S s) {
  { s.commit() } -> answers_with<void>;
};
// Undoes the transaction. Harmless without one. Must not throw; a coroutine must not end with an exception.
template <class S>
concept has_rollback = requires(S s) {
  { s.rollback() } -> answers_with<void>;
};
template <class S>
concept has_poisoned = requires(S const& s) {
  { s.poisoned() } -> std::convertible_to<bool>;
};
// Moves one item: see promises 1 to 3. Outside a transaction it waits for other processes, up to a bound, and then
// throws `busy`. Does not compile for an event that the item's state does not accept.
template <class S>
concept has_apply = requires(S s, detail::first_item<typename S::lifecycle> from,
                             detail::first_event<typename S::lifecycle> event) {
  { s.apply(from, event) } -> answers_with<detail::first_applied<typename S::lifecycle>>;
};
// What the row with this key holds now; within a transaction, including its changes.
template <class S>
concept has_get = requires(S s, std::string_view key) {
  { s.get(key) } -> answers_with<stored<typename S::lifecycle>>;
};
// `recorded<E>(item)`: what event E, if it has fields, last recorded since the item was last in its initial state;
// empty if it has not happened since.
template <class S>
concept recalls_events = detail::recalls_first<S>(events_of<typename S::lifecycle>{});

template <class S>
concept transition_store = names_lifecycle<S> && has_try_begin<S> && has_commit<S> && has_rollback<S> &&
    has_poisoned<S> && has_apply<S> && has_get<S> && recalls_events<S>;

namespace detail {
// What insert_many() takes.
template <class Range>
concept range_of_text = requires(Range& range) {
  { *range.begin() } -> std::convertible_to<std::string_view>;
  range.end();
}
|| std::is_bounded_array_v<std::remove_reference_t<Range>>;
}  // namespace detail

// A store that can also create rows: pawl's own table and memory_store. A mapped table's rows are inserted by its
// owner.
template <class S>
concept inserting_store = transition_store<S> && S::inserts && requires(S s, std::string_view key) {
  // Inserts an item in the initial state at version 0. False if the key exists; that item is left as it is.
  { s.insert_if_absent(key) } -> answers_with<bool>;
  // The same, delayed until a time.
  { s.insert_if_absent(key, stored_time{}) } -> answers_with<bool>;
};

namespace detail {
// Reports the first missing member in one sentence.
template <class S> constexpr bool check_transition_store() {
  if constexpr (!names_lifecycle<S>)
    static_assert(names_lifecycle<S>, "pawl: a store must name its lifecycle: using lifecycle = ...");
  else if constexpr (!has_try_begin<S>)
    static_assert(has_try_begin<S>,
                  "pawl: a store needs try_begin(), returning bool (false: another process holds the lock)");
  else if constexpr (!has_commit<S>)
    static_assert(has_commit<S>, "pawl: a store needs commit(), returning nothing");
  else if constexpr (!has_rollback<S>)
    static_assert(has_rollback<S>, "pawl: a store needs rollback(), returning nothing and not throwing");
  else if constexpr (!has_poisoned<S>)
    static_assert(has_poisoned<S>, "pawl: a store needs poisoned() const, returning bool");
  else if constexpr (!has_apply<S>)
    static_assert(has_apply<S>, "pawl: a store needs apply(item<L, S>, event), returning applied_to<L, S, event>");
  else if constexpr (!has_get<S>)
    static_assert(has_get<S>, "pawl: a store needs get(std::string_view key), returning stored<L>");
  else if constexpr (!recalls_events<S>)
    static_assert(recalls_events<S>,
                  "pawl: a store needs recorded<event>(any_item<L> const&), returning std::optional<event>");
  return transition_store<S>;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
