// Asks the console one question at a time, and no more than its share of the loop's time.
#ifndef PAWL_PAGE_CONSOLE_LANE_HPP
#define PAWL_PAGE_CONSOLE_LANE_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include <pawl/error.hpp>
#include <pawl/http/beast/resolve.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// A question to a local database occupies the loop's thread, so each is followed by a pause in proportion. A question
// to a server may hang: whoever waits gets error "page.busy" when the patience is over, and the question keeps its place
// until it is answered, for two at a time might meet within the console.
class console_lane : public std::enable_shared_from_this<console_lane> {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::nanoseconds longest_pause = std::chrono::seconds(5);
  enum class turn : std::uint8_t { after_pause, at_once };  // the latter for what takes no time

  console_lane(event_loop& loop, double share, std::chrono::nanoseconds patience)
      : executor_(loop.get_executor()), share_(share), patience_(patience) {}

  // What the question answers or throws.
  template <class T> task<T> ask(task<T> question, turn when = turn::after_pause) {
    auto const self = shared_from_this();
    auto const until = saturated_sum(clock::now(), patience_);
    auto entering = enter(until, when == turn::at_once);
    co_await std::move(entering);
    auto const asked = std::make_shared<answered<T>>(executor_, until);
    spawn(executor_, carry_out(self, std::move(question), asked), {&forget, asked});
    if (!asked->ended) {
      auto waiting = asked->bell.async_wait(http::detail::as_error);
      co_await std::move(waiting);
    }
    if (!asked->ended) throw too_slow();
    if (asked->failure) std::rethrow_exception(asked->failure);
    co_return std::move(*asked->value);
  }
  // A question would begin at once.
  bool is_free() const { return !busy_ && waiting_.empty() && clock::now() >= free_at_; }

 private:
  template <class T> struct answered {
    answered(event_loop::executor_type executor, clock::time_point until) : bell(executor, until) {}
    boost::asio::steady_timer bell;
    bool ended = false;
    std::optional<T> value{};
    std::exception_ptr failure{};
  };
  static void forget(std::shared_ptr<void>&, std::exception_ptr) {}
  static error too_slow() {
    return error("page.busy",
                 "pawl: the database has not answered in time; it may be busy, or its server out of reach");
  }

  template <class T>
  static task<void> carry_out(std::shared_ptr<console_lane> self, task<T> question, std::shared_ptr<answered<T>> into) {
    auto const begun = clock::now();
    try {
      into->value.emplace(co_await std::move(question));
    } catch (...) {
      into->failure = std::current_exception();
    }
    self->leave(clock::now() - begun);
    into->ended = true;
    into->bell.cancel();
  }

  task<void> enter(clock::time_point until, bool at_once) {
    auto const mine = std::make_shared<boost::asio::steady_timer>(executor_);
    waiting_.insert(at_once ? waiting_.begin() : waiting_.end(), mine);
    while (busy_ || waiting_.front() != mine || (!at_once && clock::now() < free_at_)) {
      if (clock::now() >= until) {
        std::erase(waiting_, mine);
        wake_first();
        throw too_slow();
      }
      bool const only_paused = !busy_ && waiting_.front() == mine;
      mine->expires_at(only_paused ? (std::min)(until, free_at_) : until);
      auto waiting = mine->async_wait(http::detail::as_error);
      co_await std::move(waiting);
    }
    waiting_.pop_front();
    busy_ = true;
  }
  void leave(std::chrono::nanoseconds took) {
    auto const pause = std::chrono::duration<double, std::nano>(took) * (1 / share_ - 1);
    auto const longest = (std::min)(longest_pause, patience_ / 2);  // else nobody would ever be answered
    bool const is_long = pause > std::chrono::duration<double, std::nano>(longest);
    free_at_ = clock::now() + (is_long ? longest : std::chrono::duration_cast<std::chrono::nanoseconds>(pause));
    busy_ = false;
    wake_first();
  }
  void wake_first() {
    if (!waiting_.empty()) waiting_.front()->cancel();
  }

  event_loop::executor_type executor_;
  double share_;
  std::chrono::nanoseconds patience_;
  std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting_{};
  clock::time_point free_at_{};
  bool busy_ = false;
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
