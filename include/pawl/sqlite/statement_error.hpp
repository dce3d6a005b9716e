// Tells an error of a statement, which every row would meet, from an error of the row that it was run for.
#ifndef PAWL_SQLITE_STATEMENT_ERROR_HPP
#define PAWL_SQLITE_STATEMENT_ERROR_HPP

#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/compiled.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// An error of the row (a constraint, a value too big) is `rejected`: the item is to blame, and others are not concerned.
// These are `refused` instead, and end a run without blaming an item:
//
// - SQLite cannot compile the statement, or not any more: a table, a column, a function or a right is missing;
// - a trigger of the user's raises whatever the row holds.
//
// SQLite's code alone does not tell: SQLITE_ERROR is also what a function answers for one row's value, and every trigger
// that raises is SQLITE_CONSTRAINT_TRIGGER.

// The exception for sqlite3_prepare's error code. Poisons the connection if the code calls for it.
store_error failure_to_compile(connection& c, std::string_view sql, int code);

// The same for sqlite3_step's, called before the statement is reset.
store_error failure_to_step(connection& c, sqlite3_stmt* s, int code);

// True if a trigger that this statement runs raises this message for every row: it raises before it has read a value of
// the row, or before anything on which it could branch. A trigger of a trigger does not count, because it may depend on
// the row whether that runs.
bool raises_for_every_row(connection const& c, sqlite3_stmt* s, std::string_view message);

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/statement_error_impl.hpp>
#endif

#endif
