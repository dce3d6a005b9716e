// The SQL of a store's writes and reads of its items. One statement serves all events of a batch; values are never
// literals, and identifiers are in double quotes.
#ifndef PAWL_POSTGRES_SQL_HPP
#define PAWL_POSTGRES_SQL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/column_type.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Parameters of move_sql: $1 the time, timestamptz; $2 the batch's token, int8; then one array each of keys, versions,
// lives (0: unknown), from-states, to-states and events (indexes of the lifecycle), all sorted by key; then the arrays of
// layout::parameters; and where the history is kept an array of changes, and the run.
inline constexpr std::size_t first_value_parameter = 9;

// "CASE u.e WHEN 0 THEN u.c1 WHEN 2 THEN NULL ELSE f.column END": what the events make of one column.
inline std::string assigned(layout const& of, std::string_view column) {
  std::string sql = text({column, "=CASE u.e"});
  for (assignment const& one : of.assignments) {
    if (one.column != column) continue;
    std::string const sent = text({"u.c", number(static_cast<std::int64_t>(one.parameter) + 1)});
    sql += text({" WHEN ", number(static_cast<std::int64_t>(one.event)), " THEN ",
                 one.kind == field_kind::cleared ? "NULL"
                 : one.kind == field_kind::time  ? time_written_as(one.type, "$1::timestamptz")
                                                 : written_as(one.type, sent)});
  }
  return sql += text({" ELSE f.", column, " END"});
}

// The states that have a step; NULL, which no state is, where none has.
inline std::string step_list(layout const& of) {
  std::string list;
  for (std::size_t i = 0; i < of.lifecycle->state_count(); ++i)
    if (of.lifecycle->roles[i] == role::step) list += text({list.empty() ? "" : ",", of.state_literal(i)});
  return list.empty() ? std::string("NULL") : list;
}

inline std::string set_list(layout const& of) {
  std::string sql = text({of.state, "=", of.state_value("u.ns"), ",", of.version, "=f.", of.version, "+1"});
  if (!of.changed_at.empty())
    sql += text({",", of.changed_at, "=", time_written_as(of.changed_at_type, "$1::timestamptz")});
  // A row that waits for no step belongs to no worker any more.
  if (of.kept == states_kept_as::codes)
    sql += text({",owner=CASE WHEN u.ns IN(", step_list(of),
                 /*mutant end_lets_go: OFF ? ") OR true THEN f.owner END" :*/ ") THEN f.owner END"});
  for (std::size_t i = 0; i < of.assignments.size(); ++i) {
    bool is_first = true;
    for (std::size_t j = 0; j < i; ++j) is_first = is_first && of.assignments[j].column != of.assignments[i].column;
    if (is_first) sql += text({",", assigned(of, of.assignments[i].column)});
  }
  return sql;
}

// A batch's row u is about row f as it is now. Joined by key, never by ctid: a row in which another column changed meanwhile
// is no conflict. The from-state is in the array: as a constant, fresh statistics ("no row is in that state") make the plan
// quadratic.
inline std::string guard(layout const& of) {
  return text({of.key_is("u.k"), " AND ", of.compared_state(), "=", of.state_value("u.os"), " AND f.", of.version,
               /*mutant server_guards_version: OFF ? ">=0 AND (u.l=0 OR " :*/ "=u.v AND (u.l=0 OR ", of.life(),
               /*mutant server_guards_life: OFF ? "=u.l OR true)" :*/ "=u.l)"});
}

// At the end of a subquery: it is looked up by key for each row. Statistics of when pawl's records were few, or none at all,
// make a plan otherwise that compares each row with each record.
inline constexpr std::string_view look_up_each = " OFFSET 0";

