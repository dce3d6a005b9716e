// The SQL of items that belong together: children that are inserted and end, and parents that wait for them.
//
// Who ends a child writes that child's rows of pawl_child and no row that its siblings write, too. Whether it was the last one
// nobody sees in a snapshot, for others that end at the same moment are not committed yet. So it looks, in a later statement,
// for a sibling that has not ended and that nobody is ending, and holds its row until it has committed: whoever ends that
// sibling comes afterwards, and sees this one. Where there is none, it holds the parent's row in pawl_parent and looks again, in
// the next statement: the last one to hold it sees all others ended. It is never forgotten, for those who let go without the
// parent's row have a successor; nor told twice, for one alone holds that row.
//
// The order of locks: items by key, their rows of pawl_child by key, then rows of pawl_parent by id; of what comes after that, a
// parent's own row, nothing is waited for: whoever has it will look at pawl_parent, or a run is told (`complete`).
#ifndef PAWL_POSTGRES_CHILDREN_SQL_HPP
#define PAWL_POSTGRES_CHILDREN_SQL_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/fsm/fnv.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Whether an item in this state has ended, and how.
enum class ending : std::uint8_t { failed, arrived, none };
constexpr ending ending_of(role its) noexcept {
  return its == role::goal ? ending::arrived : its == role::terminal ? ending::failed : ending::none;
}
// How row f has ended, as pawl_child has it: NULL, it has not.
inline std::string ended_of(layout const& of) {
  std::string arrived, failed;
  for (std::size_t i = 0; i < of.lifecycle->state_count(); ++i) {
    ending const how = ending_of(of.lifecycle->roles[i]);
    if (how == ending::none) continue;
    std::string& list = how == ending::arrived ? arrived : failed;
    list += text({list.empty() ? "" : ",", of.state_literal(i)});
  }
  auto const when = [&of](std::string const& list, std::string_view then) {
    return list.empty() ? std::string() : text({" WHEN ", of.compared_state(), " IN(", list, ") THEN ", then});
  };
  if (arrived.empty() && failed.empty()) return "NULL::boolean";
  return text({"CASE", when(arrived, "true"), when(failed, "false"), " END"});
}

// That items of this table are, or once were, children is told by a row of pawl_batch, which has this number for its token: those
// of batches are positive. A batch that does not know of it asks after its moves, while it holds their rows: whoever makes a
// child of an item holds its row, too, and comes before or afterwards.
inline std::int64_t children_token(std::string_view table) {
  return -1 - static_cast<std::int64_t>(pawl::detail::fnv().text(table).value >> 2U);
}
// $1 that number. One row, if it is there.
inline std::string asks_for_parents_sql(std::string_view records) {
  return text({"SELECT 1 FROM ", records, "pawl_batch WHERE token=$1::int8"});
}
// It asks in the statement with which it removes old tokens: $1 these and that number, $2 that number, $3 its own token. Fails
// if it is there, and tells this: no text of the user's has the number.
inline std::string has_parents_after_all(std::int64_t token) { return "pawl_has_parents_" + std::to_string(token); }
inline std::string forget_tokens_and_ask_sql(std::string_view records) {
  return text({"DELETE FROM ", records,
               "pawl_batch WHERE token=ANY($1::int8[]) AND CASE WHEN token=$2::int8 THEN "
               "('pawl_has_parents_'||$3::int8)::int4 IS NULL ELSE moved<>'{0}' END"});
}

// ---- children that are inserted ----

