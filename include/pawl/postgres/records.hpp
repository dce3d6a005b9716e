// The tables in which a database keeps what pawl knows about its tables of items, readable by any tool. This is schema 3,
// which SQLite's store has too. They are in the schema of the table of items.
//
//   pawl_meta     One row for each table of items. `lifecycle` and `fingerprint` are those of the program that opened it
//                 last. `identity`: 32 random hexadecimal digits, the same in all rows: part of idempotency keys.
//                 `kept`: 'names' if the state column holds the states' stored names (a mapped table), 'codes' if it holds
//                 their codes (pawl's own table). `*_column`: its columns, as pawl::names has them; NULL: there is none.
//                 `row_column`: its primary key, if it is one integer.
//   pawl_states   Its states: code, stored name and role ('step', 'goal', 'terminal', 'waiting').
//   pawl_rows     The lifecycle's transitions: from_state, event, to_state.
//   pawl_trouble  The records of delayed, parked and in-doubt items (trouble_record.hpp). One counts only for the row with
//                 its key, version and life; others are leftovers. Times are in nanoseconds.
//   pawl_batch    One row for each connection's last batch: that its `token` is there says that it was committed, and
//                 `moved` which of its items moved. The connection's next batch removes it. With `moved` = '{0}' the batch
//                 will never be committed (resolve.hpp).
//   pawl_worker   One row for each process that runs items of a table: its number, name and last sign of life, whether its
//                 session holds the lock that says so at once, the ids that it has claimed in pawl's own table, and the
//                 items whose steps it runs. One that is `dead` has been rescued. `quiet`: how many transactions of it left
//                 nothing for others to look at, its join among them; `loud`: how many gave items back.
//   pawl_lease    The rows of mapped tables that a worker has claimed.
//   pawl_pause    States of which no run begins the step: since when, in nanoseconds, and on whose behalf.
//   pawl_schedule Up to where each schedule's ticks are settled (tick_store.hpp), in nanoseconds.
//   pawl_parent   The items that have ever had children: its table, key and life. `complete`: all of them have ended where no
//                 store of its table was open to tell it.
//   pawl_child    Whose children the items of other tables are, a row for each parent of each. `arrived`: whether it has ended
//                 in a goal; NULL: it has not ended. No index has that, and half a page is room for a new version of each
//                 row, so that its end is written there alone. In pawl_batch a row with the token
//                 children_token() of a table says that an item of it has once been a child.
//   pawl_change, pawl_history  As SQLite's store has them; made where store_options::history asks for them.
#ifndef PAWL_POSTGRES_RECORDS_HPP
#define PAWL_POSTGRES_RECORDS_HPP

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

inline constexpr std::int64_t own_schema = 3;

// Held by the transaction that makes or changes pawl's tables, for CREATE IF NOT EXISTS in two transactions at once fails
// in one of them. "pawl" in ASCII.
inline constexpr std::string_view lock_schema_sql = "SELECT pg_advisory_xact_lock(1885435756)";

// The schema in which a table is that does not exist yet. One row: NULL if the search_path has none.
inline constexpr std::string_view own_schema_sql = "SELECT current_schema()::text";

// $1 the schema, $2 a table: whether there is anything with this name.
inline constexpr std::string_view has_table_sql =
    "SELECT EXISTS(SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid=c.relnamespace "
    "WHERE n.nspname=$1::text AND c.relname=$2::text)";

// $1 a schema. How many of pawl's tables are in it.
inline constexpr std::int64_t tables_of_records = 11;
inline constexpr std::string_view count_records_sql =
    "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid=c.relnamespace "
    "WHERE n.nspname=$1::text AND c.relkind IN('r','p') AND c.relname=ANY('{pawl_meta,pawl_states,pawl_rows,"
    "pawl_trouble,pawl_batch,pawl_worker,pawl_lease,pawl_pause,pawl_schedule,pawl_parent,pawl_child}'::text[])";

