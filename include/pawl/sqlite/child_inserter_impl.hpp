// Implements child_inserter.
#ifndef PAWL_SQLITE_CHILD_INSERTER_IMPL_HPP
#define PAWL_SQLITE_CHILD_INSERTER_IMPL_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/bulk_insert.hpp>
#include <pawl/sqlite/child_inserter.hpp>
#include <pawl/sqlite/child_table.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The same table, if this database has it.
inline item_table const& opened(database& db, item_table const& into) {
  statement s = db.prepare("SELECT 1 FROM pawl_meta WHERE table_name=?1 AND key_column IS NOT NULL");
  s.bind(1, into.name);
  if (has_table(db, into.name) && s.step()) return into;
  fail(store_failure::misuse, {"pawl: ", db.path(), ": children cannot be inserted into ", into.name,
                               ", for no store of it has been opened there; open one before"});
}

PAWL_INLINE child_inserter::child_inserter(database& db, item_table const& into)
    : db_(&db),
      into_(&opened(db, into)),
      shared_(db.share(into.name, nullptr)),
      troubles_(db, *shared_, *into.lifecycle, items_of()),
      former_(db, *shared_, into.name),
      table_(text({"[", into.name, "]"})),
      insert_(db.prepare(insert_sql(false))),
      link_(db.prepare(link_sql(text({"t.[", troubles_.items().key, "]=?2 AND CAST(t.[", troubles_.items().key,
                                      "] AS TEXT)=?2 COLLATE BINARY"})))) {
  if (into.columns == nullptr) link_new_ = db.prepare(link_sql("t.id>?2"));
}

PAWL_INLINE items_sql child_inserter::items_of() const {
  if (into_->columns == nullptr)
    return {.table = into_->name,
            .row = "id",
            .key = "key",
            .state = "state",
            .version = "version",
            .kept = states_kept_as::codes,
            .changed_at = "changed_at",
            .life = row_life("id", "")};
  auto const& n = *into_->columns;
  return {.table = n.table,
          .row = "rowid",
          .key = n.key,
          .state = n.state,
          .version = n.version,
          .kept = states_kept_as::names,
          .changed_at = n.changed_at,
          .priority = n.priority,
          .life = row_life::of(*db_, n)};
}

// ?1 key, ?2 time, ?3 priority. A mapped table may refuse new rows that lack its other columns, also under a key that is there:
// SQLite asks for the columns first.
PAWL_INLINE std::string child_inserter::insert_sql(bool with_priority) const {
  auto const& items = troubles_.items();
  auto const& of = *into_->lifecycle;
  std::string const state = items.kept == states_kept_as::codes ? text({number(of.state_codes[of.initial])})
                                                                : in_quotes(of.state_names[of.initial]);
  bool const has_time = !items.changed_at.empty(), has_priority = with_priority && !items.priority.empty();
  auto const column = [](bool there, std::string_view name) { return there ? text({",[", name, "]"}) : std::string(); };
  std::string const is_new = /*mutant children_are_there: OFF ? text({"1"}) :*/
      text({"NOT EXISTS(SELECT 1 FROM [", items.table, "] WHERE [", items.key, "]=?1)"});
  std::string const target =
      text({"INSERT INTO [", items.table, "]([", items.key, "],[", items.state, "],[", items.version, "]",
            column(has_time, items.changed_at), column(has_priority, items.priority), ")"});
  return text({target, " SELECT ?1,", state, ",0", has_time ? ",?2" : "", has_priority ? ",?3" : "", " WHERE ", is_new,
               " ON CONFLICT([", items.key, "]) DO NOTHING"});
}

// ?1 parent, ?2 of the condition. The row may have been there, and have ended.
PAWL_INLINE std::string child_inserter::link_sql(std::string_view which) const {
  auto const& items = troubles_.items();
  auto const& of = *into_->lifecycle;
  auto const in = [&](ending how) {
    return in_states(of, items, [&](std::size_t state) { return ending_of(of.roles[state]) == how; });
  };
  return text({"INSERT INTO pawl_child(parent,table_name,child,life,arrived) SELECT ?1,", in_quotes(items.table), ",",
               into_->columns == nullptr ? "t.id" : "?2", ",", items.life.sql("t"), ",CASE WHEN ", in(ending::arrived),
               " THEN 1 WHEN ", in(ending::failed), " THEN 0 END FROM [", items.table, "] AS t WHERE ", which,
               " ON CONFLICT(parent,table_name,child,life) DO UPDATE SET arrived=excluded.arrived"});
}

PAWL_INLINE void child_inserter::insert(std::int64_t parent, insertion const& items) {
  shared_->any_parents = true;
  if (insert_new(parent, items)) return;
  for (std::string const& key : items.keys()) {
    if (key.empty())
      fail(store_failure::misuse,
           {"pawl: ", db_->path(), ": a child in ", into_->name, " needs a key that is not empty"});
    if (insert_one(key, items)) {
      troubles_.forget(key);
      former_.forget(key);
      if (items.start_at()) {
        trouble_record later;
        later.next_at = items.start_at();
        troubles_.note({key, 0, into_->lifecycle->initial, 0}, later);
      }
    }
    link(parent, key);
  }
}

// Into pawl's own table, if none of them is there and none is to start later: in bulk, a fourth of the time.
PAWL_INLINE bool child_inserter::insert_new(std::int64_t parent, insertion const& items) {
  if (!link_new_ || items.start_at() || items.keys().size() < 8) return false;
  auto const now = std::chrono::floor<std::chrono::microseconds>(db_->now().time_since_epoch()).count();
  bulk_insert bulk(*db_, table_, *into_->lifecycle, now);
  for (std::string const& key : items.keys()) bulk.add(key);
  std::size_t const inserted = bulk.finish();
  troubles_.forget_after(bulk.last_before(), inserted);
  former_.forget_after(bulk.last_before());
  reset_at_exit const reset(link_new_);
  link_new_.bind(1, parent);
  link_new_.bind(2, bulk.last_before());
  link_new_.step();
  return inserted == items.keys().size();
}

PAWL_INLINE bool child_inserter::insert_one(std::string_view key, insertion const& items) {
  if (items.priority() && !insert_urgent_) insert_urgent_ = db_->prepare(insert_sql(true));
  statement& s = items.priority() ? insert_urgent_ : insert_;
  reset_at_exit const reset(s);
  s.bind(1, key);
  bind_now(s, 2);
  if (items.priority()) s.bind(3, *items.priority());
  s.step();
  return sqlite3_changes(db_->handle()) != 0;
}

PAWL_INLINE void child_inserter::bind_now(statement& s, int parameter) {
  auto const& items = troubles_.items();
  if (items.changed_at.empty()) return;
  if (items.kept == states_kept_as::codes)
    return s.bind(parameter, std::chrono::floor<std::chrono::microseconds>(db_->now().time_since_epoch()).count());
  s.bind(parameter, now_(db_->now()));
}

PAWL_INLINE void child_inserter::link(std::int64_t parent, std::string_view key) {
  reset_at_exit const reset(link_);
  link_.bind(1, parent);
  link_.bind(2, key);
  link_.step();
  if (sqlite3_changes(db_->handle()) == 0)
    fail(store_failure::rejected,
         {"pawl: ", db_->path(), ": table ", into_->name, " has no row of its own for the child '", key,
          "', but one whose key it takes for the same"});
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
