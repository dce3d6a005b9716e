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
#include <string>
#include <string_view>
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

// Which question is asked first where several wait: in this order, those of one kind in the order in which they came.
enum class turn : std::uint8_t {
  at_once,  // takes no time: does not wait for a pause
  action,   // of a person, who waits for the pause, but no longer than longest_wait
  reading,  // the same
  counting  // of nobody in particular: waits for the whole pause, and for as long as it takes
};

// A question to a local database occupies the loop's thread, so each is followed by a pause in proportion to its length.
// A question to a server may hang: whoever waits gets error "page.busy" when the patience is over, and the question keeps
// its place until it is answered, for two at a time might meet within the console. Error "page.not_asked" where it had not
// begun, and never will.
class console_lane : public std::enable_shared_from_this<console_lane> {
 public:
  using clock = std::chrono::steady_clock;

  console_lane(event_loop& loop, double share, std::chrono::nanoseconds patience)
      : executor_(loop.get_executor()),
        share_(share),
        patience_(patience),
        longest_wait_((std::min)(std::chrono::nanoseconds(std::chrono::seconds(5)), patience / 2)) {}

  // What the question answers or throws.
  template <class T> task<T> ask(task<T> question, turn when = turn::reading) {
    auto const self = shared_from_this();
    auto const most = when == turn::counting ? std::chrono::nanoseconds(std::chrono::hours(24 * 365)) : patience_;
    auto const until = saturated_sum(clock::now(), most);
    auto entering = enter(until, when);
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
  // Any question would begin at once.
  bool is_free() const { return !busy_ && waiting_.empty() && clock::now() >= free_at_; }
  bool is_busy() const { return busy_; }
  // A counting would not wait longer for the pause than a person does.
  bool is_free_soon() const { return free_at_ - clock::now() <= longest_wait_; }
  std::chrono::nanoseconds patience() const { return patience_; }

  // The question that is being asked has taken longer than it may where all is well: a counting may take some time.
  bool is_overdue() const {
    return busy_ && clock::now() - begun_ > (asking_ == turn::counting ? longest_counting * patience_ : patience_);
  }
  // When the last question was answered, and with what failure; empty: none. A misuse is an answer.
  std::optional<clock::time_point> answered_at() const { return answered_at_; }
  std::string const& last_failure() const { return last_failure_; }

  static error too_slow() {
    return error("page.busy",
                 "pawl: the database has not answered in time; it may be busy, or its server out of reach");
  }

 private:
  static constexpr int longest_counting = 6;                  // times the patience
  static constexpr double longest_pause = 24.0 * 3600 * 1e9;  // in ns: any share has one that can be told
  template <class T> struct answered {
    answered(event_loop::executor_type executor, clock::time_point until) : bell(executor, until) {}
    boost::asio::steady_timer bell;
    bool ended = false;
    std::optional<T> value{};
    std::exception_ptr failure{};
  };
  struct waiter {
    waiter(event_loop::executor_type executor, turn what) : bell(executor), when(what) {}
    boost::asio::steady_timer bell;
    turn when;
  };
  static void forget(std::shared_ptr<void>&, std::exception_ptr) {}

  template <class T>
  static task<void> carry_out(std::shared_ptr<console_lane> self, task<T> question, std::shared_ptr<answered<T>> into) {
    try {
      into->value.emplace(co_await std::move(question));
    } catch (...) {
      into->failure = std::current_exception();
    }
    self->leave(into->failure);
    into->ended = true;
    into->bell.cancel();
  }

  task<void> enter(clock::time_point until, turn when) {
    auto const mine = std::make_shared<waiter>(executor_, when);
    auto const later = [when](std::shared_ptr<waiter> const& other) { return other->when > when; };
    waiting_.insert(std::find_if(waiting_.begin(), waiting_.end(), later), mine);
    for (auto now = clock::now(); !may_begin(*mine, now); now = clock::now()) {
      if (now >= until) {
        std::erase(waiting_, mine);
        wake_all();
        throw error("page.not_asked",
                    "pawl: the database is busy with an earlier question, so this one was not asked; try again");
      }
      bool const only_paused = !busy_ && ready_at(when) > now;  // else whoever comes before wakes this one
      mine->bell.expires_at(only_paused ? (std::min)(until, ready_at(when)) : until);
      auto waiting = mine->bell.async_wait(http::detail::as_error);
      co_await std::move(waiting);
    }
    std::erase(waiting_, mine);
    busy_ = true;
    asking_ = when;
    begun_ = clock::now();
  }
  bool may_begin(waiter const& mine, clock::time_point now) const {
    if (busy_) return false;
    for (auto const& one : waiting_) {
      bool const is_ready = ready_at(one->when) <= now;
      if (one.get() == &mine) return is_ready;
      if (is_ready) return false;
    }
    return false;
  }
  clock::time_point ready_at(turn when) const {
    if (when == turn::at_once) return {};
    return when == turn::counting ? free_at_ : people_at_;
  }
  void leave(std::exception_ptr const& failure) {
    auto const now = clock::now();
    double const pause = static_cast<double>((now - begun_).count()) * (1 / share_ - 1);
    std::chrono::nanoseconds const rest{static_cast<std::int64_t>((std::min)(pause, longest_pause))};
    free_at_ = (std::max)(free_at_, now + rest);  // a short question does not end the pause of a long one
    people_at_ = (std::max)(people_at_, now + (std::min)(rest, longest_wait_));
    busy_ = false;
    answered_at_ = now;
    last_failure_ = words_of(failure);
    wake_all();
  }
  static std::string words_of(std::exception_ptr const& failure) {
    if (!failure) return {};
    try {
      std::rethrow_exception(failure);
    } catch (store_error const& e) {
      return e.what_failed() == store_failure::misuse ? std::string() : or_id(e);
    } catch (error const& e) {
      return or_id(e);
    } catch (std::exception const& e) {
      return *e.what() == '\0' ? "an exception without words" : e.what();
    }
  }
  static std::string or_id(error const& e) {
    return std::string(*e.what() == '\0' ? e.id() : std::string_view(e.what()));
  }
  void wake_all() {
    for (auto const& one : waiting_) one->bell.cancel();
  }

  event_loop::executor_type executor_;
  double share_;
  std::chrono::nanoseconds patience_;
  std::chrono::nanoseconds longest_wait_;  // of a person for a pause: else nobody would ever be answered
  std::deque<std::shared_ptr<waiter>> waiting_{};
  clock::time_point free_at_{};    // after the whole pause
  clock::time_point people_at_{};  // after as much of it as people wait for
  bool busy_ = false;
  turn asking_ = turn::reading;  // while busy, and since when
  clock::time_point begun_{};
  std::optional<clock::time_point> answered_at_{};
  std::string last_failure_{};
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
