#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <pawl/runner/engine/row_map.hpp>

#include "catch.hpp"

namespace row_map_test {

using pawl::detail::row_map;
using pawl::detail::row_memo;

TEST_CASE("a row map holds what std::map holds, whatever is inserted and erased", "[engine]") {
  std::mt19937_64 random(GENERATE(1u, 2u, 3u, 4u));
  // Rows that are dense, far apart, negative, and such that collide in a small table.
  std::vector<std::int64_t> rows;
  for (std::int64_t i = -20; i < 20; ++i) {
    rows.push_back(i);
    rows.push_back(i << 32);
    rows.push_back(INT64_MAX - (i + 20));
  }
  row_map map;
  std::map<std::int64_t, row_memo> expected;
  for (int step = 0; step < 20000; ++step) {
    auto const row = rows[random() % rows.size()];
    row_memo const memo{.version = static_cast<std::int64_t>(random() % 9),
                        .life = static_cast<std::int64_t>(random() % 3),
                        .state = static_cast<std::size_t>(random() % 4)};
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:
        CHECK(map.insert(row, memo) == expected.try_emplace(row, memo).second);
        break;
      case 3:
        map[row] = memo;
        expected[row] = memo;
        break;
      case 4:
        if (random() % 500 == 0) {
          map.clear();
          expected.clear();
        }
        break;
      default:
        map.erase(row);
        expected.erase(row);
    }
    REQUIRE(map.size() == expected.size());
    REQUIRE(map.contains(row) == (expected.count(row) == 1));
  }
  for (auto const row : rows) {
    REQUIRE(map.contains(row) == (expected.count(row) == 1));
    if (expected.count(row) == 1) CHECK(map[row] == expected[row]);
  }
}

}  // namespace row_map_test
