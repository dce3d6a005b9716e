// The columns of a mapping as plain data.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/store/written_column.hpp>

#include "catch.hpp"
#include "store/filing.hpp"

namespace written_column_test {

using namespace pawl::detail;

TEST_CASE("a mapping is a list of columns, by event, each with what is written to it", "[store]") {
  struct known {
    std::string_view event, name;
    field_kind kind;
    bool may_be_null;
    int bits;
  };
  std::vector<known> const expected = {
      {"pack", "text", field_kind::text, false, 0},      {"pack", "number", field_kind::integer, false, 64},
      {"pack", "big", field_kind::integer, false, 64},   {"pack", "flag", field_kind::integer, false, 1},
      {"pack", "weight", field_kind::real, false, 64},   {"pack", "tag", field_kind::integer, false, 16},
      {"pack", "bytes", field_kind::bytes, false, 0},    {"pack", "note", field_kind::text, true, 0},
      {"weigh", "first", field_kind::integer, true, 32}, {"weigh", "second", field_kind::real, true, 64},
      {"send", "lane", field_kind::integer, false, 8}};
  auto const& columns = written_columns_of<cargo::crates_table>;
  REQUIRE(columns.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(expected[i].name);
    CHECK(columns[i].event == expected[i].event);
    CHECK(columns[i].name == expected[i].name);
    CHECK(columns[i].kind == expected[i].kind);
    CHECK(columns[i].may_be_null == expected[i].may_be_null);
    CHECK(int{columns[i].bits} == expected[i].bits);
  }
}

TEST_CASE("an integer's width is that of the signed integer which holds all of its values", "[store]") {
  CHECK(bits_of_field<bool>() == 1);
  CHECK(bits_of_field<std::uint8_t>() == 16);
  CHECK(bits_of_field<std::uint16_t>() == 32);
  CHECK(bits_of_field<std::int32_t>() == 32);
  CHECK(bits_of_field<std::optional<std::uint32_t>>() == 64);
  CHECK(bits_of_field<std::uint64_t>() == 64);
  CHECK(bits_of_field<float>() == 32);
  CHECK(bits_of_field<std::string>() == 0);
}

}  // namespace written_column_test