// $1 children_token(): before the first item of a table becomes a child, in the same transaction.
inline std::string mark_children_sql(std::string_view records) {
  return text({"INSERT INTO ", records,
               "pawl_batch(token,written_at,moved) VALUES($1::int8,'infinity','{0}') ON CONFLICT DO NOTHING"});
}
enum class child_priority : std::uint8_t { of_table, told };
// A mapped table: $1 the time, timestamptz; $2 keys, sorted; $3 start time, int8 of nanoseconds, NULL: at once; $4 the priority,
// if one is told: else it is what the table gives to a row.
inline std::string insert_children_sql(layout const& of, child_priority priority) {
  bool const has_time = !of.changed_at.empty();
  bool const has_priority = priority == child_priority::told && !of.priority.empty();
  auto const also = [](bool there, std::string const& value) { return there ? "," + value : std::string(); };
  return text({"WITH i AS (INSERT INTO ",
               of.table,
               " AS f(",
               of.key,
               ",",
               of.state,
               ",",
               of.version,
               also(has_time, of.changed_at),
               also(has_priority, of.priority),
               ") SELECT u.k",
               of.keys == key_kind::uuid ? "::uuid," : ",",
               of.state_literal(of.lifecycle->initial),
               ",0",
               also(has_time, has_time ? time_written_as(of.changed_at_type, "$1::timestamptz") : ""),
               also(has_priority, "$4::int8"),
               " FROM unnest($2::",
               of.key_sent_as(),
               "[]) AS u(k) ON CONFLICT(",
               of.key,
               ") DO NOTHING RETURNING ",
               of.record_key(),
               " AS k,",
               of.life(),
               " AS l),d AS (DELETE FROM ",
               of.records,
               "pawl_trouble AS p USING ",
               keys_of(of, "i"),
               " WHERE ",
               is_of_key("p"),
               " AND $3::int8 IS NULL) INSERT INTO ",
               of.records,
               "pawl_trouble(table_name,key,version,life,attempts,recoveries,next_at,since,parked,in_doubt,run,"
               "last_error) SELECT ",
               in_quotes(of.name),
               ",i.k,0,i.l,0,0,$3::int8,NULL,false,false,0,'' FROM i WHERE $3::int8 IS NOT NULL ORDER BY i.k ON "
               "CONFLICT(table_name,key) DO UPDATE SET version=0,life=excluded.life,attempts=0,recoveries=0,"
               "next_at=excluded.next_at,since=NULL,parked=false,in_doubt=false,run=0,last_error=''"});
}

// The item of row f in pawl_parent, as p.
inline std::string is_parent_of_row(layout const& of) {
  return text(
      {"p.table_name=ANY(ARRAY[", in_quotes(of.name), "]) AND p.key=", of.record_key(), " AND p.life=", of.life()});
}
inline constexpr std::string_view lacks_children = "pawl_lacks_children";
// After those keys were inserted, or found: $1 the parent's key, $2 keys of children, sorted, none twice. Their rows are locked
// against those who move them, of which one may be under way. Fails, and tells pawl_lacks_children, where there is no row for a
// key.
inline std::string link_children_sql(layout const& parent, layout const& child) {
  std::string const of_parent =
      text({" FROM ", parent.table, " AS f WHERE ", parent.key_is(text({"$1::", parent.key_sent_as()}))});
  return text(
      {"WITH i AS (INSERT INTO ",
       parent.records,
       "pawl_parent(table_name,key,life) SELECT ",
       in_quotes(parent.name),
       ",",
       parent.record_key(),
       ",",
       parent.life(),
       of_parent,
       " ON CONFLICT DO NOTHING RETURNING id),w AS MATERIALIZED (SELECT id FROM i UNION ALL SELECT p.id FROM ",
       parent.table,
       " AS f JOIN ",
       parent.records,
       "pawl_parent AS p ON ",
       is_parent_of_row(parent),
       " WHERE ",
       parent.key_is(text({"$1::", parent.key_sent_as()})),
       "),c AS MATERIALIZED (SELECT ",
       child.record_key(),
       " AS k,",
       child.life(),
       " AS l,",
       ended_of(child),
       " AS a FROM unnest($2::",
       child.key_sent_as(),
       "[]) AS u(k) JOIN ",
       child.table,
       " AS f ON ",
       child.key_is("u.k"),
       " FOR SHARE OF f),n AS (INSERT INTO ",
       parent.records,
       "pawl_child(parent,table_name,key,life,arrived) SELECT w.id,",
       in_quotes(child.name),
       ",c.k,c.l,c.a FROM w,c ON CONFLICT(parent,table_name,key) DO UPDATE SET life=excluded.life,"
       "arrived=excluded.arrived RETURNING 1) SELECT (CASE WHEN (SELECT count(*) FROM n)=cardinality($2) THEN '0' ELSE "
       "'pawl_lacks_children' END)::int4"});
}

// ---- children that have ended ----

