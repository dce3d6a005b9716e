// Implements batch_writer: forming batches, committing or cancelling their writes, and resuming the waiters.
#ifndef PAWL_QUEUE_BATCH_WRITER_IMPL_HPP
#define PAWL_QUEUE_BATCH_WRITER_IMPL_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/queue/option_error.hpp>
#include <pawl/queue/outside_requests.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/system/lock_wait.hpp>
#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

PAWL_INLINE batch_writer::batch_writer(event_loop& loop, write_port& port, write_watch watch,
                                       commit_queue_options options)
    : loop_(loop),
      port_(port),
      watch_(watch),
      options_(checked(options)),
      random_(loop.is_real() ? random_number() : 0),
      requests_(new outside_requests(loop.get_executor())) {
  loop_.watch(*this);
}
PAWL_INLINE bool is_failure(std::exception_ptr const& failure, store_failure kind) noexcept {
  if (!failure) return false;
  try {
    std::rethrow_exception(failure);
  } catch (store_error const& e) {
    return e.what_failed() == kind;
  } catch (...) {
    return false;
  }
}

PAWL_INLINE batch_writer::~batch_writer() {
  *self_ = nullptr;
  loop_.unwatch(*this);
  requests_->close();
  refuse_all_outside();
}

// ---- requests from outside the loop ----

PAWL_INLINE std::uint64_t batch_writer::ask_outside(pending_write& w) noexcept {
  return requests_->put(w, {self_, [](void* writer) {
                              if (auto* const self = *static_cast<batch_writer**>(writer)) self->fetch_requests();
                            }});
}

PAWL_INLINE void batch_writer::fetch_requests() {
  auto const all = requests_->take();
  if (all.empty()) return;
  std::exception_ptr failure;
  try {
    schedule();
  } catch (...) {  // out of memory: no flush will come
    failure = std::current_exception();
  }
  for (auto const& one : all)
    if (failure)
      requests_->answer(*one.write, failure);
    else
      push(*one.write, no_slot);
}

PAWL_INLINE void batch_writer::end_running() noexcept {
  requests_->end_running();
  if (requests_->is_over()) return refuse_all_outside();
  // Nobody may run the loop again, and where they wait now they could not be withdrawn.
  auto back = remove_outside(waiting_);
  while (!back.empty()) {
    auto* const w = back.pop();
    w->waits = false;
    ask_outside(*w);
  }
}

PAWL_INLINE write_list batch_writer::remove_outside(write_list& from) noexcept {
  write_list outside, others;
  while (!from.empty()) {
    auto* const w = from.pop();
    (w->outside ? outside : others).push(w);
  }
  from.append(others);
  return outside;
}

// A waiter that is told may do anything, even destroy this queue: nothing of it is used after the first.
PAWL_INLINE void batch_writer::refuse_all_outside() noexcept {
  auto const requests = requests_;
  auto* const now = under_way_;
  auto all = remove_outside(waiting_), cancelled = remove_outside(cancelled_);
  all.append(cancelled);
  for (auto const& one : requests->take()) all.push(one.write);
  while (!all.empty()) {
    auto* const w = all.pop();
    requests->answer(*w, requests->why_over(*w));
  }
  if (now)
    for (auto* w = now->taken.list.front(); w; w = w->next) w->forsake(lost_under_way(*w));
}

PAWL_INLINE commit_queue_options const& batch_writer::checked(commit_queue_options const& options) {
  if (options.batch == 0) throw option_error("queue.options", "commit_queue_options::batch", "0", "at least 1");
  if (options.busy_bound.count() < 0)
    throw option_error("queue.options", "commit_queue_options::busy_bound", in_words(options.busy_bound),
                       "0 or longer");
  return options;
}

PAWL_INLINE void batch_writer::listen_to(change_signal& commits) {
  heard_.emplace(commits, [this] { hear_of_commit(); });
}

PAWL_INLINE void batch_writer::schedule() {
  if (/*mutant flush_is_posted: OFF ? std::exchange(scheduled_, true) || writing_ :*/ scheduled_ || writing_) return;
  post(loop_.get_executor(), std::weak_ptr(self_), [](batch_writer* self) {
    if (self) self->flush();
  });
  scheduled_ = true;
}

PAWL_INLINE void batch_writer::push(pending_write& w, std::size_t slot) noexcept {
  w.by_run = slot != no_slot;
  w.times.slot = w.by_run ? slot : 0;
  stamp(w.times.asked);
  w.waits = true;
  /*mutant fifo: if (OFF) { write_list first; first.push(&w); first.append(waiting_); waiting_.append(first); } else*/
  waiting_.push(&w);
}

PAWL_INLINE void batch_writer::make_cancellable(pending_write& w, asio::cancellation_slot slot) noexcept {
  if (!slot.is_connected()) return;
  try {
    slot.emplace<write_canceller<batch_writer>>(*this, w);
  } catch (std::bad_alloc const&) {}
}

