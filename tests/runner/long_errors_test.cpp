// Error texts of any length: kept to a bound in the store and the summary, whole for the observer.
#include <cstddef>
#include <string>
#include <vector>

#include <pawl/runner/run.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"

namespace long_errors_test {

using parcel::deliver;
using parcel::lose;
using parcel::pack;
using parcel::ship;
using parcel::state;
using pawl::trouble;

struct courier {
  std::string const* says;
  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) {
    if (it.key == "parcel 0") co_return trouble::permanent(*says);
    co_return ship{"t"};
  }
  pawl::one_of<deliver> operator()(parcel::item<state::sent>) { return trouble::permanent(*says); }
};
struct listener {
  std::vector<std::string> heard;
  void on_trouble(std::size_t, pawl::any_item<parcel::life> const&, trouble const& t) { heard.push_back(t.detail); }
};

TEST_CASE("a long error is kept cut in the store, the summary and a failure event, and heard whole", "[runner]") {
  std::string says;
  while (says.size() < 100'000) says += "<p>\u20ac</p>";
  pawl::loop<pawl::virtual_clock> loop;
  parcel::store memory;
  parcel::fill(memory, 2);
  listener hears;
  test_queue queue(loop, memory, hears);
  auto const sum = pawl::run(queue, courier{&says});
  CHECK(sum.failures == 1);
  CHECK(sum.parked == 1);
  CHECK(hears.heard == std::vector<std::string>{says, says});

  std::size_t const most = pawl::trouble_record::longest_error;
  auto const parked = memory.parked(10);
  REQUIRE(parked.size() == 1);
  auto const lost = memory.get("parcel 0");
  REQUIRE(lost.item);
  auto const event = memory.recorded<lose>(*lost.item);
  REQUIRE(event);
  REQUIRE(sum.first_parked.size() == 1);
  for (auto const& text : {parked[0].record.last_error, event->reason, sum.first_parked[0].why.detail}) {
    CHECK(text.size() <= most);
    CHECK(text.size() > most - 10);
    CHECK(text.find("<p>\u20ac</p>") != std::string::npos);
    CHECK(text.find("(cut, of 1000") != std::string::npos);
  }
}

TEST_CASE("an error of up to 4096 bytes is kept as it is", "[runner]") {
  std::string const kind = "permanent: ";
  std::string const says(4096 - kind.size(), 'x');
  pawl::loop<pawl::virtual_clock> loop;
  parcel::store memory;
  parcel::fill(memory, 2);
  test_queue queue(loop, memory);
  CHECK(pawl::run(queue, courier{&says}).parked == 1);
  CHECK(memory.parked(10)[0].record.last_error == kind + says);
}

}  // namespace long_errors_test
