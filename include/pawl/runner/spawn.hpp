// Hands work to a loop.
#ifndef PAWL_RUNNER_SPAWN_HPP
#define PAWL_RUNNER_SPAWN_HPP

#include <exception>
#include <functional>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <pawl/runner/asio.hpp>
#include <pawl/version.hpp>

// The types of what is handed over end here: Asio makes some hundred functions of each, which every run of every lifecycle
// would compile anew.
namespace pawl::inline PAWL_ABI::detail {

using loop_executor = asio::io_context::executor_type;

// Called soon and never from here. Thread-safe.
inline void post(loop_executor const& on, std::function<void()> call) { asio::post(on, std::move(call)); }

// Begins the task soon; `done` is told what it threw, or nothing. The task can be cancelled through the slot.
inline void spawn(loop_executor const& on, task<void> job, std::function<void(std::exception_ptr)> done,
                  asio::cancellation_slot slot = {}) {
  asio::co_spawn(on, std::move(job), asio::bind_cancellation_slot(slot, std::move(done)));
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
