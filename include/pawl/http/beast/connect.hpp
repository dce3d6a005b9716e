// Connects to the first of several addresses that answers.
#ifndef PAWL_HTTP_BEAST_CONNECT_HPP
#define PAWL_HTTP_BEAST_CONNECT_HPP

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/http/beast/resolve.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

// As RFC 8305 ("happy eyeballs"): an address that does not answer within 250 ms gets a rival, and the two families take
// turns. async_connect over a range would wait for the first one's whole deadline.
class connection_race : public std::enable_shared_from_this<connection_race> {
 public:
  static constexpr std::chrono::milliseconds head_start = std::chrono::milliseconds(250);

  struct result {
    std::optional<tcp::socket> socket{};
    boost::system::error_code error{};  // the last one; timed_out at `until`
  };

  static task<result> run(boost::asio::any_io_executor executor, std::vector<tcp::endpoint> addresses,
                          std::chrono::steady_clock::time_point until) {
    auto const race = std::make_shared<connection_race>(executor, by_turns(std::move(addresses)), until);
    end_at_exit const end{race};
    race->start_next();
    if (!race->over_) co_await race->done_.async_wait(as_error);
    if (race->winner_) co_return result{std::move(race->winner_), {}};
    co_return result{std::nullopt, race->over_ ? race->error_ : boost::asio::error::timed_out};
  }

  connection_race(boost::asio::any_io_executor executor, std::vector<tcp::endpoint> addresses,
                  std::chrono::steady_clock::time_point until)
      : executor_(executor), addresses_(std::move(addresses)), next_(executor), done_(executor, until) {}

 private:
  struct end_at_exit {
    std::shared_ptr<connection_race> race;
    ~end_at_exit() { race->end(); }
  };

  static std::vector<tcp::endpoint> by_turns(std::vector<tcp::endpoint> found) {
    std::vector<tcp::endpoint> first, second, turns;
    for (auto const& one : found)
      (one.address().is_v6() == found.front().address().is_v6() ? first : second).push_back(one);
    for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
      if (i < first.size()) turns.push_back(first[i]);
      if (i < second.size()) turns.push_back(second[i]);
    }
    return turns;
  }

  void start_next() {
    if (over_ || started_ == addresses_.size()) return;
    auto const self = shared_from_this();
    std::size_t const number = started_++;
    sockets_.push_back(std::make_unique<tcp::socket>(executor_));
    sockets_[number]->async_connect(addresses_[number], [self, number](boost::system::error_code error) {
      if (!self->over_) self->note(number, error);
    });
    if (started_ == addresses_.size()) return;
    next_.expires_after(head_start);
    next_.async_wait([self](boost::system::error_code error) {
      if (!error) self->start_next();
    });
  }
  void note(std::size_t number, boost::system::error_code error) {
    ++ended_;
    if (!error) {
      winner_ = std::move(*sockets_[number]);
      return end();
    }
    error_ = error;
    if (ended_ == addresses_.size()) return end();
    if (ended_ == started_) {
      next_.cancel();
      start_next();
    }
  }
  void end() {
    if (std::exchange(over_, true)) return;
    next_.cancel();
    boost::system::error_code ignored;
    for (auto& one : sockets_) one->close(ignored);
    done_.cancel();
  }

  boost::asio::any_io_executor executor_;
  std::vector<tcp::endpoint> addresses_;
  boost::asio::steady_timer next_;
  boost::asio::steady_timer done_;
  std::vector<std::unique_ptr<tcp::socket>> sockets_{};
  std::size_t started_ = 0;
  std::size_t ended_ = 0;
  bool over_ = false;
  std::optional<tcp::socket> winner_{};
  boost::system::error_code error_{};
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
