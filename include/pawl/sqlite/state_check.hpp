// Detects CHECK constraints that depend on the state alone: each target state then needs to be checked only once.
#ifndef PAWL_SQLITE_STATE_CHECK_HPP
#define PAWL_SQLITE_STATE_CHECK_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/compiled.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

// For `CHECK(state IN ('a','b','c'))` SQLite builds an in-memory table of the list for each updated row: about 40 % of
// the cost of a transition in the benchmark's table (SQLite 3.40). A transition writes a state that is fixed in its
// statement, so the result is always the same.
namespace pawl::inline PAWL_ABI::sqlite::detail {

// nullopt if SQLite cannot tell: out of memory, or an authorizer denies the pragma.
std::optional<bool> ignores_checks(connection const& c) noexcept;

// While it lives, statements are compiled without CHECKs. SQLite sets the flag when it compiles the pragma; running the
// pragma would in addition make it recompile every prepared statement, so it is never run. Nothing else may run in this
// scope either: a user's callback might compile a statement.
class without_checks {
 public:
  explicit without_checks(connection& c) noexcept : connection_(&c) {
    compile(c, "PRAGMA ignore_check_constraints=ON");  // may fail after setting the flag
  }
  without_checks(without_checks const&) = delete;
  without_checks& operator=(without_checks const&) = delete;
  // Restores CHECKs for the user's statements. If that fails, no further statement can be compiled on this connection.
  ~without_checks();

 private:
  connection* connection_;
};

// Without CHECKs only until the schema changes: SQLite then recompiles the statement, with CHECKs.
statement prepare_without_checks(connection& c, std::string_view sql);

// The instructions of an UPDATE as listed by EXPLAIN.
struct program {
  std::size_t instructions = 0, parameters = 0;
  bool calls_functions = false;
  bool calls_programs = false;  // of triggers or foreign keys, which could involve the CHECKs of other tables

  // nullopt if the listing could not be read completely.
  static std::optional<program> of(compiled const& explained);
};

// True if every CHECK that runs on an UPDATE of the state column depends on that column alone. SQLite omits CHECKs that
// mention no updated column; therefore the answer is yes if an UPDATE of all other columns compiles to the same program
// with and without CHECKs. False if SQLite cannot tell: every CHECK then runs every time.
bool checks_state_alone(connection& c, std::string_view table, std::string_view column);

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/state_check_impl.hpp>
#endif

#endif
