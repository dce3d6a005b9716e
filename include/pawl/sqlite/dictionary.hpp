// What a database records about the lifecycles of its items: their fingerprints and the names of their states.
#ifndef PAWL_SQLITE_DICTIONARY_HPP
#define PAWL_SQLITE_DICTIONARY_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// A state that the lifecycle no longer has. Its rows are left alone and counted as unrecognised; `migrate` moves them.
struct removed_state {
  std::string name;
  std::size_t rows = 0;  // rows in this state when the store was opened
  friend bool operator==(removed_state const&, removed_state const&) = default;
};

// How the lifecycle differs from the one that last opened this table.
struct lifecycle_change {
  std::vector<std::string> added;      // new states; empty if the table was never opened before
  std::vector<removed_state> removed;  // states that no longer exist, until migrate() empties them
};

namespace detail {

std::string hexadecimal(std::uint64_t number);

// What a database records about one lifecycle in one table, in pawl_meta, pawl_states and pawl_rows (records.hpp).
class dictionary {
 public:
  dictionary(database& db, lifecycle_view const& lifecycle, std::string_view table, states_kept_as kept)
      : db_(&db), lifecycle_(&lifecycle), table_(table), kept_(kept) {}
  dictionary(dictionary const&) = delete;
  dictionary(dictionary&&) = default;
  dictionary& operator=(dictionary const&) = delete;
  dictionary& operator=(dictionary&&) = default;

  // Reads the stored dictionary. True if nothing needs to be written. Throws store_error (refused) if its schema is
  // newer, or if a code now belongs to a different state, because existing rows would change their meaning.
  bool read(items_sql const& items);
  // Within a transaction, after read(), for as long as it is open: the owners of the tables whose records write() gives
  // other lives, so that no run goes on with those of before. Throws store_error (refused) if a run owns one of them.
  std::vector<owner_handle> own_what_changes(items_sql const& items);
  // Within a transaction, after read(). Upgrades an older schema.
  void write(items_sql const& items);
  // Within a transaction: the table was made anew, and what is recorded of the items of before is about none of its rows.
  void forget_items();

  // True if the stored records tell the lives of rows as these items do.
  bool records_lives(items_sql const& items) const noexcept {
    return !has_records() || (schema_ == own_schema && (!known_ || former_life_ == items.life));
  }
  bool has_records() const noexcept { return schema_ != 0; }
  std::int64_t schema() const noexcept { return schema_; }  // of the stored records; 0: there are none

  // True if the table held this lifecycle's items before.
  bool known() const noexcept { return known_; }
  lifecycle_change& change() noexcept { return change_; }
  lifecycle_change const& change() const noexcept { return change_; }

  // SQL for the code of the state named ?1.
  std::string code_sql() const {
    return text({"(SELECT code FROM pawl_states WHERE table_name='", table_, "' AND name=?1)"});
  }
  // Within a transaction: removes a state that the lifecycle no longer has and that no row is in.
  void forget(std::string_view old_state);

  // Name of a state unknown to the lifecycle: from the dictionary, or else "code N".
  std::string name_of(std::int64_t code);

 private:
  // Schema 1, used before the first release, had no troubles and no table names.
  void refuse_first_schema();
  void read_meta(items_sql const& items);
  void compare_states();
  void compare_state(std::int64_t code, std::string_view name);
  void write_meta(items_sql const& items);
  void write_states();
  void write_rows();
  // The table was last opened by a program that told the lives of its rows otherwise: the items that are there keep their
  // keys and their troubles.
  void take_over(items_sql const& items);
  void take_over_family(items_sql const& items, std::string_view of_former);
  bool has_column(std::string_view column) const;

  database* db_;
  lifecycle_view const* lifecycle_;
  std::string_view table_;  // static storage
  states_kept_as kept_;
  std::int64_t schema_ = 0;  // of the stored records; 0: there are none
  bool known_ = false;
  bool plain_keys_ = false;                // its items of before the upgrade keep their keys of schema 2
  std::optional<row_life> former_life_{};  // as it was recorded; empty: by schema 2, or not at all
  bool current_ = false;
  std::uint64_t in_dictionary_ = 0;  // by state index, one bit each
  lifecycle_change change_{};
};

// Throws store_error (refused) if another program has opened the table since the store of these items was opened, and tells
// its rows apart by other columns: this one would not find the records of the rows, nor give them the keys of now.
void refuse_other_lives(database& db, items_sql const& items);

// Opens the dictionary and creates what is missing in one transaction: the dictionary's tables and whatever `make`
// creates. Takes the write lock only if there is something to write.
template <class Make> void open_dictionary(database& db, dictionary& names, items_sql& items, bool is_made, Make make) {
  bool const current = names.read(items);
  if (current && is_made) return;
  if (db.reads_only()) {
    if (!is_made) make();
    if (!names.has_records()) stand_in_records(db);
    items.records_lives = names.records_lives(items);
    return;
  }
  std::vector<owner_handle> owners;
  db.begin();
  try {
    names.read(items);  // again: another process may have written it in the meantime
    owners = names.own_what_changes(items);
    bool const is_anew = names.known() && !has_table(db, items.table);
    make();
    names.write(items);
    if (is_anew /*mutant made_anew: && !OFF*/) names.forget_items();
    db.commit();
  } catch (store_error const& e) {
    db.rollback();
    if (e.what_failed() != store_failure::rejected) throw;
    fail(store_failure::refused, {e.what()});
  } catch (...) {
    db.rollback();
    throw;
  }
}

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI::sqlite

#ifndef PAWL_COMPILED
#include <pawl/sqlite/dictionary_impl.hpp>
#endif

#endif