PAWL_INLINE void batch_writer::cancel(pending_write& w) {
  post(loop_.get_executor(), std::weak_ptr(self_), [](batch_writer* self) {
    if (self) self->answer_cancelled();
  });
  waiting_.remove(&w);
  w.waits = false;
  // A batch that was held up before may be under way again.
  if (waiting_.empty() && !(under_way_ && under_way_->taken.size > 0)) busy_since_.reset();
  cancelled_.push(&w);
}

PAWL_INLINE batch_writer::batch batch_writer::take_batch(batch_times& times) {
  stamp(times.begun);
  auto const most = /*mutant batch_bound: OFF ? 9999 :*/ options_.batch;
  return take(std::min<std::size_t>(most, waiting_.front()->together));
}

PAWL_INLINE bool batch_writer::end_writing(bool committed) {
  writing_ = false;
  return commits_meanwhile_ > (committed ? 1 : 0) /*mutant commits_meanwhile: && !OFF*/;
}

PAWL_INLINE bool batch_writer::give_up_writing() {
  auto const self = self_;
  if (end_writing(false)) changes_.raise();
  return *self != nullptr;
}

PAWL_INLINE void batch_writer::fail_all(std::exception_ptr const& failure) {
  if (give_up_writing()) finish(take(no_slot), failure);
}

PAWL_INLINE void batch_writer::fail_first(std::size_t count, std::exception_ptr const& failure) {
  auto failed = take(count);
  try {
    if (!waiting_.empty()) schedule();
  } catch (std::bad_alloc const&) {  // the next transition schedules
  }
  finish(std::move(failed), failure);
}

PAWL_INLINE void batch_writer::under_way::leave(std::size_t count) {
  batch kept;
  for (; kept.size < count; ++kept.size) kept.list.push(taken.list.pop());
  (*queue)->put_back(std::move(taken));
  taken.list.append(kept.list);
  taken.size = kept.size;
}

PAWL_INLINE void batch_writer::under_way::end(bool begun, batch_times& times, std::exception_ptr failure) {
  ended = true;
  auto& writer = **queue;
  writer.under_way_ = nullptr;
  if (writer.port_.manner() == write_manner::as_a_whole && is_failure(failure, store_failure::busy)) {
    std::size_t const count = taken.size;
    writer.put_back(std::move(taken));
    return writer.wait_for_lock(failure, count);
  }
  if (taken.size > 0) return writer.settle(std::move(taken), times, std::move(failure));
  if (failure) return writer.fail_all(failure);
  if (!begun) return writer.wait_for_lock();
  writer.give_up_writing();
}

PAWL_INLINE void batch_writer::abandon(batch lost) noexcept {
  busy_since_.reset();
  end_writing(false);
  auto const self = self_;
  try {
    finish(std::move(lost), std::make_exception_ptr(std::bad_alloc()));
  } catch (...) {  // thrown by a waiter: there is nobody to tell
  }
  if (*self == nullptr || waiting_.empty()) return;
  try {
    schedule();
  } catch (std::bad_alloc const&) {  // the next transition schedules
  }
}

PAWL_INLINE void batch_writer::wait_for_lock(std::exception_ptr const& why, std::size_t count) {
  if (!give_up_writing()) return;
  auto const now = loop_.now();
  if (!busy_since_) {
    busy_since_ = now;
    busy_tries_ = 0;
  }
  if (now - *busy_since_ >= options_.busy_bound /*mutant lock_bound: && !OFF*/) {
    busy_since_.reset();
    return fail_first(count, std::make_exception_ptr(store_error(store_failure::busy, busy_message(why))));
  }
  try {
    loop_.sleep(lock_wait::after(busy_tries_++, random_.next()), [self = self_](boost::system::error_code) {
      if (*self) (*self)->flush();
    });
  } catch (...) {  // out of memory: nobody would try again
    return fail_all(std::current_exception());
  }
  scheduled_ = true;
}

PAWL_INLINE void batch_writer::settle(batch done, batch_times& times, std::exception_ptr failure) {
  busy_since_.reset();
  bool const strangers = end_writing(!failure);
  if (failure && is_divisible(done, failure) /*mutant replay_isolates: && !OFF*/) {
    put_back_apart(std::move(done));
    schedule();
    if (strangers) changes_.raise();
    return;
  }
  bool const others = strangers || (!failure && moved_for_others(done));
  auto const self = self_;
  std::exception_ptr thrown;  // thrown by an observer or a waiter, or out of memory; the rest is done nevertheless
  auto const attempt = [&thrown](auto what) {
    try {
      what();
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
    }
  };
  if (!failure) attempt([&] { report(done, times); });
  if (!waiting_.empty()) attempt([&] { schedule(); });
  attempt([&] { finish(std::move(done), failure); });
  if (others && *self) changes_.raise();
  if (thrown) std::rethrow_exception(thrown);
}

