// Runs a blocking call on another thread while the loop continues.
#ifndef PAWL_LOOP_OFFLOAD_HPP
#define PAWL_LOOP_OFFLOAD_HPP

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// `auto copying = pawl::offload(loop, pool, [path] { return copy(path); }); auto copied = co_await std::move(copying);`
//
// Returns the call's result, or throws its exception, on the loop's thread. The loop's clock does not jump meanwhile. A
// deadline cannot interrupt the call. Give the call or the task a name before awaiting it (see pawl::task). The pool is
// an asio::thread_pool (<boost/asio/thread_pool.hpp>) or another execution context with threads of its own; join it
// before the loop is destroyed.
template <class Loop, class Pool, class Call>
task<std::invoke_result_t<Call&>> offload(Loop& loop, Pool& pool, Call call) {
  using result = std::invoke_result_t<Call&>;
  static_assert(!std::is_void_v<result>, "pawl: an offloaded call must return a value, such as pawl::done");
  using answer = std::optional<result>;
  auto const elsewhere = loop.elsewhere();
  auto const work = [&call](auto handler, Pool& on) {
    asio::post(on, [&call, handler = std::move(handler)]() mutable {
      std::exception_ptr failure;
      answer given;
      try {
        given.emplace(call());
      } catch (...) {
        failure = std::current_exception();
      }
      auto const home = asio::get_associated_executor(handler);
      asio::post(home, asio::append(std::move(handler), failure, std::move(given)));
    });
  };
  auto waiting = asio::async_initiate<asio::use_awaitable_t<> const&, void(std::exception_ptr, answer)>(work, await,
                                                                                                        std::ref(pool));
  auto given = co_await std::move(waiting);
  co_return *std::move(given);
}

}  // namespace pawl::inline PAWL_ABI

#endif
