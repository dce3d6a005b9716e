// The trouble record of an item.
#include <chrono>
#include <cstddef>

#include <pawl/store/trouble_record.hpp>

#include "catch.hpp"

namespace trouble_record_test {

using pawl::trouble_record;

trouble_record with(void (*change)(trouble_record&)) {
  trouble_record made;
  change(made);
  return made;
}
pawl::stored_time const later{std::chrono::microseconds(7)};

TEST_CASE("records are equal if they say the same, in each of their parts", "[store]") {
  CHECK(trouble_record() == trouble_record());
  for (auto const& other : {with([](auto& r) { r.attempts = 1; }), with([](auto& r) { r.recoveries = 1; }),
                            with([](auto& r) { r.next_at = later; }), with([](auto& r) { r.since = later; }),
                            with([](auto& r) { r.parked = true; }), with([](auto& r) { r.in_doubt = true; }),
                            with([](auto& r) { r.run = 1; }), with([](auto& r) { r.last_error = "no"; })}) {
    CHECK_FALSE(other == trouble_record());
    CHECK(other == trouble_record(other));
  }
}

TEST_CASE("a record that says nothing is empty, and any word of trouble fills it", "[store]") {
  CHECK(trouble_record().empty());
  CHECK(with([](auto& r) { r.run = 1; }).empty());
  CHECK_FALSE(with([](auto& r) { r.attempts = 1; }).empty());
  CHECK_FALSE(with([](auto& r) { r.recoveries = 1; }).empty());
  CHECK_FALSE(with([](auto& r) { r.next_at = later; }).empty());
  CHECK_FALSE(with([](auto& r) { r.parked = true; }).empty());
  CHECK_FALSE(with([](auto& r) { r.in_doubt = true; }).empty());
}

TEST_CASE("a mark only says that a step was begun: it holds nobody back", "[store]") {
  auto const mark = with([](auto& r) { r.in_doubt = true; });
  CHECK(mark.is_mark());
  CHECK_FALSE(mark.holds_back());
  CHECK_FALSE(with([](auto& r) { r.in_doubt = r.parked = true; }).is_mark());
  CHECK(with([](auto& r) { r.next_at = later; }).holds_back());
  CHECK_FALSE(trouble_record().is_mark());
}

TEST_CASE("counts of troubles are equal if each is", "[store]") {
  using pawl::trouble_counts;
  CHECK(trouble_counts{1, 2, 3} == trouble_counts{1, 2, 3});
  CHECK_FALSE(trouble_counts{1, 2, 3} == trouble_counts{0, 2, 3});
  CHECK_FALSE(trouble_counts{1, 2, 3} == trouble_counts{1, 0, 3});
  CHECK_FALSE(trouble_counts{1, 2, 3} == trouble_counts{1, 2, 0});
}

}  // namespace trouble_record_test
