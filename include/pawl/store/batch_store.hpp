// What a store offers so that a queue hands it a whole batch of writes: one round trip instead of one a write.
#ifndef PAWL_STORE_BATCH_STORE_HPP
#define PAWL_STORE_BATCH_STORE_HPP

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

#include <pawl/adapter/lifting.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/answer.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A store on another machine pays a round trip for each call. If it names a type `batch`, a queue appends all writes to
// one, has it written once, and then collects each answer; try_begin(), commit() and rollback() are not called. A batch
// promises:
//
// 1. Nothing is sent while writes are appended. Each returns its ticket, by which its answer is asked for afterwards. A
//    write that can never be sent (a key that the database cannot hold) throws store_error (rejected), and the batch is
//    as it was before.
// 2. All or nothing: write() applies the whole batch in one transaction, in the order in which it was appended. A
//    conflict, an insert whose key exists and a record that yields are answers; they concern their write alone.
// 3. The same key may come several times: a later write sees what an earlier one of the batch did.
// 4. write() throws `rejected` if the database refused the batch and nothing is applied: the queue writes its halves
//    then, and so finds who is refused. `busy`: another process holds what it needs, and nothing is applied; the queue
//    tries again, up to commit_queue_options::busy_bound. After any other error the queue repeats nothing: `unknown`
//    where the batch may have been applied, else `not_applied`.
// 5. Acknowledged means committed: answers are asked for only after write() has returned.
//
// A batch may take the user's own statements too: see statement_store.hpp.
//
// Items, events and records that are appended live until write() has answered; keys and times are given by value. The
// store outlives its batches. A batch is written at most once, and one at a time is under way for each queue.

// `using batch = ...;`
template <class S>
concept names_batch = requires {
  typename S::batch;
};

// An empty batch. Always answers at once.
template <class S>
concept has_make_batch = requires(S s) {
  { s.make_batch() } -> std::same_as<typename S::batch>;
};
// Appends a transition; see promises 1 to 3.
template <class S>
concept batch_applies = requires(typename S::batch b, detail::first_item<typename S::lifecycle> const& from,
                                 detail::first_event<typename S::lifecycle> const& event) {
  { b.apply(from, event) } -> std::same_as<std::size_t>;
};
// Writes all that was appended: a coroutine.
template <class S>
concept batch_is_written = requires(typename S::batch b) {
  { b.write() } -> answers_with<void>;
  requires coroutine_type<decltype(b.write())>;
};
// The answer to a transition.
template <class S>
concept batch_answers = requires(typename S::batch b, std::size_t ticket) {
  {
    b.template applied<detail::first_from<typename S::lifecycle>, detail::first_event<typename S::lifecycle>>(ticket)
    } -> std::same_as<detail::first_applied<typename S::lifecycle>>;
};
// Appends an insert, delayed until `start_at` if that is given; the answer is false if the key exists. For stores that
// insert.
template <class S>
concept batch_inserts = requires(typename S::batch b, std::string_view key, std::optional<stored_time> start_at,
                                 std::size_t ticket) {
  { b.insert(key, start_at) } -> std::same_as<std::size_t>;
  { b.inserted(ticket) } -> std::same_as<bool>;
};
// Appends a trouble record; the answer is that of note(), see run_port.hpp. For stores that have note().
template <class S>
concept batch_notes = requires(typename S::batch b, any_item<typename S::lifecycle> const& it,
                               trouble_record const& record, std::size_t ticket) {
  { b.note(it, record) } -> std::same_as<std::size_t>;
  { b.noted(ticket) } -> std::same_as<bool>;
};

template <class S>
concept batch_store = transition_store<S> && names_batch<S> && has_make_batch<S> && batch_applies<S> &&
    batch_is_written<S> && batch_answers<S> &&
    (!inserting_store<S> || batch_inserts<S>)&&(!has_note<S> || batch_notes<S>);

namespace detail {
// Reports the first missing member in one sentence. A store that names no batch needs none.
template <class S> constexpr bool check_batch_store() {
  if constexpr (!names_batch<S>)
    return true;
  else if constexpr (!transition_store<S>)
    return check_transition_store<S>();
  else if constexpr (!has_make_batch<S>)
    static_assert(has_make_batch<S>, "pawl: a store that names a batch needs make_batch(), returning one");
  else if constexpr (!batch_applies<S>)
    static_assert(batch_applies<S>,
                  "pawl: a batch needs apply(item<L, S> const&, event const&), returning its ticket, a std::size_t");
  else if constexpr (!batch_is_written<S>)
    static_assert(batch_is_written<S>, "pawl: a batch needs write(), a coroutine that returns nothing");
  else if constexpr (!batch_answers<S>)
    static_assert(batch_answers<S>, "pawl: a batch needs applied<S, event>(ticket), returning applied_to<L, S, event>");
  else if constexpr (inserting_store<S> && !batch_inserts<S>)
    static_assert(batch_inserts<S>,
                  "pawl: the batch of a store that inserts needs insert(std::string_view key, "
                  "std::optional<stored_time>), returning its ticket, a std::size_t, and inserted(ticket), returning "
                  "bool");
  else if constexpr (has_note<S> && !batch_notes<S>)
    static_assert(batch_notes<S>,
                  "pawl: the batch of a store with note() needs note(any_item<L> const&, trouble_record const&), "
                  "returning its ticket, a std::size_t, and noted(ticket), returning bool");
  return !names_batch<S> || batch_store<S>;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