// The entries of what a batch has moved, which m lists: h the change, k the key in bytes, l the life, v the version
// afterwards; with the record of what had failed before. `run`: a parameter.
inline std::string add_history_sql(layout const& of, std::string_view run) {
  return text({"INSERT INTO ", of.records,
               "pawl_history(change,key,life,version,at,run,attempts,error) SELECT m.h,m.k,",
               "m.l,m.v,(extract(epoch FROM $1::timestamptz)*1000000)::int8*1000,", run,
               "::int8,coalesce(p.attempts,0),nullif(p.last_error,'') FROM m ", "LEFT JOIN LATERAL (SELECT * FROM ",
               of.records, "pawl_trouble AS p WHERE p.table_name=ANY(ARRAY[", in_quotes(of.name),
               "]) AND p.key=m.k AND p.version=m.v-1 AND p.life=m.l", look_up_each, ") AS p ON true ORDER BY m.n"});
}
// The guarded UPDATE of a batch, and in the same statement the batch's token with the ordinals of what it moved, which
// decides later what became of a batch whose answer was lost (resolve.hpp). No key may be twice in it. One row: the
// ordinals that moved, ascending, and for each the life and the locator of its row.
inline std::string move_sql(layout const& of) {
  std::string const states = text({of.state_sent_as(), "[]"});
  std::string arrays =
      text({"$3::", of.key_sent_as(), "[],$4::int8[],$5::int8[],$6::", states, ",$7::", states, ",$8::int2[]"});
  std::string columns = "k,v,l,os,ns,e";
  for (std::size_t i = 0; i < of.parameters.size(); ++i) {
    auto const parameter = static_cast<std::int64_t>(first_value_parameter + i);
    arrays += text({",$", number(parameter), "::", sent_as(of.parameters[i]), "[]"});
    columns += text({",c", number(static_cast<std::int64_t>(i) + 1)});
  }
  auto const next = static_cast<std::int64_t>(first_value_parameter + of.parameters.size());
  if (of.keeps_history) {
    arrays += text({",$", number(next), "::int8[]"});
    columns += ",h";
  }
  std::string const moved =
      text({"UPDATE ", of.table, " AS f SET ", set_list(of), " FROM unnest(", arrays, ") WITH ORDINALITY AS u(",
            columns, ",n) WHERE ", guard(of), " RETURNING u.n,", of.life(), " AS l,", of.read_row(), " AS r",
            of.keeps_history ? text({",u.h,", of.record_key(), " AS k,u.v+1 AS v"}) : ""});
  std::string const history =
      of.keeps_history ? text({",h AS (", add_history_sql(of, text({"$", number(next + 1)})), ")"}) : "";
  auto const of_moved = [](std::string_view column) {
    return text({"(SELECT coalesce(array_agg(", column, " ORDER BY n),'{}') FROM m)"});
  };
  return text({"WITH m AS (", moved, ")", history, " INSERT INTO ", of.records,
               "pawl_batch(token,written_at,moved) VALUES($2::int8,greatest($1::timestamptz,statement_timestamp()),",
               of_moved("n"), ") RETURNING moved,", of_moved("l"), ",", of_moved("r")});
}

// The rows of two lists that have the same key, in the order of their keys. No list has a key twice; the other columns are
// aggregates, each of a column that is NULL in one of the lists. Grouped and not joined: without an index a join would
// compare each row with each.
inline std::string in_both(std::string_view first, std::string_view second, std::string_view columns_of_groups) {
  return text({"(SELECT key,", columns_of_groups, " FROM (", first, " UNION ALL ", second,
               ") AS b GROUP BY key HAVING count(*)=2 ORDER BY key)"});
}

// keys_of(): columns of a list, with a key as k, and the name of the table as t; the whole is u. is_of_key(): the condition
// under which a record, which is looked up by both, is of such a key. With the table's name as a constant, a server that
// knows of few records or of none reads all of the table, and compares each with each key.
inline std::string keys_of(layout const& of, std::string_view list, std::string_view columns = "k") {
  return text({"(SELECT ", in_quotes(of.name), "::text AS t,", columns, " FROM ", list, look_up_each, ") AS u"});
}
inline std::string is_of_key(std::string_view record) {
  return text({record, ".table_name=ANY(ARRAY[u.t]) AND ", record, ".key=u.k"});
}

// What an item's row holds: locator, state, version, life.
inline std::string row_columns(layout const& of) {
  return text({of.read_row(), ",", of.read_state(), ",f.", of.version, "::int8,", of.life()});
}

// $1 key.
inline std::string get_sql(layout const& of) {
  return text(
      {"SELECT ", row_columns(of), " FROM ", of.table, " AS f WHERE ", of.key_is(text({"$1::", of.key_sent_as()}))});
}

