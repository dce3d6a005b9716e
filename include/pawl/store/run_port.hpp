// What a run needs of a store beyond moving items: pages of work, troubles, counts, ownership, the clock, changes.
#ifndef PAWL_STORE_RUN_PORT_HPP
#define PAWL_STORE_RUN_PORT_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/answer.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// An item with what is known of its troubles.
template <a_lifecycle L> struct troubled_item {
  any_item<L> item;
  trouble_record record;
};

// To run a store of your own, give it the members of transition_store and those below; each answers at once or by a
// coroutine (answers_with), but changes(), now(), may_have_troubles() and make_owner(), which always answer at once. A
// trouble record belongs to one version of its item: the transition that ends it removes it in the same transaction.
// Without troubles nothing is written.

namespace detail {
// What a page may hold: items, whose troubles are then asked for one by one, or items with all that is known of them.
template <class Page, class L>
concept page_of = requires(Page page) {
  requires std::same_as<std::remove_cvref_t<decltype(page.items[0])>, any_item<L>> ||
      std::same_as<std::remove_cvref_t<decltype(page.items[0])>, known_item<L>>;
  page.next;
  { page.is_last } -> std::convertible_to<bool>;
};
template <class Items, class L>
concept items_of = page_of < item_page < std::remove_cvref_t<decltype(std::declval<Items>()[0])>,
int >, L > ;
}  // namespace detail

// Items in this state that nothing holds back, in the order of their rows, or of their priority where the table has one:
// at most `limit` of those after the mark, which is the store's own type; a default-constructed one is the beginning.
template <class S>
concept has_runnable = requires(S s, state_of<typename S::lifecycle> state, std::size_t limit) {
  requires detail::page_of < awaited_t<decltype(s.runnable(state, typename S::page_mark{}, limit))>,
  typename S::lifecycle > ;
  requires std::same_as <
      std::remove_cvref_t<
          decltype(std::declval<awaited_t<decltype(s.runnable(state, typename S::page_mark{}, limit))>>().next)>,
  typename S::page_mark > ;
};
// Delayed items whose time has come, in states with a step, earliest first.
template <class S>
concept has_due = requires(S s, stored_time time, std::size_t limit) {
  requires detail::items_of < awaited_t<decltype(s.due(time, limit))>,
  typename S::lifecycle > ;
};
// When the first of the items comes due that are delayed beyond `time`.
template <class S>
concept has_next_due = requires(S s, stored_time time) {
  { s.next_due(time, delayed_by::runs) } -> answers_with<std::optional<stored_time>>;
};
// Brings what runs have delayed beyond `time` forward to it: the system's clock may have been set back since.
template <class S>
concept has_cut_delays = requires(S s, stored_time time) {
  { s.cut_delays(time) } -> answers_with<void>;
};
// Replaces the item's record; an empty one removes it. False, and nothing is written: the item is not at this version
// any more, or another run's record is there to which this one yields (trouble_record::yields_to). Within a transaction
// it counts from the commit on.
template <class S>
concept has_note = requires(S s, any_item<typename S::lifecycle> it, trouble_record record) {
  { s.note(it, record) } -> answers_with<bool>;
};
template <class S>
concept has_trouble_of = requires(S s, any_item<typename S::lifecycle> it) {
  { s.trouble_of(it) } -> answers_with<std::optional<trouble_record>>;
};
// False: there is no record at all, as far as this process knows. Cheap; changed_elsewhere() brings it up to date.
template <class S>
concept has_may_have_troubles = requires(S s) {
  { s.may_have_troubles() } -> std::same_as<bool>;
};
// Parked items, at most `limit`, in the order of their rows.
template <class S>
concept has_parked = requires(S s, std::size_t limit) {
  { s.parked(limit) } -> answers_with<std::vector<troubled_item<typename S::lifecycle>>>;
};
// Forgets the record of this key, so that the item runs again as if nothing had been. False: there is none.
template <class S>
concept has_release = requires(S s, std::string_view key) {
  { s.release(key) } -> answers_with<bool>;
};
template <class S>
concept has_count_troubles = requires(S s) {
  { s.count_troubles() } -> answers_with<trouble_counts>;
};
// By state index, how many items are in it.
template <class S>
concept has_count_items = requires(S s) {
  { s.count_items() } -> answers_with<std::array<std::size_t, state_count<typename S::lifecycle>>>;
};
// How many rows are in a state that the lifecycle does not know, or have a version or a key that no item can have.
template <class S>
concept has_unrecognised = requires(S s) {
  { s.unrecognised() } -> answers_with<std::size_t>;
};
// The time that the store stamps with.
template <class S>
concept has_now = requires(S s) {
  { s.now() } -> std::same_as<stored_time>;
};
// Raised after each commit in this process.
template <class S>
concept has_changes = requires(S s) {
  { s.changes() } -> std::same_as<change_signal&>;
};
// Whether another process has committed since this was asked last.
template <class S>
concept has_changed_elsewhere = requires(S s) {
  { s.changed_elsewhere() } -> answers_with<bool>;
};
// A claim on the store for one run, and its acquisition. False: another owner holds it.
template <class S>
concept has_owners = requires(S s, run_owner& owner) {
  { s.make_owner() } -> std::convertible_to<owner_handle>;
  { s.acquire(owner, ownership::sole) } -> answers_with<bool>;
};

