// The queue behind commit_queue, without the types of store, loop and events: gathers writes, commits them together,
// resumes their waiters.
#ifndef PAWL_QUEUE_BATCH_WRITER_HPP
#define PAWL_QUEUE_BATCH_WRITER_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/queue/write_port.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct commit_queue_options {
  std::size_t batch = 256;  // at most so many writes share a transaction; 1: each has its own
  std::chrono::nanoseconds busy_bound = std::chrono::seconds(30);  // how long another process may hold the lock
};

namespace detail {

// Belongs to the loop's thread. The loop and the port must outlive it; what waits in it when it is destroyed is dropped,
// unwritten.
class batch_writer {
 public:
  // The slot of a write that does not come from a run.
  static constexpr std::size_t no_slot = std::size_t(-1);

  // Requests taken from the queue's front, in order.
  struct batch {
    write_list list{};
    std::size_t size = 0;
  };

  batch_writer(event_loop& loop, write_port& port, write_watch watch, commit_queue_options options)
      : loop_(loop), port_(port), watch_(watch), options_(options) {}
  batch_writer(batch_writer const&) = delete;
  batch_writer& operator=(batch_writer const&) = delete;
  ~batch_writer() { *self_ = nullptr; }

  event_loop& loop() { return loop_; }
  write_port& port() { return port_; }
  change_signal& changes() { return changes_; }
  // Null once the writer is gone.
  std::shared_ptr<batch_writer*> const& self() const { return self_; }

  // Makes sure that a flush comes. Before a write is pushed: what throws here has queued nothing.
  void schedule() {
    if (/*mutant flush_is_posted: OFF ? std::exchange(scheduled_, true) || writing_ :*/ scheduled_ || writing_) return;
    post(loop_.get_executor(), std::weak_ptr(self_), [](batch_writer* self) {
      if (self) self->flush();
    });
    scheduled_ = true;
  }
  void push(pending_write& w, std::size_t slot) noexcept {
    w.by_run = slot != no_slot;
    w.times.slot = w.by_run ? slot : 0;
    stamp(w.times.asked);
    w.waits = true;
    /*mutant fifo: if (OFF) { write_list first; first.push(&w); first.append(waiting_); waiting_.append(first); } else*/
    waiting_.push(&w);
  }
  // Where there is no memory left for it the write cannot be cancelled; only its waiter could be told so.
  void make_cancellable(pending_write& w, asio::cancellation_slot slot) noexcept {
    if (!slot.is_connected()) return;
    try {
      slot.emplace<write_canceller<batch_writer>>(*this, w);
    } catch (std::bad_alloc const&) {}
  }
  // Takes it out of the queue, unwritten; its waiter is answered soon.
  void cancel(pending_write& w) {
    post(loop_.get_executor(), std::weak_ptr(self_), [](batch_writer* self) {
      if (self) self->answer_cancelled();
    });
    waiting_.remove(&w);
    w.waits = false;
    if (waiting_.empty()) busy_since_.reset();
    cancelled_.push(&w);
  }

  // The store has committed outside of a batch.
  void note_commit() {
    if (!writing_) changes_.raise();
  }
  bool empty() const { return waiting_.empty(); }

  // ---- a batch, for this class and for ports that answer later ----

  void begin_writing(batch_times& times) {
    writing_ = true;
    stamp(times.begin);
  }
  batch take_batch(batch_times& times) {
    busy_since_.reset();
    stamp(times.begun);
    auto const most = /*mutant batch_bound: OFF ? 9999 :*/ (std::max)(options_.batch, std::size_t{1});
    return take(waiting_.front()->alone ? 1 : most);
  }
  void stamp(std::chrono::nanoseconds& time) const {
    if (watch_.watches()) time = loop_.now();
  }
  // No transaction was begun.
  void fail_all(std::exception_ptr const& failure) {
    writing_ = false;
    finish(take(no_slot), failure);
  }
  // Another process holds the lock: tries again later, up to the bound.
  void wait_for_lock() {
    writing_ = false;
    auto const now = loop_.now();
    if (!busy_since_) busy_since_ = now, busy_tries_ = 0;
    if (now - *busy_since_ >= options_.busy_bound /*mutant lock_bound: && !OFF*/) {
      busy_since_.reset();
      return fail_all(std::make_exception_ptr(store_error(store_failure::busy, busy_message())));
    }
    loop_.sleep(lock_wait.after(++busy_tries_, random_), [self = self_](boost::system::error_code) {
      if (*self) (*self)->flush();
    });
    scheduled_ = true;
  }
  // The batch is committed, or `failure` says what it met; it is rolled back then.
  void settle(batch done, batch_times& times, std::exception_ptr failure) {
    writing_ = false;
    if (failure && done.size > 1 &&
        !port_.poisoned() /*mutant replay_isolates: && !OFF*/) {  // one of them is to blame: repeat them one by one
      put_back(std::move(done));
      return schedule();
    }
    bool const others = !failure && moved_for_others(done);
    auto const self = self_;
    std::exception_ptr thrown;  // by an observer or a waiter, or no memory: the rest is done all the same
    auto const attempt = [&thrown](auto what) {
      try {
        what();
      } catch (...) {
        if (!thrown) thrown = std::current_exception();
      }
    };
    if (!failure) attempt([&] { report(done, times); });
    if (!waiting_.empty()) attempt([&] { schedule(); });
    attempt([&] { finish(std::move(done), failure); });
    if (others && *self) changes_.raise();
    if (thrown) std::rethrow_exception(thrown);
  }

