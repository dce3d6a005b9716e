// Implements dictionary: reading it, comparing it with the lifecycle, and writing it.
#ifndef PAWL_SQLITE_DICTIONARY_IMPL_HPP
#define PAWL_SQLITE_DICTIONARY_IMPL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

namespace detail {

PAWL_INLINE void mark_if_empty(database& db) {
  statement s = db.prepare("SELECT count(*) FROM sqlite_schema");
  bool const empty = s.step() && s.integer(0) == 0;
  s.reset();
  if (!empty) return;
  db.execute(text({"PRAGMA application_id=", number(own_application_id)}));
  db.execute(text({"PRAGMA user_version=", number(own_schema)}));
}

PAWL_INLINE bool has_table(database& db, std::string_view table) {
  statement s = db.prepare("SELECT 1 FROM sqlite_schema WHERE name=?1 COLLATE NOCASE");
  s.bind(1, table);
  return s.step();
}

PAWL_INLINE std::string hexadecimal(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; number /= 16) text[i] = "0123456789abcdef"[number % 16];
  return text;
}

PAWL_INLINE bool dictionary::read() {
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

PAWL_INLINE void dictionary::write() {
  db_->execute(tables_sql("CREATE TABLE IF NOT EXISTS "));
  db_->execute(
      "CREATE INDEX IF NOT EXISTS pawl_trouble_due ON pawl_trouble(table_name,next_at) "
      "WHERE next_at IS NOT NULL AND parked=0;"
      "CREATE INDEX IF NOT EXISTS pawl_trouble_retry ON pawl_trouble(table_name,next_at) "
      "WHERE next_at IS NOT NULL AND parked=0 AND run<>0;"
      "CREATE INDEX IF NOT EXISTS pawl_trouble_start ON pawl_trouble(table_name,next_at) "
      "WHERE next_at IS NOT NULL AND parked=0 AND run=0");
  write_meta();
  write_states();
}

PAWL_INLINE void dictionary::forget(std::string_view old_state) {
  statement s = db_->prepare("DELETE FROM pawl_states WHERE table_name=?1 AND name=?2");
  s.bind(1, table_);
  s.bind(2, old_state);
  s.step();
}

PAWL_INLINE std::string dictionary::name_of(std::int64_t code) {
  statement s = db_->prepare("SELECT name FROM pawl_states WHERE table_name=?1 AND code=?2");
  s.bind(1, table_);
  s.bind(2, code);
  return s.step() ? std::string(s.text(0)) : text({"code ", number(code)});
}

PAWL_INLINE std::string dictionary::tables_sql(std::string_view create) {
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

PAWL_INLINE void dictionary::refuse_first_schema() {
  statement s = db_->prepare("SELECT count(*),sum(name='table_name') FROM pragma_table_info('pawl_meta')");
  if (s.step() && s.integer(0) > 0 && s.integer(1) == 0)
    refuse(db_->path(),
           {"its pawl tables have schema 1, from before the first release of pawl; start with a new database"});
}

PAWL_INLINE void dictionary::read_meta() {
  statement s = db_->prepare("SELECT schema,fingerprint FROM pawl_meta WHERE table_name=?1");
  s.bind(1, table_);
  known_ = s.step();
  if (!known_) return;
  if (s.integer(0) > own_schema /*mutant newer_schema: && !OFF*/)
    refuse(db_->path(), {"pawl's records for table ", table_, " have schema ", number(s.integer(0)),
                         ", but pawl " PAWL_VERSION_STRING " supports schemas up to ", number(own_schema),
                         "; use a newer version of pawl"});
  current_ =
      s.integer(0) == own_schema && (s.text(1) == hexadecimal(lifecycle_->fingerprint) /*mutant fingerprint: || OFF*/);
}

PAWL_INLINE void dictionary::compare_states() {
  statement s = db_->prepare("SELECT code,name FROM pawl_states WHERE table_name=?1 ORDER BY code,name");
  s.bind(1, table_);
  while (s.step()) compare_state(s.integer(0), s.text(1));
  if (!known_) return;
  for (std::size_t i = 0; i < lifecycle_->state_count(); ++i)
    if ((in_dictionary_ >> i & 1) == 0) change_.added.emplace_back(lifecycle_->state_names[i]);
}

PAWL_INLINE void dictionary::compare_state(std::int64_t code, std::string_view name) {
  for (std::size_t i = 0; i < lifecycle_->state_count(); ++i) {
    std::int64_t const our_code = lifecycle_->state_codes[i];
    std::string_view const our_name = lifecycle_->state_names[i];
    if (our_name == name && (our_code == code || kept_ == states_kept_as::names)) {
      in_dictionary_ |= std::uint64_t{1} << i;
      return;
    }
    if (/*mutant codes_keep_their_names: !OFF &&*/ kept_ == states_kept_as::codes &&
        (our_code == code || our_name == name))
      refuse(db_->path(), {"in table ", table_, " the lifecycle has state '", our_name, "' with code ",
                           number(our_code), ", but the database has '", name, "' with code ", number(code),
                           ". Give each state the enumerator value and the stored name that it had before (state_name "
                           "sets the stored name)"});
  }
  change_.removed.push_back({std::string(name), 0});
}

PAWL_INLINE void dictionary::write_meta() {
  statement meta =
      db_->prepare("INSERT OR REPLACE INTO pawl_meta(table_name,lifecycle,fingerprint,schema) VALUES(?1,?2,?3,?4)");
  std::string const print = hexadecimal(lifecycle_->fingerprint);
  meta.bind(1, table_);
  meta.bind(2, lifecycle_->name);
  meta.bind(3, std::string_view(print));
  meta.bind(4, own_schema);
  meta.step();
}

PAWL_INLINE void dictionary::write_states() {
  statement state = db_->prepare("INSERT OR REPLACE INTO pawl_states(table_name,code,name) VALUES(?1,?2,?3)");
  for (std::size_t i = 0; i < lifecycle_->state_count(); ++i) {
    reset_at_exit const reset(state);
    state.bind(1, table_);
    state.bind(2, lifecycle_->state_codes[i]);
    state.bind(3, lifecycle_->state_names[i]);
    state.step();
  }
}

}  // namespace detail

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
