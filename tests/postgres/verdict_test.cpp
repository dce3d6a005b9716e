// What became of a transaction, word by word.
#include <string_view>

#include <pawl/postgres/verdict.hpp>

#include "catch.hpp"

namespace postgres_verdict_test {
using namespace pawl::postgres::detail;

TEST_CASE("each SQLSTATE before and at COMMIT has its verdict", "[postgres]") {
  struct line {
    std::string_view sqlstate;
    verdict before, committing;
  };
  using enum verdict;
  line const table[] = {
      {"40P01", again, again},         {"40001", again, again},         {"55P03", again, again},
      {"57014", again, again},         {"53100", again, again},         {"53200", again, again},
      {"22021", rejected, rejected},   {"22001", rejected, rejected},   {"23505", rejected, rejected},
      {"23514", rejected, rejected},   {"21000", rejected, rejected},   {"54000", rejected, rejected},
      {"42804", rejected, rejected},   {"P0001", rejected, rejected},   {"", reconnect, unknown},
      {"57P01", reconnect, unknown},   {"57P02", reconnect, unknown},   {"08006", reconnect, unknown},
      {"08007", unknown, unknown},     {"40003", unknown, unknown},     {"57P03", reconnect, reconnect},
      {"53300", reconnect, reconnect}, {"25006", reconnect, reconnect}, {"42P01", refused, refused},
      {"42703", refused, refused},     {"42501", refused, refused},     {"28P01", refused, refused},
      {"3D000", refused, refused},     {"26000", pooled, pooled},       {"42P05", pooled, pooled},
      {"XX000", again, unknown},       {"58030", again, unknown},       {"40002", rejected, rejected},
      {"57P05", reconnect, unknown},   {"08001", reconnect, unknown},   {"25P02", reconnect, reconnect},
      {"28000", refused, refused},     {"3F000", refused, refused},     {"0A000", refused, refused},
      {"2201X", rejected, rejected},   {"23502", rejected, rejected},   {"53400", again, again},
      {"42883", rejected, rejected},   {"57P04", reconnect, unknown}};
  for (line const& one : table) {
    INFO(one.sqlstate);
    CHECK(verdict_of_error(one.sqlstate, false) == one.before);
    CHECK(verdict_of_error(one.sqlstate, true) == one.committing);
  }
}

TEST_CASE("only the tag COMMIT without a warning acknowledges", "[postgres]") {
  CHECK(verdict_of_commit("COMMIT", false) == verdict::acknowledged);
  CHECK(verdict_of_commit("COMMIT", true) == verdict::unknown);
  CHECK(verdict_of_commit("ROLLBACK", false) == verdict::again);
  CHECK(verdict_of_commit("", false) == verdict::again);
}

}  // namespace postgres_verdict_test
