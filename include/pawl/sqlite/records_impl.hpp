// Implements the creation and the upgrade of pawl's tables.
#ifndef PAWL_SQLITE_RECORDS_IMPL_HPP
#define PAWL_SQLITE_RECORDS_IMPL_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/random_identity.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

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

PAWL_INLINE std::string records_sql(std::string_view create) {
  // SQLite's message for a violated CHECK is its name: here a sentence for a program that knows only schema 2.
  // The names of columns are those of items_sql and dictionary::write_meta().
  static constexpr std::string_view for_older =
      " CONSTRAINT \"this database has pawl schema 3; use a newer version of pawl\" CHECK(";
  return text(
      {create,
       "pawl_meta(table_name TEXT PRIMARY KEY,lifecycle TEXT NOT NULL,fingerprint TEXT NOT NULL,schema INTEGER NOT "
       "NULL",
       for_older,
       "schema>=3 AND identity IS NOT NULL),identity TEXT,kept TEXT,key_column TEXT,state_column TEXT,version_column "
       "TEXT,"
       "changed_at_column TEXT,born_column TEXT,priority_column TEXT,row_column TEXT,last_id INTEGER NOT NULL DEFAULT "
       "0,"
       "plain_keys INTEGER NOT NULL DEFAULT 0) STRICT;",
       create,
       "pawl_states(table_name TEXT,code INTEGER,name TEXT NOT NULL,role TEXT,PRIMARY KEY(table_name,name)) STRICT;",
       create,
       "pawl_rows(table_name TEXT NOT NULL,from_state TEXT NOT NULL,event TEXT NOT NULL,to_state TEXT NOT NULL,"
       "PRIMARY KEY(table_name,from_state,event)) STRICT,WITHOUT ROWID;",
       create, "pawl_trouble(table_name TEXT NOT NULL,key TEXT NOT NULL,version INTEGER NOT NULL,life INTEGER",
       for_older,
       "life IS NOT NULL),attempts INTEGER NOT NULL,recoveries INTEGER NOT NULL,next_at INTEGER,since INTEGER,"
       "parked INTEGER NOT NULL,in_doubt INTEGER NOT NULL,run INTEGER NOT NULL,last_error TEXT NOT NULL,"
       "PRIMARY KEY(table_name,key)) STRICT,WITHOUT ROWID;",
       create,
       "pawl_earlier(table_name TEXT NOT NULL,key TEXT NOT NULL,version INTEGER NOT NULL,life INTEGER NOT NULL,"
       "former INTEGER,PRIMARY KEY(table_name,key)) STRICT,WITHOUT ROWID;",
       create,
       "pawl_lease(table_name TEXT NOT NULL,key TEXT NOT NULL,life INTEGER NOT NULL,owner TEXT NOT NULL,"
       "PRIMARY KEY(table_name,key)) STRICT,WITHOUT ROWID;",
       create,
       "pawl_pause(table_name TEXT NOT NULL,state TEXT NOT NULL,since INTEGER NOT NULL,\"by\" TEXT NOT NULL,"
       "PRIMARY KEY(table_name,state)) STRICT,WITHOUT ROWID;"});
}

PAWL_INLINE void make_records(database& db) {
  db.execute(records_sql("CREATE TABLE IF NOT EXISTS "));
  db.execute(
      "CREATE INDEX IF NOT EXISTS pawl_trouble_due ON pawl_trouble(table_name,next_at) "
      "WHERE next_at IS NOT NULL AND parked=0;"
      "CREATE INDEX IF NOT EXISTS pawl_trouble_retry ON pawl_trouble(table_name,next_at) "
      "WHERE next_at IS NOT NULL AND parked=0 AND run<>0;"
      "CREATE INDEX IF NOT EXISTS pawl_trouble_start ON pawl_trouble(table_name,next_at) "
      "WHERE next_at IS NOT NULL AND parked=0 AND run=0");
}

PAWL_INLINE void stand_in_records(database& db) { db.execute(records_sql("CREATE TEMP TABLE IF NOT EXISTS ")); }

PAWL_INLINE void upgrade_records(database& db) {
  // Copied and made anew, for ALTER TABLE RENAME fails where any view of the user's is broken. They are small. What was
  // recorded under several spellings of a table's name is brought together.
  static constexpr std::string_view table_name =
      "coalesce((SELECT name FROM main.sqlite_schema WHERE type='table' AND name=table_name COLLATE "
      "NOCASE),table_name)";
  db.execute(
      "CREATE TEMP TABLE pawl_old_meta AS SELECT * FROM main.pawl_meta;"
      "CREATE TEMP TABLE pawl_old_states AS SELECT * FROM main.pawl_states;"
      "CREATE TEMP TABLE pawl_old_trouble AS SELECT * FROM main.pawl_trouble;"
      "DROP TABLE main.pawl_meta;DROP TABLE main.pawl_states;DROP TABLE main.pawl_trouble");
  make_records(db);
  db.execute(
      text({"INSERT OR IGNORE INTO pawl_meta(table_name,lifecycle,fingerprint,schema,identity,plain_keys) SELECT ",
            table_name, ",lifecycle,fingerprint,", number(own_schema), ",'", random_identity(),
            "',1 FROM pawl_old_meta;"
            "INSERT OR IGNORE INTO pawl_states(table_name,code,name) SELECT ",
            table_name,
            ",code,name FROM pawl_old_states;"
            "INSERT OR IGNORE INTO "
            "pawl_trouble(table_name,key,version,life,attempts,recoveries,next_at,since,parked,in_doubt,"
            "run,last_error) SELECT ",
            table_name,
            ",key,version,0,attempts,recoveries,next_at,since,parked,in_doubt,run,"
            "last_error FROM pawl_old_trouble ORDER BY version DESC,parked DESC,in_doubt DESC;"
            "DROP TABLE temp.pawl_old_meta;DROP TABLE temp.pawl_old_states;DROP TABLE temp.pawl_old_trouble"}));
  auto const has = [&db](std::string_view pragma, std::int64_t value) {
    statement s = db.prepare(pragma);
    return s.step() && s.integer(0) == value;
  };
  if (has("PRAGMA application_id", own_application_id) && has("PRAGMA user_version", 2))
    db.execute(text({"PRAGMA user_version=", number(own_schema)}));
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
