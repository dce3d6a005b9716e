// The writes of a run: a job's transition, and its trouble record. Each lives in the coroutine that awaits it, or what comes
// after it.
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
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Cannot be cancelled, and allocates nothing except for its waiter.
class job_write : public pending_write {
 public:
  job_write(batch_writer& writer, std::size_t slot) : writer_(writer), slot_(slot) {}
  job_write(job_write const&) = delete;
  job_write& operator=(job_write const&) = delete;

  // Is written before this one, in the same batch or an earlier one, and must live as long.
  void comes_after(pending_write& other) { first_ = &other; }
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
    if (write.first_ != nullptr) write.writer_.push(*write.first_, write.slot_);
    write.writer_.push(write, write.slot_);
  }

  batch_writer& writer_;
  std::size_t slot_;
  pending_write* first_ = nullptr;
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

// A trouble record of an item.
template <class Write> class noting : public Write {
 public:
  template <class... Args>
  noting(store_link& store, stored_item const& of, trouble_record const& record, Args&... args)
      : Write(args...), store_(store), of_(of), record_(record) {
    this->is_transition = false;
  }
  void execute(void*) final { noted_ = store_.note(of_, record_); }
  task<void> execute_later(void*) final { return store_.note_later(of_, record_, noted_); }
  batch_place append_to(void* batch) final { return store_.append_note(batch, of_, record_); }
  void collect_from(void* batch, std::size_t ticket) final { noted_ = store_.noted(batch, ticket); }
  bool moved() const final { return noted_; }

 protected:
  ~noting() = default;

 private:
  store_link& store_;
  stored_item const& of_;
  trouble_record const& record_;
  bool noted_ = false;
};

// The job's trouble record.
class note_write final : public noting<job_write> {
 public:
  note_write(batch_writer& writer, std::size_t slot, store_link& store, job const& j)
      : noting(store, j.item, j.record, writer, slot) {}
  // After commit(): see has_note in run_port.hpp. Throws if nothing was written.
  bool result() const {
    throw_failure();
    return moved();
  }
};

// What has failed, for the history of the transition that comes after it. Whether it was written nobody asks.
class failure_note final : public noting<pending_write> {
 public:
  using noting::noting;
  void finish(std::exception_ptr, loop_executor const&) override {}
  void discard() noexcept override {}
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
