// Slows down whoever guesses the token.
#ifndef PAWL_PAGE_GUESS_LIMIT_HPP
#define PAWL_PAGE_GUESS_LIMIT_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include <pawl/http/beast/resolve.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// The n-th wrong token within a minute is answered after n * 100 ms, at most 2 s, whoever sends it: addresses are cheap, and
// behind a proxy there is one. Answers that are held back keep their connections, so only so many are at a time: further
// tokens are not looked at until then, right ones neither.
class guess_limit {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::nanoseconds step = std::chrono::milliseconds(100), longest = std::chrono::seconds(2),
                                            window = std::chrono::minutes(1);

  guess_limit(event_loop& loop, std::size_t connections)
      : executor_(loop.get_executor()), most_held_((std::max)(std::size_t{1}, connections / 4)) {}

  bool is_full() const { return held_ >= most_held_; }
  // How long the answer to one more wrong token is to be held back.
  std::chrono::nanoseconds note(clock::time_point now) {
    while (!wrong_.empty() && now - wrong_.front() >= window) wrong_.pop_front();
    if (wrong_.size() == static_cast<std::size_t>(longest / step)) wrong_.pop_front();  // more make it no longer
    wrong_.push_back(now);
    return static_cast<std::chrono::nanoseconds::rep>(wrong_.size()) * step;
  }
  // Notes one, and waits for so long, without the console's lane.
  task<void> hold_back() {
    boost::asio::steady_timer timer(executor_, note(clock::now()));
    ++held_;
    auto waiting = timer.async_wait(http::detail::as_error);
    co_await std::move(waiting);
    --held_;
  }

 private:
  event_loop::executor_type executor_;
  std::size_t most_held_;
  std::size_t held_ = 0;
  std::deque<clock::time_point> wrong_{};  // of the last minute; at most the 20 that count
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
