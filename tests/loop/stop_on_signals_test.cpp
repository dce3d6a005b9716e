// Signals that ask a loop to stop.
#include <csignal>
#include <string>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/stop_on_signals.hpp>

#include "catch.hpp"

namespace stop_on_signals_test {

TEST_CASE("the first signal requests a stop on the loop's thread, and is told", "[loop]") {
  for (int const number : {SIGINT, SIGTERM}) {
    CAPTURE(number);
    auto const before = std::signal(number, SIG_IGN);
    {
      pawl::loop<> loop;
      pawl::stop_source source;
      pawl::stop_on_signals const watch(loop, source);
      CHECK(watch.signal() == 0);
      CHECK_FALSE(source.stop_requested());
      REQUIRE(std::raise(number) == 0);
      bool stopped = false;
      pawl::stop_callback const on_stop(source.get_token(), [&stopped] { stopped = true; });
      loop.run_until(stopped);
      CHECK(watch.signal() == number);
      CHECK(source.stop_requested());
    }
    CHECK(std::signal(number, before) == SIG_IGN);  // as it was found
  }
}

TEST_CASE("a process has one watch for signals at a time", "[loop]") {
  pawl::loop<> loop;
  pawl::stop_source source;
  {
    pawl::stop_on_signals const watch(loop, source);
    try {
      pawl::stop_on_signals const second(loop, source);
      FAIL("there are two");
    } catch (pawl::error const& e) {
      CHECK(e.id() == std::string("stop_on_signals.second"));
    }
  }
  pawl::stop_on_signals const later(loop, source);
  CHECK(later.signal() == 0);
}

}  // namespace stop_on_signals_test
