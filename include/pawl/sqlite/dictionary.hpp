// The lifecycles that pawl's own tables of a database hold: their schema, their fingerprint, the names of their states.
#ifndef PAWL_SQLITE_DICTIONARY_HPP
#define PAWL_SQLITE_DICTIONARY_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/diagram.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// How the lifecycle differs from the one that last opened its table.
struct lifecycle_change {
  std::vector<std::string> added{};  // states that are new
  // States that are no more; rows in them are left alone, and counted as unrecognised.
  std::vector<std::string> removed{};
};

namespace detail {

inline constexpr std::int64_t own_schema = 1;
inline constexpr std::int64_t own_application_id = 0x7061776c;  // "pawl"

// Sets the marks of pawl in a database that is still empty: one that pawl makes. Others keep their owner's.
inline void mark_if_empty(database& db) {
  statement s = db.prepare("SELECT count(*) FROM sqlite_schema");
  bool const empty = s.step() && s.integer(0) == 0;
  s.reset();
  if (!empty) return;
  db.execute("PRAGMA application_id=" + std::to_string(own_application_id));
  db.execute("PRAGMA user_version=" + std::to_string(own_schema));
}

inline std::string hexadecimal(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; number /= 16) text[i] = "0123456789abcdef"[number % 16];
  return text;
}

// The dictionary of one lifecycle, in the tables pawl_meta and pawl_states.
template <a_lifecycle L> class dictionary {
 public:
  explicit dictionary(database& db) : db_(&db) {}
  dictionary(dictionary const&) = delete;
  dictionary(dictionary&&) = default;
  dictionary& operator=(dictionary const&) = delete;
  dictionary& operator=(dictionary&&) = default;

  // Inside a transaction. Throws store_error (refused) for a newer schema, and where a state's code or name is not what
  // it was: the rows would change their meaning.
  void open() {
    db_->execute(
        "CREATE TABLE IF NOT EXISTS pawl_meta("
        "lifecycle TEXT PRIMARY KEY,fingerprint TEXT NOT NULL,schema INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS pawl_states("
        "lifecycle TEXT,code INTEGER,name TEXT NOT NULL,PRIMARY KEY(lifecycle,code)) STRICT");
    read_meta();
    compare_states();
    write();
  }
  // Whether the lifecycle was there before open().
  bool known() const noexcept { return known_; }
  lifecycle_change const& change() const noexcept { return change_; }

  // The name of a state that the lifecycle does not know, as far as the dictionary knows it.
  std::string name_of(std::int64_t code) {
    statement s = db_->prepare("SELECT name FROM pawl_states WHERE lifecycle=?1 AND code=?2");
    s.bind(1, lifecycle_name<L>());
    s.bind(2, code);
    return s.step() ? std::string(s.text(0)) : "code " + std::to_string(code);
  }

 private:
  static std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

  void read_meta() {
    statement s = db_->prepare("SELECT schema FROM pawl_meta WHERE lifecycle=?1");
    s.bind(1, lifecycle_name<L>());
    known_ = s.step();
    if (known_ && s.integer(0) > own_schema)
      refuse(db_->path(), "the table of " + std::string(lifecycle_name<L>()) + " has schema " +
                              std::to_string(s.integer(0)) + ", and this pawl (" PAWL_VERSION_STRING ") knows up to " +
                              std::to_string(own_schema) + "; use a newer pawl");
  }
  void compare_states() {
    statement s = db_->prepare("SELECT code,name FROM pawl_states WHERE lifecycle=?1 ORDER BY code");
    s.bind(1, lifecycle_name<L>());
    while (s.step()) compare_state(s.integer(0), s.text(1));
    for (std::size_t i = 0; i < state_count<L>; ++i) {
      if (!in_dictionary_[i]) change_.added.emplace_back(known_ ? stored_names<L>[i] : std::string_view());
    }
    if (!known_) change_.added.clear();
  }
  void compare_state(std::int64_t code, std::string_view name) {
    for (std::size_t i = 0; i < state_count<L>; ++i) {
      std::int64_t const our_code = state_code<L>(states<L>[i]);
      std::string_view const our_name = stored_names<L>[i];
      if (our_code == code && our_name == name) {
        in_dictionary_[i] = true;
        return;
      }
      if (our_code == code || our_name == name)
        refuse(db_->path(), "in " + std::string(lifecycle_name<L>()) + " the state of code " +
                                std::to_string(our_code) + " is " + quoted(our_name) +
                                ", and in the database that of code " + std::to_string(code) + " is " + quoted(name) +
                                ". Give each state the value and the stored name that it had (pin it with state_name)");
    }
    change_.removed.emplace_back(name);
  }
  void write() {
    statement meta = db_->prepare("INSERT OR REPLACE INTO pawl_meta(lifecycle,fingerprint,schema) VALUES(?1,?2,?3)");
    std::string const print = hexadecimal(fingerprint<L>);
    meta.bind(1, lifecycle_name<L>());
    meta.bind(2, std::string_view(print));
    meta.bind(3, own_schema);
    meta.step();
    statement state = db_->prepare("INSERT INTO pawl_states(lifecycle,code,name) VALUES(?1,?2,?3)");
    for (std::size_t i = 0; i < state_count<L>; ++i) {
      if (in_dictionary_[i]) continue;
      reset_at_exit const reset(state);
      state.bind(1, lifecycle_name<L>());
      state.bind(2, state_code<L>(states<L>[i]));
      state.bind(3, stored_names<L>[i]);
      state.step();
    }
  }

  database* db_;
  bool known_ = false;
  std::array<bool, state_count<L>> in_dictionary_{};
  lifecycle_change change_{};
};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
