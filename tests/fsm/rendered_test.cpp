#include <cstdint>
#include <string_view>

#include <pawl/fsm/rendered.hpp>

#include "catch.hpp"

namespace fsm_test {

struct sentence {
  constexpr void operator()(pawl::detail::text_out out) const {
    out("page ");
    out.number(0);
    out(' ');
    out.number(UINT64_MAX);
  }
};
// Writers may also be templates and take whatever they are given.
struct any_out {
  template <class Out> constexpr void operator()(Out out) const { out("as you like"); }
};
struct silence {
  constexpr void operator()(pawl::detail::text_out) const {}
};

TEST_CASE("a rendered text is what its writer writes", "[fsm]") {
  REQUIRE(pawl::detail::rendered<sentence{}>::view == "page 0 18446744073709551615");
  REQUIRE(pawl::detail::rendered<any_out{}>::view == "as you like");
  REQUIRE(pawl::detail::rendered<silence{}>::view.empty());
}

TEST_CASE("a rendered text is followed by a NUL", "[fsm]") {
  REQUIRE(pawl::detail::rendered<any_out{}>::view.data()[11] == '\0');
  REQUIRE(pawl::detail::rendered<silence{}>::view.data()[0] == '\0');
}

}  // namespace fsm_test
