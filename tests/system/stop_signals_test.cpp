// SIGINT and SIGTERM as something to wait for.
#include <csignal>
#include <optional>
#include <string>

#include <unistd.h>

#include <pawl/error.hpp>
#include <pawl/system/posix/stop_signals.hpp>

#include "catch.hpp"
#include "child_process.hpp"

namespace stop_signals_test {

using pawl::detail::posix::stop_signals;

TEST_CASE("the first signal makes the reader readable, and is told", "[system]") {
  stop_signals signals;
  int const reader = signals.take_reader();
  char byte = 0;
  CHECK(::read(reader, &byte, 1) == -1);
  CHECK(signals.signal() == 0);
  std::raise(SIGTERM);
  CHECK(::read(reader, &byte, 1) == 1);
  CHECK(signals.signal() == SIGTERM);
  ::close(reader);
}

TEST_CASE("the second signal ends the process", "[system]") {
  child_process child([] {
    stop_signals signals;
    std::raise(SIGINT);
    if (signals.signal() != SIGINT) return 1;
    std::raise(SIGTERM);
    return 2;
  });
  CHECK(child.wait() == 128 + SIGTERM);
}

TEST_CASE("a second one is refused while the first lives", "[system]") {
  std::optional<stop_signals> first(std::in_place);
  try {
    stop_signals second;
    FAIL("it was made");
  } catch (pawl::error const& e) {
    CHECK(std::string(e.id()) == "stop_on_signals.second");
  }
  first.reset();
  stop_signals const third;
  CHECK(third.signal() == 0);
}

void ignore(int) {}

TEST_CASE("the dispositions that were there before are restored", "[system]") {
  struct ::sigaction own {
  }, found{}, before{};
  own.sa_handler = ignore;
  ::sigaction(SIGINT, &own, &before);
  {
    stop_signals const signals;
    ::sigaction(SIGINT, nullptr, &found);
    CHECK(found.sa_handler != ignore);
  }
  ::sigaction(SIGINT, nullptr, &found);
  CHECK(found.sa_handler == ignore);
  ::sigaction(SIGINT, &before, nullptr);
}

TEST_CASE("a signal for a child ends the child and is none for its parent", "[system]") {
  stop_signals signals;
  child_process child([] {
    for (;;) ::pause();
    return 0;
  });
  ::kill(child.pid(), SIGTERM);
  CHECK(child.wait() == 128 + SIGTERM);
  CHECK(signals.signal() == 0);
}

}  // namespace stop_signals_test
