// The SQL of workers: a row for each process that runs items of a table, and how a dead one's items are free again.
#ifndef PAWL_POSTGRES_WORKER_SQL_HPP
#define PAWL_POSTGRES_WORKER_SQL_HPP

#include <string>
#include <string_view>

#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A worker's session holds an advisory lock for as long as it lives: the server frees it in the moment in which the session
// ends, however its process died. It is named by the table of workers and the worker's number, so that two schemas of one
// database do not meet. Behind a pooler sessions are shared, and only the beats tell who lives.
inline std::string worker_lock(layout const& of, std::string_view worker) {
  return text({in_quotes(text({of.records, "pawl_worker"})), "::regclass::oid::int8::bit(32)::int4,", worker});
}

// What is written of leases need not outlive a crash of the server: it ends all sessions, and with them all leases. So these
// transactions do not wait for the disk.
inline constexpr std::string_view without_flush = "set_config('synchronous_commit','off',true)";

// A sign of life is of when its row is written, not of when the statement arrived: it may have waited for a lock since.
//
// The worker's own row, locked: whoever rescues it waits, or has come first, and then there is no row.
inline std::string me_sql(layout const& of, std::string_view worker) {
  return text({"me AS MATERIALIZED (SELECT worker,", without_flush, " FROM ", of.records,
               "pawl_worker WHERE worker=", worker, "::int4 AND NOT dead FOR UPDATE)"});
}

// $1 name, $2 whether the session takes the lock. One row: the worker's number, and whether the lock was free.
inline std::string join_sql(layout const& of) {
  return text({"WITH w AS (INSERT INTO ", of.records, "pawl_worker(table_name,name,beat_at,locks) VALUES(",
               in_quotes(of.name), ",$1::text,clock_timestamp(),$2::bool) RETURNING worker) ",
               "SELECT worker,CASE WHEN $2::bool THEN pg_try_advisory_lock(", worker_lock(of, "worker"),
               ") ELSE true END FROM w"});
}
// $1 worker, which the session has held the lock of.
inline std::string unlock_sql(layout const& of) {
  return text({"SELECT pg_advisory_unlock(", worker_lock(of, "$1::int4"), ")"});
}

// The rows that the workers w of the list `gone` have claimed belong to nobody again. Locked by key, as a batch locks them;
// by an expression, in the order of which no index can be read.
inline std::string free_claims_sql(layout const& of) {
  if (of.kept == states_kept_as::codes)
    return text({"o AS (UPDATE ", of.table, " AS f SET owner=NULL FROM (SELECT f.", of.row,
                 " AS id,f.owner FROM gone AS w,unnest(w.leased) AS l(id),", of.table, " AS f WHERE f.", of.row,
                 "=ANY(ARRAY[l.id]) AND f.owner=w.worker ORDER BY f.", of.key,
                 "||'' FOR NO KEY UPDATE OF f) AS l WHERE f.", of.row,
                 "=ANY(ARRAY[l.id]) AND f.owner=l.owner RETURNING 1)"});
  std::string const theirs =
      text({"(SELECT o.key AS k FROM gone AS w,", of.records, "pawl_lease AS o WHERE o.table_name=", in_quotes(of.name),
            " AND o.owner=w.worker ORDER BY o.key FOR UPDATE OF o) AS k"});
  return text({"o AS (DELETE FROM ", of.records, "pawl_lease AS o USING ", keys_of(of, theirs), " WHERE ",
               is_of_key("o"), " RETURNING 1)"});
}

// A row f is claimed by the worker w.
inline std::string is_claimed_by_w(layout const& of) {
  if (of.kept == states_kept_as::codes) return " AND f.owner=w.worker";
  return text({" AND EXISTS(SELECT 1 FROM ", of.records, "pawl_lease AS o WHERE o.table_name=", in_quotes(of.name),
               " AND o.key=", of.record_key(), " AND o.owner=w.worker", look_up_each, ")"});
}

