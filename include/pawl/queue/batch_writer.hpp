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
  void schedule();
  void push(pending_write& w, std::size_t slot) noexcept;
  // Where there is no memory left for it the write cannot be cancelled; only its waiter could be told so.
  void make_cancellable(pending_write& w, asio::cancellation_slot slot) noexcept;
  // Takes it out of the queue, unwritten; its waiter is answered soon.
  void cancel(pending_write& w);

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
  batch take_batch(batch_times& times);
  void stamp(std::chrono::nanoseconds& time) const {
    if (watch_.watches()) time = loop_.now();
  }
  // No transaction was begun.
  void fail_all(std::exception_ptr const& failure);
  // Another process holds the lock: tries again later, up to the bound.
  void wait_for_lock();
  // The batch is committed, or `failure` says what it met; it is rolled back then.
  void settle(batch done, batch_times& times, std::exception_ptr failure);

 private:
  void flush();
  std::exception_ptr write(batch const& now, batch_times& times);

  batch take(std::size_t limit);
  // To the front, to be written one by one.
  void put_back(batch failed);
  static bool moved_for_others(batch const& done);

  // Resumes the waiters; they may do anything, even destroy this queue. What a waiter throws comes out of the loop, once
  // all have resumed.
  void finish(batch done, std::exception_ptr const& failure);
  void answer_cancelled();
  void report(batch const& done, batch_times& times);

  std::string busy_message() const;
  std::string cancelled_message(pending_write const& w) const;

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

#ifndef PAWL_COMPILED
#include <pawl/queue/batch_writer_impl.hpp>
#endif

#endif
