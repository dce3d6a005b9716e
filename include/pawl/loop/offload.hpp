// Runs a blocking call on another thread while the loop continues.
#ifndef PAWL_LOOP_OFFLOAD_HPP
#define PAWL_LOOP_OFFLOAD_HPP

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <pawl/loop/pooled_call.hpp>
#include <pawl/loop/scoped_executor.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// The call itself, which lives in the coroutine that waits for it, and what it gave.
template <class Call> class offloaded final : public pooled_call {
  using result = std::invoke_result_t<Call&>;

 public:
  offloaded(loop_executor home, Call& call) : pooled_call(std::move(home)), call_(call) {}

  void run() {  // on the pool's thread, after begin()
    try {
      given_.emplace(call_());
    } catch (...) {
      failure_ = std::current_exception();
    }
    this->end();
  }
  result take() {
    if (this->is_withdrawn()) throw call_not_begun();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return *std::exchange(given_, std::nullopt);
  }

 private:
  Call& call_;
  std::optional<result> given_{};
  std::exception_ptr failure_{};
};

// A place in a pool's queue. A pool that gives it up withdraws the call.
template <class Call> class pool_place {
 public:
  explicit pool_place(std::shared_ptr<offloaded<Call>> call) : call_(std::move(call)) {}
  pool_place(pool_place&&) noexcept = default;
  pool_place& operator=(pool_place&&) = delete;
  ~pool_place() {
    if (call_) call_->withdraw();
  }
  void operator()() {
    if (auto const mine = std::exchange(call_, nullptr); mine->begin()) mine->run();
  }

 private:
  std::shared_ptr<offloaded<Call>> call_;
};

// Puts the call into the pool's queue once its coroutine waits for it.
template <class Pool, class Call> struct pool_entry {
  Pool& pool;
  std::shared_ptr<offloaded<Call>> const& call;
  call_scope* scope;

  static void begin(void* entry, std::chrono::nanoseconds, waker waiter) {
    auto const& self = *static_cast<pool_entry*>(entry);
    auto const call = self.call;  // self is gone as soon as the call has ended, on another thread maybe
    auto& pool = self.pool;
    call->set_waiter(std::move(waiter));
    if (self.scope) self.scope->add(call);
    asio::post(pool, pool_place<Call>(call));
  }
};

}  // namespace detail

// `auto copying = pawl::offload(loop, pool, [path] { return copy(path); }); auto copied = co_await std::move(copying);`
//
// Returns the call's result, or throws its exception, on the loop's thread. The loop's clock does not jump meanwhile.
// Give the call or the task a name before awaiting it (see pawl::task). The pool is an asio::thread_pool
// (<boost/asio/thread_pool.hpp>) or another execution context with threads of its own; join it before the loop is
// destroyed. Several runs may share it.
//
// A call that has begun cannot be interrupted: a deadline or the end of the grace period waits for it, and its result is
// returned. One that still waits for a thread of the pool is withdrawn, and throws call_not_begun: if its coroutine is
// cancelled (a deadline, the end of the grace period, `||`), and at once when its run is stopped. A step that lets the
// exception out leaves its item to the next run. What a step in flight offloads after the stop is begun, within grace.
template <class Loop, class Pool, class Call>
[[nodiscard("the call is not made until it is awaited")]] task<std::invoke_result_t<Call&>> offload(Loop& loop,
                                                                                                    Pool& pool,
                                                                                                    Call call) {
  static_assert(!std::is_void_v<std::invoke_result_t<Call&>>,
                "pawl: an offloaded call must return a value, such as pawl::done");
  auto const elsewhere = loop.elsewhere();
  auto const here = co_await asio::this_coro::executor;
  auto const* const of_run = here.template target<detail::scoped_executor>();
  auto const offloaded = std::make_shared<detail::offloaded<Call>>(loop.get_executor(), call);
  detail::pool_entry<Pool, Call> entry{pool, offloaded, of_run ? of_run->scope() : nullptr};
  auto waiting = detail::suspend({&entry.begin, &entry});
  co_await std::move(waiting);
  co_return offloaded->take();
}

}  // namespace pawl::inline PAWL_ABI

#endif
