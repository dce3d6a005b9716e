// One slot of a run, the item in it, and the means to cancel its step from outside.
#ifndef PAWL_RUNNER_ENGINE_WORKER_HPP
#define PAWL_RUNNER_ENGINE_WORKER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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

  // The item in this slot: take() replaces the one before.
  void take(found_item found) { job_.emplace(std::move(found)); }
  job& item() { return *job_; }
  void drop_item() {
    is_at_work_ = false;
    job_.reset();
  }

  // For progress reports: null while no item is worked on.
  void begin_work(std::chrono::nanoseconds now) {
    is_at_work_ = true;
    since_ = now;
  }
  void end_work() { is_at_work_ = false; }
  job const* current_job() const { return is_at_work_ ? &*job_ : nullptr; }
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
  bool is_at_work_ = false;
  std::chrono::nanoseconds since_{};
  std::optional<job> job_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
