// Each option has its range.
#include <chrono>
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/postgres/options.hpp>

#include "catch.hpp"

namespace postgres_options_test {
using namespace std::chrono_literals;
using pawl::postgres::options;

// What is said of the option; empty: it is accepted.
std::string said_of(options const& chosen) {
  try {
    pawl::postgres::detail::check(chosen);
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::refused);
    return e.what();
  }
  return {};
}

TEST_CASE("an option is refused by name just past its bound, and taken at it", "[postgres]") {
  struct bound {
    std::string_view name;
    std::chrono::milliseconds options::*option;
    std::chrono::milliseconds least;
  };
  CHECK(said_of({}).empty());
  for (bound const& one :
       {bound{"connect_within", &options::connect_within, 1ms}, bound{"answer_within", &options::answer_within, 1ms},
        bound{"outage_bound", &options::outage_bound, 0ms}}) {
    INFO(one.name);
    options chosen;
    chosen.*one.option = one.least;
    CHECK(said_of(chosen).empty());
    for (auto const too_small : {one.least - 1ms, -1ms, std::chrono::milliseconds::min()}) {
      chosen.*one.option = too_small;
      std::string const said = said_of(chosen);
      CHECK(said.find("the option " + std::string(one.name) + " must be ") != std::string::npos);
    }
  }
}

}  // namespace postgres_options_test
