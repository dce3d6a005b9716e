// One of a run's slots, and what can be done from outside to the step that is in it.
#ifndef PAWL_RUNNER_ENGINE_WORKER_HPP
#define PAWL_RUNNER_ENGINE_WORKER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <boost/asio/cancellation_signal.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/timer.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Why a step was cancelled.
enum class cut : std::uint8_t { none, deadline, stop };

// Between begin_step() or begin_wait() and close() what the worker awaits may be cancelled, and at no other time: so a
// step is cancelled, and never the write of its result. Belongs to the loop's thread.
class worker {
 public:
  // `events`: an event_memory of the run's lifecycle.
  worker(event_loop& loop, std::size_t slot, std::shared_ptr<void> events)
      : loop_(loop), slot_(slot), events_(std::move(events)) {}
  worker(worker const&) = delete;
  worker& operator=(worker const&) = delete;

  std::size_t slot() const { return slot_; }
  void* events() const { return events_.get(); }
  // What the worker's coroutine is spawned with.
  asio::cancellation_slot cancellation() { return signal_.slot(); }

  // `deadline` 0: none. The coroutine keeps this alive.
  void begin_step(std::chrono::nanoseconds deadline) {
    begin(doing::step);
    if (deadline.count() > 0) timer_.arm(loop_, deadline, keeping_call::to<&worker::end_deadline>(this));
  }
  void begin_wait() { begin(doing::wait); }
  // Why it was cancelled, if it was: then the coroutine resets its cancellation state before it awaits anything.
  cut close() {
    doing_ = doing::nothing;
    timer_.cancel();
    return why_;
  }
  void stop_waiting() {
    if (doing_ == doing::wait) cancel(cut::stop);
  }
  void stop() { cancel(cut::stop); }

  // What is in hand, for observers of progress; null: nothing.
  void set_job(job const* j, std::chrono::nanoseconds now) {
    in_hand_ = j;
    since_ = now;
  }
  job const* in_hand() const { return in_hand_; }
  std::chrono::nanoseconds since() const { return since_; }

 private:
  enum class doing : std::uint8_t { nothing, wait, step };

  void begin(doing what) {
    why_ = cut::none;
    doing_ = what;
  }
  void end_deadline() { cancel(cut::deadline); }
  void cancel(cut why) {
    if (doing_ == doing::nothing || why_ != cut::none) return;
    why_ = why;
    signal_.emit(asio::cancellation_type::terminal);
  }

  event_loop& loop_;
  std::size_t slot_;
  std::shared_ptr<void> events_;
  asio::cancellation_signal signal_{};
  timer timer_{};
  doing doing_ = doing::nothing;
  cut why_ = cut::none;
  job const* in_hand_ = nullptr;
  std::chrono::nanoseconds since_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
