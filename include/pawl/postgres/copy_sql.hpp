// The SQL that takes over items of another database as they are: identity, keys, versions, lives, events and troubles.
#ifndef PAWL_POSTGRES_COPY_SQL_HPP
#define PAWL_POSTGRES_COPY_SQL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/owner.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// The columns of pawl's own table for what events recorded, in the order of layout::assignments.
inline std::vector<std::string> event_columns(layout const& of) {
  std::vector<std::string> all;
  for (assignment const& one : of.assignments)
    if (one.kind != field_kind::cleared) all.push_back(one.column);
  return all;
}

// A page: $1 ids, $2 keys, $3 versions, $4 times of change, $5 states; $6 to $13 the members of trouble_record, with NULL for
// the attempts of an item that has no record; then an array for each of event_columns().
inline std::string page_arrays(layout const& of) {
  std::string sql =
      "unnest($1::int8[],$2::bytea[],$3::int8[],$4::timestamptz[],$5::int2[],$6::int4[],$7::int4[],$8::int8[],"
      "$9::int8[],$10::bool[],$11::bool[],$12::int8[],$13::text[]";
  auto const count = static_cast<std::int64_t>(event_columns(of).size());
  for (std::int64_t i = 0; i < count; ++i) sql += text({",$", number(14 + i), "::bytea[]"});
  sql += ") WITH ORDINALITY AS u(i,k,v,h,s,a,c,x,y,p,d,r,t";
  for (std::int64_t i = 0; i < count; ++i) sql += text({",e", number(i)});
  return sql += ",n)";
}
// ",f.on_x" and the like, or ",u.e0".
inline std::string events_in_table(layout const& of) {
  std::string sql;
  for (std::string const& column : event_columns(of)) sql += text({",f.", column});
  return sql;
}
inline std::string events_in_page(layout const& of) {
  std::string sql;
  auto const count = static_cast<std::int64_t>(event_columns(of).size());
  for (std::int64_t i = 0; i < count; ++i) sql += text({",u.e", number(i)});
  return sql;
}

// One row for each item of the page whose key or id is there already: its number in the page, counted from 1, and whether the
// row is the item, with its record and all that its events recorded.
inline std::string compare_page_sql(layout const& of) {
  return text({"SELECT u.n,f.key IS NOT NULL AND ROW(f.id,f.version,f.changed_at,f.state", events_in_table(of),
               ") IS NOT DISTINCT FROM ROW(u.i,u.v,u.h,u.s", events_in_page(of), ") AND ROW(", record_columns,
               ") IS NOT DISTINCT FROM ROW(u.a,u.c,u.x,u.y,u.p,u.d,u.r,u.t) FROM ", page_arrays(of), " LEFT JOIN ",
               of.table, " AS f ON f.key=u.k LEFT JOIN ", of.table, " AS g ON g.id=u.i LEFT JOIN ", of.records,
               "pawl_trouble AS p ON p.table_name=", in_quotes(of.name),
               " AND p.key=f.key AND p.version=f.version AND p.life=f.id WHERE f.key IS NOT NULL OR g.id IS NOT NULL "
               "ORDER BY u.n"});
}
// Writes the items of the page that are not there yet. One row: how many.
inline std::string write_page_sql(layout const& of) {
  std::string columns;
  for (std::string const& column : event_columns(of)) columns += text({",", column});
  return text({"WITH m AS (INSERT INTO ", of.table, "(id,key,version,changed_at,state", columns,
               ") OVERRIDING SYSTEM VALUE SELECT u.i,u.k,u.v,u.h,u.s", events_in_page(of), " FROM ", page_arrays(of),
               " ON CONFLICT DO NOTHING RETURNING 1) SELECT count(*) FROM m"});
}
// After it, with the same parameters: their records. What is left of a row that had the key before gives way.
inline std::string write_records_sql(layout const& of) {
  return text({"INSERT INTO ", of.records,
               "pawl_trouble AS p(table_name,key,version,life,attempts,recoveries,next_at,since,parked,in_doubt,run,"
               "last_error) SELECT ",
               in_quotes(of.name), ",u.k,u.v,u.i,u.a,u.c,u.x,u.y,u.p,u.d,u.r,u.t FROM ", page_arrays(of), " JOIN ",
               of.table,
               " AS f ON f.key=u.k AND f.id=u.i AND f.version=u.v WHERE u.a IS NOT NULL ON CONFLICT(table_name,key) DO "
               "UPDATE SET version=excluded.version,life=excluded.life,attempts=excluded.attempts,"
               "recoveries=excluded.recoveries,next_at=excluded.next_at,since=excluded.since,parked=excluded.parked,"
               "in_doubt=excluded.in_doubt,run=excluded.run,last_error=excluded.last_error WHERE "
               "p.version<>excluded.version OR p.life<>excluded.life"});
}

// At most one row: a table that a run works on. A run that leases items and has given no sign of life for ten seconds is
// taken for dead by the others.
inline std::string working_table_sql(layout const& of) {
  return text({"SELECT w.table_name FROM ", of.records,
               "pawl_worker AS w WHERE NOT w.dead AND w.beat_at>statement_timestamp()-interval '10 seconds' UNION ALL "
               "SELECT ",
               in_quotes(of.name), " FROM pg_catalog.pg_locks WHERE locktype='advisory' AND classid=",
               number(class_of_shared_runs), " AND objid=(hashtext(", in_quotes(of.table),
               ")::int8&4294967295)::oid AND database=(SELECT oid FROM pg_catalog.pg_database WHERE "
               "datname=current_database()) LIMIT 1"});
}
// One row: the identity; the tables that pawl knows here, NULL where there is none; and one that a run works on, or NULL.
inline std::string look_around_sql(layout const& of) {
  return text({"SELECT max(m.identity),array_agg(m.table_name) FILTER(WHERE to_regclass(", in_quotes(of.records),
               "||quote_ident(m.table_name)) IS NOT NULL),(", working_table_sql(of), ") FROM ", of.records,
               "pawl_meta AS m"});
}
// One row: the first of these tables, which are beside the records, that has any rows; NULL where all are empty.
inline std::string any_items_sql(layout const& of, std::vector<std::string> const& tables) {
  std::string sql = "SELECT coalesce(NULL::text";
  for (std::string const& one : tables)
    sql += text({",(SELECT ", in_quotes(one), "::text FROM ", of.records, sql_name(one), " LIMIT 1)"});
  return sql += ")";
}
// Nobody joins until the transaction ends: a run asks for the identity once it has joined.
inline std::string lock_workers_sql(layout const& of) {
  return text({"LOCK TABLE ", of.records, "pawl_worker IN SHARE ROW EXCLUSIVE MODE"});
}
// $1 the identity. Not under a run that has asked for it already.
inline std::string take_identity_sql(layout const& of) {
  return text({"UPDATE ", of.records, "pawl_meta SET identity=$1::text WHERE NOT EXISTS(", working_table_sql(of), ")"});
}
// $1 the highest id that the other database has given out: none of them is given out here.
inline std::string skip_ids_sql(layout const& of) {
  std::string const sequence = text({"pg_get_serial_sequence(", in_quotes(of.table), ",'id')"});
  return text({"SELECT setval(", sequence, ",greatest(coalesce(pg_sequence_last_value(", sequence,
               "::regclass),0),$1::int8,1))"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