template <class S>
concept run_port = transition_store<S> && has_runnable<S> && has_due<S> && has_next_due<S> && has_cut_delays<S> &&
    has_note<S> && has_trouble_of<S> && has_may_have_troubles<S> && has_parked<S> && has_release<S> &&
    has_count_troubles<S> && has_count_items<S> && has_unrecognised<S> && has_now<S> && has_changes<S> &&
    has_changed_elsewhere<S> && has_owners<S>;

namespace detail {
// One sentence for the first thing that is missing.
template <class S> constexpr bool check_run_port() {
  if constexpr (!transition_store<S>)
    return check_transition_store<S>();
  else if constexpr (!has_runnable<S>)
    static_assert(has_runnable<S>,
                  "pawl: a run needs runnable(state, page_mark, limit) of its store, which answers "
                  "item_page<any_item<L>, page_mark>");
  else if constexpr (!has_due<S>)
    static_assert(has_due<S>, "pawl: a run needs due(stored_time, limit) of its store, which answers items");
  else if constexpr (!has_next_due<S>)
    static_assert(has_next_due<S>,
                  "pawl: a run needs next_due(stored_time, delayed_by) of its store, which answers "
                  "std::optional<stored_time>");
  else if constexpr (!has_cut_delays<S>)
    static_assert(has_cut_delays<S>, "pawl: a run needs cut_delays(stored_time) of its store, which answers nothing");
  else if constexpr (!has_note<S>)
    static_assert(has_note<S>, "pawl: a run needs note(any_item<L>, trouble_record) of its store, which answers bool");
  else if constexpr (!has_trouble_of<S>)
    static_assert(has_trouble_of<S>,
                  "pawl: a run needs trouble_of(any_item<L>) of its store, which answers "
                  "std::optional<trouble_record>");
  else if constexpr (!has_may_have_troubles<S>)
    static_assert(has_may_have_troubles<S>, "pawl: a run needs may_have_troubles() of its store, which answers bool");
  else if constexpr (!has_parked<S>)
    static_assert(has_parked<S>,
                  "pawl: a run needs parked(limit) of its store, which answers std::vector<troubled_item<L>>");
  else if constexpr (!has_release<S>)
    static_assert(has_release<S>, "pawl: a run needs release(std::string_view key) of its store, which answers bool");
  else if constexpr (!has_count_troubles<S>)
    static_assert(has_count_troubles<S>,
                  "pawl: a run needs count_troubles() of its store, which answers trouble_counts");
  else if constexpr (!has_count_items<S>)
    static_assert(has_count_items<S>,
                  "pawl: a run needs count_items() of its store, which answers std::array<std::size_t, "
                  "state_count<L>>");
  else if constexpr (!has_unrecognised<S>)
    static_assert(has_unrecognised<S>, "pawl: a run needs unrecognised() of its store, which answers std::size_t");
  else if constexpr (!has_now<S>)
    static_assert(has_now<S>, "pawl: a run needs now() of its store, which answers stored_time");
  else if constexpr (!has_changes<S>)
    static_assert(has_changes<S>, "pawl: a run needs changes() of its store, which answers change_signal&");
  else if constexpr (!has_changed_elsewhere<S>)
    static_assert(has_changed_elsewhere<S>, "pawl: a run needs changed_elsewhere() of its store, which answers bool");
  else if constexpr (!has_owners<S>)
    static_assert(
        has_owners<S>,
        "pawl: a run needs make_owner() of its store, which answers std::unique_ptr<run_owner> or owner_handle, and "
        "acquire(run_owner&, ownership), which answers bool");
  return run_port<S>;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
