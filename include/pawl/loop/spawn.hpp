// Posts calls and spawns tasks on a loop.
#ifndef PAWL_LOOP_SPAWN_HPP
#define PAWL_LOOP_SPAWN_HPP

#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

// Handler types are erased here: Asio instantiates about a hundred functions per type.
namespace pawl::inline PAWL_ABI::detail {

// A call to an object that may be destroyed before.
struct posted_call {
  std::weak_ptr<void> whom;
  void (*call)(void*);
  void operator()() const {
    if (auto const alive = whom.lock()) call(alive.get());
  }
};

// Posts the call; it never runs inline, and is skipped if `whom` has expired. Thread-safe. If this throws, nothing was
// posted; only Asio allocates.
void post(loop_executor const& on, posted_call call);
template <class T, class Call> void post(loop_executor const& on, std::weak_ptr<T> whom, Call) {
  post(on, posted_call{std::move(whom), [](void* self) { Call{}(*static_cast<T*>(self)); }});
}

// The same for an object that lives until then, or until the loop is destroyed.
void post_keeping(loop_executor const& on, std::shared_ptr<void> whom, void (*call)(void*));

// Keeps `what` alive until everything posted so far has run, or is destroyed with the loop.
void keep_for_posted(loop_executor const& on, std::shared_ptr<void> what);

// Called at the end of a spawned task with its exception or null. `kept` is released after the call, or when the task
// is destroyed with the loop.
struct end_of_task {
  using cancellation_slot_type = asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept { return slot; }
  void operator()(std::exception_ptr failure) { done(kept, std::move(failure)); }

  void (*done)(std::shared_ptr<void>& kept, std::exception_ptr failure);
  std::shared_ptr<void> kept{};
  asio::cancellation_slot slot{};
};
// A task's exception is thrown out of the loop.
inline void rethrow(std::shared_ptr<void>&, std::exception_ptr failure) {
  if (failure) std::rethrow_exception(std::move(failure));
}

// Starts the task soon, or at once if called from the loop. It can be cancelled through `end.slot`.
void spawn(loop_executor const& on, task<void> job, end_of_task end);
void spawn(asio::any_io_executor const& on, task<void> job, end_of_task end);

}  // namespace pawl::inline PAWL_ABI::detail

#endif
