// The writes of a run: a job's transition, and its trouble record. Each lives in the coroutine that awaits it.
#ifndef PAWL_RUNNER_ENGINE_JOB_WRITE_HPP
#define PAWL_RUNNER_ENGINE_JOB_WRITE_HPP

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Cannot be cancelled, and allocates nothing except for its waiter.
class job_write : public pending_write {
 public:
  job_write(batch_writer& writer, std::size_t slot) : writer_(writer), slot_(slot) {}

  // Completes when the write is committed, or nothing is written: result() tells. Throws at once if it cannot be queued.
  // No coroutine itself, since a frame for each write would be felt.
  [[nodiscard("nothing is written until it is awaited")]] task<void> commit() {
    writer_.schedule();
    return suspend({&begin, this});
  }

  void finish(std::exception_ptr failure, loop_executor const& home) final {
    failure_ = std::move(failure);
    auto resume = std::move(*waiter_);
    waiter_.reset();
    resume.resume({}, home);
  }
  void discard() noexcept final {
    auto const waiter = std::move(waiter_);  // destroys the coroutine, and with it this object
  }

 protected:
  ~job_write() = default;
  void throw_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static void begin(void* self, std::chrono::nanoseconds, waker resume) {
    auto& write = *static_cast<job_write*>(self);
    write.waiter_.emplace(std::move(resume));
    /*mutant runs_are_not_cancelled: if (OFF) write.writer_.make_cancellable(write, write.waiter_->cancellation());*/
    write.writer_.push(write, write.slot_);
  }

  batch_writer& writer_;
  std::size_t slot_;
  std::optional<waker> waiter_{};
  std::exception_ptr failure_{};
};

// The transition that the job asks for.
class transition_write final : public job_write {
 public:
  transition_write(batch_writer& writer, std::size_t slot, row_entry const& row, job const& j)
      : job_write(writer, slot), row_(row), job_(j) {
    times.key = j.item.key;
    times.row = j.transition;
  }
  void execute(void* store) override { result_ = row_.apply(store, job_); }
  task<void> execute_later(void* store) override { return row_.apply_later(store, job_, result_); }
  batch_place append_to(void* batch) override { return row_.append(batch, job_); }
  void collect_from(void* batch, std::size_t ticket) override { result_ = row_.collect(batch, ticket); }
  bool moved() const override { return result_.moved; }
  // After commit(). Throws if nothing was written.
  transition_result result() const {
    throw_failure();
    return result_;
  }

 private:
  row_entry const& row_;
  job const& job_;
  transition_result result_{};
};

// The job's trouble record.
class note_write final : public job_write {
 public:
  note_write(batch_writer& writer, std::size_t slot, store_link& store, job const& j)
      : job_write(writer, slot), store_(store), job_(j) {
    is_transition = false;
  }
  void execute(void*) override { noted_ = store_.note(job_.item, job_.record); }
  task<void> execute_later(void*) override { return store_.note_later(job_.item, job_.record, noted_); }
  batch_place append_to(void* batch) override { return store_.append_note(batch, job_.item, job_.record); }
  void collect_from(void* batch, std::size_t ticket) override { noted_ = store_.noted(batch, ticket); }
  bool moved() const override { return noted_; }
  // After commit(): see has_note in run_port.hpp. Throws if nothing was written.
  bool result() const {
    throw_failure();
    return noted_;
  }

 private:
  store_link& store_;
  job const& job_;
  bool noted_ = false;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
