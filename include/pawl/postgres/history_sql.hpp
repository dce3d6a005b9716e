// The SQL of a table's history, and of the removal of what is finished.
#ifndef PAWL_POSTGRES_HISTORY_SQL_HPP
#define PAWL_POSTGRES_HISTORY_SQL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Within a transaction that holds the lock of the schema.
inline std::vector<std::string> make_history_sql(std::string_view records) {
  return {
      text({"CREATE TABLE IF NOT EXISTS ", records,
            "pawl_change(id bigint PRIMARY KEY,table_name text NOT NULL,from_state text NOT NULL,event text NOT NULL,"
            "to_state text NOT NULL)"}),
      text({"CREATE TABLE IF NOT EXISTS ", records,
            "pawl_history(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,change bigint NOT NULL,key bytea NOT "
            "NULL,life bigint NOT NULL,version bigint NOT NULL,at bigint NOT NULL,run bigint NOT NULL,attempts "
            "integer NOT NULL,error text)"}),
      text({"CREATE INDEX IF NOT EXISTS pawl_history_key ON ", records, "pawl_history(key,id)"}),
      text({"CREATE OR REPLACE VIEW ", records,
            "pawl_history_view AS SELECT c.table_name,encode(h.key,'escape') AS key,h.version,c.from_state,c.event,"
            "c.to_state,to_timestamp(h.at/1000000000.0) AS at,h.run,h.attempts,h.error FROM ",
            records, "pawl_history AS h LEFT JOIN ", records, "pawl_change AS c ON c.id=h.change"})};
}
// $1 table; $2 numbers, int8[]; $3 from-states, $4 events, $5 to-states, text[].
inline std::string write_changes_sql(std::string_view records) {
  return text({"INSERT INTO ", records,
               "pawl_change(id,table_name,from_state,event,to_state) SELECT u.i,$1::text,u.f,u.e,u.t FROM "
               "unnest($2::int8[],$3::text[],$4::text[],$5::text[]) AS u(i,f,e,t) ON CONFLICT(id) DO NOTHING"});
}
// $1 numbers, int8[]: how many of them are there.
inline std::string count_changes_sql(std::string_view records) {
  return text({"SELECT count(*) FROM ", records, "pawl_change WHERE id=ANY($1::int8[])"});
}

// $1 key in bytes, $2 limit, $3 key as key_parameter() has it. Of the row that has the key now, or of the latest one if there is
// none, newest first: version, from, event, to, at, run, attempts, error. Versions of a row only grow: an entry with a later one
// than the row's, or than those after it leave room for, is of a row before, and so are all that are older.
inline std::string history_sql(layout const& of) {
  return text({"WITH r AS (SELECT ", of.life(), " AS life,f.", of.version, "::int8 AS version FROM ", of.table,
               " AS f WHERE ", of.key_is(text({"$3::", of.key_sent_as()})),
               "),e AS (SELECT h.*,c.from_state,c.event,c.to_state FROM ", of.records, "pawl_history AS h JOIN ",
               of.records,
               "pawl_change AS c ON c.id=h.change WHERE h.key=$1::bytea AND c.from_state<>'' AND c.table_name=",
               in_quotes(of.name),
               "),o AS (SELECT e.*,e.version>least(coalesce((SELECT r.version FROM r),first_value(e.version) "
               "OVER(ORDER BY e.id DESC)),min(e.version-1) FILTER(WHERE NOT "
               "starts_with(e.event,",
               in_quotes(pawl::detail::before_hand),
               ")) OVER(ORDER BY e.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS is_older FROM e WHERE "
               "e.life=coalesce((SELECT r.life FROM r),(SELECT e.life FROM e ORDER BY e.id DESC LIMIT 1))),"
               "m AS (SELECT o.*,coalesce(bool_or(o.is_older) OVER(ORDER BY o.id DESC),false) AS is_of_another FROM o) "
               "SELECT m.version,m.from_state,m.event,m.to_state,m.at,m.run,m.attempts::int8,m.error FROM m WHERE NOT "
               "m.is_of_another ORDER BY m.id DESC LIMIT $2::int8"});
}

