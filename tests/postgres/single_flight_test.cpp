// Several that wait for what one of them does: who is given up leaves, and the others go on.
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <pawl/loop/cancel.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/postgres/single_flight.hpp>

#include "catch.hpp"

namespace single_flight_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;

// Three coroutines that may be given up wait for one thing.
struct three {
  explicit three(std::chrono::nanoseconds long_enough) : takes(long_enough) {
    for (std::size_t i = 0; i < 3; ++i)
      asio::co_spawn(loop.get_executor(), wait(*this),
                     asio::bind_cancellation_slot(signals[i].slot(), [this, i](std::exception_ptr failure) {
                       failures[i] = failure;
                       ended[i] = true;
                       all_ended = ended[0] && ended[1] && ended[2];
                     }));
    loop.wait(loop.sleep(1ms));
  }
  static pawl::task<void> wait(three& all) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    auto waiting = all.flight.run([&all] { return all.done; }, [&all] { return act(all); });
    co_await std::move(waiting);
  }
  static pawl::task<void> act(three& all) {
    ++all.acts;
    co_await all.loop.sleep(all.takes);
    all.done = true;
  }
  void give_up(std::size_t i) { pawl::detail::cancel_through(signals[i], asio::cancellation_type::total); }

  pawl::loop<> loop{};
  pawl::postgres::detail::single_flight flight{loop};
  std::array<asio::cancellation_signal, 3> signals{};
  std::array<std::exception_ptr, 3> failures{};
  std::array<bool, 3> ended{};
  bool all_ended = false;
  std::chrono::nanoseconds takes;
  int acts = 0;
  bool done = false;
};

TEST_CASE("of those who wait for one thing all can be given up at once", "[postgres]") {
  three all(5s);  // or else it is done
  for (std::size_t i = 0; i < 3; ++i) all.give_up(i);
  all.loop.run_until(all.all_ended);
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(all.failures[i]);
  }
}

TEST_CASE("whoever is given up leaves the others as they are", "[postgres]") {
  auto const which = GENERATE(as<std::size_t>{}, 0, 1, 2);  // the one that acts, or one that waits
  three all(100ms);
  all.give_up(which);
  all.loop.run_until(all.all_ended);
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(static_cast<bool>(all.failures[i]) == (i == which));
  }
  CHECK(all.done);
  CHECK(all.acts == (which == 0 ? 2 : 1));
}

}  // namespace single_flight_test
