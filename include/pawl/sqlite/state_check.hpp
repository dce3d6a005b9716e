// A CHECK that looks at the state alone: of a state that a statement names it needs to be asked once.
#ifndef PAWL_SQLITE_STATE_CHECK_HPP
#define PAWL_SQLITE_STATE_CHECK_HPP

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/error.hpp>
#include <pawl/version.hpp>

// SQLite builds a table in memory for the list of `CHECK(state IN ('a','b','c'))`, and again for each row that is
// updated: some 40 % of a transition in the table of the benchmark (SQLite 3.40). A transition writes a state that its
// statement names, so that the answer is always the same.
namespace pawl::inline PAWL_ABI::sqlite::detail {

// A program as SQLite compiled it, as far as it tells whether CHECKs are in it.
struct compiled {
  std::size_t instructions = 0;
  bool calls_functions = false;

  static compiled of(connection& c, std::string const& sql) {
    compiled program;
    statement s(c, "EXPLAIN " + sql);
    while (s.step()) {
      ++program.instructions;
      program.calls_functions |= s.text(1) == "Function" || s.text(1) == "PureFunc";
    }
    return program;
  }
};

inline bool ignores_checks(connection& c) {
  statement s(c, "PRAGMA ignore_check_constraints");
  return s.step() && s.integer(0) != 0;
}

// While it lives, statements are compiled without CHECKs. SQLite sets this flag where the pragma is compiled; to run it
// would only have every prepared statement compiled anew, so it is not run.
class without_checks {
 public:
  explicit without_checks(connection& c) : connection_(&c) { statement(c, "PRAGMA ignore_check_constraints=ON"); }
  without_checks(without_checks const&) = delete;
  without_checks& operator=(without_checks const&) = delete;
  // The user's own statements keep their CHECKs, whatever happens.
  ~without_checks() {
    try {
      statement off(*connection_, "PRAGMA ignore_check_constraints=OFF");
      if (ignores_checks(*connection_)) off.step();
      if (!ignores_checks(*connection_)) return;
    } catch (std::exception const&) {}
    connection_->poison(SQLITE_ERROR, ", when CHECK constraints were to be switched on again");
  }

 private:
  connection* connection_;
};

// Prepared as long as the schema is what it is: where it has changed SQLite compiles a statement anew, then with CHECKs.
inline statement prepare_without_checks(connection& c, std::string_view sql) {
  without_checks const scope(c);
  return {c, sql};
}

// Whether the CHECKs of a table that an UPDATE of the state meets look at nothing else. SQLite tells: it leaves out of an
// UPDATE what mentions no column that is updated, so that one of all other columns is the same with and without them. A
// trigger, or a foreign key, could bring in CHECKs of other tables.
inline bool checks_state_alone(connection& c, std::string_view table, std::string_view state) {
  auto const is_there = [&](std::string_view sql) {
    statement s(c, sql);
    s.bind(1, table);
    return s.step();
  };
  auto const others = [&] {
    statement s(c,
                "SELECT group_concat(printf('\"%w\"=\"%w\"',name,name)) FROM pragma_table_info(?1) "
                "WHERE name<>?2 COLLATE NOCASE");
    s.bind(1, table);
    s.bind(2, state);
    return s.step() ? "rowid=rowid," + std::string(s.text(0)) : std::string();
  };
  if (ignores_checks(c)) return false;  // the user wants none
  if (statement keys(c, "PRAGMA foreign_keys"); !keys.step() || keys.integer(0) != 0) return false;
  if (is_there("SELECT 1 FROM (SELECT type,tbl_name FROM sqlite_schema UNION ALL SELECT type,tbl_name FROM "
               "sqlite_temp_schema) WHERE type='trigger' AND tbl_name=?1 COLLATE NOCASE"))
    return false;
  std::string const update = "UPDATE [" + std::string(table) + "] SET ";
  std::string const of_state = update + "[" + std::string(state) + "]=?1 WHERE rowid=?2", of_others = update + others();
  try {
    auto const state_with = compiled::of(c, of_state), others_with = compiled::of(c, of_others);
    without_checks const scope(c);
    auto const state_without = compiled::of(c, of_state), others_without = compiled::of(c, of_others);
    return state_with.instructions > state_without.instructions && !state_with.calls_functions &&
           others_with.instructions == others_without.instructions;
  } catch (store_error const& e) {
    if (e.what_failed() != store_failure::rejected) throw;
    return false;  // a column that nobody can write
  }
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