// After the commit of a batch of which fewer moved than were asked for, in a snapshot of its own: inside of the same
// statement the old rows would be seen. $1 keys. One row for each: its ordinal, whether there is such a row, and what
// row_columns() tells.
inline std::string read_again_sql(layout const& of) {
  return text({"SELECT u.n,r.is_there IS NOT NULL,r.id,r.state,r.version,r.life FROM unnest($1::", of.key_sent_as(),
               "[]) WITH ORDINALITY AS u(k,n) LEFT JOIN LATERAL (SELECT true,", row_columns(of), " FROM ", of.table,
               " AS f WHERE ", of.key_is("u.k"), look_up_each, ") AS r(is_there,id,state,version,life) ON true"});
}

// Rows that no item can have are left out of pages and counted by unrecognised_sql.
inline std::string usable(layout const& of) { return text({"f.", of.key, " IS NOT NULL"}); }

// A valid record p of row f, where there is one.
inline std::string record_is_of_row(layout const& of) {
  return text({"p.table_name=", in_quotes(of.name), " AND p.key=", of.record_key(), " AND p.version=f.", of.version,
               " AND p.life=", of.life()});
}
inline constexpr std::string_view record_columns =
    "p.attempts,p.recoveries,p.next_at,p.since,p.parked,p.in_doubt,p.run,p.last_error";

// What each event recorded, after record_columns, in the order of layout::assignments.
inline std::string recorded_columns(layout const& of) {
  std::string sql;
  for (assignment const& one : of.assignments)
    if (one.kind != field_kind::cleared && one.kind != field_kind::time)
      sql += text({",", read_as(one.type, one.kind, text({"f.", one.column}))});
  return sql;
}

// Which rows a page or a list of due items is of: all, to look at, or those that no worker has claimed, to claim them.
enum class rows_of : std::uint8_t { everybody, nobody };

inline std::string belongs_to(layout const& of, rows_of whom) {
  if (whom == rows_of::everybody) return {};
  if (of.kept == states_kept_as::codes) return " AND f.owner IS NULL";
  return text({" AND NOT EXISTS(SELECT 1 FROM ", of.records, "pawl_lease AS o WHERE o.table_name=", in_quotes(of.name),
               " AND o.key=", of.record_key(), look_up_each, ")"});
}
// `parameter`: an array of ids, in pawl's own table, or of keys. None of these rows; empty: any.
inline std::string is_none_of(layout const& of, std::string_view parameter) {
  if (parameter.empty()) return {};
  if (of.kept == states_kept_as::codes)
    return text({" AND f.", of.row, " NOT IN(SELECT unnest(", parameter, "::int8[]))"});
  return text({" AND f.", of.key, " NOT IN(SELECT unnest(", parameter, "::", of.key_sent_as(), "[]",
               of.keys == key_kind::uuid ? "::uuid[]" : "", "))"});
}

// $1 key, $2 life (0: unknown). One row: a 1 before recorded_columns().
inline std::string recorded_sql(layout const& of) {
  return text({"SELECT 1", recorded_columns(of), " FROM ", of.table, " AS f WHERE ",
               of.key_is(text({"$1::", of.key_sent_as()})), " AND ($2::int8=0 OR ", of.life(), "=$2::int8)"});
}

// How pages go on: by the row's number where it has one, else by key, and by priority first where there is one.
enum class page_begins : std::uint8_t { at_the_beginning, after_a_mark };

// Rows f with their records p, NULL where there is none.
inline std::string rows_with_records(layout const& of) {
  return text({" FROM ", of.table, " AS f LEFT JOIN LATERAL (SELECT * FROM ", of.records, "pawl_trouble AS p WHERE ",
               record_is_of_row(of), look_up_each, ") AS p ON true WHERE ", usable(of)});
}
// Those that nothing holds back.
inline std::string runnable_rows(layout const& of, rows_of whom, std::string_view but_not) {
  return text({rows_with_records(of), " AND (p.key IS NULL OR NOT p.parked AND p.next_at IS NULL)",
               belongs_to(of, whom), is_none_of(of, but_not)});
}

// Where a row stands in a list, and the mark of the row after which the list goes on.
inline std::string position_of(layout const& of) { return text({"f.", of.row.empty() ? of.key : of.row}); }
inline std::string mark_of(layout const& of, std::string_view parameter) {
  if (!of.row.empty()) return text({parameter, "::int8"});
  return text({parameter, "::", of.key_sent_as(), of.keys == key_kind::uuid ? "::uuid" : ""});
}

