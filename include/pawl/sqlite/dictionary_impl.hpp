// Implements dictionary: reading it, comparing it with the lifecycle, and writing it.
#ifndef PAWL_SQLITE_DICTIONARY_IMPL_HPP
#define PAWL_SQLITE_DICTIONARY_IMPL_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/random_identity.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/system/file_identity.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

namespace detail {

PAWL_INLINE std::string hexadecimal(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; number /= 16) text[i] = "0123456789abcdef"[number % 16];
  return text;
}

inline constexpr std::string_view word_of(states_kept_as kept) {
  return kept == states_kept_as::codes ? "codes" : "names";
}

PAWL_INLINE bool dictionary::read(items_sql const& items) {
  schema_ = 0;
  known_ = false;
  current_ = false;
  former_life_.reset();
  change_.added.clear();
  change_.removed.clear();
  in_dictionary_ = 0;
  refuse_first_schema();
  if (!has_table(*db_, "pawl_meta") || !has_table(*db_, "pawl_states") || !has_table(*db_, "pawl_trouble"))
    return false;
  read_meta(items);
  compare_states();
  return current_;
}

PAWL_INLINE std::vector<owner_handle> dictionary::own_what_changes(items_sql const& items) {
  std::vector<owner_handle> owners;
  bool const is_older = schema_ != 0 && schema_ < own_schema;
  std::string const file = db_->file();
  if (records_lives(items) || file.empty() /*mutant taken_over_alone: || OFF*/) return owners;
  std::vector<std::optional<pawl::detail::file_identity>> held_files;
  auto const own = [&](std::string_view table) {
    std::string const lock_file = lock_file_of(file, table);
    auto const there = pawl::detail::file_identity::of(lock_file);
    // Where files are found under their names in upper and in lower case, so are those of a table's two spellings.
    if (there && std::find(held_files.begin(), held_files.end(), there) != held_files.end()) return;
    auto* const owner = new owner_file(lock_file);
    owner_handle held(owner);
    owners.push_back(std::move(held));
    try {
      if (owner->try_acquire(ownership::sole)) {
        held_files.push_back(pawl::detail::file_identity::of(lock_file));
        return;
      }
    } catch (pawl::error const& e) {
      refuse(db_->path(), {"whether it has a run is not known: ", e.what()});
    }
    refuse(db_->path(), {is_older ? text({"pawl's records in it are of an older pawl"})
                                  : text({"the rows of table ", table,
                                          " are told apart by other columns than before "
                                          "(pawl::names::born)"}),
                         ", and what is recorded of them is upgraded only while they have no run, but ",
                         owner->holder(), " holds table ", table, "; end that first, and open it again"});
  };
  if (!is_older) {
    own(table_);
    return owners;
  }
  statement tables = db_->prepare(tables_with_owners);
  while (tables.step()) own(tables.text(0));
  return owners;
}

PAWL_INLINE void dictionary::write(items_sql const& items) {
  if (schema_ == 2) {
    upgrade_records(*db_);
    read(items);  // for it may have been recorded under another spelling
  }
  make_records(*db_);
  if (known_ && former_life_ != items.life) take_over(items);
  write_meta(items);
  write_states();
  write_rows();
}

