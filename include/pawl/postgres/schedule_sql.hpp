// The statements of schedules: see tick_store.hpp.
#ifndef PAWL_POSTGRES_SCHEDULE_SQL_HPP
#define PAWL_POSTGRES_SCHEDULE_SQL_HPP

#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// $1 table, $2 schedule, bytea. At most one row.
inline std::string last_tick_sql(std::string_view records) {
  return text({"SELECT last_tick FROM ", records, "pawl_schedule WHERE table_name=$1::text AND name=$2::bytea"});
}

enum class from_where : bool { nothing, last_tick };

// As counted_write has it; $3 table, $4 schedule, bytea; $5 from where, int8, NULL: it has no record; $6 to where, int8; $7 keys,
// bytea[], sorted. Two counts: 1 if the record was there, and how many items are new. Whoever comes second waits for the
// first's record, and finds it moved; or gone, where it was forgotten meanwhile.
inline std::string advance_ticks_sql(layout const& of, from_where from) {
  std::string const schedule = text({of.records, "pawl_schedule"});
  std::string const advance =
      from == from_where::last_tick
          ? text({"UPDATE ", schedule, " SET last_tick=$6::int8 WHERE table_name=$3::text AND name=$4::bytea AND ",
                  /*mutant postgres_tick_is_guarded: OFF ? "$5::int8 IS NOT NULL" :*/ "last_tick=$5::int8"})
          : text({"INSERT INTO ", schedule,
                  "(table_name,name,last_tick) SELECT $3::text,$4::bytea,$6::int8 WHERE $5::int8 IS NULL ON "
                  "CONFLICT(table_name,name) DO NOTHING"});
  return text({"WITH g AS (", advance, " RETURNING 1),i AS (INSERT INTO ", of.table,
               "(key,state,version,changed_at) SELECT u.k,", of.state_literal(of.lifecycle->initial),
               ",0,$1::timestamptz FROM unnest($7::bytea[]) AS u(k) WHERE EXISTS(SELECT 1 FROM g) ON CONFLICT(key) DO "
               "NOTHING RETURNING 1) INSERT INTO ",
               of.records,
               "pawl_batch(token,written_at,moved) VALUES($2::int8,greatest($1::timestamptz,statement_timestamp()),"
               "ARRAY[(SELECT count(*) FROM g),(SELECT count(*) FROM i),1]::int8[]) RETURNING moved"});
}
// $1 table; $2 names, bytea[]; $3 last ticks, int8[]: none goes back.
inline std::string take_schedules_sql(std::string_view records) {
  return text({"INSERT INTO ", records,
               "pawl_schedule AS s(table_name,name,last_tick) SELECT $1::text,u.n,u.t FROM "
               "unnest($2::bytea[],$3::int8[]) AS u(n,t) ON CONFLICT(table_name,name) DO UPDATE SET "
               "last_tick=greatest(s.last_tick,excluded.last_tick)"});
}
// As counted_write has it; $3 table, $4 schedule, bytea.
inline std::string forget_ticks_sql(std::string_view records) {
  return counting_sql(records, text({"d AS (DELETE FROM ", records,
                                     "pawl_schedule WHERE table_name=$3::text AND name=$4::bytea RETURNING 1)"}));
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