// $1 state, $2 limit; after a mark: $3 the last item's row or key, and with a priority $4, its priority. A row: key, priority,
// row_columns(), record_columns (NULL: no record), recorded_columns(). A mark in the text, not `$3 IS NULL OR`, keeps the
// index in a generic plan. `but_not`: see is_none_of().
inline std::string page_sql(layout const& of, page_begins begins, rows_of whom = rows_of::everybody,
                            std::string_view but_not = {}) {
  std::string const position = position_of(of), mark = mark_of(of, "$3");
  std::string const priority = of.priority.empty() ? "0::int8" : text({"coalesce(f.", of.priority, ",0)::int8"});
  std::string sql = text({"SELECT ", of.item_key(), ",", priority, ",", row_columns(of), ",", record_columns,
                          recorded_columns(of), runnable_rows(of, whom, but_not), " AND ", of.compared_state(), "=",
                          of.state_value(text({"$1::", of.state_sent_as()}))});
  if (begins == page_begins::after_a_mark) {
    if (of.priority.empty())
      sql += text({" AND ", position, ">", mark});
    else
      sql += text({" AND (", priority, "<$4::int8 OR ", priority, "=$4::int8 AND ", position, ">", mark, ")"});
  }
  return sql +=
         text({" ORDER BY ", of.priority.empty() ? "" : text({priority, " DESC,"}), position, " LIMIT $2::int8"});
}

// Rows by state: the state and their number.
inline std::string count_items_sql(layout const& of) {
  return text({"SELECT ", of.read_state(), ",count(*) FROM ", of.table, " AS f WHERE ", usable(of), " GROUP BY 1"});
}

inline std::string state_list(layout const& of) {
  std::string list;
  for (std::size_t i = 0; i < of.lifecycle->state_count(); ++i) list += text({i > 0 ? "," : "", of.state_literal(i)});
  return list;
}
inline std::string unrecognised_sql(layout const& of) {
  return text({"SELECT count(*) FROM ", of.table, " AS f WHERE f.", of.state, " IS NULL OR ", of.compared_state(),
               " NOT IN(", state_list(of), ") OR NOT ", usable(of)});
}

// pawl's own table: $1 the time, timestamptz; $2 keys, bytea[], sorted; $3 start times, int8[] of nanoseconds, NULL: at
// once; $4 the token of the statement, int8, with which the ids are kept. A row for each item that was not there: key, id.
inline std::string insert_sql(layout const& of) {
  return text(
      {"WITH u AS (SELECT * FROM unnest($2::bytea[],$3::int8[]) AS u(k,at)),i AS (INSERT INTO ", of.table,
       "(key,state,version,changed_at) SELECT k,", of.state_literal(of.lifecycle->initial),
       ",0,$1::timestamptz FROM u ON CONFLICT(key) DO NOTHING RETURNING key,id),"
       "t AS (INSERT INTO ",
       of.records,
       "pawl_trouble(table_name,key,version,life,attempts,recoveries,next_at,since,parked,in_doubt,run,last_error)"
       " SELECT ",
       in_quotes(of.name), ",s.key,0,s.id,0,0,s.at,NULL,false,false,0,'' FROM ",
       in_both("SELECT key,id,NULL::int8 AS at FROM i", "SELECT k,NULL,at FROM u WHERE at IS NOT NULL",
               "max(id) AS id,max(at) AS at"),
       " AS s ORDER BY s.key "
       "ON CONFLICT(table_name,key) DO UPDATE SET version=0,life=excluded.life,attempts=0,recoveries=0,"
       "next_at=excluded.next_at,since=NULL,parked=false,in_doubt=false,run=0,last_error=''),b AS (INSERT INTO ",
       of.records,
       "pawl_batch(token,written_at,moved) VALUES($4::int8,greatest($1::timestamptz,statement_timestamp()),"
       "(SELECT coalesce(array_agg(id),'{}') FROM i))) SELECT key,id FROM i"});
}
// $1 ids. The keys of those rows.
inline std::string keys_of_rows_sql(layout const& of) {
  return text({"SELECT f.", of.key, " FROM ", of.table, " AS f WHERE f.", of.row, "=ANY($1::int8[])"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
