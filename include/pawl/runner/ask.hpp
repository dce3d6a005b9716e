// Awaits any call of an adapter and returns its outcome.
#ifndef PAWL_RUNNER_ASK_HPP
#define PAWL_RUNNER_ASK_HPP

#include <exception>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include <pawl/adapter/lifting.hpp>
#include <pawl/adapter/outcome.hpp>
#include <pawl/loop/scoped_executor.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/thrown.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// True if the current thread runs `home`'s work; false if that cannot be determined.
inline bool is_at(asio::any_io_executor const& home) {
  auto const* const io = loop_executor_in(home);
  return io && io->running_in_this_thread();
}
// Resumes the caller on its own executor. Awaited only where it is elsewhere: whoever awaits notices a cancellation.
inline task<void> go_home() {
  auto const home = co_await asio::this_coro::executor;
  co_await asio::dispatch(home, await);
}
}  // namespace detail

// `auto answer = co_await pawl::ask(api.upload(path));` where upload returns T, outcome<T>, task<T> or
// task<outcome<T>>. An exception becomes unknown_outcome: the call may have been carried out;
// call_not_begun of an offloaded call becomes cancelled. A coroutine that moved to
// another executor (asio::bind_executor) may finish there; ask() resumes its caller on the caller's own executor. While
// it is on another executor it must not be cancelled, so if steps have deadlines it must return by itself.
template <class Call> [[nodiscard("the call is not made until it is awaited")]] task<outcome_of<Call>> ask(Call call) {
  if constexpr (coroutine_type<Call>) {
    std::exception_ptr failure;
    try {
      outcome_of<Call> answer = co_await std::move(call);
      if (!detail::is_at(co_await asio::this_coro::executor)) co_await detail::go_home();
      co_return answer;
    } catch (...) {
      failure = std::current_exception();
    }
    if (!detail::is_at(co_await asio::this_coro::executor)) co_await detail::go_home();
    co_return detail::trouble_of_thrown(failure);
  } else {
    co_return std::move(call);
  }
}

}  // namespace pawl::inline PAWL_ABI

#endif
