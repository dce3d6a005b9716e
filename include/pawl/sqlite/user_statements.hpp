// The user's own statements in the transaction of a transition: kept prepared, run, and undone alone.
#ifndef PAWL_SQLITE_USER_STATEMENTS_HPP
#define PAWL_SQLITE_USER_STATEMENTS_HPP

#include <cstddef>
#include <list>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

class user_statements {
 public:
  user_statements() = default;
  user_statements(user_statements const&) = delete;
  user_statements(user_statements&&) = default;
  user_statements& operator=(user_statements const&) = delete;
  user_statements& operator=(user_statements&&) = default;

  // Throws store_error: `misuse` for what is not one statement that writes, or has other values than it asks for; else as
  // statement does.
  void run(database& db, sql_statement const& one);

  // ---- a part of the open transaction that can be undone alone ----

  void begin(database& db) { run_text(db, begin_, "SAVEPOINT pawl_also"); }
  void end(database& db) { run_text(db, end_, "RELEASE pawl_also"); }
  void undo(database& db) {
    run_text(db, undo_, /*mutant also_is_undone: OFF ? "SELECT 1" :*/ "ROLLBACK TO pawl_also");
    end(db);
  }

 private:
  // A program has a few texts, and uses them again and again; one that builds its texts must not fill the memory.
  static constexpr std::size_t most_kept = 32;

  statement& prepared(database& db, std::string const& text);
  static void run_text(database& db, statement& s, std::string_view text) {
    if (!s) s = db.prepare(text);
    reset_at_exit const reset(s);
    s.step();
  }

  struct kept {
    std::string text;
    statement prepared;
  };
  std::list<kept> kept_{};  // the one used last comes first
  statement begin_{}, end_{}, undo_{};
};

// For what else takes the user's statements. The first two throw store_error (misuse) with the beginning of the text.
[[noreturn]] void refuse_statement(database const& db, std::string_view text, std::string_view why);
void bind_values(database const& db, statement& s, sql_statement const& one);
// False if something other than spaces and semicolons follows the first statement.
bool is_one_statement(statement const& first, std::string_view text);

// Within a catch block: a store_error is thrown again as transition_undone, anything else as it is.
[[noreturn]] void rethrow_undone();

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/user_statements_impl.hpp>
#endif

#endif
