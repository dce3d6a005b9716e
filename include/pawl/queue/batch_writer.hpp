// The type-erased core of commit_queue: collects writes, commits them in batches, and resumes their waiters.
#ifndef PAWL_QUEUE_BATCH_WRITER_HPP
#define PAWL_QUEUE_BATCH_WRITER_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
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
#include <pawl/queue/outside_requests.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/queue/write_port.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct commit_queue_options {
  std::size_t batch = 256;  // at most this many writes share a transaction, at least 1; 1: each has its own
  // How long to wait for another process's lock, or, with pawl::blocking, for a thread that runs the loop; not negative.
  // 0: not at all; nanoseconds::max(): without end
  std::chrono::nanoseconds busy_bound = std::chrono::seconds(30);
};

namespace detail {

// True if it is a store_error of this kind.
bool is_failure(std::exception_ptr const& failure, store_failure kind) noexcept;

// Use it on the loop's thread only, except for ask_outside(). The loop and the port must outlive it; writes still queued
// when it is destroyed are dropped, unwritten, and those asked for outside the loop are answered.
class batch_writer final : private event_loop::watcher {
 public:
  // The slot of a write that does not come from a run.
  static constexpr std::size_t no_slot = std::size_t(-1);

  // Requests taken from the front of the queue, in order.
  struct batch {
    write_list list{};
    std::size_t size = 0;
  };

  batch_writer(event_loop& loop, write_port& port, write_watch watch, commit_queue_options options);
  batch_writer(batch_writer const&) = delete;
  batch_writer& operator=(batch_writer const&) = delete;
  ~batch_writer();

  event_loop& loop() { return loop_; }
  write_port& port() { return port_; }
  change_signal& changes() { return changes_; }
  // Points to null once the writer is destroyed.
  std::shared_ptr<batch_writer*> const& self() const { return self_; }

  // Makes sure that a flush will come. Call it before pushing a write: if it throws, nothing has been queued.
  void schedule();
  void push(pending_write& w, std::size_t slot) noexcept;
  // If there is no memory for the handler, the write merely cannot be cancelled.
  void make_cancellable(pending_write& w, asio::cancellation_slot slot) noexcept;
  // Removes the write from the queue, unwritten; its waiter is resumed soon.
  void cancel(pending_write& w);

  // ---- requests from outside the loop: see outside_requests ----

  // On any thread. The write is answered in any case, maybe at once. Returns a number for outside_requests::withdraw().
  std::uint64_t ask_outside(pending_write& w) noexcept;
  void fetch_requests();
  std::shared_ptr<outside_requests> const& requests() const { return requests_; }
  std::chrono::nanoseconds busy_bound() const { return options_.busy_bound; }

  // Call when the store has committed. While a batch is under way, one commit is the batch's own.
  void hear_of_commit() {
    if (writing_)
      ++commits_meanwhile_;
    else
      changes_.raise();
  }
  // Each raise of `commits` is such a commit.
  void listen_to(change_signal& commits);
  bool empty() const { return waiting_.empty(); }
  // How long another process has held the lock that the next batch needs; empty if no such lock is known of.
  std::optional<std::chrono::nanoseconds> locked_for() const {
    if (!busy_since_) return std::nullopt;
    return loop_.now() - *busy_since_;
  }

  // ---- a batch, for this class and for ports that answer later ----

  void begin_writing(batch_times& times) {
    writing_ = true;
    commits_meanwhile_ = 0;
    stamp(times.begin);
  }
  // A batch of a port that answers later. If the coroutine that writes it is lost for lack of memory, its waiters are
  // told, and the queue goes on.
  struct under_way {
    explicit under_way(std::shared_ptr<batch_writer*> of) : queue(std::move(of)) { (*queue)->under_way_ = this; }
    under_way(under_way const&) = delete;
    under_way& operator=(under_way const&) = delete;
    ~under_way() {
      if (ended || !*queue) return;
      (*queue)->under_way_ = nullptr;
      (*queue)->abandon(std::move(taken));
    }
    void take(batch_times& times) {
      auto all = (*queue)->take_batch(times);
      taken.list.append(all.list);
      taken.size = all.size;
    }
    // Keeps the first `count` of what was taken; the others go back to the front of the queue.
    void leave(std::size_t count);
    // Not begun: another process holds the lock, or `failure` tells why. The queue must still be there.
    void end(bool begun, batch_times& times, std::exception_ptr failure);

    std::shared_ptr<batch_writer*> queue;
    batch taken{};
    bool ended = false;
  };
  batch take_batch(batch_times& times);
  void stamp(std::chrono::nanoseconds& time) const {
    if (watch_.watches()) time = loop_.now();
  }
  // Fails everything that waits: no transaction was begun.
  void fail_all(std::exception_ptr const& failure);
  // The same for the first `count` alone.
  void fail_first(std::size_t count, std::exception_ptr const& failure);
  // Another process holds the lock, or `why`: tries again later, up to busy_bound; then the first `count` fail.
  void wait_for_lock(std::exception_ptr const& why = nullptr, std::size_t count = no_slot);
  // Ends a batch: committed if `failure` is null, otherwise rolled back because of it.
  void settle(batch done, batch_times& times, std::exception_ptr failure);

 private:
  // Throws error "queue.options".
  static commit_queue_options const& checked(commit_queue_options const& options);
  void flush();
  // True if others have committed while the batch was under way.
  bool end_writing(bool committed);
  // Ends a batch that was not written, and raises changes() if others have committed during it. False if a listener has
  // destroyed this queue.
  bool give_up_writing();
  void abandon(batch lost) noexcept;
  std::exception_ptr write(batch const& now, batch_times& times);

  void begin_running() noexcept override { requests_->begin_running(); }
  void end_running() noexcept override;
  // Takes the writes that were asked for outside the loop out of `from`.
  write_list remove_outside(write_list& from) noexcept;
  void refuse_all_outside() noexcept;

  batch take(std::size_t limit);
  // Back to the front of the queue, as they were.
  void put_back(batch unwritten);
  // The same for a batch that was rejected, to find the culprit: one by one where a transaction costs little, in halves
  // where it costs a round trip.
  void put_back_apart(batch divided);
  // True if the writes of this batch are to be written again, in smaller batches.
  bool is_divisible(batch const& done, std::exception_ptr const& failure) const;
  static bool moved_for_others(batch const& done);

  // Resumes the waiters. They may do anything, even destroy this queue. The first exception from a waiter is thrown out
  // of the loop after all have resumed.
  void finish(batch done, std::exception_ptr const& failure);
  void answer_cancelled();
  void report(batch const& done, batch_times& times);

  std::string busy_message(std::exception_ptr const& why) const;
  std::string cancelled_message(pending_write const& w) const;

  event_loop& loop_;
  write_port& port_;
  write_watch watch_;
  commit_queue_options options_;
  write_list waiting_{};    // to be written
  write_list cancelled_{};  // to be resumed with store_failure::cancelled
  bool scheduled_ = false;
  bool writing_ = false;  // a batch is under way
  int commits_meanwhile_ = 0;
  std::optional<std::chrono::nanoseconds> busy_since_{};
  int busy_tries_ = 0;
  jitter random_;
  change_signal changes_{};
  std::optional<change_signal::listener> heard_{};
  std::shared_ptr<batch_writer*> self_{new batch_writer*(this)};
  std::shared_ptr<outside_requests> requests_;
  under_way* under_way_ = nullptr;
};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI

#ifndef PAWL_COMPILED
#include <pawl/queue/batch_writer_impl.hpp>
#endif

#endif
