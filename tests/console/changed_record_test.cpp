// What an operator makes of an item's record, whatever database it is in; and times read back from text.
#include <optional>
#include <string>

#include <pawl/console/changed_record.hpp>
#include <pawl/console/utc_time.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"

namespace changed_record_test {

using namespace console_test;
using namespace pawl::detail;
using record = std::optional<pawl::trouble_record>;

TEST_CASE("to release an item is to give it no record, if it has one", "[console]") {
  CHECK_FALSE(released_record()(record()));
  CHECK(released_record()(parked())->empty());
  CHECK_FALSE(released_record()(marked()));
  CHECK_FALSE(released_record{"", 7}(marked()));
  CHECK(released_record{"", -7}(marked())->empty());
}

TEST_CASE("a parked item keeps its attempts and its doubt, and says whose deed it was", "[console]") {
  auto doubtful = delayed(5);
  doubtful.in_doubt = true;
  auto const made = parked_record{"ada: ill"}(doubtful);
  REQUIRE(made);
  CHECK(made->parked);
  CHECK(made->in_doubt);
  CHECK(made->attempts == 1);
  CHECK_FALSE(made->next_at);
  CHECK(made->run == 0);
  CHECK(made->last_error == "parked by ada: ill");
  CHECK_FALSE(parked_record{"ada: ill"}(made));
  CHECK(parked_record{""}(record())->last_error == "parked by hand");
  CHECK(parked_record{std::string(10'000, 'x')}(record())->last_error.size() <= pawl::trouble_record::longest_error);
}

TEST_CASE("an item that is started later is delayed as by its program, and no longer for a doubt", "[console]") {
  auto const late = started_record{at(9)}(delayed(5));
  REQUIRE(late);
  CHECK(late->next_at == at(9));
  CHECK(late->attempts == 1);
  CHECK(pawl::is_delayed_by(*late, pawl::delayed_by::program));
  CHECK_FALSE(started_record{at(9)}(late));
  auto doubtful = parked();
  doubtful.in_doubt = true;
  auto const settled = started_record{at(9)}(doubtful);
  REQUIRE(settled);
  CHECK_FALSE(settled->parked);
  CHECK_FALSE(settled->in_doubt);
  CHECK(started_record{at(9)}(marked())->in_doubt);
}

TEST_CASE("a time is read as it is written, and nothing else is one", "[console]") {
  CHECK(read_utc("1970-01-12T13:47:40.000000") == at(1'000'060));
  CHECK(read_utc("1970-01-12 13:47:40") == at(1'000'060));
  CHECK(read_utc("1970-01-12T13:47Z") == at(1'000'020));
  CHECK(read_utc("1970-01-02") == at(86'400));
  CHECK(read_utc("1969-12-31T23:59:59.25Z") == at(-1) + std::chrono::milliseconds(250));
  CHECK(read_utc("2000-02-29T23:59:59.123456789Z")->time_since_epoch().count() % 1'000'000'000 == 123'456'789);
  for (auto const* wrong :
       {"", "now", "1970", "1970-1-1", "1970-02-30", "2001-02-29", "1970-01-01T", "1970-01-01T1:00", "1970-01-01T24:00",
        "1970-01-01T10:60", "1970-01-01T10:00:61", "1970-01-01T10:00:00.", "1970-01-01T10:00:00.1234567890",
        "1970-01-01T10:00+02:00", "1970-01-01T10:00ZZ", "0001-01-01", "9999-12-31", "-970-01-01"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_utc(wrong));
  }
}

}  // namespace changed_record_test
