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
compiled compile(connection const& c, char const* sql) noexcept;

// Nothing where SQLite does not say, for want of memory or because an authorizer forbids to ask.
std::optional<bool> ignores_checks(connection const& c) noexcept;

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
  ~without_checks();

 private:
  connection* connection_;
};

// Prepared as long as the schema is what it is: where it has changed SQLite compiles a statement anew, then with CHECKs.
statement prepare_without_checks(connection& c, std::string_view sql);

// What an UPDATE has SQLite do, as EXPLAIN lists it.
struct program {
  std::size_t instructions = 0, parameters = 0;
  bool calls_functions = false;
  bool calls_programs = false;  // of a trigger or of a foreign key: they could bring in CHECKs of other tables

  // Nothing where it could not be read to its end.
  static std::optional<program> of(compiled const& explained);
};

// Whether the CHECKs of a table that an UPDATE of the state meets look at nothing else. SQLite tells: it leaves out of an
// UPDATE what mentions no column that is updated, so that one of all other columns is the same with and without them.
// Where SQLite does not tell the answer is no, and each CHECK is asked each time.
bool checks_state_alone(connection& c, std::string_view table, std::string_view column);

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/state_check_impl.hpp>
#endif

#endif
