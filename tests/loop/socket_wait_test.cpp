// Waiting for a socket that something else owns.
#include <chrono>
#include <exception>
#include <memory>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pawl/loop/cancel.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/socket_wait.hpp>

#include "catch.hpp"

namespace socket_wait_test {
using pawl::detail::socket_interest;
using pawl::detail::socket_readiness;
using pawl::detail::socket_wait;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct pair_of_sockets {
  pair_of_sockets() {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    for (int const end : ends) REQUIRE(::fcntl(end, F_SETFL, O_NONBLOCK) == 0);
  }
  ~pair_of_sockets() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  // From any thread.
  void send() const {
    if (::write(ends[1], "x", 1) != 1) std::terminate();
  }
  void receive() const {
    char c = 0;
    REQUIRE(::read(ends[0], &c, 1) == 1);
  }
  void fill() const {
    char const some[4096] = {};
    while (::write(ends[0], some, sizeof some) > 0) {}
  }
  void hang_up() { ::close(std::exchange(ends[1], -1)); }

  int ends[2] = {-1, -1};
};

steady_clock::time_point within(int ms) { return steady_clock::now() + milliseconds(ms); }

TEST_CASE("a socket is told readable as often as there is something to read", "[loop]") {
  pair_of_sockets sockets;
  pawl::loop<> loop;
  socket_wait wait(loop, sockets.ends[0]);
  CHECK(loop.wait(wait.wait(socket_interest::readable, within(20))) == socket_readiness::timed_out);
  sockets.send();
  for (int round = 0; round < 2; ++round)  // also where it was readable before
    CHECK(loop.wait(wait.wait(socket_interest::readable, within(5000))) == socket_readiness::readable);
  sockets.receive();
  CHECK(loop.wait(wait.wait(socket_interest::readable, within(20))) == socket_readiness::timed_out);
}

TEST_CASE("a wait for either ends with what comes first", "[loop]") {
  pair_of_sockets sockets;
  pawl::loop<> loop;
  socket_wait wait(loop, sockets.ends[0]);
  CHECK(loop.wait(wait.wait(socket_interest::writable, within(5000))) == socket_readiness::writable);
  CHECK(loop.wait(wait.wait(socket_interest::either, within(5000))) == socket_readiness::writable);
  sockets.fill();
  CHECK(loop.wait(wait.wait(socket_interest::either, within(20))) == socket_readiness::timed_out);
  sockets.send();
  CHECK(loop.wait(wait.wait(socket_interest::either, within(5000))) == socket_readiness::readable);
}

TEST_CASE("a hung-up socket is ready", "[loop]") {
  pair_of_sockets sockets;
  pawl::loop<> loop;
  socket_wait wait(loop, sockets.ends[0]);
  sockets.hang_up();
  CHECK(loop.wait(wait.wait(socket_interest::readable, within(5000))) == socket_readiness::readable);
}

TEST_CASE("the descriptor is its owner's before, meanwhile and after", "[loop]") {
  pair_of_sockets sockets;
  pawl::loop<> loop;
  {
    socket_wait wait(loop, sockets.ends[0]);
    CHECK(loop.wait(wait.wait(socket_interest::readable, within(1))) == socket_readiness::timed_out);
  }
  CHECK(::fcntl(sockets.ends[0], F_GETFD) >= 0);
  socket_wait again(loop, sockets.ends[0]);
  sockets.send();
  CHECK(loop.wait(again.wait(socket_interest::readable, within(5000))) == socket_readiness::readable);
}

TEST_CASE("a virtual clock does not jump while a socket is waited for", "[loop]") {
  pair_of_sockets sockets;
  pawl::loop<pawl::virtual_clock> loop;
  socket_wait wait(loop, sockets.ends[0]);
  bool slept = false, finished = false, slept_before = true;
  boost::asio::co_spawn(loop.get_executor(), loop.sleep(std::chrono::hours(1)),
                        [&slept](std::exception_ptr) { slept = true; });
  boost::asio::co_spawn(loop.get_executor(), wait.wait(socket_interest::readable, within(20'000)),
                        [&](std::exception_ptr, socket_readiness found) {
                          CHECK(found == socket_readiness::readable);
                          slept_before = slept;
                          finished = true;
                        });
  std::thread other([&sockets] {
    std::this_thread::sleep_for(milliseconds(100));
    sockets.send();
  });
  loop.run_until(finished);
  other.join();
  CHECK_FALSE(slept_before);
  loop.run_until(slept);  // and it jumps as soon as nothing is waited for
}

TEST_CASE("a cancelled wait throws operation_aborted, and the next one works", "[loop]") {
  pair_of_sockets sockets;
  pawl::loop<> loop;
  socket_wait wait(loop, sockets.ends[0]);
  boost::asio::cancellation_signal signal;
  bool finished = false;
  std::exception_ptr why;
  boost::asio::co_spawn(
      loop.get_executor(), wait.wait(socket_interest::readable, within(20'000)),
      boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr failure, socket_readiness) {
        why = failure;
        finished = true;
      }));
  loop.wait(loop.sleep(milliseconds(1)));
  pawl::detail::cancel_through(signal);
  loop.run_until(finished);
  REQUIRE(why);
  try {
    std::rethrow_exception(why);
  } catch (boost::system::system_error const& e) {
    CHECK(e.code() == boost::asio::error::operation_aborted);
  }
  sockets.send();
  CHECK(loop.wait(wait.wait(socket_interest::readable, within(5000))) == socket_readiness::readable);
}

TEST_CASE("a loop that is destroyed drops the coroutine that waits for a socket", "[loop]") {
  pair_of_sockets sockets;
  auto loop = std::make_unique<pawl::loop<>>();
  auto const witness = std::make_shared<int>(0);
  auto const body = [](pawl::event_loop& on, int descriptor, std::shared_ptr<int> kept) -> pawl::task<void> {
    socket_wait wait(on, descriptor);
    auto waiting = wait.wait(socket_interest::either, within(20'000));
    co_await std::move(waiting);
    static_cast<void>(kept);
  };
  sockets.fill();
  boost::asio::co_spawn(loop->get_executor(), body(*loop, sockets.ends[0], witness),
                        [](std::exception_ptr) { FAIL("it ended"); });
  loop->wait(loop->sleep(milliseconds(1)));
  CHECK(witness.use_count() == 2);
  loop.reset();
  CHECK(witness.use_count() == 1);
}

}  // namespace socket_wait_test