// Statements that make what is missing, within a transaction that holds the lock. `records`: layout::records.
inline std::vector<std::string> make_records_sql(std::string_view records) {
  auto const table = [records](std::string_view name, std::string_view columns) {
    return text({"CREATE TABLE IF NOT EXISTS ", records, name, "(", columns, ")"});
  };
  auto const index = [records](std::string_view name, std::string_view condition) {
    return text({"CREATE INDEX IF NOT EXISTS ", name, " ON ", records,
                 "pawl_trouble(table_name,next_at) WHERE next_at IS NOT NULL AND NOT parked", condition});
  };
  return {
      table(
          "pawl_meta",
          "table_name text PRIMARY KEY,lifecycle text NOT NULL,fingerprint text NOT NULL,schema integer NOT NULL,"
          "identity text NOT NULL,kept text NOT NULL,key_column text NOT NULL,state_column text NOT NULL,"
          "version_column text NOT NULL,changed_at_column text,born_column text,priority_column text,row_column text"),
      table("pawl_states",
            "table_name text NOT NULL,code bigint NOT NULL,name text NOT NULL,role text,PRIMARY KEY(table_name,name)"),
      table("pawl_rows",
            "table_name text NOT NULL,from_state text NOT NULL,event text NOT NULL,to_state text NOT NULL,"
            "PRIMARY KEY(table_name,from_state,event)"),
      table("pawl_trouble",
            "table_name text NOT NULL,key bytea NOT NULL,version bigint NOT NULL,life bigint NOT NULL,"
            "attempts integer NOT NULL,recoveries integer NOT NULL,next_at bigint,since bigint,parked boolean NOT NULL,"
            "in_doubt boolean NOT NULL,run bigint NOT NULL,last_error text NOT NULL,PRIMARY KEY(table_name,key)"),
      index("pawl_trouble_due", ""),
      index("pawl_trouble_retry", " AND run<>0"),
      index("pawl_trouble_start", " AND run=0"),
      table("pawl_batch", "token bigint PRIMARY KEY,written_at timestamptz NOT NULL,moved bigint[] NOT NULL"),
      table("pawl_worker",
            "worker integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,table_name text NOT NULL,name text NOT NULL,"
            "beat_at timestamptz NOT NULL,locks boolean NOT NULL,dead boolean NOT NULL DEFAULT false,"
            "leased bigint[] NOT NULL DEFAULT '{}',running_key bytea[] NOT NULL DEFAULT '{}',"
            "running_version bigint[] NOT NULL DEFAULT '{}',running_life bigint[] NOT NULL DEFAULT '{}',"
            "quiet bigint NOT NULL DEFAULT 1,loud bigint NOT NULL DEFAULT 0"),
      text({"CREATE INDEX IF NOT EXISTS pawl_worker_alive ON ", records, "pawl_worker(table_name) WHERE NOT dead"}),
      table("pawl_lease",
            "table_name text NOT NULL,key bytea NOT NULL,owner integer NOT NULL,PRIMARY KEY(table_name,key)"),
      table("pawl_pause",
            "table_name text NOT NULL,state text NOT NULL,since bigint NOT NULL,\"by\" text NOT NULL,"
            "PRIMARY KEY(table_name,state)"),
      table("pawl_schedule",
            "table_name text NOT NULL,name bytea NOT NULL,last_tick bigint NOT NULL,PRIMARY KEY(table_name,name)"),
      table("pawl_parent",
            "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,table_name text NOT NULL,key bytea NOT NULL,"
            "life bigint NOT NULL,complete boolean NOT NULL DEFAULT false,UNIQUE(table_name,key,life)"),
      text({"CREATE INDEX IF NOT EXISTS pawl_parent_complete ON ", records, "pawl_parent(table_name) WHERE complete"}),
      text({"CREATE TABLE IF NOT EXISTS ", records,
            "pawl_child(parent bigint NOT NULL,table_name text NOT NULL,key bytea NOT NULL,life bigint NOT NULL,"
            "arrived boolean,PRIMARY KEY(parent,table_name,key)) WITH (fillfactor=50)"}),
      text({"CREATE INDEX IF NOT EXISTS pawl_child_of ON ", records, "pawl_child(table_name,key)"}),
  };
}

// $1 table. At most one row: schema, fingerprint, identity, kept, then the columns key, state, version, changed_at, born,
// priority, row.
inline std::string read_meta_sql(std::string_view records) {
  return text(
      {"SELECT schema::int8,fingerprint,identity,kept,key_column,state_column,version_column,changed_at_column,"
       "born_column,priority_column,row_column FROM ",
       records, "pawl_meta WHERE table_name=$1::text"});
}
// The newest schema of any table's row, and the identity of them all.
inline std::string newest_schema_sql(std::string_view records) {
  return text({"SELECT max(schema)::int8,max(identity) FROM ", records, "pawl_meta"});
}
// $1 table. Code, name.
inline std::string read_states_sql(std::string_view records) {
  return text({"SELECT code,name FROM ", records, "pawl_states WHERE table_name=$1::text ORDER BY code,name"});
}

