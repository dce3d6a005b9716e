// Makes the ticks of schedules on a loop, for as long as it is wanted.
#ifndef PAWL_RECURRING_TICK_MAKER_HPP
#define PAWL_RECURRING_TICK_MAKER_HPP

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <pawl/loop/callback.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/loop/timer.hpp>
#include <pawl/recurring/recurring.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A schedule without its store's type.
class tick_source {
 public:
  tick_source() = default;
  tick_source(tick_source const&) = delete;
  tick_source& operator=(tick_source const&) = delete;
  virtual ~tick_source() = default;

  // Makes what is due. While another process holds the lock of the database it waits, until `unwanted`.
  virtual task<void> make_due(event_loop& loop, bool const& unwanted) = 0;
  // How long until there is something to do: a tick, or a clock that was set back.
  virtual std::chrono::nanoseconds left() const = 0;
};

template <class Store> class store_ticks final : public tick_source {
 public:
  explicit store_ticks(recurring<Store> of) : of_(std::move(of)) {}

  task<void> make_due(event_loop& loop, bool const& unwanted) override {
    auto& store = of_.store();
    if constexpr (answers_later<Store>) {
      static_cast<void>(loop);
      while (!unwanted) {
        auto asking = store.last_tick(of_.name());
        auto const last = co_await std::move(asking);
        auto const step = look(last);
        if (!step) co_return;
        auto advancing = store.advance_ticks(step->of(of_.name()));
        co_await std::move(advancing);
      }
    } else {
      while (auto const step = look(store.last_tick(of_.name()))) {
        while (!store.try_begin()) {
          if (unwanted) co_return;
          co_await loop.sleep(between_attempts);
        }
        take(*step);
      }
    }
  }
  std::chrono::nanoseconds left() const override {
    auto const now = of_.store().now();
    if (now < seen_) return {};
    auto const next = of_.next(seen_);
    return next ? saturated_difference(*next, now) : (std::chrono::nanoseconds::max)();
  }

 private:
  static constexpr std::chrono::milliseconds between_attempts{20};

  // What comes after the moment at which it looked is still to come, however long it takes to write.
  std::optional<schedule_step> look(std::optional<stored_time> last) {
    seen_ = of_.store().now();
    return of_.step_after(last, seen_);
  }
  void take(schedule_step const& step) {
    auto& store = of_.store();
    try {
      if (store.advance_ticks(step.of(of_.name())))
        store.commit();
      else
        store.rollback();  // another process was faster
    } catch (...) {
      store.rollback();
      throw;
    }
  }

  recurring<Store> of_;
  stored_time seen_{};
};

// Sleeps until the next tick, and looks at the store's clock in between, which may be set, or go on while the machine is
// suspended and the loop's clock stands. Use it on the loop's thread. `failed` is called if a store throws; nothing is made
// after that.
class tick_maker : public std::enable_shared_from_this<tick_maker> {
 public:
  template <class... Store>
  static std::shared_ptr<tick_maker> of(event_loop& loop, keeping_call failed, recurring<Store>... schedules) {
    std::shared_ptr<tick_maker> const made(new tick_maker(loop, std::move(failed)));
    (made->sources_.push_back(std::make_unique<store_ticks<Store>>(std::move(schedules))), ...);
    return made;
  }
  tick_maker(tick_maker const&) = delete;
  tick_maker& operator=(tick_maker const&) = delete;

  // Makes what is due now; then, from begin() on, each tick when its time has come.
  static task<void> make_due(std::shared_ptr<tick_maker> self) {
    for (auto& source : self->sources_) {
      auto making = source->make_due(self->loop_, self->ended_);
      co_await std::move(making);
    }
  }
  void begin() { wait_for_next(); }
  // Ends it, once what is being written is written. What a store has thrown, or null.
  static task<std::exception_ptr> end(std::shared_ptr<tick_maker> self) {
    self->ended_ = true;
    self->timer_.cancel();
    if (self->making_) co_await suspend({&tick_maker::begin_waiting, self.get()});
    co_return self->failure_;
  }

 private:
  using nanoseconds = std::chrono::nanoseconds;

  // An idle process wakes that often for its schedules. A clock that jumps by itself is not set.
  static constexpr nanoseconds look_at_clock_every = std::chrono::seconds(10),
                               look_at_jumping_clock_every = std::chrono::hours(1);
  static constexpr nanoseconds shortest_wait = std::chrono::milliseconds(1);

  tick_maker(event_loop& loop, keeping_call failed) : loop_(loop), failed_(std::move(failed)) {}

  nanoseconds left() const {
    auto least = (nanoseconds::max)();
    for (auto const& source : sources_) least = (std::min)(least, source->left());
    return least;
  }
  void wait_for_next() {
    auto const longest = loop_.is_real() ? look_at_clock_every : look_at_jumping_clock_every;
    timer_.arm(loop_, (std::max)((std::min)(left(), longest), shortest_wait),
               keeping_call::to<&tick_maker::look>(shared_from_this()));
  }
  void look() {
    if (left().count() > 0) return wait_for_next();
    making_ = true;
    spawn(loop_.get_executor(), make_due(shared_from_this()), {&end_making, shared_from_this()});
  }
  static void end_making(std::shared_ptr<void>& kept, std::exception_ptr failure) {
    auto& self = *static_cast<tick_maker*>(kept.get());
    self.making_ = false;
    self.failure_ = std::move(failure);
    if (self.waiting_) {
      auto waiting = std::exchange(self.waiting_, nullptr);
      return waiting->resume({}, self.loop_.get_executor());
    }
    if (self.failure_) return self.failed_();
    if (!self.ended_) self.wait_for_next();
  }
  static void begin_waiting(void* self, nanoseconds, waker resume) {
    static_cast<tick_maker*>(self)->waiting_ = std::make_unique<waker>(std::move(resume));
  }

  event_loop& loop_;
  keeping_call failed_;
  std::vector<std::unique_ptr<tick_source>> sources_{};
  timer timer_{};
  bool making_ = false, ended_ = false;
  std::unique_ptr<waker> waiting_{};
  std::exception_ptr failure_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
