// Group commit: the transitions that are ready at the same time share one transaction.
#ifndef PAWL_QUEUE_COMMIT_QUEUE_HPP
#define PAWL_QUEUE_COMMIT_QUEUE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct commit_queue_options {
  std::size_t batch = 256;  // at most so many writes share a transaction; 1: each has its own
  std::chrono::nanoseconds busy_bound = std::chrono::seconds(30);  // how long another process may hold the lock
};

namespace detail {
// What is to be done with the store, and the answer of a write that failed, at which nobody looks.
template <class L, auto S, class E, class Answer> struct apply_call {
  using answer = Answer;
  item<L, S> it;
  E event;
  template <class Store> answer operator()(Store& store) { return store.apply(it, event); }
  static answer nothing() { return conflict<L>{}; }
};
template <class L> struct note_call {
  using answer = bool;
  any_item<L> it;
  trouble_record record;
  template <class Store> answer operator()(Store& store) { return store.note(it, record); }
  static answer nothing() { return false; }
};
}  // namespace detail

// A queue before a store. Transitions wait in it, first in, first out; a flush, posted and never run inline, writes
// those that have gathered in one transaction, and each waiter resumes after its COMMIT. There is no timer: with one
// transition in flight each has its own transaction.
//
// A conflict is an answer and disturbs nobody. A transition that the store rejects (a constraint) fails alone: the
// batch is rolled back and repeated one by one. While another process holds the lock the queue waits by the loop's
// clock, not in the store. After an error that breaks the store the batch is answered with store_failure::unknown if
// its COMMIT was tried, everything else with not_applied.
//
// A waiter may be cancelled through its cancellation slot, on the loop's thread. While its transition waits, for its
// turn, for the lock or to be repeated alone, that takes it out: nothing of it is written, and it is answered at once
// with store_failure::cancelled. Once it is being written the cancellation comes too late and changes nothing: it is
// answered with what happened. (Asio's `a || b` drops the answer of the one that comes second: read the row.)
//
// Belongs to the loop's thread. The loop and the store must outlive it; a destroyed queue drops what waits in it,
// unwritten.
template <transition_store Store, class Loop, class Observer = null_observer> class commit_queue {
  using L = typename Store::lifecycle;
  static_assert(detail::queue_hooks_are_right<Observer>());
  using executor = typename Loop::executor_type;
  using request = detail::queued_write<Store, executor>;

 public:
  using lifecycle = L;
  using store_type = Store;
  using loop_type = Loop;
  using observer_type = Observer;

  commit_queue(Loop& loop, Store& store,
               commit_queue_options options = {}) requires std::is_same_v<Observer, null_observer>
      : loop_(loop), store_(store), options_(options) {
    listen();
  }
  commit_queue(Loop& loop, Store& store, Observer& observer, commit_queue_options options = {})
      : loop_(loop), store_(store), observer_(&observer), options_(options) {
    listen();
  }
  commit_queue(commit_queue const&) = delete;
  commit_queue& operator=(commit_queue const&) = delete;
  ~commit_queue() {
    *self_ = nullptr;
    for (auto* list : {&waiting_, &called_off_})
      while (!list->empty()) list->pop()->drop();
  }

  Loop& loop() { return loop_; }
  Store& base() { return store_; }
  Observer& observer() { return *observer_; }
  // Raised after each commit in this process but those that write for a run alone: something may be runnable now.
  change_signal& changes() { return changes_; }

  // Queues the transition. Completes with applied<item<next state>> after its COMMIT, or with the store_error that it
  // met. Name the event before you await: see pawl::task. Throws std::bad_alloc where there is no memory to queue it;
  // then nothing of it is written.
  template <auto S, class E, class Token = asio::use_awaitable_t<> const&>
  auto apply(item<L, S> it, E event, Token&& token = await) {
    if constexpr (detail::check_accepted<L, S, E>())
      return enqueue(detail::apply_call<L, S, E, applied_to<L, S, E>>{std::move(it), std::move(event)}, nobodys,
                     std::forward<Token>(token));
  }

  // The same with the event built here from its fields: `co_await store.fire<complete_upload>(item, id, uri)`.
  template <class E, class Item, class... Fields> auto fire(Item&& it, Fields&&... fields) {
    E event{std::forward<Fields>(fields)...};  // before the item moves: a field may come from it
    return apply(std::remove_cvref_t<Item>(std::forward<Item>(it)), std::move(event));
  }

  // ---- for runs: these cannot be cancelled ----

  // The same with an answer of another type, such as applied<any_item<L>>, for the run's slot.
  template <class Answer, auto S, class E, class Token = asio::use_awaitable_t<> const&>
  auto apply_as(item<L, S> it, E event, std::size_t slot, Token&& token = await) {
    return enqueue(detail::apply_call<L, S, E, Answer>{std::move(it), std::move(event)}, slot,
                   std::forward<Token>(token));
  }
  // Queues a record of the item's troubles. Completes with what the store's note() answers.
  template <class Token = asio::use_awaitable_t<> const&>
  auto note(any_item<L> it, trouble_record record, std::size_t slot, Token&& token = await) {
    return enqueue(detail::note_call<L>{std::move(it), std::move(record)}, slot, std::forward<Token>(token));
  }

 private:
  static constexpr std::size_t nobodys = std::size_t(-1);

  // A write with its waiter. What does not depend on the event stands here, and is compiled once.
  template <class Handler, class Answer> class awaited_write : public request {
   public:
    bool moved() const final { return answer_ && static_cast<bool>(*answer_); }
    void finish(std::exception_ptr failure, executor const& home) final {
      auto handler = std::move(handler_);
      auto answer = answer_ ? std::move(*answer_) : nothing();
      destroy(handler);
      auto const chosen = asio::get_associated_executor(handler, home);
      if (is_home(chosen, home))  // where a dispatch would call it at once, too, after some allocations
        std::move(handler)(failure, std::move(answer));
      else
        asio::dispatch(chosen, asio::any_completion_handler<void()>(
                                   [h = std::move(handler), failure, a = std::move(answer)]() mutable {
                                     std::move(h)(failure, std::move(a));
                                   }));
    }
    void drop() noexcept final {
      auto handler = std::move(handler_);
      destroy(handler);
    }

   protected:
    explicit awaited_write(Handler&& handler) : handler_(std::move(handler)) {}
    ~awaited_write() = default;
    void answer(Answer&& a) { answer_.emplace(std::move(a)); }

   private:
    virtual Answer nothing() const = 0;
    virtual void destroy(Handler const& handler) noexcept = 0;  // this, with the memory that the handler has given

    template <class Chosen> static bool is_home(Chosen const& chosen, executor const& home) {
      if constexpr (std::is_same_v<Chosen, executor>) {
        return chosen == home;
      } else if constexpr (requires { chosen.template target<executor>(); }) {
        auto const* const known = chosen.template target<executor>();
        return known && *known == home;
      } else {
        return false;
      }
    }

    Handler handler_;
    std::optional<Answer> answer_{};
  };

  template <class Handler, class Call> class write_of final : public awaited_write<Handler, typename Call::answer> {
    using allocator =
        typename std::allocator_traits<asio::associated_allocator_t<Handler>>::template rebind_alloc<write_of>;

   public:
    static write_of* make(Handler&& handler, Call&& call) {
      allocator memory(asio::get_associated_allocator(handler));
      auto* place = memory.allocate(1);
      return ::new (static_cast<void*>(place)) write_of(std::move(handler), std::move(call));
    }
    void execute(Store& store) override { this->answer(call_(store)); }

   private:
    write_of(Handler&& handler, Call&& call)
        : awaited_write<Handler, typename Call::answer>(std::move(handler)), call_(std::move(call)) {
      describe(call_);
    }
    ~write_of() = default;
    typename Call::answer nothing() const override { return Call::nothing(); }
    void destroy(Handler const& handler) noexcept override {
      allocator memory(asio::get_associated_allocator(handler));
      std::destroy_at(this);
      memory.deallocate(this, 1);
    }
    friend void std::destroy_at<write_of>(write_of*);

    template <auto S, class E, class Answer> void describe(detail::apply_call<L, S, E, Answer> const& call) {
      this->times.key = call.it.key;
      this->times.row = row_index<L, S, E>;
    }
    void describe(detail::note_call<L> const&) { this->is_transition = false; }

    Call call_;
  };

  template <class Call, class Token> auto enqueue(Call&& call, std::size_t slot, Token&& token) {
    return asio::async_initiate<Token, void(std::exception_ptr, typename Call::answer)>(
        [self = this, slot](auto handler, Call&& what) {
          self->schedule();  // first: what throws leaves nothing in the queue that would be written all the same
          auto const cancellation = asio::get_associated_cancellation_slot(handler);
          auto* const write =
              write_of<std::decay_t<decltype(handler)>, Call>::make(std::move(handler), std::move(what));
          if (slot == nobodys) self->make_cancellable(*write, cancellation);
          self->push(write, slot);
        },
        token, std::move(call));
  }

  using request_list = detail::write_list<request>;
  // Requests taken from the queue's front, in order.
  struct chain {
    request_list list{};
    std::size_t size = 0;
  };
  static constexpr bool observed = !std::is_same_v<Observer, null_observer>;

  // To what the store commits outside of a flush.
  void listen() {
    if constexpr (requires { store_.changes(); })
      heard_.emplace(store_.changes(), [this] {
        if (!flushing_) changes_.raise();
      });
  }

  void push(request* r, std::size_t slot) {
    r->by_run = slot != nobodys;
    r->times.slot = r->by_run ? slot : 0;
    stamp(r->times.asked);
    r->waits = true;
    waiting_.push(r);
  }
  chain take(std::size_t limit) {
    chain taken;
    for (; !waiting_.empty() && taken.size < limit; ++taken.size) {
      request* const r = waiting_.pop();
      r->waits = false;
      taken.list.push(r);
    }
    return taken;
  }
  chain take_all() { return take(std::size_t(-1)); }
  // To the front, to be written one by one.
  void put_back(chain batch) {
    for (request* r = batch.list.front(); r; r = r->next) r->waits = r->alone = true;
    batch.list.append(waiting_);
    waiting_.append(batch.list);
  }

  // ---- cancellation ----

  // Where there is no memory left for it the write goes on without: nobody but the waiter could be told.
  template <class Slot> void make_cancellable(request& r, Slot slot) noexcept {
    if (!slot.is_connected()) return;
    try {
      slot.template emplace<detail::write_canceller<commit_queue, request>>(*this, r);
    } catch (std::bad_alloc const&) {}
  }
  template <class, class> friend class detail::write_canceller;
  void call_off(request& r) {
    detail::post(loop_.get_executor(), std::weak_ptr(self_), [](commit_queue* self) {
      if (self) self->answer_called_off();
    });
    waiting_.remove(&r);
    r.waits = false;
    if (waiting_.empty()) busy_since_.reset();
    called_off_.push(&r);
  }
  void answer_called_off() {
    if (called_off_.empty()) return;
    std::exception_ptr why;
    try {
      why = std::make_exception_ptr(store_error(store_failure::cancelled, cancelled_message(*called_off_.front())));
    } catch (...) {
      why = std::current_exception();
    }
    chain one;
    one.list.push(called_off_.pop());
    finish(std::move(one), why);
  }
  std::string cancelled_message(request const& r) const {
    return "pawl: the transition of '" + std::string(r.times.key) + "' was cancelled before it was written to " +
           store_name() + "; nothing of it was applied";
  }

  void schedule() {
    if (scheduled_) return;
    detail::post(loop_.get_executor(), std::weak_ptr(self_), [](commit_queue* self) {
      if (self) self->flush();
    });
    scheduled_ = true;
  }

  void flush() {
    scheduled_ = false;
    if (waiting_.empty()) return;
    batch_times times{};
    stamp(times.begin);
    bool begun = false;
    try {
      begun = store_.try_begin();
    } catch (...) {
      return finish(take_all(), std::current_exception());
    }
    if (!begun) return wait_for_lock();
    busy_since_.reset();
    stamp(times.begun);
    write(take(waiting_.front()->alone ? 1 : (std::max)(options_.batch, std::size_t{1})), times);
  }

  void write(chain batch, batch_times& times) {
    std::exception_ptr failure;
    flushing_ = true;
    try {
      for (request* r = batch.list.front(); r; r = r->next) {
        stamp(r->times.updating);
        r->execute(store_);
        stamp(r->times.updated);
      }
      stamp(times.updated);
      store_.commit();
    } catch (...) {
      failure = std::current_exception();
      store_.rollback();
    }
    flushing_ = false;
    if (failure && batch.size > 1 && !store_.poisoned()) {  // one of them is to blame: repeat them one by one
      put_back(std::move(batch));
      return schedule();
    }
    bool const others = !failure && moved_for_others(batch);
    auto const self = self_;
    std::exception_ptr thrown;  // by an observer or a waiter, or for want of memory: the rest is done all the same
    auto const attempt = [&thrown](auto what) {
      try {
        what();
      } catch (...) {
        if (!thrown) thrown = std::current_exception();
      }
    };
    if (!failure) attempt([&] { report(batch, times); });
    if (!waiting_.empty()) attempt([&] { schedule(); });
    attempt([&] { finish(std::move(batch), failure); });
    if (others && *self) changes_.raise();
    if (thrown) std::rethrow_exception(thrown);
  }

  static bool moved_for_others(chain const& batch) {
    for (request* r = batch.list.front(); r; r = r->next)
      if (!r->by_run && r->moved()) return true;
    return false;
  }

  // Resumes the waiters; they may do anything, even destroy this queue. What a waiter throws comes out of the loop, once
  // all have resumed.
  void finish(chain batch, std::exception_ptr const& failure) {
    auto const home = loop_.get_executor();  // from here on this queue may be gone
    std::exception_ptr thrown;
    while (!batch.list.empty()) {
      try {
        batch.list.pop()->finish(failure, home);
      } catch (...) {
        if (!thrown) thrown = std::current_exception();
      }
    }
    if (thrown) std::rethrow_exception(thrown);
  }

  void wait_for_lock() {
    auto const now = loop_.now();
    if (!busy_since_) busy_since_ = now, busy_tries_ = 0;
    if (now - *busy_since_ >= options_.busy_bound) {
      busy_since_.reset();
      auto const why = std::make_exception_ptr(store_error(store_failure::busy, busy_message()));
      return finish(take_all(), why);
    }
    auto const pause = std::chrono::microseconds(200) + lock_backoff.wait(++busy_tries_, random_);
    loop_.sleep(pause, [self = self_](boost::system::error_code) {
      if (*self) (*self)->flush();
    });
    scheduled_ = true;
  }
  std::string busy_message() const {
    return "pawl: another process has held the write lock of " + store_name() +
           " for longer than commit_queue_options::busy_bound; nothing was written, run again when it is free";
  }
  std::string store_name() const {
    if constexpr (requires { store_.name(); })
      return store_.name();
    else
      return "the store";
  }

  void report(chain const& batch, batch_times& times) {
    if constexpr (observed) {
      times.size = batch.size;
      times.committed = loop_.now();
      for (request* r = batch.list.front(); r; r = r->next) {
        if (!r->is_transition) continue;
        r->times.committed = times.committed;
        r->times.moved = r->moved();
        if constexpr (requires { observer_->on_transition(r->times); }) observer_->on_transition(r->times);
      }
      if constexpr (requires { observer_->on_batch(times); }) observer_->on_batch(times);
    }
  }
  void stamp([[maybe_unused]] std::chrono::nanoseconds& time) const {
    if constexpr (observed) time = loop_.now();
  }

  static constexpr backoff lock_backoff{std::chrono::milliseconds(1), std::chrono::milliseconds(50)};
  static inline null_observer nobody_{};

  Loop& loop_;
  Store& store_;
  Observer* observer_ = default_observer();
  commit_queue_options options_;
  request_list waiting_{};     // to be written
  request_list called_off_{};  // to be answered
  bool scheduled_ = false;
  std::optional<std::chrono::nanoseconds> busy_since_{};
  int busy_tries_ = 0;
  jitter random_{0};
  bool flushing_ = false;
  change_signal changes_{};
  std::optional<change_signal::listener> heard_{};
  std::shared_ptr<commit_queue*> self_ =
      std::make_shared<commit_queue*>(this);  // null, or gone, for what was posted and finds this queue gone

  static Observer* default_observer() {
    if constexpr (observed)
      return nullptr;
    else
      return &nobody_;
  }
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
