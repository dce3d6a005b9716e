// Implements child_table.
#ifndef PAWL_SQLITE_CHILD_TABLE_IMPL_HPP
#define PAWL_SQLITE_CHILD_TABLE_IMPL_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/fsm/gathered.hpp>
#include <pawl/sqlite/child_inserter.hpp>
#include <pawl/sqlite/child_table.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE child_table::child_table(database& db, shared_table& shared, items_sql const& items)
    : db_(&db), shared_(&shared), table_(items.table), by_row_(items.kept == states_kept_as::codes) {
  look();
}
PAWL_INLINE child_table::~child_table() = default;

PAWL_INLINE bool child_table::exists() {
  if (exists_) return true;
  bool const is_there = has_table(*db_, "pawl_child");
  exists_ = is_there && !db_->has_new_children();
  return is_there;
}

PAWL_INLINE bool child_table::make() {
  if (exists()) return false;
  db_->execute(
      "CREATE TABLE pawl_parent(id INTEGER PRIMARY KEY AUTOINCREMENT,table_name TEXT NOT NULL,key TEXT NOT NULL,"
      "life INTEGER NOT NULL,complete INTEGER NOT NULL DEFAULT 0,UNIQUE(table_name,key,life)) STRICT;"
      "CREATE INDEX pawl_parent_complete ON pawl_parent(table_name) WHERE complete;"
      "CREATE TABLE pawl_child(parent INTEGER NOT NULL,table_name TEXT NOT NULL,child ANY NOT NULL,life INTEGER NOT "
      "NULL,"
      "arrived INTEGER,PRIMARY KEY(parent,table_name,child,life)) STRICT,WITHOUT ROWID;"
      "CREATE INDEX pawl_child_parents ON pawl_child(table_name,child)");
  db_->has_new_children() = true;
  return true;
}

PAWL_INLINE void child_table::look() {
  shared_->parents_seen_at = db_->others_commits();
  if (shared_->any_parents || !exists()) return;
  statement s = db_->prepare("SELECT 1 FROM pawl_child WHERE table_name=?1 LIMIT 1");
  s.bind(1, table_);
  shared_->any_parents = s.step();
}

PAWL_INLINE bool child_table::may_have_parents() {
  if (!shared_->any_parents && !has_looked_ /*mutant others_insert_children: && !OFF*/) {
    if (shared_->parents_seen_at != db_->others_commits()) look();
    has_looked_ = is_batch_;
  }
  return shared_->any_parents && exists();
}

PAWL_INLINE void child_table::bind_child(statement& s, int parameter, item_view it) const {
  if (by_row_)
    s.bind(parameter, it.row);
  else
    s.bind(parameter, it.key);
}

PAWL_INLINE std::vector<parent_row> child_table::note(item_view moved, ending how) {
  std::vector<std::int64_t> parents;
  {
    prepare(parents_, "SELECT parent FROM pawl_child WHERE table_name=?1 AND child=?2 AND (?3=0 OR life=0 OR life=?3)");
    reset_at_exit const reset(parents_);
    parents_.bind(1, table_);
    bind_child(parents_, 2, moved);
    parents_.bind(3, moved.life);
    while (parents_.step()) parents.push_back(parents_.integer(0));
  }
  std::vector<parent_row> complete;
  for (std::int64_t const parent : parents) {
    prepare(note_,
            "UPDATE pawl_child SET arrived=?4 WHERE parent=?1 AND table_name=?2 AND child=?3 AND "
            "(?5=0 OR life=0 OR life=?5) AND arrived IS NOT ?4");
    reset_at_exit const reset(note_);
    note_.bind(1, parent);
    note_.bind(2, table_);
    bind_child(note_, 3, moved);
    if (how == ending::none)
      note_.bind(4, nullptr);
    else
      note_.bind(4, static_cast<std::int64_t>(how));
    note_.bind(5, moved.life);
    note_.step();
    bool const changed = sqlite3_changes(db_->handle()) != 0;
    if (!changed || how == ending::none || waits_for_others(parent, moved)) continue;
    prepare(read_parent_, "SELECT table_name,key,life FROM pawl_parent WHERE id=?1");
    reset_at_exit const read(read_parent_);
    read_parent_.bind(1, parent);
    if (read_parent_.step())
      complete.push_back(
          {parent, std::string(read_parent_.text(0)), std::string(read_parent_.text(1)), read_parent_.integer(2)});
  }
  return complete;
}

