// Implements statement_error: compiling a failed statement again, and reading what its triggers do.
#ifndef PAWL_SQLITE_STATEMENT_ERROR_IMPL_HPP
#define PAWL_SQLITE_STATEMENT_ERROR_IMPL_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/compiled.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/statement_error.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

constexpr bool concerns_the_schema(int code) noexcept {
  int const primary = code & 0xff;
  return primary == SQLITE_ERROR || primary == SQLITE_SCHEMA || primary == SQLITE_AUTH;
}

PAWL_INLINE store_error failure_to_compile(connection& c, std::string_view sql, int code) {
  store_error const failed = c.failure(code, sql);
  return concerns_the_schema(code) ? store_error(store_failure::refused, failed.what()) : failed;
}

PAWL_INLINE store_error failure_to_step(connection& c, sqlite3_stmt* s, int code) {
  std::string const message = code == SQLITE_CONSTRAINT_TRIGGER ? sqlite3_errmsg(c.handle) : "";
  store_error failed = c.failure(code, sqlite3_sql(s));
  auto const refused = [&failed](char const* why) {
    return store_error(store_failure::refused, text({failed.what(), why}));
  };
  if (/*mutant schema_error_blames_no_item: !OFF &&*/ concerns_the_schema(code) && !compile(c, sqlite3_sql(s)))
    return refused("; the tables have changed since this statement was prepared, or a right was taken away");
  if (!message.empty() && raises_for_every_row(c, s, message) /*mutant trigger_blames_no_item: && !OFF*/)
    return refused("; a trigger raises this for every row");
  return failed;
}

// What the listing of a trigger's program, read from its top, says about a RAISE.
class trigger_listing {
 public:
  void read(std::string_view instruction) {
    if (instruction == "Param") reads_row_ = true;
    constexpr std::string_view straight[] = {"Init",     "Trace",   "Noop",       "Null",       "Integer", "Int64",
                                             "Real",     "String8", "Param",      "Copy",       "SCopy",   "OpenWrite",
                                             "NewRowid", "Insert",  "MakeRecord", "ResetCount", "Affinity"};
    for (std::string_view const one : straight)
      if (instruction == one) return;
    may_branch_ = true;
  }
  // If it raises here.
  bool does_always() const { return !reads_row_ || !may_branch_; }

 private:
  bool reads_row_ = false, may_branch_ = false;
};

PAWL_INLINE bool raises_for_every_row(connection const& c, sqlite3_stmt* s, std::string_view message) {
  auto const explained = compile(c, text({"EXPLAIN ", sqlite3_sql(s)}).c_str());
  auto const column = [&explained](int i) {
    auto const* const found = reinterpret_cast<char const*>(sqlite3_column_text(explained.get(), i));
    return found == nullptr ? std::string_view() : std::string_view(found);
  };
  auto const number = [&explained](int i) { return sqlite3_column_int(explained.get(), i); };
  // The statement's own program comes first, then those of its triggers, then those of their triggers.
  std::size_t programs = 0, triggers = 0;
  trigger_listing listing;
  // The words of a RAISE stand in its instruction, or since SQLite 3.47 in a register, which the one before it has filled.
  std::string words;
  int words_in = 0;
  while (sqlite3_step(explained.get()) == SQLITE_ROW) {
    std::string_view const instruction = column(1);
    if (instruction == "Init" && programs++ > triggers) return false;
    if (instruction == "Init") listing = {};
    if (programs == 1) {
      triggers += instruction == "Program" ? 1U : 0U;
    } else if (instruction == "Halt" && number(2) == SQLITE_CONSTRAINT_TRIGGER &&
               (number(4) != 0 && number(4) == words_in ? std::string_view(words) : column(5)) == message &&
               listing.does_always()) {
      return true;
    }
    if (instruction == "String8") {
      words = column(5);
      words_in = number(3);
    }
    listing.read(instruction);
  }
  return false;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