// $1 table, $2 lifecycle, $3 fingerprint, $4 an identity for a database that has none, $5 kept, $6 to $12 the columns, of
// which an empty name becomes NULL.
inline std::string write_meta_sql(std::string_view records) {
  return text(
      {"INSERT INTO ", records,
       "pawl_meta(table_name,lifecycle,fingerprint,schema,identity,kept,key_column,state_column,version_column,"
       "changed_at_column,born_column,priority_column,row_column) VALUES($1::text,$2::text,$3::text,",
       number(own_schema), ",coalesce((SELECT max(identity) FROM ", records,
       "pawl_meta),$4::text),$5::text,$6::text,$7::text,$8::text,nullif($9::text,''),nullif($10::text,''),"
       "nullif($11::text,''),nullif($12::text,'')) ON CONFLICT(table_name) DO UPDATE SET lifecycle=excluded.lifecycle,"
       "fingerprint=excluded.fingerprint,schema=excluded.schema,kept=excluded.kept,key_column=excluded.key_column,"
       "state_column=excluded.state_column,version_column=excluded.version_column,"
       "changed_at_column=excluded.changed_at_column,born_column=excluded.born_column,"
       "priority_column=excluded.priority_column,row_column=excluded.row_column"});
}
// $1 table; $2 codes, int8[]; $3 names, text[]; $4 roles, text[].
inline std::string write_states_sql(std::string_view records) {
  return text({"INSERT INTO ", records,
               "pawl_states(table_name,code,name,role) SELECT $1::text,u.c,u.n,u.r FROM "
               "unnest($2::int8[],$3::text[],$4::text[]) AS u(c,n,r) ON CONFLICT(table_name,name) DO UPDATE SET "
               "code=excluded.code,role=excluded.role"});
}
// $1 table; $2 from-states, $3 events, $4 to-states, text[]. In two statements, of which the first takes $1 alone.
inline std::array<std::string, 2> write_rows_sql(std::string_view records) {
  return {text({"DELETE FROM ", records, "pawl_rows WHERE table_name=$1::text"}),
          text({"INSERT INTO ", records,
                "pawl_rows(table_name,from_state,event,to_state) SELECT $1::text,u.f,u.e,u.t FROM "
                "unnest($2::text[],$3::text[],$4::text[]) AS u(f,e,t)"})};
}
// $1 table, $2 a code of its states: the name.
inline std::string state_name_sql(std::string_view records) {
  return text({"SELECT name FROM ", records, "pawl_states WHERE table_name=$1::text AND code=$2::int8"});
}
// Tokens of connections that ended long ago, and those that keep a late batch from being committed (resolve.hpp).
inline std::string forget_old_batches_sql(std::string_view records) {
  return text({"DELETE FROM ", records, "pawl_batch WHERE written_at<statement_timestamp()-interval '1 day'"});
}
// A transaction that moves nothing: $1 the time, timestamptz; $2 its token, int8.
inline std::string write_token_sql(std::string_view records) {
  return text(
      {"INSERT INTO ", records,
       "pawl_batch(token,written_at,moved) VALUES($2::int8,greatest($1::timestamptz,statement_timestamp()),'{}')"});
}
// $1 tokens that nobody asks for any more. One that says that its batch will never be committed stays: the batch may still
// arrive.
inline std::string forget_tokens_sql(std::string_view records) {
  return text({"DELETE FROM ", records, "pawl_batch WHERE token=ANY($1::int8[]) AND moved<>'{0}'"});
}
// $1 table. The names of its states that are paused.
inline std::string paused_sql(std::string_view records) {
  return text({"SELECT state FROM ", records, "pawl_pause WHERE table_name=$1::text"});
}
// What counted_write sends: `change` makes a list d, whose rows are counted. A 1 follows, for '{0}' stands for a batch that never
// was committed (resolve.hpp).
inline std::string counting_sql(std::string_view records, std::string_view change) {
  return text({"WITH ", change, " INSERT INTO ", records,
               "pawl_batch(token,written_at,moved) VALUES($2::int8,greatest($1::timestamptz,statement_timestamp()),"
               "ARRAY[(SELECT count(*) FROM d),1]::int8[]) RETURNING moved"});
}
// What both count; $3 table, $4 state, $5 by whom.
inline std::string pause_sql(std::string_view records) {
  return text({"d AS (INSERT INTO ", records, "pawl_pause(table_name,state,since,\"by\") VALUES($3::text,$4::text,",
               "(extract(epoch FROM $1::timestamptz)*1000000)::int8*1000,$5::text) ",
               "ON CONFLICT(table_name,state) DO NOTHING RETURNING 1)"});
}
inline std::string resume_sql(std::string_view records) {
  return text({"d AS (DELETE FROM ", records, "pawl_pause WHERE table_name=$3::text AND state=$4::text RETURNING 1)"});
}
// $1 table: it was made anew, and what is recorded of the items of before is about none of its rows.
inline std::string forget_items_sql(std::string_view records) {
  return text({"DELETE FROM ", records, "pawl_trouble WHERE table_name=$1::text"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
