#include <type_traits>

#include <pawl/fsm/type_list.hpp>

#include "catch.hpp"

namespace fsm_test {

struct left {};
struct right {};
using sides = pawl::type_list<left, right, left const, int>;

TEST_CASE("a type list tells how many types it has", "[fsm]") {
  STATIC_REQUIRE(pawl::type_list<>::size == 0);
  STATIC_REQUIRE(sides::size == 4);
}

TEST_CASE("a type is found by its index, and its index by the type", "[fsm]") {
  STATIC_REQUIRE(std::is_same_v<pawl::detail::nth_t<0, sides>, left>);
  STATIC_REQUIRE(std::is_same_v<pawl::detail::nth_t<3, sides>, int>);
  STATIC_REQUIRE(pawl::detail::index_in<right, sides> == 1);
  STATIC_REQUIRE(pawl::detail::index_in<left const, sides> == 2);
}

TEST_CASE("a type that stands nowhere has the size of the list as its index", "[fsm]") {
  STATIC_REQUIRE(pawl::detail::index_in<long, sides> == sides::size);
  STATIC_REQUIRE(pawl::detail::index_in<long, pawl::type_list<>> == 0);
}

TEST_CASE("the same type at two places is found by either index", "[fsm]") {
  using twice = pawl::type_list<left, right, left>;
  STATIC_REQUIRE(std::is_same_v<pawl::detail::nth_t<2, twice>, left>);
  STATIC_REQUIRE(pawl::detail::index_in<left, twice> == 0);
}

}  // namespace fsm_test
