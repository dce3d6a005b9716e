// Implements bulk_insert.
#ifndef PAWL_SQLITE_BULK_INSERT_IMPL_HPP
#define PAWL_SQLITE_BULK_INSERT_IMPL_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/bulk_insert.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/user_statements.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE bulk_insert::bulk_insert(database& db, std::string const& table, lifecycle_view const& lifecycle,
                                     std::int64_t now)
    : db_(&db), table_(&table), initial_(number(lifecycle.state_codes[lifecycle.initial])), now_(number(now)) {
  statement last = db.prepare(text({"SELECT max(id) FROM ", table}));
  if (last.step()) last_before_ = last.integer(0);
}

PAWL_INLINE void bulk_insert::add(std::string_view key) {
  if (key.empty()) fail(store_failure::misuse, {"pawl: ", db_->path(), ": new items need keys that are not empty"});
  keys_ += key;
  ends_[waiting_] = keys_.size();
  if (++waiting_ < at_once) return;
  if (!many_) many_ = prepare();
  write(many_);
}

PAWL_INLINE std::size_t bulk_insert::finish() {
  if (waiting_ > 0) {
    statement last = prepare();
    write(last);
  }
  return inserted_;
}

PAWL_INLINE statement bulk_insert::prepare() const {
  std::string const others = text({",", initial_, ",0,", now_, ")"});
  std::string sql = text({"INSERT INTO ", *table_, "(key,state,version,changed_at) VALUES"});
  for (std::size_t i = 0; i < waiting_; ++i) sql += text({i == 0 ? "(?" : ",(?", others});
  return db_->prepare(sql += " ON CONFLICT(key) DO NOTHING");
}

PAWL_INLINE void bulk_insert::write(statement& insert) {
  reset_at_exit const reset(insert);
  for (std::size_t i = 0; i < waiting_; ++i) insert.bind(static_cast<int>(i) + 1, key(i));
  insert.step();
  inserted_ += inserted_just_now();
  waiting_ = 0;
  keys_.clear();
}

PAWL_INLINE std::string_view bulk_insert::key(std::size_t i) const {
  std::size_t const begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(keys_).substr(begin, ends_[i] - begin);
}

PAWL_INLINE std::size_t bulk_insert::inserted_just_now() const {
  return static_cast<std::size_t>(sqlite3_changes64(db_->handle()));
}

// The query as one of a column `key`. Behind it a line ends, and a comment, which it may have left open.
inline std::string keys_of(std::string_view query) {
  if (query.ends_with(';')) query.remove_suffix(1);
  return text({"WITH pawl_keys(key) AS (\n", query, "\n/**/) "});
}

inline std::string_view checked_query(database& db, sql_statement const& query) {
  statement const asked = db.prepare(query.text());
  if (!asked || asked.writes() || asked.column_count() != 1)
    refuse_statement(db, query.text(), "insert_from() takes a query with one column, the keys of the items");
  if (!is_one_statement(asked, query.text())) refuse_statement(db, query.text(), "insert_from() takes one query");
  std::string_view const only = std::string_view(query.text()).substr(0, asked.sql().size());
  return only.substr((std::min)(only.find_first_not_of("; \t\r\n"), only.size()));
}

// The plus takes the query's affinity away: a column of numbers would be compared as numbers, with each row.
PAWL_INLINE bool bulk_insert::finds_new(database& db, std::string const& table, sql_statement const& query) {
  statement look = db.prepare(text({keys_of(checked_query(db, query)),
                                    "SELECT EXISTS(SELECT 1 FROM pawl_keys AS k WHERE NOT EXISTS(SELECT 1 FROM ", table,
                                    " WHERE key=", /*mutant keys_have_no_affinity: OFF ? "" :*/ "+", "k.key))"}));
  reset_at_exit const reset(look);
  bind_values(db, look, query);
  return look.step() && look.integer(0) != 0;
}

PAWL_INLINE std::size_t bulk_insert::from(sql_statement const& query) {
  statement insert = db_->prepare(
      text({keys_of(checked_query(*db_, query)), "INSERT INTO ", *table_, "(key,state,version,changed_at) SELECT key,",
            initial_, ",0,", now_, " FROM pawl_keys WHERE true ON CONFLICT(key) DO NOTHING"}));
  reset_at_exit const reset(insert);
  bind_values(*db_, insert, query);
  try {
    insert.step();
  } catch (store_error const& e) {
    int const code = sqlite3_extended_errcode(db_->handle());
    if (code == SQLITE_CONSTRAINT_NOTNULL || code == SQLITE_CONSTRAINT_DATATYPE) refuse_key(e.what());
    throw;
  }
  std::size_t const inserted = inserted_just_now();
  // Afterwards, for what is asked of each key costs a sixth of the time.
  statement empty = db_->prepare(text({"SELECT 1 FROM ", *table_, " WHERE key='' AND id>?1"}));
  empty.bind(1, last_before_);
  if (empty.step()) refuse_key(text({"pawl: ", db_->path(), ": insert_from() was given an empty key"}));
  return inserted;
}

PAWL_INLINE void bulk_insert::refuse_key(std::string_view why) {
  fail(store_failure::rejected, {why, "; a key is a text, and neither NULL nor empty"});
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
