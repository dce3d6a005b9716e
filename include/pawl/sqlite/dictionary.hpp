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
inline void mark_if_empty(database& db) {
  statement s = db.prepare("SELECT count(*) FROM sqlite_schema");
  bool const empty = s.step() && s.integer(0) == 0;
  s.reset();
  if (!empty) return;
  db.execute(text({"PRAGMA application_id=", number(own_application_id)}));
  db.execute(text({"PRAGMA user_version=", number(own_schema)}));
}

inline bool has_table(database& db, std::string_view table) {
  statement s = db.prepare("SELECT 1 FROM sqlite_schema WHERE name=?1 COLLATE NOCASE");
  s.bind(1, table);
  return s.step();
}

inline std::string hexadecimal(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; number /= 16) text[i] = "0123456789abcdef"[number % 16];
  return text;
}

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
  bool read() {
    known_ = false;
    current_ = false;
    change_.added.clear();
    change_.removed.clear();
    in_dictionary_ = 0;
    refuse_first_schema();
    if (!has_table(*db_, "pawl_meta") || !has_table(*db_, "pawl_states") || !has_table(*db_, "pawl_trouble"))
      return false;
    read_meta();
    compare_states();
    return current_;
  }
  // Inside of a transaction, after read().
  void write() {
    db_->execute(tables_sql("CREATE TABLE IF NOT EXISTS "));
    db_->execute(
        "CREATE INDEX IF NOT EXISTS pawl_trouble_due ON pawl_trouble(table_name,next_at) "
        "WHERE next_at IS NOT NULL AND parked=0;"
        "CREATE INDEX IF NOT EXISTS pawl_trouble_retry ON pawl_trouble(table_name,next_at) "
        "WHERE next_at IS NOT NULL AND parked=0 AND run<>0");
    write_meta();
    write_states();
  }
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
  void forget(std::string_view old_state) {
    statement s = db_->prepare("DELETE FROM pawl_states WHERE table_name=?1 AND name=?2");
    s.bind(1, table_);
    s.bind(2, old_state);
    s.step();
  }

  // The name of a state that the lifecycle does not know, as far as the dictionary knows it.
  std::string name_of(std::int64_t code) {
    statement s = db_->prepare("SELECT name FROM pawl_states WHERE table_name=?1 AND code=?2");
    s.bind(1, table_);
    s.bind(2, code);
    return s.step() ? std::string(s.text(0)) : text({"code ", number(code)});
  }

 private:
  static std::string tables_sql(std::string_view create) {
    return text({create,
                 "pawl_meta(table_name TEXT PRIMARY KEY,lifecycle TEXT NOT NULL,fingerprint TEXT NOT NULL,"
                 "schema INTEGER NOT NULL) STRICT;",
                 create,
                 "pawl_states(table_name TEXT,code INTEGER,name TEXT NOT NULL,PRIMARY KEY(table_name,name)) STRICT;",
                 create,
                 "pawl_trouble(table_name TEXT NOT NULL,key TEXT NOT NULL,version INTEGER NOT NULL,"
                 "attempts INTEGER NOT NULL,recoveries INTEGER NOT NULL,next_at INTEGER,since INTEGER,"
                 "parked INTEGER NOT NULL,in_doubt INTEGER NOT NULL,run INTEGER NOT NULL,last_error TEXT NOT NULL,"
                 "PRIMARY KEY(table_name,key)) STRICT,WITHOUT ROWID"});
  }

  // Schema 1, of before the first release, knew no troubles and no table names.
  void refuse_first_schema() {
    statement s = db_->prepare("SELECT count(*),sum(name='table_name') FROM pragma_table_info('pawl_meta')");
    if (s.step() && s.integer(0) > 0 && s.integer(1) == 0)
      refuse(db_->path(),
             {"what pawl keeps in it has schema 1, of before its first release; begin with a new database"});
  }
  void read_meta() {
    statement s = db_->prepare("SELECT schema,fingerprint FROM pawl_meta WHERE table_name=?1");
    s.bind(1, table_);
    known_ = s.step();
    if (!known_) return;
    if (s.integer(0) > own_schema /*mutant newer_schema: && !OFF*/)
      refuse(db_->path(),
             {"what pawl keeps for the table ", table_, " has schema ", number(s.integer(0)),
              ", and this pawl (" PAWL_VERSION_STRING ") knows up to ", number(own_schema), "; use a newer pawl"});
    current_ = s.integer(0) == own_schema &&
               (s.text(1) == hexadecimal(lifecycle_->fingerprint) /*mutant fingerprint: || OFF*/);
  }
  void compare_states() {
    statement s = db_->prepare("SELECT code,name FROM pawl_states WHERE table_name=?1 ORDER BY code,name");
    s.bind(1, table_);
    while (s.step()) compare_state(s.integer(0), s.text(1));
    if (!known_) return;
    for (std::size_t i = 0; i < lifecycle_->state_count(); ++i)
      if ((in_dictionary_ >> i & 1) == 0) change_.added.emplace_back(lifecycle_->state_names[i]);
  }
  void compare_state(std::int64_t code, std::string_view name) {
    for (std::size_t i = 0; i < lifecycle_->state_count(); ++i) {
      std::int64_t const our_code = lifecycle_->state_codes[i];
      std::string_view const our_name = lifecycle_->state_names[i];
      if (our_name == name && (our_code == code || kept_ == states_kept_as::names)) {
        in_dictionary_ |= std::uint64_t{1} << i;
        return;
      }
      if (/*mutant codes_keep_their_names: !OFF &&*/ kept_ == states_kept_as::codes &&
          (our_code == code || our_name == name))
        refuse(db_->path(), {"in ", table_, " the state of code ", number(our_code), " is '", our_name,
                             "', and in the database that of code ", number(code), " is '", name,
                             "'. Give each state the value and the stored name that it had (pin it with state_name)"});
    }
    change_.removed.push_back({std::string(name), 0});
  }
  void write_meta() {
    statement meta =
        db_->prepare("INSERT OR REPLACE INTO pawl_meta(table_name,lifecycle,fingerprint,schema) VALUES(?1,?2,?3,?4)");
    std::string const print = hexadecimal(lifecycle_->fingerprint);
    meta.bind(1, table_);
    meta.bind(2, lifecycle_->name);
    meta.bind(3, std::string_view(print));
    meta.bind(4, own_schema);
    meta.step();
  }
  void write_states() {
    statement state = db_->prepare("INSERT OR REPLACE INTO pawl_states(table_name,code,name) VALUES(?1,?2,?3)");
    for (std::size_t i = 0; i < lifecycle_->state_count(); ++i) {
      reset_at_exit const reset(state);
      state.bind(1, table_);
      state.bind(2, lifecycle_->state_codes[i]);
      state.bind(3, lifecycle_->state_names[i]);
      state.step();
    }
  }

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

#endif
