// The loop as the mock uses it, with sleeps that end early once a stop is requested.
#ifndef BATCH_BENCHMARK_STOPPABLE_CLOCK_HPP
#define BATCH_BENCHMARK_STOPPABLE_CLOCK_HPP

#include <chrono>
#include <cstddef>
#include <list>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <pawl/pawl.hpp>

namespace batch_benchmark {

// All on the loop's thread. It must outlive its sleepers.
template <class Loop> class stoppable_clock {
 public:
  template <class T> using task = pawl::task<T>;

  explicit stoppable_clock(Loop& loop) : loop_(loop) {}
  stoppable_clock(stoppable_clock const&) = delete;
  stoppable_clock& operator=(stoppable_clock const&) = delete;

  std::chrono::nanoseconds now() const { return loop_.now(); }
  // Throws boost::system::system_error (operation_aborted) when it is ended early.
  pawl::task<void> sleep(std::chrono::nanoseconds d) {
    registration const mine(*this);
    co_await loop_.sleep(d, boost::asio::bind_cancellation_slot(mine.at->slot(), pawl::await));
  }
  // Ends all sleeps that are under way.
  void end_sleeps() {
    for (auto& sleeper : sleepers_) sleeper.emit(boost::asio::cancellation_type::terminal);
  }
  std::size_t sleepers() const { return sleepers_.size(); }

 private:
  using signals = std::list<boost::asio::cancellation_signal>;
  struct registration {
    explicit registration(stoppable_clock& clock) : owner(clock), at(owner.sleepers_.emplace(owner.sleepers_.end())) {}
    registration(registration const&) = delete;
    registration& operator=(registration const&) = delete;
    ~registration() { owner.sleepers_.erase(at); }
    stoppable_clock& owner;
    signals::iterator at;
  };

  Loop& loop_;
  signals sleepers_;
};

}  // namespace batch_benchmark

#endif
