// How SQLite converts values according to the declared type of their column.
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <pawl/sqlite/schema.hpp>

#include "catch.hpp"

namespace schema_test {

using namespace pawl::sqlite::detail;

TEST_CASE("a declared type has the affinity that SQLite's rules give it, in their order", "[sqlite]") {
  struct known {
    std::string declared;
    affinity is;
  };
  for (auto const& [declared, is] :
       {known{"INTEGER", affinity::integer}, known{"unsigned big int", affinity::integer},
        known{"CHARINT", affinity::integer},  // INT comes first
        known{"varchar(10)", affinity::text}, known{"CLOB", affinity::text}, known{"Text", affinity::text},
        known{"", affinity::blob}, known{"blob", affinity::blob}, known{"ANY", affinity::numeric},
        known{"REAL", affinity::real}, known{"float", affinity::real}, known{"DOUBLE PRECISION", affinity::real},
        known{"DECIMAL(10,5)", affinity::numeric}, known{"{odd}", affinity::numeric}}) {
    CAPTURE(declared);
    CHECK(affinity_of(declared) == is);
  }
  CHECK(affinity_of("any", true) == affinity::blob);  // in a STRICT table
}

TEST_CASE("a field survives in the columns that give it back as it was", "[sqlite]") {
  using all = std::initializer_list<affinity>;
  for (auto const a : all{affinity::text, affinity::blob})
    CHECK(survives(pawl::detail::kind_of_field<std::string>(), a));
  for (auto const a : all{affinity::integer, affinity::real, affinity::numeric})
    CHECK_FALSE(survives(pawl::detail::kind_of_field<std::string>(), a));
  for (auto const a : all{affinity::text, affinity::blob, affinity::integer, affinity::numeric})
    CHECK(survives(pawl::detail::kind_of_field<std::optional<int>>(), a));
  CHECK_FALSE(survives(pawl::detail::kind_of_field<int>(), affinity::real));
  for (auto const a : all{affinity::blob, affinity::integer, affinity::real, affinity::numeric})
    CHECK(survives(pawl::detail::kind_of_field<double>(), a));
  CHECK_FALSE(survives(pawl::detail::kind_of_field<std::optional<double>>(), affinity::text));
  for (auto const a : all{affinity::text, affinity::blob, affinity::integer, affinity::real, affinity::numeric})
    CHECK(survives(pawl::detail::kind_of_field<std::vector<std::byte>>(), a));
}

TEST_CASE("a column of a STRICT table keeps what its type is for, and ANY keeps everything", "[sqlite]") {
  struct known {
    field_kind kind;
    std::set<std::string> kept_in;
  };
  for (auto const& [kind, kept_in] :
       {known{field_kind::time, {"TEXT", "ANY"}}, known{field_kind::text, {"TEXT", "ANY"}},
        known{field_kind::integer, {"INT", "INTEGER", "TEXT", "ANY"}}, known{field_kind::real, {"REAL", "ANY"}},
        known{field_kind::bytes, {"BLOB", "ANY"}},
        known{field_kind::cleared, {"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"}}})
    for (std::string const declared : {"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"}) {
      CAPTURE(declared, static_cast<int>(kind));
      CHECK(survives(kind, column_type(declared, true)) == kept_in.contains(declared));
    }
}

}  // namespace schema_test