// The settings of the transaction in which statements of one request hand ids of pawl_parent to each other, and with each a child
// of it that has ended: its key.
inline constexpr std::string_view parents_to_look_at = "pawl.parents";
inline constexpr std::string_view ended_of_parents = "pawl.ended";
inline std::string list_in(std::string_view setting, std::string_view type) {
  return text({"coalesce(nullif(current_setting('", setting, "',true),''),'{}')::", type, "[]"});
}
inline std::string ids_in(std::string_view setting) { return list_in(setting, "int8"); }
inline std::string put_list(std::string_view setting, std::string_view values) {
  return text({"set_config('", setting, "',ARRAY(", values, ")::text,true)"});
}
// A child c of parent p.id that has not ended. `children`: the name of its table.
inline std::string is_awaited(std::string_view children) {
  return text({"c.parent=p.id AND c.table_name=", children, " AND c.arrived IS NULL"});
}

// $1 keys, sorted, $2 the version that each has at least if this transaction has moved it: what its parents know of it.
inline std::string note_ended_sql(layout const& of) {
  return text(
      {"WITH s AS MATERIALIZED (SELECT ",
       in_quotes(of.name),
       "::text AS t,",
       of.record_key(),
       " AS k,",
       of.life(),
       " AS l,",
       ended_of(of),
       " AS a FROM unnest($1::",
       of.key_sent_as(),
       "[],$2::int8[]) AS u(k,v) JOIN ",
       of.table,
       " AS f ON ",
       of.key_is("u.k"),
       " AND f.",
       of.version,
       ">=u.v),c AS (UPDATE ",
       of.records,
       "pawl_child AS c SET arrived=u.a FROM s AS u WHERE ",
       is_of_key("c"),
       " AND (c.life=0 OR u.l=0 OR c.life=u.l) AND c.arrived IS DISTINCT FROM u.a RETURNING c.parent,c.key,u.a),e AS "
       "MATERIALIZED (SELECT DISTINCT ON(parent) parent,key FROM c WHERE a IS NOT NULL ORDER BY parent,key DESC) "
       "SELECT ",
       put_list(parents_to_look_at, "SELECT parent FROM e ORDER BY parent"),
       ",",
       put_list(ended_of_parents, "SELECT key FROM e ORDER BY parent")});
}
// Of parent p, whose child p.key has ended: a sibling that has not, among the first 16 or 32 `where`, in an order, and that
// nobody is ending; it is held then.
inline std::string held_sibling(layout const& of, std::string_view where, std::string_view order,
                                std::string_view bound, std::string_view others) {
  std::string const siblings =
      text({of.records, "pawl_child AS c WHERE c.parent=p.id AND c.table_name=", in_quotes(of.name), where});
  return text(
      {" LEFT JOIN LATERAL (SELECT c.parent FROM ", siblings, " AND c.arrived IS NULL AND c.key", bound,
       "coalesce((SELECT c.key FROM ", siblings, " ORDER BY ", order, " OFFSET ", others, " LIMIT 1),'') ORDER BY ",
       order,
       /*mutant sibling_has_not_ended_yet: OFF ? " LIMIT 1) AS " :*/ " LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) AS "});
}
// Holds a sibling of each that has not ended, or else the parent, which is to be looked at then. The sibling is one of the last
// by key: in that order they are taken by runs, and others that end now are not in the way. Where those have ended before, it
// is one that is beside the child, and where none of so many is left, the look from the other end finds one soon. (Fewer than
// 16 after the child are among the last ones.)
inline std::string hold_parents_sql(layout const& of) {
  return text(
      {"WITH p AS MATERIALIZED (SELECT p.id,z.parent IS NOT NULL OR n.parent IS NOT NULL OR b.parent IS NOT NULL AS "
       "waits FROM unnest(",
       ids_in(parents_to_look_at), ",", list_in(ended_of_parents, "bytea"), ") AS p(id,key)",
       held_sibling(of, "", "c.key DESC", ">=", "31"), "z ON true",
       held_sibling(of, " AND z.parent IS NULL AND c.key>p.key", "c.key", "<=", "15"), "n ON true",
       held_sibling(of, " AND z.parent IS NULL AND n.parent IS NULL AND c.key<p.key", "c.key DESC", ">=", "15"),
       "b ON true),l AS MATERIALIZED (SELECT q.id FROM ", of.records,
       "pawl_parent AS q WHERE q.id=ANY(ARRAY(SELECT p.id FROM p WHERE NOT p.waits)) ORDER BY q.id FOR UPDATE) "
       "SELECT ",
       put_list(parents_to_look_at, "SELECT id FROM l")});
}
inline std::string complete_parents(layout const& of) {
  return text({" FROM ", of.records, "pawl_parent AS p WHERE p.id=ANY(", ids_in(parents_to_look_at),
               ") AND NOT EXISTS(SELECT 1 FROM ", of.records, "pawl_child AS c WHERE ", is_awaited(in_quotes(of.name)),
               look_up_each, ")"});
}
// Those of which all children in this table have ended: id, table.
inline std::string complete_parents_sql(layout const& of) {
  return text({"SELECT p.id,p.table_name", complete_parents(of), " ORDER BY p.id"});
}
// $1 a token. Fails if there are any, and tells this.
inline std::string children_have_ended(std::int64_t token) {
  return "pawl_children_have_ended_" + std::to_string(token);
}
inline std::string refuse_complete(std::string_view found) {
  return text({"SELECT (CASE WHEN EXISTS(", found, ") THEN 'pawl_children_have_ended_'||$1::int8 ELSE '0' END)::int4"});
}
inline std::string refuse_complete_parents_sql(layout const& of) {
  return refuse_complete(text({"SELECT 1", complete_parents(of)}));
}