// Those that have ended are passed over in both directions at once, for no index is kept of those that have not, which each
// child would have to leave. However they end, all steps of all n children together are no more than n log n.
PAWL_INLINE bool child_table::waits_for_others(std::int64_t parent, item_view than) {
  static constexpr std::string_view siblings =
      "SELECT arrived FROM pawl_child WHERE parent=?1 AND table_name=?2 AND child";
  if (!next_) {
    next_ = db_->prepare(text({siblings, ">?3 ORDER BY child"}));
    former_ = db_->prepare(text({siblings, "<?3 ORDER BY child DESC"}));
  }
  reset_at_exit const no_more_next(next_), no_more_former(former_);
  auto const begin = [&](statement& s) {
    s.bind(1, parent);
    s.bind(2, table_);
    bind_child(s, 3, than);
  };
  begin(next_);
  bool more_next = next_.step(), more_former = true;
  if (more_next && next_.is_null(0)) return true;
  for (begin(former_); more_next || more_former;) {
    if (more_former && (more_former = former_.step()) && former_.is_null(0)) return true;
    if (more_next && (more_next = next_.step()) && next_.is_null(0)) return true;
  }
  return false;
}

PAWL_INLINE void child_table::insert(item_view parent, insertion const& items) {
  if (items.keys().empty()) return;
  if (items.into().name == table_)
    for (std::string const& key : items.keys())
      if (key == parent.key)
        fail(store_failure::misuse,
             {"pawl: ", db_->path(), ": item '", key, "' of ", table_, " cannot be its own child"});
  make();
  std::int64_t const id = make_parent(parent);
  for (auto const& inserter : inserters_)
    if (&inserter->into() == &items.into()) return inserter->insert(id, items);
  inserters_.push_back(std::make_unique<child_inserter>(*db_, items.into()));
  inserters_.back()->insert(id, items);
}

PAWL_INLINE std::int64_t child_table::make_parent(item_view parent) {
  prepare(make_parent_, "INSERT INTO pawl_parent(table_name,key,life) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING");
  reset_at_exit const reset(make_parent_);
  make_parent_.bind(1, table_);
  make_parent_.bind(2, parent.key);
  make_parent_.bind(3, parent.life);
  make_parent_.step();
  if (sqlite3_changes(db_->handle()) != 0) return sqlite3_last_insert_rowid(db_->handle());
  return parent_of(parent.key, parent.life).value_or(0);
}

PAWL_INLINE std::optional<std::int64_t> child_table::parent_of(std::string_view key, std::int64_t life) {
  if (!exists()) return std::nullopt;
  prepare(find_parent_, "SELECT id FROM pawl_parent WHERE table_name=?1 AND key=?2 AND life=?3");
  reset_at_exit const reset(find_parent_);
  find_parent_.bind(1, table_);
  find_parent_.bind(2, key);
  find_parent_.bind(3, life);
  return find_parent_.step() ? std::optional(find_parent_.integer(0)) : std::nullopt;
}

PAWL_INLINE bool child_table::waits_for(std::int64_t parent, std::string_view children) {
  prepare(waits_, "SELECT 1 FROM pawl_child WHERE parent=?1 AND table_name=?2 AND arrived IS NULL LIMIT 1");
  reset_at_exit const reset(waits_);
  waits_.bind(1, parent);
  waits_.bind(2, children);
  return waits_.step();
}

PAWL_INLINE gathered child_table::count(std::int64_t parent, std::string_view children) {
  prepare(count_, "SELECT count(*) FROM pawl_child WHERE parent=?1 AND table_name=?2 AND arrived=?3");
  auto const in = [&](ending how) {
    reset_at_exit const reset(count_);
    count_.bind(1, parent);
    count_.bind(2, children);
    count_.bind(3, static_cast<std::int64_t>(how));
    return count_.step() ? count_.integer(0) : 0;
  };
  return {in(ending::arrived), in(ending::failed)};
}