// Counts a death in the record of each item whose step a worker of `gone` ran and that it has claimed: at the version at which
// it was taken or a later one, for the worker goes on with an item from step to step while it has it. One that is delayed or
// parked was not run any more.
inline std::string count_deaths_sql(layout const& of) {
  std::string const same = "p.version=excluded.version AND p.life=excluded.life";
  auto const if_same = [&same](std::string_view column, std::string_view then, std::string_view otherwise) {
    return text({column, "=CASE WHEN ", same, " THEN ", then, " ELSE ", otherwise, " END"});
  };
  std::string sql = text(
      {"d AS MATERIALIZED (SELECT w.worker,p.key,f.",
       of.version,
       " AS version,",
       of.life(),
       " AS life FROM gone AS w,unnest(w.running_key,w.running_version,w.running_life) AS p(key,version,life) JOIN ",
       of.table,
       " AS f ON ",
       of.key_is(of.key_of_record()),
       " AND f.",
       of.version,
       ">=p.version AND (p.life=0 OR ",
       of.life(),
       "=p.life) WHERE true",
       /*mutant death_of_its_holder: OFF ? std::string() :*/ is_claimed_by_w(of),
       in_states_with_a_step(of),
       "),t AS (INSERT INTO ",
       of.records,
       "pawl_trouble AS p(table_name,key,version,life,attempts,recoveries,next_at,since,parked,in_doubt,run,"
       "last_error) SELECT ",
       in_quotes(of.name),
       ",d.key,d.version,d.life,0,1,NULL,NULL,false,false,0,'' FROM d ORDER BY d.key"});
  sql +=
      text({" ON CONFLICT(table_name,key) DO UPDATE SET version=excluded.version,life=excluded.life,",
            if_same("attempts", "p.attempts", "0"), ",", if_same("recoveries", "p.recoveries+1", "1"), ",next_at=NULL,",
            if_same("since", "p.since", "NULL"), ",parked=false,", if_same("in_doubt", "p.in_doubt", "false"), ",",
            if_same("run", "p.run", "0"), ",", if_same("last_error", "p.last_error", "''")});
  return sql +=
         text({" WHERE NOT(", same, " AND (p.parked OR p.next_at IS NOT NULL)) RETURNING p.key,p.version,p.life)"});
}

// $1 all workers of this session, int4[]; $2 seconds without a beat until a worker is dead, float8. Free: a lock that only
// its own session could hold. A worker that another session is rescuing is left to it. Locks the dead workers' rows and puts
// their numbers into the setting pawl.gone: rescue_sql() follows in the same transaction, and sees whatever they have claimed
// until then. A statement that locks and frees at once would free what they had claimed when it began.
inline std::string lock_dead_sql(layout const& of) {
  return text(
      {"SELECT set_config('pawl.gone',coalesce(string_agg(worker::text,','),''),true) FROM (SELECT worker FROM ",
       of.records, "pawl_worker WHERE table_name=", in_quotes(of.name),
       " AND NOT dead AND worker<>ALL($1::int4[]) AND (",
       /*mutant free_lock_is_a_death: OFF ? "locks AND NOT pg_try_advisory_xact_lock(" :*/
       "locks AND pg_try_advisory_xact_lock(", worker_lock(of, "worker"),
       ") OR beat_at<statement_timestamp()-make_interval(secs=>$2::float8)) FOR UPDATE SKIP LOCKED) AS w"});
}
// One row for each worker that was dead: number, name; and, the same in all, the rows that are free again and the deaths that
// were counted.
//
// The row of one whose items have a death counted is kept, with these items: a process that has lost its session, and not its
// life, takes them back when it joins again.
inline std::string rescue_sql(layout const& of) {
  std::string const deaths =
      text({"s AS MATERIALIZED ",
            in_both("SELECT key,version,life,NULL::int4 AS worker FROM t", "SELECT key,NULL,NULL,worker FROM d",
                    "max(version) AS version,max(life) AS life,max(worker) AS worker")});
  auto const counted = [](std::string_view column) {
    return text({"running_", column, "=ARRAY(SELECT s.", column, " FROM s WHERE s.worker=w.worker ORDER BY s.key)"});
  };
  std::string const has_deaths = "EXISTS(SELECT 1 FROM s WHERE s.worker=gone.worker)";
  return text({"WITH gone AS MATERIALIZED (SELECT * FROM ",
               of.records,
               "pawl_worker WHERE worker=ANY(string_to_array(current_setting('pawl.gone'),',')::int4[])),",
               count_deaths_sql(of),
               ",",
               free_claims_sql(of),
               ",",
               deaths,
               ",x AS (UPDATE ",
               of.records,
               "pawl_worker AS w SET dead=true,leased='{}',",
               counted("key"),
               ",",
               counted("version"),
               ",",
               counted("life"),
               " FROM gone WHERE w.worker=gone.worker AND ",
               has_deaths,
               "),y AS (DELETE FROM ",
               of.records,
               "pawl_worker AS w USING gone WHERE w.worker=gone.worker AND NOT ",
               has_deaths,
               ") "
               "SELECT worker,name,(SELECT count(*) FROM o),(SELECT count(*) FROM t) FROM gone ORDER BY worker"});
}
// Rows of dead workers whose process has not come back within an hour.
inline std::string forget_dead_sql(layout const& of) {
  return text(
      {"DELETE FROM ", of.records, "pawl_worker WHERE dead AND beat_at<statement_timestamp()-interval '1 hour'"});
}