// How many children c of parent p, in a table, have ended so.
inline std::string count_ended(layout const& of, std::string_view children, std::string_view how) {
  return text({"(SELECT count(*) FROM ", of.records, "pawl_child AS c WHERE c.parent=p.id AND c.table_name=", children,
               " AND ", how, ")"});
}
// The rows of those of them that are items of this table, unless others hold them: id, key, whether there is such a row, how many
// children in table $1 have arrived and failed, row_columns().
inline std::string rows_of_parents_sql(layout const& of) {
  std::string const is_row = text({of.key_is(of.key_of_record()), " AND ", of.life(), "=p.life"});
  return text({"SELECT p.id,p.key,EXISTS(SELECT 1 FROM ",
               of.table,
               " AS f WHERE ",
               is_row,
               look_up_each,
               "),",
               count_ended(of, "$1::text", "c.arrived"),
               ",",
               count_ended(of, "$1::text", "NOT c.arrived"),
               ",r.id,r.state,r.version,r.life FROM (SELECT q.id,q.key,q.life FROM ",
               of.records,
               "pawl_parent AS q WHERE q.id=ANY(",
               ids_in(parents_to_look_at),
               ") AND q.table_name=",
               in_quotes(of.name),
               " AND NOT EXISTS(SELECT 1 FROM ",
               of.records,
               "pawl_child AS c WHERE c.parent=q.id AND c.table_name=$1::text AND c.arrived IS NULL",
               look_up_each,
               ") ORDER BY q.id",
               look_up_each,
               ") AS p LEFT JOIN LATERAL (SELECT ",
               row_columns(of),
               " FROM ",
               of.table,
               " AS f WHERE ",
               is_row,
               " FOR NO KEY UPDATE OF f SKIP LOCKED) AS r(id,state,version,life) ON true"});
}

// ---- parents ----

