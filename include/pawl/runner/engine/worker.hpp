// One slot of a run, and the means to cancel the step in it from outside.
#ifndef PAWL_RUNNER_ENGINE_WORKER_HPP
#define PAWL_RUNNER_ENGINE_WORKER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <boost/asio/cancellation_signal.hpp>

#include <pawl/loop/cancel.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/timer.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Why a step was cancelled.
enum class cut : std::uint8_t { none, deadline, stop };

// What the worker awaits can be cancelled between begin_step() and end_step(), and at no other time: so steps are cancelled,
// but never the write of a result. Use it on the loop's thread only.
class worker {
 public:
  // `events`: an event_memory of the run's lifecycle.
  worker(event_loop& loop, std::size_t slot, std::shared_ptr<void> events)
      : loop_(loop), slot_(slot), events_(std::move(events)) {}
  worker(worker const&) = delete;
  worker& operator=(worker const&) = delete;

  std::size_t slot() const { return slot_; }
  void* events() const { return events_.get(); }
  // Bind the worker's coroutine to this slot.
  asio::cancellation_slot cancellation() { return signal_.slot(); }

  // `deadline` of 0: none. The coroutine keeps this object alive.
  void begin_step(std::chrono::nanoseconds deadline) {
    why_ = cut::none;
    in_step_ = true;
    if (deadline.count() > 0) timer_.arm(loop_, deadline, keeping_call::to<&worker::end_deadline>(this));
  }
  // Returns why it was cancelled. If it was, the coroutine must reset its cancellation state before it awaits anything.
  cut end_step() {
    in_step_ = false;
    timer_.cancel();
    return why_;
  }
  void stop() { cancel(cut::stop); }

  // The current item, for progress reports; null: none.
  void set_job(job const* j, std::chrono::nanoseconds now) {
    job_ = j;
    since_ = now;
  }
  job const* current_job() const { return job_; }
  std::chrono::nanoseconds since() const { return since_; }

 private:
  void end_deadline() { cancel(cut::deadline); }
  void cancel(cut why) {
    if (!in_step_ || why_ != cut::none) return;
    why_ = why;
    cancel_through(signal_);
  }

  event_loop& loop_;
  std::size_t slot_;
  std::shared_ptr<void> events_;
  asio::cancellation_signal signal_{};
  timer timer_{};
  bool in_step_ = false;
  cut why_ = cut::none;
  job const* job_ = nullptr;
  std::chrono::nanoseconds since_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
