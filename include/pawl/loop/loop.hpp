// One event loop on one thread, with the clock as a parameter.
#ifndef PAWL_LOOP_LOOP_HPP
#define PAWL_LOOP_LOOP_HPP

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/pooled_call.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Runs coroutines and wakes sleepers in the order of their due times; sleepers due at the same time wake in the order
// in which they went to sleep. This is the loop without the type of its clock: create a pawl::loop<Clock>.
//
// A jumping clock jumps to the next sleeper when nothing is ready and nothing is in flight elsewhere. The loop cannot
// see work on another thread or a wait for a socket: hold an elsewhere() guard meanwhile, or the clock will jump past
// it.
//
// Thread safety: use it only on the thread that calls wait(), except for posting to get_executor(), runs_here() and
// destroying an elsewhere guard. A loop must outlive what runs on it; coroutines still waiting when it is destroyed are
// destroyed with it.
class event_loop {
 public:
  using executor_type = asio::io_context::executor_type;
  using duration = std::chrono::nanoseconds;
  template <class T> using task = pawl::task<T>;

  event_loop(event_loop const&) = delete;
  event_loop& operator=(event_loop const&) = delete;

  // True if time passes by itself; if not, what runs on the loop is repeatable.
  virtual bool is_real() const = 0;
  executor_type get_executor() noexcept { return io_.get_executor(); }

  // Time since the clock's epoch. Only differences are meaningful.
  virtual duration now() const = 0;

  // Completes after d. Always suspends, so sleep({}) is a yield. If cancelled through the token's cancellation slot, it
  // completes with operation_aborted, which `co_await` throws as boost::system::system_error.
  template <class Token = asio::use_awaitable_t<> const&>
  [[nodiscard("nothing waits until it is awaited")]] auto sleep(duration d, Token&& token = await) {
    detail::suspension const until{&begin_sleep, this, d};
    if constexpr (std::is_same_v<std::remove_cvref_t<Token>, asio::use_awaitable_t<>>)
      return detail::suspend(until);
    else
      return asio::async_initiate<Token, void(boost::system::error_code)>(until, token);
  }

  // Runs the loop until the task completes, and returns its result or throws its exception. Throws pawl::error
  // ("loop.stalled") if nothing is left to run that could complete it.
  template <class T> T wait(pawl::task<T> job) {
    std::shared_ptr<wait_state<T>> const waiting(new wait_state<T>);  // may outlive this call if a handler throws
    detail::spawn(get_executor(), note_result(std::move(job), waiting), {&end_wait<T>, waiting});
    run_until(waiting->finished);
    if (waiting->failure) std::rethrow_exception(waiting->failure);
    if constexpr (!std::is_void_v<T>) return std::move(*waiting->result);
  }

  // Runs the loop until `finished`, set by something that runs on it, is true. Throws as wait() does.
  void run_until(bool const& finished);

  // Tells the loop that something is in flight where it cannot see it. May be destroyed on any thread.
  class [[nodiscard("the loop may jump as soon as this guard is gone")]] elsewhere_guard {
   public:
    explicit elsewhere_guard(event_loop & owner) : owner_(&owner), work_(owner.io_.get_executor()) {
      owner.elsewhere_.fetch_add(1, std::memory_order_relaxed);
    }
    elsewhere_guard(elsewhere_guard && other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), work_(std::move(other.work_)) {}
    elsewhere_guard(elsewhere_guard const&) = delete;
    elsewhere_guard& operator=(elsewhere_guard const&) = delete;
    ~elsewhere_guard();

   private:
    event_loop* owner_;
    asio::executor_work_guard<executor_type> work_;
  };
  elsewhere_guard elsewhere() { return elsewhere_guard(*this); }

  // True on the thread that is running the loop at this moment. Any thread may ask.
  bool runs_here() noexcept { return io_.get_executor().running_in_this_thread(); }

  // Number of current sleepers.
  std::size_t sleepers() const { return sleepers_.size(); }