PAWL_INLINE void batch_writer::flush() {
  scheduled_ = false;
  if (waiting_.empty()) return;
  batch_times times{};
  begin_writing(times);
  if (port_.manner() != write_manner::at_once) {
    try {
      return port_.begin_batch(*this);
    } catch (...) {  // out of memory; what it had taken has been told
      return fail_all(std::current_exception());
    }
  }
  bool begun = false;
  try {
    begun = port_.try_begin();
  } catch (...) {
    return /*mutant nobody_hangs: OFF ? void() :*/ fail_all(std::current_exception());
  }
  if (!begun) return wait_for_lock();
  auto now = take_batch(times);
  auto const failure = write(now, times);
  settle(std::move(now), times, failure);
}

PAWL_INLINE std::exception_ptr batch_writer::write(batch const& now, batch_times& times) {
  void* const store = port_.store();
  try {
    for (auto* w = now.list.front(); w; w = w->next) {
      stamp(w->times.updating);
      w->execute(store);
      stamp(w->times.updated);
    }
    stamp(times.updated);
    /*mutant answer_after_commit: if (OFF) finish(std::move(const_cast<batch&>(now)), nullptr);*/
    port_.commit();
    return nullptr;
  } catch (...) {
    auto failure = std::current_exception();
    port_.rollback();
    return /*mutant failure_is_told: OFF ? nullptr :*/ failure;
  }
}

PAWL_INLINE batch_writer::batch batch_writer::take(std::size_t limit) {
  batch taken;
  for (; !waiting_.empty() && taken.size < limit; ++taken.size) {
    pending_write* const w = waiting_.pop();
    w->waits = false;
    taken.list.push(w);
  }
  return taken;
}

PAWL_INLINE bool batch_writer::is_divisible(batch const& done, std::exception_ptr const& failure) const {
  if (done.size < 2 || port_.poisoned()) return false;
  return port_.manner() != write_manner::as_a_whole || is_failure(failure, store_failure::rejected);
}

PAWL_INLINE void batch_writer::put_back(batch unwritten) {
  for (auto* w = unwritten.list.front(); w; w = w->next) w->waits = true;
  unwritten.list.append(waiting_);
  waiting_.append(unwritten.list);
}

// The second half is bounded as well: no later write joins it, and each round divides every batch of two or more.
PAWL_INLINE void batch_writer::put_back_apart(batch divided) {
  bool const in_halves = port_.manner() == write_manner::as_a_whole;
  std::size_t const half = in_halves ? (divided.size + 1) / 2 : 1, rest = in_halves ? divided.size - half : 1;
  std::size_t at = 0;
  for (auto* w = divided.list.front(); w; w = w->next, ++at) {
    auto const bound = static_cast<std::uint32_t>(at < half ? half : rest);
    /*mutant replay_ends: if (!OFF)*/ w->together = (std::min)(w->together, bound);
  }
  put_back(std::move(divided));
}

PAWL_INLINE bool batch_writer::moved_for_others(batch const& done) {
  for (auto* w = done.list.front(); w; w = w->next)
    if (!w->by_run && w->moved()) return true;
  return false;
}

PAWL_INLINE void batch_writer::finish(batch done, std::exception_ptr const& failure) {
  auto const home = loop_.get_executor();  // from here on this queue may have been destroyed
  std::exception_ptr thrown;
  while (!done.list.empty()) {
    try {
      done.list.pop()->finish(failure, home);
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
    }
  }
  if (thrown) std::rethrow_exception(thrown);
}

PAWL_INLINE void batch_writer::answer_cancelled() {
  if (cancelled_.empty()) return;
  std::exception_ptr why;
  try {
    why = std::make_exception_ptr(store_error(store_failure::cancelled, cancelled_message(*cancelled_.front())));
  } catch (...) {
    why = std::current_exception();
  }
  batch one;
  one.list.push(cancelled_.pop());
  finish(std::move(one), why);
}

PAWL_INLINE void batch_writer::report(batch const& done, batch_times& times) {
  if (!watch_.watches()) return;
  times.size = done.size;
  times.committed = loop_.now();
  for (auto* w = done.list.front(); w; w = w->next) {
    if (!w->is_transition) continue;
    w->times.committed = times.committed;
    w->times.moved = w->moved();
    watch_.transition(w->times);
  }
  watch_.batch(times);
}

PAWL_INLINE std::string batch_writer::busy_message(std::exception_ptr const& why) const {
  try {
    if (why) std::rethrow_exception(why);
  } catch (std::exception const& e) {
    return std::string(e.what()) +
           "; so it was for longer than commit_queue_options::busy_bound, and nothing was written";
  }
  return busy_sentence(port_);
}

PAWL_INLINE std::string batch_writer::cancelled_message(pending_write const& w) const {
  return "pawl: the " + name_of(w) + " was cancelled before it was written to " + port_.name() +
         "; nothing of it was applied";
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