PAWL_INLINE void dictionary::forget_items() {
  for (std::string_view const records : {"pawl_trouble", "pawl_earlier"}) {
    statement s = db_->prepare(text({"DELETE FROM ", records, " WHERE table_name=?1"}));
    s.bind(1, table_);
    s.step();
  }
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

PAWL_INLINE void dictionary::refuse_first_schema() {
  statement s = db_->prepare("SELECT count(*),sum(name='table_name') FROM pragma_table_info('pawl_meta')");
  if (s.step() && s.integer(0) > 0 && s.integer(1) == 0)
    refuse(db_->path(),
           {"its pawl tables have schema 1, from before the first release of pawl; start with a new database"});
}

PAWL_INLINE void dictionary::read_meta(items_sql const& items) {
  statement newest = db_->prepare("SELECT max(schema) FROM pawl_meta");
  if (newest.step()) schema_ = newest.integer(0);
  if (schema_ > own_schema /*mutant newer_schema: && !OFF*/)
    refuse(db_->path(), {"pawl's records in it have schema ", number(schema_),
                         ", but pawl " PAWL_VERSION_STRING " supports schemas up to ", number(own_schema),
                         "; use a newer version of pawl"});
  bool const is_old = schema_ < own_schema;
  statement s = db_->prepare(text({"SELECT fingerprint",
                                   is_old ? ""
                                          : ",row_column,born_column,key_column,state_column,version_column,"
                                            "changed_at_column,priority_column,kept,plain_keys",
                                   " FROM pawl_meta WHERE table_name=?1"}));
  s.bind(1, table_);
  known_ = s.step();
  plain_keys_ = known_ && (is_old || s.integer(9) != 0);
  if (!known_ || is_old || s.is_null(3)) return;
  former_life_ = row_life(std::string(s.text(1)), std::string(s.text(2)));
  current_ = former_life_ == items.life && s.text(3) == items.key && s.text(4) == items.state &&
             s.text(5) == items.version && s.text(6) == items.changed_at && s.text(7) == items.priority &&
             s.text(8) == word_of(kept_) &&
             (s.text(0) == hexadecimal(lifecycle_->fingerprint) /*mutant fingerprint: || OFF*/);
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

PAWL_INLINE void dictionary::write_meta(items_sql const& items) {
  statement meta = db_->prepare(
      "INSERT INTO pawl_meta(table_name,lifecycle,fingerprint,schema,identity,kept,key_column,state_column,"
      "version_column,changed_at_column,born_column,priority_column,row_column) "
      "VALUES(?1,?2,?3,?4,coalesce((SELECT identity FROM pawl_meta LIMIT 1),?5),?6,?7,?8,?9,nullif(?10,''),"
      "nullif(?11,''),nullif(?12,''),nullif(?13,'')) ON CONFLICT(table_name) DO UPDATE SET "
      "lifecycle=excluded.lifecycle,"
      "fingerprint=excluded.fingerprint,schema=excluded.schema,kept=excluded.kept,key_column=excluded.key_column,"
      "state_column=excluded.state_column,version_column=excluded.version_column,"
      "changed_at_column=excluded.changed_at_column,born_column=excluded.born_column,plain_keys=0,"
      "priority_column=excluded.priority_column,row_column=excluded.row_column");
  std::string const print = hexadecimal(lifecycle_->fingerprint), identity = random_identity();
  int parameter = 0;
  auto const bind = [&](std::string_view value) { meta.bind(++parameter, value); };
  bind(table_);
  bind(lifecycle_->name);
  bind(print);
  meta.bind(++parameter, own_schema);
  bind(identity);
  bind(word_of(kept_));
  bind(items.key);
  bind(items.state);
  bind(items.version);
  bind(items.changed_at);
  bind(items.life.born_column());
  bind(items.priority);
  bind(items.life.row_column());
  meta.step();
}

PAWL_INLINE void dictionary::write_states() {
  static constexpr std::string_view roles[] = {"step", "goal", "terminal", "waiting"};
  statement state = db_->prepare("INSERT OR REPLACE INTO pawl_states(table_name,code,name,role) VALUES(?1,?2,?3,?4)");
  for (std::size_t i = 0; i < lifecycle_->state_count(); ++i) {
    reset_at_exit const reset(state);
    state.bind(1, table_);
    state.bind(2, lifecycle_->state_codes[i]);
    state.bind(3, lifecycle_->state_names[i]);
    state.bind(4, roles[static_cast<std::size_t>(lifecycle_->roles[i])]);
    state.step();
  }
}

PAWL_INLINE void dictionary::write_rows() {
  statement all = db_->prepare("DELETE FROM pawl_rows WHERE table_name=?1");
  all.bind(1, table_);
  all.step();
  statement row = db_->prepare("INSERT INTO pawl_rows(table_name,from_state,event,to_state) VALUES(?1,?2,?3,?4)");
  for (auto const& r : lifecycle_->rows) {
    reset_at_exit const reset(row);
    row.bind(1, table_);
    row.bind(2, lifecycle_->state_names[r.from]);
    row.bind(3, lifecycle_->event_names[r.event]);
    row.bind(4, lifecycle_->state_names[r.to]);
    row.step();
  }
}

// `of_former`: a condition, the row t had that life.
PAWL_INLINE void dictionary::take_over_family(items_sql const& items, std::string_view of_former) {
  auto const take = [&](std::string_view records, std::string_view key) {
    std::string const row = text({" FROM [", table_, "] AS t WHERE t.[", items.key, "]=p.", key,
                                  items.keys.beside("t.", text({"p.", key})), " AND (p.life=0 OR ", of_former, ")"});
    db_->execute(text({"DELETE FROM ", records, " AS p WHERE p.table_name='", table_, "' AND NOT EXISTS(SELECT 1", row,
                       ");UPDATE OR REPLACE ", records, " AS p SET life=(SELECT ", items.life.sql("t"), row,
                       " LIMIT 1) WHERE p.table_name='", table_, "'"}));
  };
  take("pawl_parent", "key");
  take("pawl_child", "child");
}

PAWL_INLINE void dictionary::take_over(items_sql const& items) {
  std::string const of_table = text({" WHERE p.table_name='", table_, "'"});
  std::string const rows = text({" FROM [", table_, "] AS t WHERE t.[", items.key, "]=p.key",
                                 items.keys.beside("t.", "p.key"), " AND t.[", items.version, "]=p.version"});
  std::string const life = items.life.sql("t");
  bool const is_told =
      former_life_ && has_column(former_life_->row_column()) && has_column(former_life_->born_column());
  if (is_told && !former_life_->born_column().empty()) register_life(*db_);
  std::string const former = is_told ? former_life_->sql("t") : "NULL";  // NULL: by schema 2
  std::string const of_former = is_told ? text({" AND p.life=", former}) : "";
  for (std::string_view const records : {"pawl_trouble", "pawl_earlier"})
    db_->execute(text({"DELETE FROM ", records, " AS p", of_table, " AND NOT EXISTS(SELECT 1", rows, of_former,
                       ");UPDATE ", records, " AS p SET life=(SELECT ", life, rows, of_former, " LIMIT 1)", of_table}));
  if (has_table(*db_, "pawl_child")) take_over_family(items, is_told ? text({"p.life=", former}) : "1");
  if (former_life_ ? !is_told : !plain_keys_) return;  // a column is gone, or its database is another one now
  db_->execute(text({"INSERT OR IGNORE INTO pawl_earlier(table_name,key,version,life,former) SELECT '",
                     table_,
                     "',CAST(t.[",
                     items.key,
                     "] AS TEXT),t.[",
                     items.version,
                     "],",
                     life,
                     ",",
                     former,
                     " FROM [",
                     table_,
                     "] AS t WHERE ",
                     in_step_states(*lifecycle_, items),
                     " AND typeof(t.[",
                     items.version,
                     "])='integer' AND typeof(t.[",
                     items.key,
                     "]) IN('text','integer') ORDER BY t.[",
                     items.key,
                     "]"}));
}

PAWL_INLINE void refuse_other_lives(database& db, items_sql const& items) {
  statement s =
      db.prepare("SELECT row_column,born_column FROM pawl_meta WHERE table_name=?1 AND key_column IS NOT NULL");
  s.bind(1, items.table);
  if (!s.step() || (s.text(0) == items.life.row_column() &&
                    s.text(1) == items.life.born_column()) /*mutant store_left_behind: || OFF*/)
    return;
  fail(
      store_failure::refused,
      {"pawl: ", db.path(), ": another program has opened table ", items.table,
       " since this one has, and tells its rows apart by other columns (pawl::names::born); name the same in both, and "
       "open it again"});
}

PAWL_INLINE bool dictionary::has_column(std::string_view column) const {
  if (column.empty()) return true;
  statement s = db_->prepare("SELECT 1 FROM pragma_table_xinfo(?1) WHERE name=?2 COLLATE NOCASE");
  s.bind(1, table_);
  s.bind(2, column);
  return s.step();
}

}  // namespace detail

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
