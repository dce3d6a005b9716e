// What a database remembers of the lifecycles whose items it holds: their fingerprints and the names of their states.
#ifndef PAWL_SQLITE_DICTIONARY_HPP
#define PAWL_SQLITE_DICTIONARY_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// A state that the lifecycle had once. Its rows are left alone, and counted as unrecognised; `migrate` moves them.
struct removed_state {
  std::string name;
  std::size_t rows = 0;  // that were in it when the store was opened
  friend bool operator==(removed_state const&, removed_state const&) = default;
};

// How the lifecycle differs from the one that opened this table before.
struct lifecycle_change {
  std::vector<std::string> added;      // states that are new, when they are new
  std::vector<removed_state> removed;  // states that are no more, for as long as the database knows their names
};

namespace detail {

inline constexpr std::int64_t own_schema = 2;
inline constexpr std::int64_t own_application_id = 0x7061776c;  // "pawl"

// Sets the marks of pawl in a database that is still empty: one that pawl makes. Others keep their owner's.
void mark_if_empty(database& db);

bool has_table(database& db, std::string_view table);

std::string hexadecimal(std::uint64_t number);

// How rows say what state they are in: by the enumerator's value, or by the state's stored name.
enum class states_kept_as : std::uint8_t { codes, names };

// The dictionary of one lifecycle's items in one table, kept in pawl_meta and pawl_states. Beside them stands
// pawl_trouble (trouble_table.hpp).
class dictionary {
 public:
  dictionary(database& db, lifecycle_view const& lifecycle, std::string_view table, states_kept_as kept)
      : db_(&db), lifecycle_(&lifecycle), table_(table), kept_(kept) {}
  dictionary(dictionary const&) = delete;
  dictionary(dictionary&&) = default;
  dictionary& operator=(dictionary const&) = delete;
  dictionary& operator=(dictionary&&) = default;

  // Reads what is there. True where nothing needs to be written. Throws store_error (refused) for a newer schema, and
  // where a state's code means another state than it did: the rows would change their meaning.
  bool read();
  // Inside of a transaction, after read().
  void write();
  // For a connection that only reads, and finds a table that pawl has not opened yet: empty ones of its own.
  void stand_in() { db_->execute(tables_sql("CREATE TEMP TABLE IF NOT EXISTS ")); }

  // Whether this table's lifecycle was there before.
  bool known() const noexcept { return known_; }
  lifecycle_change& change() noexcept { return change_; }
  lifecycle_change const& change() const noexcept { return change_; }

  // SQL for the code of the state that is called ?1.
  std::string code_sql() const {
    return text({"(SELECT code FROM pawl_states WHERE table_name='", table_, "' AND name=?1)"});
  }
  // Inside of a transaction: a state that the lifecycle had once, and that no row is in any more.
  void forget(std::string_view old_state);

  // The name of a state that the lifecycle does not know, as far as the dictionary knows it.
  std::string name_of(std::int64_t code);

 private:
  static std::string tables_sql(std::string_view create);

  // Schema 1, of before the first release, knew no troubles and no table names.
  void refuse_first_schema();
  void read_meta();
  void compare_states();
  void compare_state(std::int64_t code, std::string_view name);
  void write_meta();
  void write_states();

  database* db_;
  lifecycle_view const* lifecycle_;
  std::string_view table_;  // a constant of the program
  states_kept_as kept_;
  bool known_ = false;
  bool current_ = false;
  std::uint64_t in_dictionary_ = 0;  // by state index, one bit each
  lifecycle_change change_{};
};

// Opens the dictionary, and makes what is missing: the dictionary's own tables, and whatever `make` makes in the same
// transaction. It takes the write lock only where something is to be written.
template <class Make> void open_dictionary(database& db, dictionary& names, bool is_made, Make make) {
  bool const current = names.read();
  if (current && is_made) return;
  if (db.reads_only()) {
    if (!is_made) make();
    if (!names.known()) names.stand_in();
    return;
  }
  db.begin();
  try {
    names.read();  // again: another process may have been here meanwhile
    make();
    names.write();
    db.commit();
  } catch (store_error const& e) {
    db.rollback();
    if (e.what_failed() != store_failure::rejected) throw;
    fail(store_failure::refused, {e.what()});
  } catch (...) {
    db.rollback();
    throw;
  }
}

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI::sqlite

#ifndef PAWL_COMPILED
#include <pawl/sqlite/dictionary_impl.hpp>
#endif

#endif
