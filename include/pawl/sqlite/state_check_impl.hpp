// Implements checks_state_alone() and prepare_without_checks() from what SQLite compiles with and without CHECKs.
#ifndef PAWL_SQLITE_STATE_CHECK_IMPL_HPP
#define PAWL_SQLITE_STATE_CHECK_IMPL_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/compiled.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/state_check.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE std::optional<bool> ignores_checks(connection const& c) noexcept {
  auto const flag = compile(c, "PRAGMA ignore_check_constraints");
  if (sqlite3_step(flag.get()) != SQLITE_ROW) return std::nullopt;
  return sqlite3_column_int(flag.get(), 0) != 0;
}

PAWL_INLINE without_checks::~without_checks() {
  /*mutant check_switched_on: if (OFF) return;*/
  auto const off = compile(*connection_, "PRAGMA ignore_check_constraints=OFF");
  if (off && ignores_checks(*connection_) == true) sqlite3_step(off.get());
  if (ignores_checks(*connection_) == false) return;
  sqlite3_limit(connection_->handle, SQLITE_LIMIT_SQL_LENGTH, 0);
  connection_->poison(SQLITE_ERROR, ", while switching CHECK constraints on again");
}

PAWL_INLINE statement prepare_without_checks(connection& c, std::string_view sql) {
  without_checks const scope(c);
  return {c, sql};
}

PAWL_INLINE std::optional<program> program::of(compiled const& explained) {
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

PAWL_INLINE bool checks_state_alone(connection& c, std::string_view table, std::string_view column) {
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
  if (ignores_checks(c) != false) return false;  // the user has switched CHECKs off
  auto const explain = [&](std::string const& sql) { return program::of(compile(c, sql.c_str())); };
  auto const explain_without_checks = [&](std::string const& sql) {
    auto const compile_so = [&] {
      without_checks const scope(c);
      return compile(c, sql.c_str());
    };
    return program::of(compile_so());  // after the scope has ended, because nothing may run in it
  };
  auto const state = explain(of_state), unchecked_state = explain_without_checks(of_state);
  auto const others = explain(of_others), unchecked_others = explain_without_checks(of_others);
  if (!state || !unchecked_state || !others || !unchecked_others) return false;
  if (state->calls_functions || state->calls_programs || others->calls_programs) return false;
  if (others->parameters != count) return false;  // an authorizer made SQLite omit a column
  if (others->instructions != unchecked_others->instructions /*mutant check_of_others: && !OFF*/) return false;
  return state->instructions > unchecked_state->instructions;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