 private:
  void flush() {
    scheduled_ = false;
    if (waiting_.empty()) return;
    batch_times times{};
    begin_writing(times);
    if (port_.answers_later()) return port_.begin_batch(*this);
    bool begun = false;
    try {
      begun = port_.try_begin();
    } catch (...) {
      return /*mutant nobody_hangs: OFF ? void() :*/ fail_all(std::current_exception());
    }
    if (!begun) return wait_for_lock();
    auto now = take_batch(times);
    auto const failure = write(now, times);
    settle(std::move(now), times, failure);
  }
  std::exception_ptr write(batch const& now, batch_times& times) {
    void* const store = port_.store();
    try {
      for (auto* w = now.list.front(); w; w = w->next) {
        stamp(w->times.updating);
        w->execute(store);
        stamp(w->times.updated);
      }
      stamp(times.updated);
      /*mutant answer_after_commit: if (OFF) finish(std::move(const_cast<batch&>(now)), nullptr);*/
      port_.commit();
      return nullptr;
    } catch (...) {
      auto failure = std::current_exception();
      port_.rollback();
      return /*mutant failure_is_told: OFF ? nullptr :*/ failure;
    }
  }

  batch take(std::size_t limit) {
    batch taken;
    for (; !waiting_.empty() && taken.size < limit; ++taken.size) {
      pending_write* const w = waiting_.pop();
      w->waits = false;
      taken.list.push(w);
    }
    return taken;
  }
  // To the front, to be written one by one.
  void put_back(batch failed) {
    for (auto* w = failed.list.front(); w; w = w->next)
      w->waits = w->alone = true /*mutant replay_ends: , w->alone = !OFF*/;
    failed.list.append(waiting_);
    waiting_.append(failed.list);
  }
  static bool moved_for_others(batch const& done) {
    for (auto* w = done.list.front(); w; w = w->next)
      if (!w->by_run && w->moved()) return true;
    return false;
  }

  // Resumes the waiters; they may do anything, even destroy this queue. What a waiter throws comes out of the loop, once
  // all have resumed.
  void finish(batch done, std::exception_ptr const& failure) {
    auto const home = loop_.get_executor();  // from here on this queue may be gone
    std::exception_ptr thrown;
    while (!done.list.empty()) {
      try {
        done.list.pop()->finish(failure, home);
      } catch (...) {
        if (!thrown) thrown = std::current_exception();
      }
    }
    if (thrown) std::rethrow_exception(thrown);
  }
  void answer_cancelled() {
    if (cancelled_.empty()) return;
    std::exception_ptr why;
    try {
      why = std::make_exception_ptr(store_error(store_failure::cancelled, cancelled_message(*cancelled_.front())));
    } catch (...) {
      why = std::current_exception();
    }
    batch one;
    one.list.push(cancelled_.pop());
    finish(std::move(one), why);
  }
  void report(batch const& done, batch_times& times) {
    if (!watch_.watches()) return;
    times.size = done.size;
    times.committed = loop_.now();
    for (auto* w = done.list.front(); w; w = w->next) {
      if (!w->is_transition) continue;
      w->times.committed = times.committed;
      w->times.moved = w->moved();
      watch_.transition(w->times);
    }
    watch_.batch(times);
  }

  std::string busy_message() const {
    return "pawl: another process has held the write lock of " + port_.name() +
           " for longer than commit_queue_options::busy_bound; nothing was written, run again when it is free";
  }
  std::string cancelled_message(pending_write const& w) const {
    return "pawl: the transition of '" + std::string(w.times.key) + "' was cancelled before it was written to " +
           port_.name() + "; nothing of it was applied";
  }

  event_loop& loop_;
  write_port& port_;
  write_watch watch_;
  commit_queue_options options_;
  write_list waiting_{};    // to be written
  write_list cancelled_{};  // to be answered
  bool scheduled_ = false;
  bool writing_ = false;  // a batch is under way
  std::optional<std::chrono::nanoseconds> busy_since_{};
  int busy_tries_ = 0;
  jitter random_{0};
  change_signal changes_{};
  std::shared_ptr<batch_writer*> self_{new batch_writer*(this)};
};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI

#endif