// What operators did to states and the table, as history_sql() has it; $1 limit.
inline std::string deeds_sql(layout const& of) {
  return text({"SELECT h.version,c.from_state,c.event,c.to_state,h.at,h.run,h.attempts::int8,h.error FROM ", of.records,
               "pawl_history AS h JOIN ", of.records,
               "pawl_change AS c ON c.id=h.change WHERE h.key='' AND c.from_state='' AND c.table_name=",
               in_quotes(of.name), " ORDER BY h.id DESC LIMIT $1::int8"});
}
// $1 number of the change, $2 table, $3 event, $4 state. Within the transaction of the deed, and before the next; where the
// table has a history.
inline std::string write_deed_change_sql(std::string_view records) {
  return text(
      {"INSERT INTO ", records,
       "pawl_change(id,table_name,from_state,event,to_state) SELECT $1::int8,$2::text,'',$3::text,$4::text WHERE "
       "EXISTS(SELECT 1 FROM ",
       records, "pawl_change AS c WHERE c.table_name=$2::text) ON CONFLICT(id) DO NOTHING"});
}
// $1 number of the change, $2 table, $3 words, $4 to so many rows. What goes on, as a trim in parts, has one entry.
inline std::string write_deed_sql(std::string_view records) {
  std::string_view const now = "(extract(epoch FROM clock_timestamp())*1000000)::int8*1000";
  return text(
      {"WITH u AS (UPDATE ", records,
       "pawl_history AS h SET attempts=least(h.attempts::int8+$4::int8,1000000000)::int4,at=", now,
       " WHERE $4::int8>0 AND h.id=(SELECT o.id FROM ", records, "pawl_history AS o JOIN ", records,
       "pawl_change AS c ON c.id=o.change WHERE o.key='' AND c.from_state='' AND c.table_name=$2::text ORDER BY "
       "o.id DESC LIMIT 1) AND h.change=$1::int8 AND h.error=$3::text RETURNING 1) INSERT INTO ",
       records,
       "pawl_history(change,key,life,version,at,run,attempts,error) SELECT "
       "$1::int8,'',0,0,",
       now, ",0,$4::int8::int4,$3::text WHERE EXISTS(SELECT 1 FROM ", records,
       "pawl_change AS c WHERE c.id=$1::int8) AND NOT EXISTS(SELECT 1 FROM u)"});
}

// Of a counted_write that changes a state, see pause_sql(): with it the entry. $`next` is the number of the change; event and words
// follow.
inline std::string with_deed_sql(std::string_view records, std::string_view change, int next) {
  std::string const number_of_change = text({"$", number(next), "::int8"});
  return text({change, ",c AS (INSERT INTO ", records, "pawl_change(id,table_name,from_state,event,to_state) SELECT ",
               number_of_change, ",$3::text,'',$", number(next + 1),
               "::text,$4::text FROM d ON CONFLICT(id) DO NOTHING),"
               "h AS (INSERT INTO ",
               records, "pawl_history(change,key,life,version,at,run,attempts,error) SELECT ", number_of_change,
               ",'',0,0,(extract(epoch FROM $1::timestamptz)*1000000)::int8*1000,0,0,$", number(next + 2),
               "::text FROM d)"});
}

