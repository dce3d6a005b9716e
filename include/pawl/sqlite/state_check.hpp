// A CHECK that looks at the state alone: of a state that a statement names it needs to be asked once.
#ifndef PAWL_SQLITE_STATE_CHECK_HPP
#define PAWL_SQLITE_STATE_CHECK_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

// SQLite builds a table in memory for the list of `CHECK(state IN ('a','b','c'))`, and again for each row that is
// updated: some 40 % of a transition in the table of the benchmark (SQLite 3.40). A transition writes a state that its
// statement names, so that the answer is always the same.
namespace pawl::inline PAWL_ABI::sqlite::detail {

// Compiled by SQLite itself and not a `statement`: what fails here poisons nothing, and it is done on a poisoned
// connection too.
class compiled {
 public:
  explicit compiled(sqlite3_stmt* s) noexcept : statement_(s) {}
  compiled(compiled const&) = delete;
  compiled& operator=(compiled const&) = delete;
  ~compiled() { sqlite3_finalize(statement_); }

  sqlite3_stmt* get() const noexcept { return statement_; }
  explicit operator bool() const noexcept { return statement_ != nullptr; }

 private:
  sqlite3_stmt* statement_;
};
inline compiled compile(connection const& c, char const* sql) noexcept {
  sqlite3_stmt* s = nullptr;
  sqlite3_prepare_v2(c.handle, sql, -1, &s, nullptr);
  return compiled(s);
}

// Nothing where SQLite does not say, for want of memory or because an authorizer forbids to ask.
inline std::optional<bool> ignores_checks(connection const& c) noexcept {
  auto const flag = compile(c, "PRAGMA ignore_check_constraints");
  if (sqlite3_step(flag.get()) != SQLITE_ROW) return std::nullopt;
  return sqlite3_column_int(flag.get(), 0) != 0;
}

// While it lives, statements are compiled without CHECKs. SQLite sets this flag where the pragma is compiled; to run it
// would only have every prepared statement compiled anew, so it is not run. Nothing is run while it lives: a callback of
// the user's might compile a statement.
class without_checks {
 public:
  explicit without_checks(connection& c) noexcept : connection_(&c) {
    compile(c, "PRAGMA ignore_check_constraints=ON");  // may fail and have set the flag
  }
  without_checks(without_checks const&) = delete;
  without_checks& operator=(without_checks const&) = delete;
  // The user's own statements keep their CHECKs, whatever happens: if need be, no more statements are compiled at all.
  ~without_checks() {
    /*mutant check_switched_on: if (OFF) return;*/
    auto const off = compile(*connection_, "PRAGMA ignore_check_constraints=OFF");
    if (off && ignores_checks(*connection_) == true) sqlite3_step(off.get());
    if (ignores_checks(*connection_) == false) return;
    sqlite3_limit(connection_->handle, SQLITE_LIMIT_SQL_LENGTH, 0);
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

// What an UPDATE has SQLite do, as EXPLAIN lists it.
struct program {
  std::size_t instructions = 0, parameters = 0;
  bool calls_functions = false;
  bool calls_programs = false;  // of a trigger or of a foreign key: they could bring in CHECKs of other tables

  // Nothing where it could not be read to its end.
  static std::optional<program> of(compiled const& explained) {
    program p;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(explained.get())) == SQLITE_ROW) {
      auto const* const name = reinterpret_cast<char const*>(sqlite3_column_text(explained.get(), 1));
      if (name == nullptr) return std::nullopt;
      std::string_view const instruction(name);
      ++p.instructions;
      p.parameters += instruction == "Variable" ? 1U : 0U;
      p.calls_functions |= instruction == "Function" || instruction == "PureFunc";
      p.calls_programs |= instruction == "Program";
    }
    return code == SQLITE_DONE ? std::optional(p) : std::nullopt;
  }
};

// Whether the CHECKs of a table that an UPDATE of the state meets look at nothing else. SQLite tells: it leaves out of an
// UPDATE what mentions no column that is updated, so that one of all other columns is the same with and without them.
// Where SQLite does not tell the answer is no, and each CHECK is asked each time.
inline bool checks_state_alone(connection& c, std::string_view table, std::string_view column) {
  std::string const of_state = text({"EXPLAIN UPDATE [", table, "] SET [", column, "]=?1 WHERE rowid=?2"});
  std::string of_others = text({"EXPLAIN UPDATE [", table, "] SET rowid=?1"});
  std::size_t count = 1;
  {
    statement s(c, "SELECT name FROM pragma_table_xinfo(?1) WHERE hidden=0 AND name<>?2 COLLATE NOCASE");
    s.bind(1, table);
    s.bind(2, column);
    for (; s.step(); ++count) {
      of_others += ",\"";
      for (char const letter : s.text(0)) of_others.append(letter == '"' ? 2 : 1, letter);
      of_others += "\"=?1";
    }
  }
  if (ignores_checks(c) != false) return false;  // the user wants none
  auto const explain = [&](std::string const& sql) { return program::of(compile(c, sql.c_str())); };
  auto const explain_without_checks = [&](std::string const& sql) {
    auto const compile_so = [&] {
      without_checks const scope(c);
      return compile(c, sql.c_str());
    };
    return program::of(compile_so());  // when the scope has ended: nothing is run in it
  };
  auto const state = explain(of_state), unchecked_state = explain_without_checks(of_state);
  auto const others = explain(of_others), unchecked_others = explain_without_checks(of_others);
  if (!state || !unchecked_state || !others || !unchecked_others) return false;
  if (state->calls_functions || state->calls_programs || others->calls_programs) return false;
  if (others->parameters != count) return false;  // an authorizer had SQLite leave a column out
  if (others->instructions != unchecked_others->instructions /*mutant check_of_others: && !OFF*/) return false;
  return state->instructions > unchecked_state->instructions;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
