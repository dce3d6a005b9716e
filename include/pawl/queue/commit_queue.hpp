// Group commit: transitions that are ready at the same time share one transaction.
#ifndef PAWL_QUEUE_COMMIT_QUEUE_HPP
#define PAWL_QUEUE_COMMIT_QUEUE_HPP

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/queue/hook.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/queue/store_writer.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// A transition awaited by a program, with its waiter.
template <class Store, class Handler, auto S, class E> class awaited_transition final : public pending_write {
  using L = typename Store::lifecycle;
  using answer_type = applied_to<L, S, E>;
  using allocator =
      typename std::allocator_traits<asio::associated_allocator_t<Handler>>::template rebind_alloc<awaited_transition>;

 public:
  static awaited_transition* make(Handler&& handler, item<L, S>&& it, E&& event) {
    allocator memory(asio::get_associated_allocator(handler));
    auto* place = memory.allocate(1);
    return ::new (static_cast<void*>(place)) awaited_transition(std::move(handler), std::move(it), std::move(event));
  }

  void execute(void* store) override {
    if constexpr (!writes_later<Store>) answer_.emplace(static_cast<Store*>(store)->apply(item_, event_));
  }
  task<void> execute_later(void* store) override {
    if constexpr (writes_later<Store>) {
      auto applying = await_answer(static_cast<Store*>(store)->apply(item_, event_));
      answer_.emplace(co_await std::move(applying));
    }
    co_return;
  }
  bool moved() const override { return answer_ && static_cast<bool>(*answer_); }
  void finish(std::exception_ptr failure, loop_executor const& home) override {
    auto handler = std::move(handler_);
    auto answer = answer_ ? std::move(*answer_) : answer_type(conflict<L>());
    destroy(handler);
    auto const chosen = asio::get_associated_executor(handler, home);
    if (is_home(chosen, home))  // a dispatch would call it at once too, after some allocations
      std::move(handler)(failure, std::move(answer));
    else
      asio::dispatch(chosen, [h = std::move(handler), failure, a = std::move(answer)]() mutable {
        std::move(h)(failure, std::move(a));
      });
  }
  void drop() noexcept override {
    auto handler = std::move(handler_);
    destroy(handler);
  }

 private:
  awaited_transition(Handler&& handler, item<L, S>&& it, E&& event)
      : handler_(std::move(handler)), item_(std::move(it)), event_(std::move(event)) {
    times.key = item_.key;
    times.row = row_index<L, S, E>;
  }
  ~awaited_transition() = default;
  void destroy(Handler const& handler) noexcept {  // destroys this and returns the memory to the handler's allocator
    allocator memory(asio::get_associated_allocator(handler));
    this->~awaited_transition();
    memory.deallocate(this, 1);
  }

  Handler handler_;
  item<L, S> item_;
  E event_;
  std::optional<answer_type> answer_{};
};

}  // namespace detail

// A queue in front of a store. Transitions wait in it first in, first out; a flush, posted and never run inline, writes
// all that have collected in one transaction, and each waiter resumes after its COMMIT. There is no timer: with one
// transition in flight, each has its own transaction.
//
// A conflict is a result and affects no other transition. A transition that the store rejects (a constraint) fails
// alone: the batch is rolled back and replayed one by one. While another process holds the lock, the queue waits on the
// loop's clock and does not block in the store. After an error that breaks the store, the batch fails with
// store_failure::unknown if its COMMIT was attempted, and everything else with not_applied.
//
// The store may answer at once or by coroutines (transition_store). In the latter case one batch at a time is under
// way, and new transitions collect for the next.
//
// A waiter may be cancelled through its cancellation slot, on the loop's thread. While its transition is still queued
// (for its turn, for the lock, or for a replay) it is removed: nothing of it is written, and the waiter resumes at once
// with store_failure::cancelled. Once it is being written, cancellation has no effect, and the waiter receives the real
// result. (Asio's `a || b` discards the result that arrives second: read the row.)
//
// Use it on the loop's thread only. The loop and the store must outlive it; a destroyed queue drops its waiting
// transitions unwritten.
template <class Store, class Loop, class Observer = null_observer> class commit_queue {
  static_assert(detail::check_transition_store<Store>() || true);  // the check reports what is missing
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
  // memory; nothing of it is written then.
  template <auto S, class E, class Token = asio::use_awaitable_t<> const&>
  auto apply(item<L, S> it, E event, Token&& token = await) {
    if constexpr (detail::check_accepted<L, S, E>())
      return asio::async_initiate<Token, void(std::exception_ptr, applied_to<L, S, E>)>(
          [writer = &writer_](auto handler, item<L, S> from, E what) {
            using handler_type = std::decay_t<decltype(handler)>;
            writer->schedule();  // first: if it throws, no write is left in the queue
            auto const cancellation = asio::get_associated_cancellation_slot(handler);
            auto* const write = detail::awaited_transition<Store, handler_type, S, E>::make(
                std::move(handler), std::move(from), std::move(what));
            writer->make_cancellable(*write, cancellation);
            writer->push(*write, detail::batch_writer::no_slot);
          },
          token, std::move(it), std::move(event));
  }

  // The same, with the event built here from its fields: `co_await queue.fire<complete_upload>(item, id, uri)`.
  template <class E, class Item, class... Fields> auto fire(Item&& it, Fields&&... fields) {
    E event{std::forward<Fields>(fields)...};  // before the item is moved from: a field may come from it
    return apply(std::remove_cvref_t<Item>(std::forward<Item>(it)), std::move(event));
  }

  // For runs, which push writes of their own.
  detail::batch_writer& writer() { return writer_; }

 private:
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
