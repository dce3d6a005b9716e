// The SQL of trouble records: one row of pawl_trouble for each delayed, parked or in-doubt item.
#ifndef PAWL_POSTGRES_TROUBLE_SQL_HPP
#define PAWL_POSTGRES_TROUBLE_SQL_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A record is valid only while its version and life are the row's; others are leftovers. Times are int8 of nanoseconds.

inline std::string of_this_table(layout const& of, std::string_view record = "p") {
  return text({record, ".table_name=", in_quotes(of.name)});
}

// Valid records p with their rows f, found from the records; the life by an ANY for the reason of layout::key_is().
inline std::string records_with_rows(layout const& of) {
  return text({" FROM ", of.records, "pawl_trouble AS p JOIN ", of.table, " AS f ON ", of.key_is(of.key_of_record()),
               " AND p.version=f.", of.version, " AND p.life=ANY(ARRAY[", of.life(), "]) WHERE ", of_this_table(of)});
}
inline std::string in_states_with_a_step(layout const& of) {
  return text({" AND ", of.compared_state(), " IN(", step_list(of), ")"});
}
inline std::string_view delayed(delayed_by who) {
  return who == delayed_by::runs      ? " AND p.next_at IS NOT NULL AND NOT p.parked AND p.run<>0"
         : who == delayed_by::program ? " AND p.next_at IS NOT NULL AND NOT p.parked AND p.run=0"
                                      : " AND p.next_at IS NOT NULL AND NOT p.parked";
}

// $1 the time, $2 limit. Rows as those of page_sql, earliest first.
inline std::string due_sql(layout const& of, delayed_by who, rows_of whom = rows_of::everybody,
                           std::string_view but_not = {}) {
  return text({"SELECT ", of.item_key(), ",0::int8,", row_columns(of), ",", record_columns, recorded_columns(of),
               records_with_rows(of), delayed(who), " AND p.next_at<=$1::int8", in_states_with_a_step(of),
               belongs_to(of, whom), is_none_of(of, but_not), " ORDER BY p.next_at LIMIT $2::int8"});
}
// $1 the time after which. At most one row.
inline std::string next_due_sql(layout const& of, delayed_by who) {
  return text({"SELECT p.next_at", records_with_rows(of), delayed(who), " AND p.next_at>$1::int8",
               in_states_with_a_step(of), " ORDER BY p.next_at LIMIT 1"});
}
// $1 the latest time.
inline std::string cut_delays_sql(layout const& of) {
  return text({"UPDATE ", of.records, "pawl_trouble AS p SET next_at=$1::int8 WHERE ", of_this_table(of),
               delayed(delayed_by::runs), " AND p.next_at>$1::int8"});
}
// The items that store.items() lists. $1 limit; then, where they are wanted: the last item's row or key, the state, and the first
// bytes of the key. Rows as those of page_sql, in the order of the rows.
inline std::string list_sql(layout const& of, pawl::detail::item_filter const& which, page_begins begins) {
  int parameters = 1;
  auto const next = [&parameters] { return text({"$", number(++parameters)}); };
  std::string sql =
      text({"SELECT ", of.item_key(), ",0::int8,", row_columns(of), ",", record_columns, recorded_columns(of),
            which.trouble ? text({records_with_rows(of), " AND ", usable(of)}) : rows_with_records(of)});
  if (which.trouble)
    sql += *which.trouble == trouble_is::parked    ? " AND p.parked"
           : *which.trouble == trouble_is::delayed ? " AND NOT p.parked AND p.next_at IS NOT NULL"
                                                   : " AND NOT p.parked AND p.next_at IS NULL";
  if (begins == page_begins::after_a_mark) sql += text({" AND ", position_of(of), ">", mark_of(of, next())});
  if (which.state)
    sql += text({" AND ", of.compared_state(), "=", of.state_value(text({next(), "::", of.state_sent_as()}))});
  else
    sql += text({" AND ", of.compared_state(), " IN(", state_list(of), ")"});
  if (!which.key_prefix.empty()) {
    std::string const prefix = text({next(), "::bytea"});
    sql += text({" AND substring(", of.record_key(), " FROM 1 FOR octet_length(", prefix, "))=", prefix});
  }
  return sql += text({" ORDER BY ", position_of(of), " LIMIT $1::int8"});
}
// Parked, delayed, in doubt.
inline std::string count_troubles_sql(layout const& of) {
  return text(
      {"SELECT count(*) FILTER(WHERE p.parked),count(*) FILTER(WHERE NOT p.parked AND p.next_at IS NOT NULL),"
       "count(*) FILTER(WHERE NOT p.parked AND p.next_at IS NULL)",
       records_with_rows(of)});
}
// One row if this table has any record.
inline std::string any_trouble_sql(layout const& of) {
  return text({"SELECT 1 FROM ", of.records, "pawl_trouble AS p WHERE ", of_this_table(of), " LIMIT 1"});
}
// $1 key in bytes, $2 version, $3 life (0: unknown).
inline std::string trouble_of_sql(layout const& of) {
  return text({"SELECT ", record_columns, " FROM ", of.records, "pawl_trouble AS p WHERE ", of_this_table(of),
               " AND p.key=$1::bytea AND p.version=$2::int8 AND ($3::int8=0 OR p.life=$3::int8)"});
}
// What a statement that changes records answers of each, where its entries are written: see with_entries_sql().
inline constexpr std::string_view changed_columns = "p.key,p.version,p.life,p.attempts";
// $1 key in bytes. One row if there was a record.
inline std::string release_sql(layout const& of) {
  return text({"DELETE FROM ", of.records, "pawl_trouble AS p WHERE ", of_this_table(of),
               " AND p.key=$1::bytea RETURNING ", changed_columns});
}
// Within a batch's transaction, after move_sql: $1 the keys in bytes. What is left is about rows that have moved, or gone.
inline std::string forget_leftovers_sql(layout const& of) {
  return text({"DELETE FROM ", of.records, "pawl_trouble AS p USING ", keys_of(of, "unnest($1::bytea[]) AS k"),
               " WHERE ", is_of_key("p"), " AND NOT EXISTS(SELECT 1 FROM ", of.table, " AS f WHERE ",
               of.key_is(of.key_of_record("u.k")), " AND f.", of.version, "=p.version AND ", of.life(), "=p.life",
               look_up_each, ")"});
}

