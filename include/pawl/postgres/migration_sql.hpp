// The SQL that moves rows out of states which the lifecycle no longer has.
#ifndef PAWL_POSTGRES_MIGRATION_SQL_HPP
#define PAWL_POSTGRES_MIGRATION_SQL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A row f is in the state of this name: in pawl's own table by its code in the dictionary.
inline std::string is_in_state(layout const& of, std::string_view name) {
  if (of.kept == states_kept_as::names) return text({"f.", of.state, "::text=", name, "::text"});
  return text({"f.", of.state, "=(SELECT s.code FROM ", of.records,
               "pawl_states AS s WHERE s.table_name=", in_quotes(of.name), " AND s.name=", name, "::text)"});
}

// $1 an old state: how many rows are in it.
inline std::string count_in_sql(layout const& of) {
  return text({"SELECT count(*) FROM ", of.table, " AS f WHERE ", is_in_state(of, "$1")});
}

// $1 the time, timestamptz; $2 the token of the transaction; from $3 on an old state, each another one, for each of `to`. One
// row: how many moved out of each, int8[], which the token keeps, and a 1 (records.hpp). Their records end, and the dictionary forgets the states.
// `changes`: the number of each move in pawl_change, where the history is kept; the last parameter is the run then.
inline std::string migrate_sql(layout const& of, std::vector<std::size_t> const& to,
                               std::vector<std::int64_t> const& changes) {
  std::string sql, counts, names;
  for (std::size_t i = 0; i < to.size(); ++i) {
    std::string const at = std::to_string(i);
    std::string const name = "$" + std::to_string(i + 3);
    std::string changed_at;
    if (!of.changed_at.empty())
      changed_at = text({",", of.changed_at, "=", time_written_as(of.changed_at_type, "$1::timestamptz")});
    sql += text({i == 0 ? "WITH m" : ",m",
                 at,
                 " AS (UPDATE ",
                 of.table,
                 " AS f SET ",
                 of.state,
                 "=",
                 of.state_literal(to[i]),
                 ",",
                 of.version,
                 "=f.",
                 of.version,
                 "+1",
                 changed_at,
                 " WHERE ",
                 is_in_state(of, name),
                 " RETURNING ",
                 of.record_key(),
                 " AS k,",
                 of.life(),
                 " AS l,f.",
                 of.version,
                 " AS v),t",
                 at,
                 " AS (DELETE FROM ",
                 of.records,
                 "pawl_trouble AS p USING ",
                 keys_of(of, "m" + at),
                 " WHERE ",
                 is_of_key("p"),
                 ")"});
    if (of.keeps_history)
      sql += text({",c",
                   at,
                   " AS (INSERT INTO ",
                   of.records,
                   "pawl_change(id,table_name,from_state,event,to_state) VALUES(",
                   number(changes[i]),
                   ",",
                   in_quotes(of.name),
                   ",",
                   name,
                   "::text,'',",
                   in_quotes(of.lifecycle->state_names[to[i]]),
                   ") ON CONFLICT(id) DO NOTHING),h",
                   at,
                   " AS (INSERT INTO ",
                   of.records,
                   "pawl_history(change,key,life,version,at,run,attempts) SELECT ",
                   number(changes[i]),
                   ",m.k,m.l,m.v,(extract(epoch FROM $1::timestamptz)*1000000)::int8*1000,$",
                   number(static_cast<std::int64_t>(to.size()) + 3),
                   "::int8,0 FROM m",
                   at,
                   " AS m)"});
    counts += text({i == 0 ? "(SELECT count(*) FROM m" : ",(SELECT count(*) FROM m", at, ")"});
    names += text({i == 0 ? "" : ",", name, "::text"});
  }
  return sql += text({",s AS (DELETE FROM ", of.records, "pawl_states AS s WHERE s.table_name=", in_quotes(of.name),
                      " AND s.name=ANY(ARRAY[", names, "])) INSERT INTO ", of.records,
                      "pawl_batch(token,written_at,moved) VALUES($2::int8,greatest($1::timestamptz,"
                      "statement_timestamp()),ARRAY[",
                      counts, ",1]::int8[]) RETURNING moved"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
