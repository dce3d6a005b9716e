// The tables in which a database keeps what pawl knows about its tables of items, so that any tool can read them without
// the types of a program. This is schema 3.
//
//   pawl_meta       One row for each table of items. `lifecycle` and `fingerprint` are those of the program that opened it
//                   last. `identity`: 32 random hexadecimal digits, the same in all rows: see database::identity().
//                   `kept`: 'names' if the state column holds the states' stored names (a mapped table), 'codes' if it
//                   holds their codes (pawl's own table). `*_column`: its columns, as pawl::names has them; NULL: there is
//                   no such column. `row_column`: its INTEGER PRIMARY KEY. `last_id`: the highest id that a deleted row
//                   of pawl's own table has had, where the table was made before schema 3. A key_column that is NULL
//                   means that no program has opened this table since the database was of schema 2; `plain_keys` is 1 then,
//                   if its items keep the keys of that time (not in a copy that has become another database).
//   pawl_states     Its states: code, stored name and role, which is 'step', 'goal', 'terminal' or 'waiting'; NULL for a
//                   state that the lifecycle no longer had when it was first opened with schema 3.
//   pawl_rows       The lifecycle's transitions: from_state, event, to_state.
//   pawl_trouble    The records of delayed, parked and in-doubt items (trouble_record.hpp). One counts only for the row
//                   with its key, version and life (row_life.hpp); others are leftovers. Times are in nanoseconds.
//   pawl_earlier    Items that were there when the database was upgraded or the table's life columns changed, in states
//                   with a step. At this version and life an item keeps its idempotency key of before: with the life
//                   `former`, or without identity and life, as in schema 2, if that is NULL.
//   pawl_history    One row for each transition, in their order, made and written if store_options::history asks for it: the
//                   `change` (pawl_change.id), the item's key and life, its version afterwards, the time, the run in which
//                   it was written (0: in none), and the attempts that failed before, with the last one's error.
//                   What an operator did has the item's version as it was, and in `error` on whose behalf that was.
//   pawl_change     What a change is: from_state, event, to_state. Migrations have no event, operators' changes one that
//                   begins with "hand: ". pawl_history_view, for people, has both.
//   pawl_by_hand    Which entries of pawl_history are of operators' changes, by key.
//   pawl_parent     Items that have, or have had, children (pawl::insert), by table, key and life. `complete`: their children
//                   have ended where no store of theirs was open; a run over them has yet to notice. Made with the first child.
//   pawl_child      Their children, by the parent's id, table and key, and their lives. `arrived`: 1 in a goal, 0 ended
//                   elsewhere or deleted, NULL still at work.
//   pawl_lease      Rows that a worker has claimed.
//   pawl_pause      States that no run takes items from: since when, and on whose behalf. The state '*' stands for all of a
//                   table that was copied away (table_export.hpp): `by` is where to.
//   pawl_schedule   Up to where each schedule's ticks are settled; made when the first one begins (schedule_table.hpp).
//
// pawl_lease is empty: nothing writes it yet.
//
// A database of schema 2 is upgraded when a store is opened for writing, in one transaction; a read-only connection reads
// it as it is. A program that knows only schema 2 is refused in words: by the number in `schema` where it knows the table,
// else by the name of a CHECK that its INSERT violates.
#ifndef PAWL_SQLITE_RECORDS_HPP
#define PAWL_SQLITE_RECORDS_HPP

#include <cstdint>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

inline constexpr std::int64_t own_schema = 3;
inline constexpr std::int64_t own_application_id = 0x7061776c;  // "pawl"

// Sets pawl's application id and schema version if the database is empty, that is, created by pawl. A database with
// tables keeps its own.
void mark_if_empty(database& db);

bool has_table(database& db, std::string_view table);

// Within a transaction: creates what is missing.
void make_records(database& db);
// For a connection that may not write: empty temporary tables.
void stand_in_records(database& db);
// Within a transaction: from schema 2. The records' lives are not known then: see dictionary::take_over().
void upgrade_records(database& db);

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/records_impl.hpp>
#endif

#endif