// The items u that a note is about, and their rows f at that version, state and life.
inline std::string noted_rows(layout const& of) {
  return text({" JOIN ", of.table, " AS f ON ", of.key_is("u.k"), " AND f.", of.version, "=u.v AND ",
               of.compared_state(), "=", of.state_value("u.s"), " AND (u.l=0 OR ", of.life(), "=u.l)"});
}
// Records that are not empty, no key twice, sorted by key. $1 keys, $2 versions, $3 lives (0: unknown), $4 states, and the
// members of trouble_record: $5 attempts, $6 recoveries, $7 next_at, $8 since, $9 parked, $10 in_doubt, $11 run,
// $12 last_error. One row for each that was written: its key in bytes, or what is wanted.
inline std::string note_sql(layout const& of, std::string_view wanted = "p.key") {
  return text(
      {"INSERT INTO ", of.records,
       "pawl_trouble AS "
       "p(table_name,key,version,life,attempts,recoveries,next_at,since,parked,in_doubt,run,last_error) "
       "SELECT ",
       in_quotes(of.name), ",", of.record_key(), ",u.v,", of.life(),
       ",u.a,u.c,u.x,u.y,u.p,u.d,u.r,u.t FROM unnest($1::", of.key_sent_as(),
       "[],$2::int8[],$3::int8[],$4::", of.state_sent_as(),
       "[],$5::int4[],$6::int4[],$7::int8[],$8::int8[],$9::bool[],$10::bool[],$11::int8[],$12::text[]) "
       "AS u(k,v,l,s,a,c,x,y,p,d,r,t)",
       noted_rows(of),
       " ON CONFLICT(table_name,key) DO UPDATE SET version=excluded.version,life=excluded.life,"
       "attempts=excluded.attempts,recoveries=excluded.recoveries,next_at=excluded.next_at,since=excluded.since,"
       "parked=excluded.parked,in_doubt=excluded.in_doubt,run=excluded.run,last_error=excluded.last_error WHERE NOT("
       // trouble_record::yields_to() for a record that is not empty
       "p.version=excluded.version AND p.life=excluded.life AND NOT excluded.parked AND excluded.next_at IS NULL AND "
       "p.run<>excluded.run AND (p.parked OR p.recoveries>excluded.recoveries OR "
       "p.in_doubt AND (p.recoveries=excluded.recoveries OR NOT excluded.in_doubt))) RETURNING ",
       wanted});
}
// Empty records, which remove what is there, unless another run has said since that a step was begun. $1 keys, $2 versions,
// $3 lives, $4 states, $5 runs. One row for each that took effect: its key in bytes.
inline std::string note_nothing_sql(layout const& of) {
  std::string const outlasts = "p.version=u.v AND p.run<>u.r AND p.in_doubt";
  return text({"WITH u AS (SELECT ",
               of.record_key(),
               " AS k,u.v,u.r,",
               of.life(),
               " AS l FROM unnest($1::",
               of.key_sent_as(),
               "[],$2::int8[],$3::int8[],$4::",
               of.state_sent_as(),
               "[],$5::int8[]) AS u(k,v,l,s,r)",
               noted_rows(of),
               "),d AS (DELETE FROM ",
               of.records,
               "pawl_trouble AS p USING ",
               keys_of(of, "u", "k,v,r,l"),
               " WHERE ",
               is_of_key("p"),
               " AND NOT(p.life=u.l AND ",
               outlasts,
               ")) SELECT u.k FROM u WHERE NOT EXISTS(SELECT 1 FROM ",
               of.records,
               "pawl_trouble AS p WHERE ",
               of_this_table(of),
               " AND p.key=u.k AND p.life=u.l AND ",
               outlasts,
               look_up_each,
               ")"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
