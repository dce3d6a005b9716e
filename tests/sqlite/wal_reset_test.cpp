// The SQLite releases that can lose data when several processes write, and the warning about it.
#include <string>
#include <string_view>

#include <pawl/sqlite/store.hpp>
#include <pawl/sqlite/wal_reset.hpp>

#include "catch.hpp"
#include "sqlite/fixture.hpp"
#include "store/filing.hpp"

namespace wal_reset_test {

using namespace sqlite_test;
using pawl::sqlite::has_wal_reset_bug;

TEST_CASE("the releases with the WAL-reset bug are 3.7.0 to 3.51.2, but for those into which the remedy was taken",
          "[sqlite]") {
  for (int const release : {3'007'000, 3'040'001, 3'044'005, 3'045'000, 3'050'000, 3'050'006, 3'051'000, 3'051'002}) {
    CAPTURE(release);
    CHECK(has_wal_reset_bug(release));
  }
  for (int const release :
       {3'006'023, 3'044'006, 3'044'999, 3'050'007, 3'050'999, 3'051'003, 3'052'000, 3'053'002, 4'000'000}) {
    CAPTURE(release);
    CHECK_FALSE(has_wal_reset_bug(release));
  }
  STATIC_REQUIRE(has_wal_reset_bug(3'051'002));
  STATIC_REQUIRE_FALSE(has_wal_reset_bug(3'051'003));
}

TEST_CASE("a store warns against being shared where the SQLite that runs has it, with its release and what to do",
          "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db(folder / "a.db", quick());
  pawl::sqlite::store<filing::file_lifecycle> store(db);
  std::string const warning = store.warning_when_shared();
  CHECK(warning.empty() == !has_wal_reset_bug(sqlite3_libversion_number()));
  if (warning.empty()) return;
  for (std::string_view const part :
       {std::string_view(db.path()), std::string_view(pawl::sqlite::database::version()),
        std::string_view("3.51.3, 3.50.7 and 3.44.6"), std::string_view("ownership::sole")}) {
    CAPTURE(part);
    CHECK(warning.find(part) != std::string::npos);
  }
}

}  // namespace wal_reset_test
