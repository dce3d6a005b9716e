// One of a run's slots, and what can be done from outside to the step that is in it.
#ifndef PAWL_RUNNER_ENGINE_WORKER_HPP
#define PAWL_RUNNER_ENGINE_WORKER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <boost/asio/cancellation_signal.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/loop/timer.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Why a step was cut off.
enum class cut : std::uint8_t { none, deadline, stop };

// Between begin_step() or begin_wait() and close() what the worker awaits may be cut off, and at no other time: so a step
// is cancelled, and never the write of its result. Belongs to the loop's thread.
template <class L, class Loop> class worker {
 public:
  worker(Loop& loop, std::size_t slot) : loop_(loop), slot_(slot) {}
  worker(worker const&) = delete;
  worker& operator=(worker const&) = delete;

  std::size_t slot() const { return slot_; }
  // What the worker's coroutine is spawned with.
  asio::cancellation_slot cancellation() { return signal_.slot(); }

  // `deadline` 0: none. The coroutine keeps this alive.
  void begin_step(std::chrono::nanoseconds deadline) {
    begin(doing::step);
    if (deadline.count() > 0) timer_.arm(loop_, deadline, [this] { cut_off(cut::deadline); });
  }
  void begin_wait() { begin(doing::wait); }
  // Why it was cut off, if it was: then the coroutine resets its cancellation state before it awaits anything.
  cut close() {
    doing_ = doing::nothing;
    timer_.cancel();
    return why_;
  }
  void stop_waiting() {
    if (doing_ == doing::wait) cut_off(cut::stop);
  }
  void stop() { cut_off(cut::stop); }

  // What is in hand, for those who watch; null: nothing.
  void take(job<L> const* w) { in_hand_ = w; }
  void note_time() { since_ = loop_.now(); }
  job<L> const* in_hand() const { return in_hand_; }
  std::chrono::nanoseconds since() const { return since_; }

 private:
  enum class doing : std::uint8_t { nothing, wait, step };

  void begin(doing what) {
    why_ = cut::none;
    doing_ = what;
  }
  void cut_off(cut why) {
    if (doing_ == doing::nothing || why_ != cut::none) return;
    why_ = why;
    signal_.emit(asio::cancellation_type::terminal);
  }

  Loop& loop_;
  std::size_t slot_;
  asio::cancellation_signal signal_{};
  timer<Loop> timer_{};
  doing doing_ = doing::nothing;
  cut why_ = cut::none;
  job<L> const* in_hand_ = nullptr;
  std::chrono::nanoseconds since_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