// $1 keys, sorted: holds those of the rows that are there, and that nobody else holds. For each that there is: ordinal, whether
// it is held.
inline std::string hold_rows_sql(layout const& of) {
  return text({"SELECT u.n,r.is_there IS NOT NULL FROM unnest($1::", of.key_sent_as(),
               "[]) WITH ORDINALITY AS u(k,n) LEFT JOIN LATERAL (SELECT true FROM ", of.table, " AS f WHERE ",
               of.key_is("u.k"),
               " FOR NO KEY UPDATE OF f SKIP LOCKED) AS r(is_there) ON true WHERE EXISTS(SELECT 1 FROM ", of.table,
               " AS f WHERE ", of.key_is("u.k"), look_up_each, ")"});
}
// $1 keys: whoever has ended children of theirs is waited for, and seen by the next statement.
inline std::string hold_waiting_sql(layout const& of) {
  return text({"SELECT p.id FROM (SELECT ", in_quotes(of.name), "::text AS t,", of.record_key(), " AS k,", of.life(),
               " AS l FROM unnest($1::", of.key_sent_as(), "[]) AS u(k) JOIN ", of.table, " AS f ON ", of.key_is("u.k"),
               look_up_each, ") AS u JOIN ", of.records, "pawl_parent AS p ON ", is_of_key("p"),
               " AND p.life=u.l ORDER BY p.id FOR UPDATE OF p"});
}
inline std::string waiting_for_nobody(layout const& of) {
  return text({" FROM unnest($KEYS::",
               of.key_sent_as(),
               "[]) WITH ORDINALITY AS u(k,n) JOIN ",
               of.table,
               " AS f ON ",
               of.key_is("u.k"),
               " JOIN unnest($STATES::",
               of.state_sent_as(),
               "[],$CHILDREN::text[]) AS r(s,c) ON ",
               of.compared_state(),
               "=",
               of.state_value("r.s"),
               " LEFT JOIN ",
               of.records,
               "pawl_parent AS p ON ",
               is_parent_of_row(of),
               " WHERE NOT EXISTS(SELECT 1 FROM ",
               of.records,
               "pawl_child AS c WHERE ",
               is_awaited("r.c"),
               look_up_each,
               ")"});
}
// The same text with these numbers for its parameters.
inline std::string numbered(std::string sql, std::string_view keys, std::string_view states,
                            std::string_view children) {
  for (auto const& [name, number] :
       {std::pair<std::string_view, std::string_view>("$KEYS", keys), {"$STATES", states}, {"$CHILDREN", children}})
    if (std::size_t const at = sql.find(name); at != std::string::npos) sql.replace(at, name.size(), number);
  return sql;
}
// $1 keys; $2 states, $3 the names of the tables whose items are waited for there. Those of the rows that are in such a state and
// wait for nobody: ordinal, how many children have arrived and failed, row_columns().
inline std::string waiting_for_nobody_sql(layout const& of) {
  return text({"SELECT u.n,", count_ended(of, "r.c", "c.arrived"), ",", count_ended(of, "r.c", "NOT c.arrived"), ",",
               row_columns(of), numbered(waiting_for_nobody(of), "$1", "$2", "$3")});
}
// The same, and fails if there are any: $1 a token, then those.
inline std::string refuse_waiting_for_nobody_sql(layout const& of) {
  return refuse_complete(text({"SELECT 1", numbered(waiting_for_nobody(of), "$2", "$3", "$4")}));
}
// $1 ids: a run will look at them.
inline std::string leave_complete_sql(std::string_view records) {
  return text({"UPDATE ", records, "pawl_parent SET complete=true WHERE id=ANY($1::int8[]) AND NOT complete"});
}
// $1 the key, as bytes, of one that is about to be released.
inline std::string leave_released_sql(layout const& of) {
  return text(
      {"UPDATE ", of.records, "pawl_parent AS w SET complete=true FROM ", of.records,
       "pawl_trouble AS p WHERE p.table_name=", in_quotes(of.name),
       " AND p.key=$1::bytea AND w.table_name=p.table_name AND w.key=p.key AND w.life=p.life AND NOT w.complete"});
}
// At most $1 keys of parents that were left so, as bytes.
inline std::string left_complete_sql(layout const& of) {
  return text({"SELECT p.key FROM ", of.records, "pawl_parent AS p WHERE p.table_name=", in_quotes(of.name),
               " AND p.complete ORDER BY p.key LIMIT $1::int8"});
}
// $1 keys, as bytes, that were looked at.
inline std::string take_complete_sql(layout const& of) {
  return text({"UPDATE ", of.records, "pawl_parent AS p SET complete=false FROM ",
               keys_of(of, "unnest($1::bytea[]) AS k"), " WHERE ", is_of_key("p"), " AND p.complete"});
}
// $1 ids: what is known of their children; the children stay.
inline std::string forget_children_sql(std::string_view records) {
  return text({"WITH p AS (DELETE FROM ", records, "pawl_parent AS p WHERE p.id=ANY($1::int8[])) DELETE FROM ", records,
               "pawl_child AS c WHERE c.parent=ANY($1::int8[])"});
}
// Parents of this table whose rows are gone, among those p that a list has.
inline std::string forget_gone_sql(layout const& of, std::string_view parents) {
  return text({"WITH g AS MATERIALIZED (SELECT p.id FROM ", parents, " AS p WHERE NOT EXISTS(SELECT 1 FROM ", of.table,
               " AS f WHERE ", of.key_is(of.key_of_record()), " AND ", of.life(), "=p.life", look_up_each,
               ")),p AS (DELETE FROM ", of.records,
               "pawl_parent AS p USING g WHERE p.id=ANY(ARRAY[g.id])) DELETE FROM ", of.records,
               "pawl_child AS c USING g WHERE c.parent=ANY(ARRAY[g.id])"});
}
// $1 keys, as bytes, of parents that were left complete.
inline std::string forget_gone_of_keys_sql(layout const& of) {
  return forget_gone_sql(of, text({"(SELECT p.* FROM ", keys_of(of, "unnest($1::bytea[]) AS k"), " JOIN ", of.records,
                                   "pawl_parent AS p ON ", is_of_key("p"), look_up_each, ")"}));
}
// All of them.
inline std::string forget_gone_parents_sql(layout const& of) {
  return forget_gone_sql(
      of, text({"(SELECT * FROM ", of.records, "pawl_parent WHERE table_name=", in_quotes(of.name), ")"}));
}
// $1 keys of parents: their children in a table that others than stores may have moved or deleted. One that is gone has ended
// as it had before, or has failed. Those that differ are looked at again while their rows are held.
inline std::string compare_children_sql(layout const& parent, layout const& child) {
  std::string const now =
      text({" LEFT JOIN LATERAL (SELECT ", ended_of(child), ",true FROM ", child.table, " AS f WHERE ",
            child.key_is(child.key_of_record("c.key")), " AND (c.life=0 OR ", child.life(), "=c.life)"});
  std::string const so = ") AS r(a,is_there) ON true",
                    became = "CASE WHEN r.is_there THEN r.a ELSE coalesce(c.arrived,false) END";
  return text({"WITH s AS MATERIALIZED (SELECT c.parent,c.key,c.life,c.arrived FROM (SELECT p.id FROM unnest($1::",
               parent.key_sent_as(),
               "[]) AS u(k) JOIN ",
               parent.table,
               " AS f ON ",
               parent.key_is("u.k"),
               " JOIN ",
               parent.records,
               "pawl_parent AS p ON ",
               is_parent_of_row(parent),
               look_up_each,
               ") AS p JOIN ",
               parent.records,
               "pawl_child AS c ON c.parent=p.id AND c.table_name=",
               in_quotes(child.name),
               now,
               look_up_each,
               so,
               " WHERE c.arrived IS DISTINCT FROM ",
               became,
               " ORDER BY c.key,c.parent),n AS MATERIALIZED (SELECT c.parent,c.key,",
               became,
               " AS a FROM s AS c",
               now,
               " FOR SHARE OF f",
               so,
               ") UPDATE ",
               parent.records,
               "pawl_child AS c SET arrived=n.a FROM n WHERE c.parent=ANY(ARRAY[n.parent]) AND c.table_name=",
               in_quotes(child.name),
               " AND c.key=n.key AND c.arrived IS DISTINCT FROM n.a"});
}
// The lives of this table's rows are told by other columns from now on: the last that had a key is taken for the row that has
// it now. In this order, in one transaction.
inline std::array<std::string, 3> take_lives_sql(layout const& of) {
  std::string const of_table = text({".table_name=", in_quotes(of.name)});
  return {text({"WITH g AS (DELETE FROM ", of.records, "pawl_parent AS p WHERE p", of_table,
                " AND EXISTS(SELECT 1 FROM ", of.records, "pawl_parent AS q WHERE q", of_table,
                " AND q.key=p.key AND q.id>p.id) RETURNING p.id) DELETE FROM ", of.records,
                "pawl_child AS c USING g WHERE c.parent=ANY(ARRAY[g.id])"}),
          text({"UPDATE ", of.records, "pawl_parent AS p SET life=", of.life(), " FROM ", of.table, " AS f WHERE p",
                of_table, " AND p.key=", of.record_key()}),
          text({"UPDATE ", of.records, "pawl_child AS c SET life=0 WHERE c", of_table, " AND c.life<>0"})};
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