// Leases of workers that are no more: nobody else would ever free them. In pawl's own table there is no index by owner.
inline std::string free_lost_leases_sql(layout const& of) {
  return text({"DELETE FROM ", of.records, "pawl_lease AS o WHERE o.table_name=", in_quotes(of.name),
               " AND NOT EXISTS(SELECT 1 FROM ", of.records, "pawl_worker AS w WHERE w.worker=o.owner AND NOT w.dead",
               look_up_each, ")"});
}

// $1 a worker of this process, which had lost its session: whoever rescues it, or what it has sent over that session, has
// ended then, and the statements that follow see what came of it.
inline std::string lock_worker_sql(layout const& of) {
  return text({"SELECT 1 FROM ", of.records, "pawl_worker WHERE worker=$1::int4 FOR UPDATE"});
}
// After lock_worker_sql(), and before leave_sql(), in one transaction. If it was taken for dead, the deaths that were counted
// then are taken back; not of an item that another has claimed since, who goes by its record. It claims what it takes back: as
// of a mapped table, or by a lock of the row, for which a claim does not wait.
inline std::string take_deaths_back_sql(layout const& of) {
  std::string const dead =
      text({"w AS MATERIALIZED (SELECT * FROM ", of.records, "pawl_worker WHERE worker=$1::int4 AND dead)"});
  std::string const ran = "unnest(w.running_key,w.running_version,w.running_life) AS p(key,version,life)";
  std::string const free =
      of.kept == states_kept_as::codes
          ? text({"n AS MATERIALIZED (SELECT p.key,p.version,p.life FROM w,", ran, ",", of.table, " AS f WHERE ",
                  of.key_is(of.key_of_record()),
                  /*mutant claimed_death_stays: OFF ? " ORDER BY p.key FOR NO KEY UPDATE OF f SKIP LOCKED)" :*/
                  " AND f.owner IS NULL ORDER BY p.key FOR NO KEY UPDATE OF f SKIP LOCKED)"})
          : text({"l AS (INSERT INTO ", of.records, "pawl_lease(table_name,key,owner) SELECT ", in_quotes(of.name),
                  ",p.key,w.worker FROM w,", ran, " ORDER BY p.key ON CONFLICT DO NOTHING RETURNING key),n AS ",
                  in_both("SELECT key,NULL::int8 AS version,NULL::int8 AS life FROM l",
                          text({"SELECT p.key,p.version,p.life FROM w,", ran}),
                          "max(version) AS version,max(life) AS life")});
  return text({"WITH ", dead, ",", free, " UPDATE ", of.records,
               "pawl_trouble AS p SET recoveries=p.recoveries-1 FROM ", keys_of(of, "n", "key AS k,version,life"),
               " WHERE ", is_of_key("p"), " AND p.version=u.version AND p.life=u.life AND p.recoveries>0"});
}
// $1 a worker of this process. It ends: what it has claimed is free, and no death is counted.
inline std::string leave_sql(layout const& of) {
  return text({"WITH gone AS MATERIALIZED (SELECT worker,leased FROM ", of.records,
               "pawl_worker WHERE worker=$1::int4 FOR UPDATE),", free_claims_sql(of), " DELETE FROM ", of.records,
               "pawl_worker AS w USING gone WHERE w.worker=gone.worker"});
}

// What a transaction of a worker counts as, once: quiet where nothing is given back. See ended_sql().
inline std::string counted_sql(std::string_view quiet, std::string_view loud) {
  return text({",quiet=w.quiet+", quiet, ",loud=w.loud+", loud});
}

