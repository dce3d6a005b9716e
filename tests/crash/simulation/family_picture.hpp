// All batches, and whose children which items are, as a database has them at one moment.
#ifndef PAWL_TESTS_CRASH_SIMULATION_FAMILY_PICTURE_HPP
#define PAWL_TESTS_CRASH_SIMULATION_FAMILY_PICTURE_HPP

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/store.hpp>

#include "crash/simulation/batches.hpp"
#include "crash/simulation/ledger.hpp"

namespace crash::simulation {

// A row, by its key and the life that tells it from another one of this key; 0 where nothing does.
struct relative {
  std::string key;
  std::int64_t life = 0;

  friend auto operator<=>(relative const&, relative const&) = default;
};
// How an item has ended: true: in a goal, false: in a terminal state, empty: it has not.
using end_of_item = std::optional<bool>;
constexpr end_of_item end_in(pawl::role its) {
  if (its == pawl::role::goal) return true;
  return its == pawl::role::terminal ? end_of_item(false) : std::nullopt;
}

struct family_picture {
  struct batch {
    batch_state state = batch_state::drafted;
    std::int64_t version = 0;
    bool is_left = false;  // to be told, by whoever looks

    friend bool operator==(batch const& a, batch const& b) { return a.state == b.state && a.version == b.version; }
  };
  struct child {
    relative parent;
    bool is_file = false;
    relative it;

    friend auto operator<=>(child const&, child const&) = default;
  };

  std::map<relative, batch> batches{};
  std::map<child, end_of_item> children{};  // as is recorded of them
  std::map<relative, end_of_item> files{};  // as they are
  std::size_t orphans = 0;                  // records of parents that are no more

  static end_of_item end_of(batch const& b) {
    return b.state == batch_state::published   ? end_of_item(true)
           : b.state == batch_state::discarded ? end_of_item(false)
                                               : std::nullopt;
  }
};

// Reads it, within the transaction if one is open.
template <class T, class B> class family_reader {
 public:
  explicit family_reader(pawl::sqlite::database& db) : db_(db) {}
  family_reader(family_reader const&) = delete;
  family_reader& operator=(family_reader const&) = delete;

  family_picture read() {
    if (!batches_) prepare();
    family_picture now;
    each(batches_, [&](auto const& s) {
      if (auto const state = state_in<B>(s)) now.batches[row_of<B>(s)] = {*state, s.integer(2), false};
    });
    each(files_, [&](auto const& s) {
      if (auto const state = state_in<T>(s)) now.files[row_of<T>(s)] = end_in(pawl::role_of<file_lifecycle>(*state));
    });
    each(parents_, [&](auto const& s) {
      auto const found = now.batches.find({std::string(s.text(0)), s.integer(1)});
      if (found != now.batches.end()) found->second.is_left = s.integer(2) != 0;
      if (found == now.batches.end()) ++now.orphans;
    });
    each(children_, [&](auto const& s) {
      relative const parent{std::string(s.text(0)), s.integer(1)};
      auto const end = s.is_null(5) ? std::nullopt : end_of_item(s.integer(5) == 1);
      if (now.batches.contains(parent))
        now.children[{parent, s.integer(2) != 0, {std::string(s.text(3)), s.integer(4)}}] = end;
    });
    return now;
  }

 private:
  template <class Table> static constexpr bool is_own = pawl::a_lifecycle<Table>;
  template <class Table> static std::string table_of() { return std::string(pawl::sqlite::store<Table>::table_name()); }
  // Its row, key, version and state.
  template <class Table> static std::string rows_of() {
    if constexpr (is_own<Table>)
      return "SELECT id,key,version,state FROM " + table_of<Table>();
    else
      return "SELECT rowid," + std::string(Table::names.key) + ",version," + std::string(Table::names.state) +
             " FROM " + table_of<Table>();
  }
  template <class Table> static auto state_in(pawl::sqlite::statement const& s) {
    using machine_of = pawl::machine<lifecycle_of<Table>>;
    auto const found = is_own<Table> ? machine_of::hydrate_code(s.integer(3)) : machine_of::hydrate(s.text(3));
    return found ? std::optional(found->state()) : std::nullopt;
  }
  // Nothing tells a row of files from its successor, for its key does not come again (files_table).
  template <class Table> static relative row_of(pawl::sqlite::statement const& s) {
    bool const has_life = is_own<Table> || std::same_as<Table, B>;
    return {std::string(s.text(1)), has_life ? s.integer(0) : 0};
  }
  // Of the child c, which pawl's own table knows by its number.
  template <class Table> static std::string key_of_child() {
    if constexpr (is_own<Table>)
      return "coalesce((SELECT x.key FROM " + table_of<Table>() + " AS x WHERE x.id=c.child),'gone')";
    else
      return "c.child";
  }
  void prepare() {
    files_ = db_.prepare(rows_of<T>());
    parents_ = db_.prepare("SELECT key,life,complete FROM pawl_parent");
    children_ = db_.prepare("SELECT p.key,p.life,c.table_name='" + table_of<T>() + "',CASE c.table_name WHEN '" +
                            table_of<T>() + "' THEN " + key_of_child<T>() + " ELSE " + key_of_child<B>() +
                            " END,c.life,c.arrived FROM pawl_parent AS p JOIN pawl_child AS c ON c.parent=p.id");
    batches_ = db_.prepare(rows_of<B>());
  }
  template <class F> static void each(pawl::sqlite::statement& s, F f) {
    try {
      while (s.step()) f(s);
    } catch (...) {
      s.reset();
      throw;
    }
    s.reset();
  }

  pawl::sqlite::database& db_;
  pawl::sqlite::statement batches_{}, files_{}, children_{}, parents_{};
};

}  // namespace crash::simulation

#endif
