// What every store promises, as concepts: the runner and the tests are written against them, and each store is held to
// them.
#ifndef PAWL_STORE_TRANSITION_STORE_HPP
#define PAWL_STORE_TRANSITION_STORE_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// The first row of a lifecycle stands for all of them where a concept needs an item and an event.
template <class L> inline constexpr auto first_from = states<L>[rows<L>[0].from];
template <class L> using first_event = nth_t<rows<L>[0].event, events_of<L>>;
template <class L> using first_applied = applied_to<L, first_from<L>, first_event<L>>;

// Only an event with fields records anything: the first such stands for all of them.
template <class S, class... Event> constexpr bool recalls_first(type_list<Event...>) { return true; }
template <class S, class First, class... Others> constexpr bool recalls_first(type_list<First, Others...>) {
  if constexpr (std::is_empty_v<First>)
    return recalls_first<S>(type_list<Others...>{});
  else
    return requires(S s, any_item<typename S::lifecycle> const& i) {
      { s.template recorded<First>(i) } -> std::same_as<std::optional<First>>;
    };
}
}  // namespace detail

// `recorded<E>(item)`: what event E, if it has fields, recorded last since the item was last in its initial state;
// nothing if it did not happen since.
template <class S>
concept recalls_events = detail::recalls_first<S>(events_of<typename S::lifecycle>{});

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
template <class S>
concept transition_store = recalls_events<S> &&
    requires(S s, S const& cs, typename S::lifecycle l, std::string_view key, any_item<decltype(l)> any,
             item<decltype(l), detail::first_from<decltype(l)>> from, detail::first_event<decltype(l)> event,
             std::size_t limit) {
  // Begins a transaction. False: another process holds the lock; nothing is begun. Never waits. Not nested.
  { s.try_begin() } -> std::same_as<bool>;
  // All of the transaction. When it throws `unknown`: see promise 4. When it throws `rejected`, the database refused
  // the transaction as a whole (a deferred constraint); the caller rolls back, and nothing of it is applied.
  s.commit();
  // None of the transaction. Harmless where none is open.
  requires noexcept(s.rollback());
  { cs.poisoned() } -> std::convertible_to<bool>;
  // Moves one item: see promises 1 to 3. Outside of a transaction it waits for other processes, up to a bound, and
  // then throws `busy`. Does not compile for an event that the item's state does not accept.
  { s.apply(from, event) } -> std::same_as<detail::first_applied<decltype(l)>>;
  // What the row of this key holds now. Inside a transaction: with what the transaction has changed.
  { s.get(key) } -> std::same_as<stored<decltype(l)>>;
  // Items in this state that nothing holds back, in the order of their rows, or of their priority where the table has
  // one: at most `limit` of those after the mark. The mark is the store's own; a new one is before the first.
  {
    s.runnable(any.state, typename S::page_mark{}, limit)
    } -> std::same_as<item_page<any_item<decltype(l)>, typename S::page_mark>>;
  // How many rows are in a state that the lifecycle does not know, or have a version or a key that no item can have.
  { s.unrecognised() } -> std::same_as<std::size_t>;
};

// An item with what is known of its troubles.
template <a_lifecycle L> struct troubled_item {
  any_item<L> item;
  trouble_record record;
};

// A store that also keeps what holds items back, and tells when that ends or the store changes: what a run needs. A
// record belongs to one version of its item. The transition that ends it removes it in the same transaction; without
// troubles nothing is written.
template <class S>
concept keeps_troubles = transition_store<S> &&
    requires(S s, typename S::lifecycle l, std::string_view key, any_item<decltype(l)> any, trouble_record record,
             stored_time time, std::size_t limit, run_owner& owner) {
  // Replaces the item's record; an empty one removes it. False, and nothing is written: the item is not at this version
  // any more, or another run's record stands there to which this one yields (trouble_record::yields_to). Within a
  // transaction it counts from the commit on.
  { s.note(any, record) } -> std::same_as<bool>;
  { s.trouble_of(any) } -> std::same_as<std::optional<trouble_record>>;
  // False: there is no record at all, as far as this process knows. Cheap; changed_elsewhere() brings it up to date.
  { s.may_have_troubles() } -> std::same_as<bool>;
  // Delayed items whose time has come, in states with a step, earliest first.
  { s.due(time, limit) } -> std::same_as<std::vector<any_item<decltype(l)>>>;
  // When the first of those comes due that are delayed beyond `time`.
  { s.next_due(time, delayed_by::runs) } -> std::same_as<std::optional<stored_time>>;
  // Brings what runs have delayed beyond `time` forward to it: the system's clock may have been set back since.
  s.cut_delays(time);
  // Parked items, at most `limit`, in the order of their rows.
  { s.parked(limit) } -> std::same_as<std::vector<troubled_item<decltype(l)>>>;
  // Forgets the record of this key, so that the item runs again as if nothing had been. False: there is none.
  { s.release(key) } -> std::same_as<bool>;
  { s.count_troubles() } -> std::same_as<trouble_counts>;
  // By state index, how many items are in it.
  { s.count_items() } -> std::same_as<std::array<std::size_t, state_count<decltype(l)>>>;
  // The time that the store stamps with.
  { s.now() } -> std::same_as<stored_time>;
  // Raised after each commit in this process.
  { s.changes() } -> std::same_as<change_signal&>;
  // Whether another process has committed since this was asked last.
  { s.changed_elsewhere() } -> std::same_as<bool>;
  // A claim on the store for one run, and its acquisition. False: another owner holds it.
  { s.make_owner() } -> std::same_as<std::unique_ptr<run_owner>>;
  { s.acquire(owner, ownership::sole) } -> std::same_as<bool>;
};

// A store that can also make rows: pawl's own table and memory_store. A mapped table's rows are inserted by its owner.
template <class S>
concept inserting_store = transition_store<S> && S::inserts && requires(S s, std::string_view key) {
  // Inserts an item in the initial state at version 0. False: there is one of this key already; it is left as it is.
  { s.insert_if_absent(key) } -> std::same_as<bool>;
  // The same, not to be begun before a time.
  { s.insert_if_absent(key, stored_time{}) } -> std::same_as<bool>;
};

}  // namespace pawl::inline PAWL_ABI

#endif