// $1 worker, $2 what it has let go of: ids or keys, also of rows that belong to nobody already, as after a transition of
// pawl's own table to a state without a step; $3 whether no claim follows in the same transaction, which then counts it.
// "UPDATE 0": the worker was taken for dead.
inline std::string beat_sql(layout const& of) {
  std::string const counted = counted_sql("($3::bool AND cardinality($2)=0)::int", "(cardinality($2)>0)::int");
  if (of.kept == states_kept_as::codes)
    return text({"WITH ", me_sql(of, "$1"), ",o AS (UPDATE ", of.table, " AS f SET owner=NULL FROM me WHERE f.", of.row,
                 "=ANY($2::int8[]) AND f.owner=me.worker) UPDATE ", of.records,
                 "pawl_worker AS w SET beat_at=clock_timestamp(),leased=ARRAY(SELECT unnest(w.leased) EXCEPT "
                 "SELECT unnest($2::int8[]))",
                 counted, " FROM me WHERE w.worker=me.worker"});
  return text({"WITH ", me_sql(of, "$1"), ",o AS (DELETE FROM ", of.records, "pawl_lease AS o USING me,",
               keys_of(of, "unnest($2::bytea[]) AS k"), " WHERE ", is_of_key("o"), " AND o.owner=me.worker) UPDATE ",
               of.records, "pawl_worker AS w SET beat_at=clock_timestamp()", counted,
               " FROM me WHERE w.worker=me.worker"});
}

// $1 worker; $2 keys, $3 versions, $4 lives of all items that it runs from now on. "UPDATE 0": it was taken for dead.
inline std::string run_items_sql(layout const& of) {
  return text({"WITH ", me_sql(of, "$1"), " UPDATE ", of.records, "pawl_worker AS w SET beat_at=",
               /*mutant beats_when_given: OFF ? "statement_timestamp()" :*/ "clock_timestamp()",
               ",running_key=$2::bytea[],running_version=$3::int8[],"
               "running_life=$4::int8[],quiet=w.quiet+1 FROM me WHERE w.worker=me.worker"});
}

// Those that are alive, as far as is known: name, last sign of life, how many items it has claimed.
inline std::string workers_sql(layout const& of) {
  std::string const claimed =
      of.kept == states_kept_as::codes
          ? std::string("cardinality(w.leased)::int8")
          : text({"(SELECT count(*) FROM ", of.records, "pawl_lease AS o WHERE o.table_name=", in_quotes(of.name),
                  " AND o.owner=w.worker)"});
  return text({"SELECT w.name,w.beat_at,", claimed, " FROM ", of.records,
               "pawl_worker AS w WHERE w.table_name=", in_quotes(of.name), " AND NOT w.dead ORDER BY w.worker"});
}
// $1 a worker. One row: how many others are alive, and whether one of them has claimed items.
inline std::string others_sql(layout const& of) {
  std::string const others = text({" FROM ", of.records, "pawl_worker WHERE table_name=", in_quotes(of.name),
                                   " AND NOT dead AND worker<>$1::int4"});
  if (of.kept == states_kept_as::codes) return text({"SELECT count(*),coalesce(bool_or(leased<>'{}'),false)", others});
  return text({"SELECT count(*),EXISTS(SELECT 1 FROM ", of.records,
               "pawl_lease AS o WHERE o.table_name=", in_quotes(of.name), " AND o.owner<>$1::int4)", others});
}

// $1 the workers of this process. How many transactions of the cluster have ended that have written, without those of
// workers after which there is nothing new to look at: beats, claims and what is said to be run. Ours are known to us. It
// only grows, for a worker's row that is removed adds what it had subtracted: its end is to be looked at. A row that all
// writers count up would make their batches wait for each other, and says nothing of a row that a user's own program has
// inserted; the server's statistics of the table are late by seconds.
inline std::string ended_sql(layout const& of) {
  return text(
      {"SELECT pg_snapshot_xmax(s)::text::int8-(SELECT count(*) FROM pg_snapshot_xip(s))-(SELECT "
       "coalesce(sum(w.quiet+CASE WHEN w.worker=ANY($1::int4[]) THEN w.loud ELSE 0 END),0)::int8 FROM ",
       of.records, "pawl_worker AS w) FROM pg_current_snapshot() AS s"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