PAWL_INLINE void child_table::forget(std::int64_t parent) {
  for (std::string_view const sql : {"DELETE FROM pawl_child WHERE parent=?1", "DELETE FROM pawl_parent WHERE id=?1"}) {
    statement s = db_->prepare(sql);
    s.bind(1, parent);
    s.step();
  }
}

PAWL_INLINE void child_table::leave_complete(std::int64_t parent) {
  statement s = db_->prepare("UPDATE pawl_parent SET complete=1 WHERE id=?1");
  s.bind(1, parent);
  s.step();
}

PAWL_INLINE bool child_table::has_complete() {
  if (!exists()) return false;
  prepare(complete_, "SELECT 1 FROM pawl_parent WHERE table_name=?1 AND complete LIMIT 1");
  reset_at_exit const reset(complete_);
  complete_.bind(1, table_);
  return complete_.step();
}

PAWL_INLINE std::vector<parent_row> child_table::take_complete() {
  std::vector<parent_row> rows;
  if (!exists()) return rows;
  statement s = db_->prepare("SELECT id,key,life FROM pawl_parent WHERE table_name=?1 AND complete");
  s.bind(1, table_);
  while (s.step()) rows.push_back({s.integer(0), std::string(table_), std::string(s.text(1)), s.integer(2)});
  if (rows.empty()) return rows;
  statement taken = db_->prepare("UPDATE pawl_parent SET complete=0 WHERE table_name=?1 AND complete");
  taken.bind(1, table_);
  taken.step();
  return rows;
}

PAWL_INLINE void child_table::forget_gone(items_sql const& parents) {
  if (!exists()) return;
  statement s = db_->prepare(text({"SELECT p.id FROM pawl_parent AS p WHERE p.table_name=?1 AND NOT EXISTS(SELECT 1",
                                   row_of_parent(parents), ")"}));
  s.bind(1, table_);
  std::vector<std::int64_t> gone;
  while (s.step()) gone.push_back(s.integer(0));
  s.reset();
  for (std::int64_t const parent : gone) forget(parent);
}

// The row t of the parent p.
PAWL_INLINE std::string child_table::row_of_parent(items_sql const& parents) {
  return text({" FROM [", parents.table, "] AS t WHERE t.[", parents.key, "]=p.key", parents.keys.beside("t.", "p.key"),
               " AND (p.life=0 OR ", parents.life.sql("t"), "=p.life)"});
}

PAWL_INLINE std::optional<child_table::known_table> child_table::known(std::string_view children) {
  statement meta = db_->prepare(
      "SELECT kept,key_column,state_column,version_column,coalesce(row_column,''),coalesce(born_column,'') FROM "
      "pawl_meta WHERE table_name=?1 AND key_column IS NOT NULL");
  meta.bind(1, children);
  if (!meta.step() || !has_table(*db_, children)) return std::nullopt;
  bool const by_code = meta.text(0) == "codes";
  std::string const key = text({"t.[", meta.text(1), "]"}), state = text({"t.[", meta.text(2), "]"});
  row_life const life{std::string(meta.text(4)), std::string(meta.text(5))};
  std::string const version = text({"t.[", meta.text(3), "]"});
  meta.reset();  // a function is not made again beside a statement at work
  if (!life.born_column().empty()) register_life(*db_);
  return known_table{
      .name = text({"[", children, "]"}),
      .is_child =
          text({by_code ? std::string("t.id=c.child") : text({key, "=c.child AND CAST(", key, " AS TEXT)=c.child"}),
                " AND (c.life=0 OR ", life.is_told() ? life.sql("t") : std::string("c.life"), "=c.life)"}),
      .role = text({"(SELECT s.role FROM pawl_states AS s WHERE s.table_name=c.table_name AND s.",
                    by_code ? "code" : "name", "=", state, ")"}),
      .key = key,
      .version = version};
}