// What an operator does: the items of the records that `changed` changes, which answers with changed_columns, get an entry
// each, if the table has a history. `words` and `at`: SQL of the text and of the time in nanoseconds. A row for each record.
inline std::string with_entries_sql(layout const& of, pawl::detail::hand what, std::string_view changed,
                                    std::string_view words, std::string_view at) {
  std::string_view const event = pawl::detail::event_of(what);
  std::string states;
  for (std::size_t i = 0; i < of.lifecycle->state_count(); ++i) {
    std::string_view const name = of.lifecycle->state_names[i];
    states += text({i > 0 ? ",(" : "(", of.state_literal(i), ",", in_quotes(name), ",",
                    number(pawl::detail::change_number(of.name, name, event, name)), "::int8)"});
  }
  return text({"WITH d AS (",
               changed,
               "),m AS (SELECT d.*,s.name,s.change FROM d JOIN ",
               of.table,
               " AS f ON ",
               of.key_is(of.key_of_record("d.key")),
               " AND f.",
               of.version,
               "=d.version AND ",
               of.life(),
               "=d.life JOIN (VALUES",
               states,
               ") AS s(state,name,change) ON ",
               of.compared_state(),
               "=s.state WHERE EXISTS(SELECT 1 FROM ",
               of.records,
               "pawl_change AS c WHERE c.table_name=",
               in_quotes(of.name),
               ")),c AS (INSERT INTO ",
               of.records,
               "pawl_change(id,table_name,from_state,event,to_state) SELECT DISTINCT m.change,",
               in_quotes(of.name),
               ",m.name,",
               in_quotes(event),
               ",m.name FROM m ON CONFLICT(id) DO NOTHING),h AS (INSERT INTO ",
               of.records,
               "pawl_history(change,key,life,version,at,run,attempts,error) SELECT m.change,m.key,m.life,m.version,",
               at,
               ",0,m.attempts,",
               words,
               " FROM m) SELECT 1 FROM d"});
}
// As release_sql(); with a history $2 words, and $3 the time, timestamptz.
inline std::string told_release_sql(layout const& of) {
  if (!of.keeps_history) return release_sql(of);
  return with_entries_sql(of, pawl::detail::hand::released, release_sql(of), "$2::text",
                          "(extract(epoch FROM $3::timestamptz)*1000000)::int8*1000");
}

// Both as counted_write has it; $3 the time before which, timestamptz; $4 limit. One count.
// The goal and terminal states; NULL, which no state is, where there is none.
inline std::string final_list(layout const& of) {
  std::string list;
  for (std::size_t i = 0; i < of.lifecycle->state_count(); ++i)
    if (role const its = of.lifecycle->roles[i]; its == role::goal || its == role::terminal)
      list += text({list.empty() ? "" : ",", of.state_literal(i)});
  return list.empty() ? std::string("NULL") : list;
}
// Rows that others are moving are left to the next call. Looked up by an array: a join might compare each row with each.
inline std::string remove_finished_sql(layout const& of) {
  return counting_sql(
      of.records,
      text({"d AS (DELETE FROM ",
            of.table,
            " AS f WHERE f.id=ANY(ARRAY(SELECT g.id FROM ",
            of.table,
            " AS g WHERE g.state IN(",
            final_list(of),
            ") AND g.changed_at<$3::timestamptz ORDER BY g.id LIMIT $4::int8 FOR UPDATE SKIP LOCKED)) RETURNING "
            "f.key AS k,f.id AS l),t AS (DELETE FROM ",
            of.records,
            "pawl_trouble AS p USING ",
            keys_of(of, "d"),
            " WHERE ",
            is_of_key("p"),
            "),p AS (DELETE FROM ",
            of.records,
            "pawl_parent AS p USING ",
            keys_of(of, "d", "k,l"),
            " WHERE ",
            is_of_key("p"),
            " AND p.life=u.l RETURNING p.id),c AS (DELETE FROM ",
            of.records,
            "pawl_child AS c USING p WHERE c.parent=ANY(ARRAY[p.id]))"}));
}
// Entries of before a time, timestamptz, in two parameters: that and a limit. One row for each.
inline std::string forget_history_sql(layout const& of, std::string_view before, std::string_view limit) {
  return text({"DELETE FROM ", of.records, "pawl_history AS o WHERE o.id=ANY(ARRAY(SELECT h.id FROM ", of.records,
               "pawl_history AS h JOIN ", of.records, "pawl_change AS c ON c.id=h.change WHERE c.table_name=",
               in_quotes(of.name), " AND h.at<(extract(epoch FROM ", before, "::timestamptz)*1000000)::int8*1000 ",
               "ORDER BY h.id LIMIT ", limit, "::int8)) RETURNING 1"});
}
inline std::string remove_history_sql(layout const& of) {
  return counting_sql(of.records, text({"d AS (", forget_history_sql(of, "$3", "$4"), ")"}));
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
