// Recorded events as bytes.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/store/record.hpp>

#include "catch.hpp"
#include "store/filing.hpp"

namespace record_test {

using namespace pawl::detail;
using namespace std::string_literals;

struct narrow {
  std::int8_t a;
};
struct wide {
  std::int64_t a;
};
struct longer {
  std::int64_t a;
  std::string b = "default";
};
template <class Event> std::string fields(Event const& e) {
  std::string out;
  write_fields(out, e);
  return out;
}
std::optional<std::string> record_of(std::string_view data, std::string_view name) {
  std::optional<std::string_view> found;
  REQUIRE(find_record(data, name, found));
  return found ? std::optional(std::string(*found)) : std::nullopt;
}

TEST_CASE("an event with every kind of field comes back from its bytes as it was", "[store]") {
  cargo::pack const packed{"nul \0 and \xff\xfe"s,
                           (std::numeric_limits<std::int64_t>::min)(),
                           (std::numeric_limits<std::uint64_t>::max)(),
                           true,
                           -0.1,
                           cargo::label::fragile,
                           {std::byte{0}, std::byte{255}},
                           std::nullopt};
  cargo::pack back{};
  back.note = "to be overwritten";
  REQUIRE(read_fields(fields(packed), back));
  CHECK(back == packed);
}

TEST_CASE("bytes that are cut off anywhere are refused", "[store]") {
  cargo::pack const packed{"text", 1, 2, false, 3.5, cargo::label::plain, {std::byte{1}}, "note"};
  std::string const whole = fields(packed);
  cargo::pack back{};
  REQUIRE(read_fields(whole, back));
  int refused = 0;
  for (std::size_t size = 1; size < whole.size(); ++size)
    refused += read_fields(std::string_view(whole).substr(0, size), back) ? 0 : 1;
  // Only at the ends of whole fields the rest may be fields that the event had not yet.
  CHECK(refused == static_cast<int>(whole.size()) - 1 - 7);
}

TEST_CASE("a field that was added to the end keeps its default where an older record lacks it", "[store]") {
  longer back{};
  REQUIRE(read_fields(fields(wide{5}), back));
  CHECK(back.a == 5);
  CHECK(back.b == "default");
}

TEST_CASE("a record with more fields, another type, or a number that does not fit is refused", "[store]") {
  wide w{};
  CHECK_FALSE(read_fields(fields(longer{1, "x"}), w));
  CHECK_FALSE(read_fields(fields(filing::fail_upload{"text"}), w));
  narrow n{};
  CHECK_FALSE(read_fields(fields(wide{128}), n));
  CHECK(read_fields(fields(wide{-128}), n));
}

TEST_CASE("merging keeps the latest of each name and leaves the others as they were", "[store]") {
  std::string one, two, three;
  REQUIRE(merge_record(one, "", "a", "first"));
  REQUIRE(merge_record(two, one, "b", "other"));
  REQUIRE(merge_record(three, two, "a", "second, longer"));
  CHECK(record_of(three, "a") == "second, longer");
  CHECK(three.size() == two.size() + std::string_view("second, longer").size() - std::string_view("first").size());
  CHECK(record_of(three, "b") == "other");
  CHECK_FALSE(record_of(three, "c"));
  CHECK_FALSE(record_of("", "a"));
}

TEST_CASE("damaged records are neither read nor merged", "[store]") {
  std::string whole, out;
  REQUIRE(merge_record(whole, "", "a", "first"));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    std::string_view const cut = std::string_view(whole).substr(0, size);
    std::optional<std::string_view> found;
    CHECK_FALSE(find_record(cut, "a", found));
    CHECK_FALSE(merge_record(out, cut, "b", "x"));
  }
}

}  // namespace record_test