// A child that is gone has ended as it had before, or has failed.
PAWL_INLINE void child_table::reconcile(items_sql const& parents, std::string_view wait, std::string_view children) {
  auto const table = exists() ? known(children) : std::nullopt;
  if (!table) return;
  std::string const now =
      text({"CASE WHEN EXISTS(SELECT 1", table->row(), ") THEN (SELECT CASE ", table->role,
            " WHEN 'goal' THEN 1 WHEN 'terminal' THEN 0 END", table->row(), ") ELSE coalesce(c.arrived,0) END"});
  statement s =
      db_->prepare(text({"UPDATE pawl_child AS c SET arrived=", now, " WHERE c.table_name=?1 AND c.parent IN(",
                         "SELECT p.id FROM pawl_parent AS p WHERE p.table_name=?2 AND EXISTS(SELECT 1",
                         row_of_parent(parents), " AND ", wait, ")) AND c.arrived IS NOT ", now}));
  s.bind(1, children);
  s.bind(2, table_);
  s.step();
}

PAWL_INLINE std::vector<seen_children> child_table::seen(std::int64_t parent) {
  std::vector<seen_children> all;
  statement s = db_->prepare(
      "SELECT table_name,sum(arrived IS 1),sum(arrived IS 0),sum(arrived IS NULL) FROM pawl_child "
      "WHERE parent=?1 GROUP BY table_name");
  s.bind(1, parent);
  auto const at = [&s](int column) { return static_cast<std::size_t>(s.integer(column)); };
  while (s.step())
    all.push_back({.table = std::string(s.text(0)), .arrived = at(1), .failed = at(2), .missing = at(3)});
  return all;
}

PAWL_INLINE std::optional<std::int64_t> child_table::parent_of(items_sql const& parents, std::string_view key) {
  if (!exists()) return std::nullopt;
  statement s =
      db_->prepare(text({"SELECT p.id FROM pawl_parent AS p WHERE p.table_name=?1 AND p.key=?2 AND EXISTS(SELECT 1",
                         row_of_parent(parents), ")"}));
  s.bind(1, table_);
  s.bind(2, key);
  return s.step() ? std::optional(s.integer(0)) : std::nullopt;
}

PAWL_INLINE std::vector<seen_parent> child_table::parents_of(items_sql const& items, std::string_view key,
                                                             std::size_t most) {
  std::vector<seen_parent> all;
  if (!exists()) return all;
  std::string const row = text({"t.[", items.key, "]=?2", items.keys.beside("t.", "?2")});
  statement s = db_->prepare(
      text({"SELECT p.table_name,p.key FROM [", items.table, "] AS t CROSS JOIN pawl_child AS c ON ",
            "c.table_name=?1 AND c.child=", by_row_ ? "t.id" : "?2", " AND (c.life=0 OR c.life=", items.life.sql("t"),
            ") JOIN pawl_parent AS p ON p.id=c.parent WHERE ", row, " ORDER BY p.id LIMIT ?3"}));
  s.bind(1, table_);
  s.bind(2, key);
  s.bind(3, most);
  while (s.step()) all.push_back({std::string(s.text(0)), std::string(s.text(1))});
  return all;
}

PAWL_INLINE void child_table::see_parked(std::int64_t parent, seen_children& into) {
  auto const table = known(into.table);
  if (!table || into.missing == 0) return;
  statement s = db_->prepare(text({"SELECT p.key FROM pawl_trouble AS p CROSS JOIN ", table->name, " AS t ON ",
                                   table->key, "=p.key AND ", table->version,
                                   "=p.version CROSS JOIN pawl_child AS c ON c.parent=?1 AND c.table_name=?2 AND "
                                   "c.arrived IS NULL AND ",
                                   table->is_child, " WHERE p.table_name=?2 AND p.parked"}));
  s.bind(1, parent);
  s.bind(2, into.table);
  while (s.step())
    if (++into.parked <= seen_children::most_parked_keys) into.parked_keys.emplace_back(s.text(0));
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