  // Is told on the loop's thread when the loop begins to be run, and when it is no longer run.
  class watcher {
   public:
    virtual void begin_running() noexcept = 0;
    virtual void end_running() noexcept = 0;

   protected:
    ~watcher() = default;
  };
  void watch(watcher& with);
  void unwatch(watcher& with) noexcept;

  // For a run that begins: the calls that its coroutines hand to pools. Lent again to another run when it is given back.
  std::shared_ptr<detail::call_scope> lend_scope();

 protected:
  event_loop();
  ~event_loop();

 private:
  template <class T> struct wait_state {
    bool finished = false;
    std::exception_ptr failure{};
    std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> result{};
  };
  template <class T> static void end_wait(std::shared_ptr<void>& kept, std::exception_ptr failure) {
    auto& waiting = *static_cast<wait_state<T>*>(kept.get());
    waiting.failure = std::move(failure);
    waiting.finished = true;
  }
  template <class T> static pawl::task<void> note_result(pawl::task<T> job, std::shared_ptr<wait_state<T>> waiting) {
    if constexpr (std::is_void_v<T>)
      co_await std::move(job);
    else
      waiting->result.emplace(co_await std::move(job));
  }

  // While the outermost one lives, the loop is being run.
  class running {
   public:
    explicit running(event_loop& loop) : loop_(loop) {
      if (loop_.running_++ == 0) loop_.tell_watchers(&watcher::begin_running);
    }
    running(running const&) = delete;
    running& operator=(running const&) = delete;
    ~running() {
      if (--loop_.running_ == 0) loop_.tell_watchers(&watcher::end_running);
    }

   private:
    event_loop& loop_;
  };
  void tell_watchers(void (watcher::*what)() noexcept) noexcept;

  using due_order = std::pair<duration, std::uint64_t>;

  // Handlers run between two checks of the sleepers: enough to make the check cheap, few enough to keep timers accurate
  // in a busy loop.
  static constexpr int ready_at_once = 64;
  static constexpr duration longest_nap = std::chrono::hours(1);  // finite, because Asio adds it to a time point

  static void begin_sleep(void* self, duration d, detail::waker resume);
  void add_sleeper(duration d, detail::waker resume);
  void wake(due_order due, boost::system::error_code why);
  void finish(detail::waker resume, boost::system::error_code why);
  void wake_due();
  // Called when nothing is ready and no sleeper is due.
  void idle();

  // Advances the clock to `to`. False if the clock does not jump.
  virtual bool try_jump(duration to) = 0;
  std::vector<std::unique_ptr<detail::call_scope>> scopes_{};  // they outlive the coroutines, which know them
  std::vector<detail::call_scope*> free_scopes_{};
  asio::io_context io_;
  std::map<due_order, detail::waker> sleepers_{};
  std::uint64_t order_ = 0;
  std::atomic<int> elsewhere_{0};
  int running_ = 0;  // run_until() calls under way
  std::vector<watcher*> watchers_{};
  // Lets handlers left in cancellation slots detect that the loop is gone.
  std::shared_ptr<void*> alive_;
};

namespace detail {
// Resumes the caller on the loop's thread, from any thread.
[[nodiscard("it resumes nobody until it is awaited")]] task<void> return_to(event_loop& loop);
}  // namespace detail

// An event loop on a clock of this type; see event_loop for its guarantees.
template <loop_clock Clock = steady_clock> class loop final : public event_loop {
 public:
  using clock_type = Clock;

  loop() = default;
  explicit loop(Clock clock) : clock_(std::move(clock)) {}

  duration now() const override { return clock_.now(); }
  Clock const& clock() const { return clock_; }
  bool is_real() const override { return Clock::real; }

 private:
  bool try_jump([[maybe_unused]] duration to) override {
    if constexpr (jumping_clock<Clock>) clock_.jump_to(to);
    return jumping_clock<Clock>;
  }

  Clock clock_{};
};

}  // namespace pawl::inline PAWL_ABI

#ifndef PAWL_COMPILED
#include <pawl/loop/loop_impl.hpp>
#endif

#endif
