// The fields of an event, counted and reached.
#include <any>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pawl/store/field.hpp>

#include "catch.hpp"

namespace field_test {

enum class scoped { one };
enum unscoped { two };
struct none {};
struct one {
  std::string a;
};
struct two_of_one_kind {
  std::string a, b;
};
struct with_defaults {
  std::string a = "x";
  std::int64_t b = 3;
};
struct optionals {
  std::optional<std::string> a;
  std::optional<int> b;
  std::optional<std::vector<std::byte>> c;
  std::optional<scoped> d;
};
struct mixed {
  std::vector<std::byte> a;
  bool b;
  double c;
  scoped d;
  std::optional<int> e;
  std::string f;
};
struct nested {
  std::array<int, 3> a;
  one b;
  int c;
};
struct eight {
  int a, b, c, d, e, f, g, h;
};
struct nine {
  int a, b, c, d, e, f, g, h, i;
};
struct parent {
  int a;
};
struct empty_parent {};
struct derived : parent {
  int b;
};
struct derived_of_nothing : empty_parent {};
struct constructed {
  explicit constructed(int);
};
struct hidden {
  int a;

 private:
  [[maybe_unused]] int b;
};

struct bits {
  unsigned a : 3;
  int b : 32;
  std::string c;
};
struct of_array {
  int a;
  char b[4];
};
struct of_two_arrays {
  char a[4];
  int b[2];
};
struct of_array_of_one {
  int a[1];
};
struct of_const {
  int const a;
};
struct of_const_text {
  std::string const a;
};
struct of_reference {
  int& a;
};
int nowhere = 0;
struct of_reference_with_a_default {
  std::string a;
  int& b = nowhere;
  std::string c;
};
struct of_const_reference {
  std::string const& a;
};
struct of_rvalue_reference {
  std::string&& a;
};
struct without_default {
  int a;
  constructed b;
};
struct of_any {
  std::any a;
};
struct of_volatile {
  int volatile a;
};
union one_of_two {
  int a;
  float b;
};

using pawl::detail::field_count;
using pawl::detail::plain_event;

static_assert(field_count<none> == 0);
static_assert(field_count<one> == 1);
static_assert(field_count<two_of_one_kind> == 2);
static_assert(field_count<with_defaults> == 2);
static_assert(field_count<optionals> == 4);
static_assert(field_count<mixed> == 6);
static_assert(field_count<nested> == 3);
static_assert(field_count<eight> == 8);
static_assert(field_count<nine> == 9);

static_assert(plain_event<none> && plain_event<mixed> && plain_event<with_defaults>);
static_assert(!plain_event<derived> && !plain_event<derived_of_nothing>, "the fields of a base could not be counted");
static_assert(!plain_event<constructed> && !plain_event<hidden>);

using pawl::detail::has_countable_fields;
using pawl::detail::recordable;

static_assert(recordable<none> && recordable<one> && recordable<two_of_one_kind> && recordable<with_defaults>);
static_assert(recordable<optionals> && recordable<mixed> && recordable<eight>);
static_assert(has_countable_fields<nested>() && has_countable_fields<nine>());
static_assert(!recordable<nested> && !recordable<nine> && !recordable<derived> && !recordable<hidden>);
static_assert(has_countable_fields<bits>() && !recordable<bits>);
static_assert(!has_countable_fields<of_array>() && !has_countable_fields<of_two_arrays>());
static_assert(has_countable_fields<of_array_of_one>() && !recordable<of_array_of_one>);
static_assert(!recordable<of_const> && !recordable<of_const_text> && !recordable<of_volatile>);
static_assert(!has_countable_fields<of_reference>() && !has_countable_fields<of_reference_with_a_default>());
static_assert(!recordable<of_const_reference> && !recordable<of_rvalue_reference>);
static_assert(!recordable<without_default> && !recordable<of_any> && !plain_event<one_of_two>);

static_assert(pawl::storable<std::string> && pawl::storable<std::optional<std::string>> && pawl::storable<bool>);
static_assert(pawl::storable<std::uint64_t> && pawl::storable<float> && pawl::storable<std::optional<double>>);
static_assert(pawl::storable<scoped> && pawl::storable<std::vector<std::byte>>);
static_assert(!pawl::storable<unscoped> && !pawl::storable<std::vector<char>> && !pawl::storable<char const*>);
static_assert(!pawl::storable<std::string_view> && !pawl::storable<long double> && !pawl::storable<one>);
static_assert(!pawl::storable<std::optional<std::optional<int>>>);

TEST_CASE("the fields of an event are reached in their order, and can be written", "[store]") {
  eight e{};
  int n = 0;
  std::apply([&](auto&... field) { ((field = ++n), ...); }, pawl::detail::fields_of(e));
  CHECK(std::tie(e.a, e.b, e.c, e.d, e.e, e.f, e.g, e.h) == std::tuple(1, 2, 3, 4, 5, 6, 7, 8));
  two_of_one_kind const texts{"x", "y"};
  CHECK(pawl::detail::fields_of(texts) == std::tuple(std::string("x"), std::string("y")));
}

}  // namespace field_test
