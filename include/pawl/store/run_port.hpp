// What a run needs from a store beyond moving items: pages of work, troubles, counts, ownership, the clock, changes.
#ifndef PAWL_STORE_RUN_PORT_HPP
#define PAWL_STORE_RUN_PORT_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
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

// An item with its trouble record.
template <a_lifecycle L> struct troubled_item {
  any_item<L> item;
  trouble_record record;
};

// To run a store of your own, give it the members of transition_store and those below. Each answers at once or by a
// coroutine (answers_with), except changes(), now(), may_have_troubles() and make_owner(), which always answer at once.
//
// A second after a stop has been requested, and each second from then on, the coroutines of these members that are under way,
// other than leave, begin and what concerns one item, are given Asio's total cancellation. Where they wait for a store out
// of reach they are to throw boost::system::system_error (operation_aborted) then; what they have sent they are to await all
// the same. A store that ignores it is waited for.
//
// In pages, an item's row is not 0, is its own, and stays the same as long as the item lives: a run knows by it what it is
// working on. Where rows can be deleted and written anew under the same key, an item's `life` tells its row from all later
// ones. A trouble record belongs to one version of its item: a transition of the item removes the record in the same
// transaction. Nothing is written for items without trouble.

namespace detail {
// A page holds either items, whose trouble records are then read one by one, or items with everything known about them.
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

// Items in this state that nothing holds back, in row order, or by priority if the table has one: at most `limit` items
// after the mark. The mark is a type of the store; a default-constructed one is the beginning.
template <class S>
concept has_runnable = requires(S s, state_of<typename S::lifecycle> state, std::size_t limit) {
  requires detail::page_of < awaited_t<decltype(s.runnable(state, typename S::page_mark{}, limit))>,
  typename S::lifecycle > ;
  requires std::same_as <
      std::remove_cvref_t<
          decltype(std::declval<awaited_t<decltype(s.runnable(state, typename S::page_mark{}, limit))>>().next)>,
  typename S::page_mark > ;
};
// Items delayed by these whose time has come, in states with a step, earliest first.
template <class S>
concept has_due = requires(S s, stored_time time, std::size_t limit) {
  requires detail::items_of < awaited_t<decltype(s.due(time, delayed_by::runs, limit))>,
  typename S::lifecycle > ;
};
// The earliest due time after `time` of items delayed by these; empty if there is none.
template <class S>
concept has_next_due = requires(S s, stored_time time) {
  { s.next_due(time, delayed_by::runs) } -> answers_with<std::optional<stored_time>>;
};
// Shortens delays set by runs that end after `time` to end at `time`: the system clock may have been set back since.
template <class S>
concept has_cut_delays = requires(S s, stored_time time) {
  { s.cut_delays(time) } -> answers_with<void>;
};
// Replaces the item's record; an empty one removes it. False, with nothing written, if the item is no longer at this
// version, or if another run's record takes precedence (trouble_record::yields_to). Within a transaction it takes
// effect at the commit.
template <class S>
concept has_note = requires(S s, any_item<typename S::lifecycle> it, trouble_record record) {
  { s.note(it, record) } -> answers_with<bool>;
};
template <class S>
concept has_trouble_of = requires(S s, any_item<typename S::lifecycle> it) {
  { s.trouble_of(it) } -> answers_with<std::optional<trouble_record>>;
};
// False if there are no records at all, as far as this process knows. Cheap; changed_elsewhere() refreshes it.
template <class S>
concept has_may_have_troubles = requires(S s) {
  { s.may_have_troubles() } -> std::same_as<bool>;
};
// At most `limit` parked items, in row order.
template <class S>
concept has_parked = requires(S s, std::size_t limit) {
  { s.parked(limit) } -> answers_with<std::vector<troubled_item<typename S::lifecycle>>>;
};
// Removes the record of this key, so that the item runs again as if nothing had happened. False if there is none.
template <class S>
concept has_release = requires(S s, std::string_view key) {
  { s.release(key) } -> answers_with<bool>;
};
template <class S>
concept has_count_troubles = requires(S s) {
  { s.count_troubles() } -> answers_with<trouble_counts>;
};
// Number of items in each state, by state index.
template <class S>
concept has_count_items = requires(S s) {
  { s.count_items() } -> answers_with<std::array<std::size_t, state_count<typename S::lifecycle>>>;
};
// Number of rows in a state unknown to the lifecycle, or with a version or key that no item can have.
template <class S>
concept has_unrecognised = requires(S s) {
  { s.unrecognised() } -> answers_with<std::size_t>;
};
// The time used to stamp transitions. Start times are compared with it, whatever it does: it is read again at least every
// second while a run waits for one. Nothing else is: a run reads it once and then measures on its loop's clock.
template <class S>
concept has_now = requires(S s) {
  { s.now() } -> std::same_as<stored_time>;
};
// Raised after each commit in this process.
template <class S>
concept has_changes = requires(S s) {
  { s.changes() } -> std::same_as<change_signal&>;
};
// True if another process has committed since the last call.
template <class S>
concept has_changed_elsewhere = requires(S s) {
  { s.changed_elsewhere() } -> answers_with<bool>;
};
// A store may also have `void verify()`: called before a run owns the store, and again when it has taken its last item. It
// throws store_error if the run cannot rely on the store, for example because its file was removed; the run then ends
// with that error.

// Creates a claim on the store for one run, and acquires it. False if another owner holds the store.
template <class S>
concept has_owners = requires(S s, run_owner& owner) {
  { s.make_owner() } -> std::convertible_to<owner_handle>;
  { s.acquire(owner, ownership::sole) } -> answers_with<bool>;
};

// Optional: a text that is part of each idempotency key, and that no other set of data shares with this one, neither
// another database nor a copy that lives beside its original. Where items have a `life`, keys never come again.
template <class S>
concept has_identity = requires(S s) {
  { s.identity() } -> answers_with<std::string>;
}
|| requires(S s) {
  { s.identity() } -> std::convertible_to<std::string_view>;
};

// Optional: the states of which no run is to begin the step for now, by their index in states<L>, a bit each. A run asks when it
// begins, and then within run_options::poll.
template <class S>
concept has_pauses = requires(S s) {
  { s.paused_states() } -> answers_with<std::uint64_t>;
};

// Also optional: set_run(std::int64_t), with the number of the run whose writes are to come, or 0 when it has ended; and bool
// keeps_history(), at once: what failed before a transition is in its entry (history_entry). Before the event of on_failure a run
// then notes the last attempt too.

// Optional, all four or none, for a store on which several runs work at once, each on items of its own. A `sole` owner is
// then one of those runs (run_owner: leases), and what no owner has claimed is taken page by page with
//   claim(owner, state, page_mark, limit)     as runnable(), and claim_due(owner, stored_time, delayed_by, limit) as due():
//                                             of nobody's items, which belong to the owner when it answers;
//   begin(owner, item)                        called before each of its steps; true once the store knows that the owner runs
//                                             the item, at once where it does already. False: it is not the owner's any more;
//   leave(owner)                              the run has ended: all that it had claimed is nobody's.
// The deaths of runs are counted by the store, in the records of the items that they ran.
template <class S>
concept leases_items = requires(S s, run_owner& by, any_item<typename S::lifecycle> it,
                                state_of<typename S::lifecycle> state, stored_time time, std::size_t limit) {
  requires detail::page_of < awaited_t<decltype(s.claim(by, state, typename S::page_mark{}, limit))>,
  typename S::lifecycle > ;
  requires detail::items_of < awaited_t<decltype(s.claim_due(by, time, delayed_by::runs, limit))>,
  typename S::lifecycle > ;
  { s.begin(by, it) } -> answers_with<bool>;
  { s.leave(by) } -> answers_with<void>;
};
namespace detail {
// It has one of the four at least.
template <class S>
concept mentions_leases = requires(S s, run_owner& by, any_item<typename S::lifecycle> it) {
  s.begin(by, it);
}
|| requires(S s, run_owner& by) { s.leave(by); }
|| requires(S s, run_owner& by, state_of<typename S::lifecycle> state) {
  s.claim(by, state, typename S::page_mark{}, 1);
}
|| requires(S s, run_owner& by) { s.claim_due(by, stored_time{}, delayed_by::runs, 1); };
}  // namespace detail

template <class S>
concept run_port = transition_store<S> && has_runnable<S> && has_due<S> && has_next_due<S> && has_cut_delays<S> &&
    has_note<S> && has_trouble_of<S> && has_may_have_troubles<S> && has_parked<S> && has_release<S> &&
    has_count_troubles<S> && has_count_items<S> && has_unrecognised<S> && has_now<S> && has_changes<S> &&
    has_changed_elsewhere<S> && has_owners<S> &&(leases_items<S> || !detail::mentions_leases<S>);

namespace detail {
// Reports the first missing member in one sentence.
template <class S> constexpr bool check_run_port() {
  if constexpr (!transition_store<S>)
    return check_transition_store<S>();
  else if constexpr (!has_runnable<S>)
    static_assert(has_runnable<S>,
                  "pawl: a run needs runnable(state, page_mark, limit) from its store, returning "
                  "item_page<any_item<L>, page_mark>");
  else if constexpr (!has_due<S>)
    static_assert(has_due<S>, "pawl: a run needs due(stored_time, delayed_by, limit) from its store, returning items");
  else if constexpr (!has_next_due<S>)
    static_assert(has_next_due<S>,
                  "pawl: a run needs next_due(stored_time, delayed_by) from its store, returning "
                  "std::optional<stored_time>");
  else if constexpr (!has_cut_delays<S>)
    static_assert(has_cut_delays<S>, "pawl: a run needs cut_delays(stored_time) from its store, returning nothing");
  else if constexpr (!has_note<S>)
    static_assert(has_note<S>, "pawl: a run needs note(any_item<L>, trouble_record) from its store, returning bool");
  else if constexpr (!has_trouble_of<S>)
    static_assert(has_trouble_of<S>,
                  "pawl: a run needs trouble_of(any_item<L>) from its store, returning "
                  "std::optional<trouble_record>");
  else if constexpr (!has_may_have_troubles<S>)
    static_assert(has_may_have_troubles<S>, "pawl: a run needs may_have_troubles() from its store, returning bool");
  else if constexpr (!has_parked<S>)
    static_assert(has_parked<S>,
                  "pawl: a run needs parked(limit) from its store, returning std::vector<troubled_item<L>>");
  else if constexpr (!has_release<S>)
    static_assert(has_release<S>, "pawl: a run needs release(std::string_view key) from its store, returning bool");
  else if constexpr (!has_count_troubles<S>)
    static_assert(has_count_troubles<S>, "pawl: a run needs count_troubles() from its store, returning trouble_counts");
  else if constexpr (!has_count_items<S>)
    static_assert(has_count_items<S>,
                  "pawl: a run needs count_items() from its store, returning std::array<std::size_t, "
                  "state_count<L>>");
  else if constexpr (!has_unrecognised<S>)
    static_assert(has_unrecognised<S>, "pawl: a run needs unrecognised() from its store, returning std::size_t");
  else if constexpr (!has_now<S>)
    static_assert(has_now<S>, "pawl: a run needs now() from its store, returning stored_time");
  else if constexpr (!has_changes<S>)
    static_assert(has_changes<S>, "pawl: a run needs changes() from its store, returning change_signal&");
  else if constexpr (!has_changed_elsewhere<S>)
    static_assert(has_changed_elsewhere<S>, "pawl: a run needs changed_elsewhere() from its store, returning bool");
  else if constexpr (!has_owners<S>)
    static_assert(
        has_owners<S>,
        "pawl: a run needs make_owner() from its store, returning std::unique_ptr<run_owner> or owner_handle, and "
        "acquire(run_owner&, ownership), returning bool");
  else if constexpr (mentions_leases<S>)
    static_assert(
        leases_items<S>,
        "pawl: a store that leases its items needs all of claim(run_owner&, state, page_mark, limit), "
        "claim_due(run_owner&, stored_time, delayed_by, limit), begin(run_owner&, any_item<L>), returning bool, "
        "and leave(run_owner&)");
  return run_port<S>;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
