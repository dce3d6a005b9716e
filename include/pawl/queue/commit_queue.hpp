// Group commit: transitions that are ready at the same time share one transaction.
#ifndef PAWL_QUEUE_COMMIT_QUEUE_HPP
#define PAWL_QUEUE_COMMIT_QUEUE_HPP

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/async_result.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/awaited_write.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/queue/blocking.hpp>
#include <pawl/queue/hook.hpp>
#include <pawl/queue/statement_request.hpp>
#include <pawl/queue/store_writer.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A queue in front of a store. Transitions and inserts wait in it first in, first out; a flush, posted and never run
// inline, writes all that have collected in one transaction, and each waiter resumes after its COMMIT. There is no timer:
// with one write in flight, each has its own transaction.
//
// A conflict is a result and affects no other transition. A transition that the store rejects (a constraint) fails
// alone: the batch is rolled back and replayed one by one. While another process holds the lock, the queue waits on the
// loop's clock and does not block in the store. After an error that breaks the store, the batch fails with
// store_failure::unknown if its COMMIT was attempted, and everything else with not_applied.
//
// The store may answer at once or by coroutines (transition_store). In the latter case one batch at a time is under
// way, and new transitions collect for the next. A batch_store is given the batch as a whole, which is one round trip; if
// it is rejected, its halves are written, and so on until who is rejected stands alone.
//
// A waiter may be cancelled through its cancellation slot, on its own thread. While its transition is still queued (for its turn, for the lock, or for a replay) it is removed: nothing of it is written, and the waiter resumes at once
// with store_failure::cancelled. Once it is being written, cancellation has no effect, and the waiter receives the real
// result. (Asio's `a || b` discards the result that arrives second: read the row.)
//
// apply(), fire() and insert_if_absent() may be called on any thread, and the rest of it on the loop's only. What other
// threads ask for joins the next batch. A coroutine resumes on its own executor, a thread without one writes
//
//   bool const is_new = queue.insert_if_absent("grace", pawl::blocking);
//
// and a callback without an executor is called by the thread that answers. The loop and the store must outlive the queue,
// and no call may begin while it is destroyed. Then coroutines of its loop that wait for a write are dropped, unwritten.
// Whoever asked from outside the loop is answered: `cancelled` if nothing was written, `unknown` if it was being written
// (by a store that answers by coroutines). The same holds once no thread runs the loop after a run on this queue has
// ended, so that a program may join its threads then. Before the first run they wait for the loop to be run.
template <class Store, class Loop, class Observer = null_observer> class commit_queue {
  static_assert(detail::check_transition_store<Store>() || true);  // the check reports what is missing
  static_assert(detail::check_batch_store<Store>() || true);
  using L = typename Store::lifecycle;

 public:
  using lifecycle = L;
  using store_type = Store;
  using loop_type = Loop;
  using observer_type = Observer;

  commit_queue(Loop& loop, Store& store,
               commit_queue_options options = {}) requires std::is_same_v<Observer, null_observer>
      : commit_queue(loop, store, nobody, options) {}
  commit_queue(Loop& loop, Store& store, Observer& observer, commit_queue_options options = {})
      : loop_(loop),
        store_(store),
        observer_(observer),
        port_(store),
        writer_(loop, port_, detail::write_watch::of(observer), options) {
    if constexpr (requires { store_.changes(); }) writer_.listen_to(store_.changes());
  }
  commit_queue(commit_queue const&) = delete;
  commit_queue& operator=(commit_queue const&) = delete;

  Loop& loop() { return loop_; }
  Store& base() { return store_; }
  Observer& observer() { return observer_; }
  // Raised after each commit in this process, except those that only write for a run: there may be runnable items now.
  change_signal& changes() { return writer_.changes(); }

  // Queues the transition. Completes with applied<item<next state>> after its COMMIT, or with the store_error it met.
  // Give the event a name before you await: see pawl::task. Throws std::bad_alloc if it cannot be queued for lack of
  // memory; nothing of it is written then. On any thread. The event may come with statements of your own (pawl::with).
  template <auto S, class E, class Token = asio::use_awaitable_t<> const&>
  [[nodiscard("nothing is written until it is awaited, and the answer may be a conflict")]] auto apply(
      item<L, S> it, E event, Token&& token = await) {
    if constexpr (detail::check_applied<Store, S, E>()) {
      using request = detail::transition_request<Store, S, E>;
      if constexpr (detail::is_blocking<Token>)
        return detail::ask_queue_and_wait(writer_, request(std::move(it), std::move(event)));
      else
        return asio::async_initiate<Token, void(std::exception_ptr, typename request::answer_type)>(
            [writer = &writer_](auto handler, item<L, S> from, E what) {
              detail::ask_queue(*writer, std::move(handler), request(std::move(from), std::move(what)));
            },
            token, std::move(it), std::move(event));
    }
  }

  // The same, with the event built here from its fields: `co_await queue.fire<complete_upload>(item, id, uri)`.
  template <class E, class Item, class... Fields>
  [[nodiscard("nothing is written until it is awaited, and the answer may be a conflict")]] auto fire(
      Item&& it, Fields&&... fields) {
    E event{std::forward<Fields>(fields)...};  // before the item is moved from: a field may come from it
    return apply(std::remove_cvref_t<Item>(std::forward<Item>(it)), std::move(event));
  }

  // Queues the insert of an item in the initial state. Completes after its COMMIT with true, or with false if the key
  // exists: that item is left as it is. For stores that insert (inserting_store). On any thread; a run that is under way
  // takes the item at once.
  template <class Token = asio::use_awaitable_t<> const&>
    requires(!std::convertible_to<Token, stored_time>)
  [[nodiscard("nothing is inserted until it is awaited")]] auto insert_if_absent(std::string key,
                                                                                 Token&& token = await) {
    return insert(std::move(key), std::nullopt, token);
  }
  auto insert_if_absent(std::string key, blocking_t token) { return insert(std::move(key), std::nullopt, token); }
  // The same, delayed until `start_at`.
  template <class Token = asio::use_awaitable_t<> const&>
  [[nodiscard("nothing is inserted until it is awaited")]] auto insert_if_absent(std::string key, stored_time start_at,
                                                                                 Token&& token = await) {
    return insert(std::move(key), std::optional(start_at), token);
  }
  auto insert_if_absent(std::string key, stored_time start_at, blocking_t token) {
    return insert(std::move(key), std::optional(start_at), token);
  }

  // For runs, which push writes of their own.
  detail::batch_writer& writer() { return writer_; }

 private:
  template <class Token> auto insert(std::string key, std::optional<stored_time> start_at, Token& token) {
    using request = detail::insert_request<Store>;
    if constexpr (!inserting_store<Store>)
      return mistake::insert_into_a_mapped_table<Store>();
    else if constexpr (detail::is_blocking<Token>)
      return detail::ask_queue_and_wait(writer_, request(std::move(key), start_at));
    else
      return asio::async_initiate<Token&, void(std::exception_ptr, bool)>(
          [writer = &writer_](auto handler, std::string of, std::optional<stored_time> at) {
            detail::ask_queue(*writer, std::move(handler), request(std::move(of), at));
          },
          token, std::move(key), start_at);
  }

  static inline null_observer nobody{};

  Loop& loop_;
  Store& store_;
  Observer& observer_;
  detail::store_writer<Store> port_;
  detail::batch_writer writer_;
};

template <class Loop, class Store> commit_queue(Loop&, Store&) -> commit_queue<Store, Loop>;
template <class Loop, class Store> commit_queue(Loop&, Store&, commit_queue_options) -> commit_queue<Store, Loop>;
template <class Loop, class Store, class Observer>
commit_queue(Loop&, Store&, Observer&, commit_queue_options) -> commit_queue<Store, Loop, Observer>;
template <class Loop, class Store, class Observer>
  requires(!std::is_same_v<std::remove_const_t<Observer>, commit_queue_options>)
commit_queue(Loop&, Store&, Observer&)
->commit_queue<Store, Loop, Observer>;

}  // namespace pawl::inline PAWL_ABI

#endif
