// Implements the event loop with its sleepers and clock, and the functions of spawn.hpp and suspend.hpp.
#ifndef PAWL_LOOP_LOOP_IMPL_HPP
#define PAWL_LOOP_LOOP_IMPL_HPP

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/pooled_call.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

PAWL_INLINE task<void> suspend(suspension until) {
  return asio::async_initiate<asio::use_awaitable_t<> const&, void(boost::system::error_code)>(until, await);
}
PAWL_INLINE void spawn(loop_executor const& on, task<void> job, end_of_task end) {
  asio::co_spawn(on, std::move(job), std::move(end));
}
PAWL_INLINE void post(loop_executor const& on, posted_call call) { asio::post(on, std::move(call)); }
PAWL_INLINE void spawn(asio::any_io_executor const& on, task<void> job, end_of_task end) {
  asio::co_spawn(on, std::move(job), std::move(end));
}
PAWL_INLINE void post_keeping(loop_executor const& on, std::shared_ptr<void> whom, void (*call)(void*)) {
  asio::post(on, [whom = std::move(whom), call] { call(whom.get()); });
}
PAWL_INLINE void keep_for_posted(loop_executor const& on, std::shared_ptr<void> what) {
  asio::post(on, [what = std::move(what)] {});
}
PAWL_INLINE task<void> return_to(event_loop& loop) {
  return suspend({[](void* self, std::chrono::nanoseconds, waker resume) {
                    auto const home = static_cast<event_loop*>(self)->get_executor();
                    asio::post(home, posted_waker{std::move(resume), {}, home});
                  },
                  &loop});
}

}  // namespace detail

PAWL_INLINE event_loop::event_loop() : io_(1), alive_(new void*) {}
PAWL_INLINE event_loop::~event_loop() {
  alive_.reset();
  while (!sleepers_.empty())  // removed from the map before destruction, which may look at the other sleepers
    static_cast<void>(sleepers_.extract(sleepers_.begin()));
}

PAWL_INLINE event_loop::elsewhere_guard::~elsewhere_guard() {
  if (!owner_) return;
  asio::post(owner_->io_, [owner = owner_] { owner->elsewhere_.fetch_sub(1, std::memory_order_relaxed); });
}

PAWL_INLINE std::shared_ptr<detail::call_scope> event_loop::lend_scope() {
  if (free_scopes_.empty()) {
    free_scopes_.reserve(scopes_.size() + 1);  // so that giving it back cannot fail
    scopes_.push_back(std::make_unique<detail::call_scope>());
    free_scopes_.push_back(scopes_.back().get());
  }
  auto* const lent = free_scopes_.back();
  free_scopes_.pop_back();
  return {lent, [this](detail::call_scope* of) { free_scopes_.push_back(of); }};
}

// A place that is left stays empty until another watcher takes it: they may come and go while they are told.
PAWL_INLINE void event_loop::watch(watcher& with) {
  auto const place = std::find(watchers_.begin(), watchers_.end(), nullptr);
  if (place != watchers_.end())
    *place = &with;
  else
    watchers_.push_back(&with);
}
PAWL_INLINE void event_loop::unwatch(watcher& with) noexcept {
  std::replace(watchers_.begin(), watchers_.end(), &with, static_cast<watcher*>(nullptr));
}
PAWL_INLINE void event_loop::tell_watchers(void (watcher::*what)() noexcept) noexcept {
  for (std::size_t at = 0; at < watchers_.size(); ++at)
    if (watchers_[at]) (watchers_[at]->*what)();
}

PAWL_INLINE void event_loop::run_until(bool const& finished) {
  running const meanwhile(*this);
  while (!finished) {
    io_.restart();
    int ready = 0;
    while (ready < ready_at_once && !finished && io_.poll_one() > 0) ++ready;
    if (finished) return;
    if (!sleepers_.empty() && sleepers_.begin()->first.first <= now())
      wake_due();
    else if (ready == 0)
      idle();
  }
}

PAWL_INLINE void event_loop::begin_sleep(void* self, duration d, detail::waker resume) {
  static_cast<event_loop*>(self)->add_sleeper(d, std::move(resume));
}
PAWL_INLINE void event_loop::add_sleeper(duration d, detail::waker resume) {
  if (d <= duration::zero()) return finish(std::move(resume), {});
  due_order const due{detail::saturated_sum(now(), d), order_++};
  // the handler has already taken its own slot; this is the waker's
  if (auto slot = resume.cancellation(); slot.is_connected())
    slot.assign([this, due, alive = std::weak_ptr<void*>(alive_)](asio::cancellation_type) {
      if (!alive.expired()) wake(due, asio::error::operation_aborted);
    });
  sleepers_.try_emplace(due, std::move(resume));
}

PAWL_INLINE void event_loop::wake(due_order due, boost::system::error_code why) {
  auto node = sleepers_.extract(due);
  if (node.empty()) return;
  finish(std::move(node.mapped()), why);
}
PAWL_INLINE void event_loop::finish(detail::waker resume, boost::system::error_code why) {
  asio::post(io_, detail::posted_waker{std::move(resume), why, get_executor()});
}
PAWL_INLINE void event_loop::wake_due() {
  while (!sleepers_.empty() && sleepers_.begin()->first.first <= now()) wake(sleepers_.begin()->first, {});
}

PAWL_INLINE void event_loop::idle() {
  bool const sleeping = !sleepers_.empty();
  if (sleeping && (elsewhere_.load(std::memory_order_relaxed) == 0 /*mutant no_jump_over_others: || OFF*/) &&
      try_jump(sleepers_.begin()->first.first))
    return;
  io_.restart();
  if (sleeping && is_real()) {
    auto const work = asio::make_work_guard(io_);  // without it Asio would return at once: sleepers are not work to it
    io_.run_one_for((std::min)(detail::saturated_difference(sleepers_.begin()->first.first, now()), longest_nap));
  } else if (io_.run_one() == 0) {
    throw error("loop.stalled", "pawl: the loop has nothing left to run, and what it waits for has not completed");
  }
}

}  // namespace pawl::inline PAWL_ABI

#endif
