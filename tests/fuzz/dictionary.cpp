// Arbitrary text as a state, as an event and in the dictionary of a lifecycle: accepted byte for byte, or refused with
// a message.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "fuzz/in_memory.hpp"
#include "fuzz/input.hpp"
#include "hostile/stores.hpp"
#include "store/filing.hpp"

namespace fuzz {

using namespace filing;

// A database that pawl has made, with one item.
inline std::string made_by_pawl() {
  auto const files = folder_with("");
  file_system().mounted = files.get();
  {
    pawl::sqlite::database db(path, quick());
    pawl::sqlite::store<file_lifecycle>(db).insert_if_absent("a");
  }
  return bytes_of(*files);
}

// What a database is to remember, as it was written into it, and what is to be said of that.
class memory {
 public:
  memory(pawl::sqlite::database& db, input from) {
    db.begin();
    db.execute("DELETE FROM pawl_meta; DELETE FROM pawl_states");
    if (from.byte() % 4 != 0) remember_lifecycle(db, from);
    for (int rows = 0; rows < 8 && !from.empty(); ++rows) remember_state(db, from);
    db.commit();
  }

  // Of nobody, of a newer pawl, or with a code or a name of ours that meant something else.
  bool is_to_be_refused() const {
    if (!schema_ || *schema_ > 3) return true;
    for (auto const& [name, code] : states_) {
      for (auto const state : pawl::states<file_lifecycle>) {
        bool const same_name = pawl::state_name_of<file_lifecycle>(state) == name;
        if (same_name != (pawl::state_code<file_lifecycle>(state) == code)) return true;
      }
    }
    return false;
  }
  std::set<std::string> removed() const {
    std::set<std::string> names;
    for (auto const& [name, code] : states_)
      if (!machine::hydrate(name)) names.insert(name);
    return names;
  }

 private:
  void remember_lifecycle(pawl::sqlite::database& db, input& from) {
    auto s = db.prepare(
        "INSERT INTO pawl_meta(table_name,lifecycle,fingerprint,schema,identity) "
        "VALUES('file_lifecycle','file_lifecycle',?1,?2,'of this file')");
    schema_ = 3 + from.byte() % 3;  // an older one has other tables
    std::string const fingerprint = from.text();
    s.bind(1, fingerprint);
    s.bind(2, *schema_);
    s.step();
  }
  // One of the lifecycle's own names, or one of the input's.
  void remember_state(pawl::sqlite::database& db, input& from) {
    auto s = db.prepare("INSERT OR REPLACE INTO pawl_states(table_name,code,name) VALUES('file_lifecycle',?1,?2)");
    auto const code = static_cast<std::int8_t>(from.byte());
    unsigned const which = from.byte();
    constexpr auto& known = pawl::stored_names<file_lifecycle>;
    std::string const name = which < known.size() ? std::string(known[which]) : from.text();
    s.bind(1, code);
    s.bind(2, name);
    s.step();
    states_[name] = code;
  }

  std::optional<std::int64_t> schema_{};
  std::map<std::string, std::int64_t> states_{};
};

inline void open_with(pawl::sqlite::database& db, memory const& remembered) {
  std::string refusal;
  try {
    pawl::sqlite::store<file_lifecycle> store(db);
    std::set<std::string> removed;
    for (auto const& gone : store.change().removed) removed.insert(gone.name);
    require(removed == remembered.removed(), "the states that are gone are not those that were told");
    require(store.get("a").item.has_value(), "an item of a state that is known is not read");
  } catch (pawl::store_error const& e) {
    require(e.what_failed() == pawl::store_failure::refused, std::string("not refused: ") + e.what());
    refusal = e.what();
    require(refusal.find(path) != std::string::npos, "it does not say which file it is");
  }
  require(refusal.empty() != remembered.is_to_be_refused(), refusal.empty() ? "it was not refused" : refusal);
  require(!db.in_transaction() && !db.poisoned(), "a refusal left the database unusable");
}

inline void as_names(std::string const& text) {
  auto broken = hostile::as_state<file_lifecycle>(text);
  require(broken.empty(), broken);
  broken = hostile::as_state<cargo::crate_lifecycle>(text);
  require(broken.empty(), broken);
  auto const event = pawl::find_event<file_lifecycle>(text);
  require(!event || pawl::name(*event) == text, "it is taken for another event");
}

}  // namespace fuzz

int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::as_names(fuzz::input(data, size).rest());
  static std::string const image = fuzz::made_by_pawl();
  auto const files = fuzz::folder_with(image);
  fuzz::file_system().mounted = files.get();
  pawl::sqlite::database db(fuzz::path, fuzz::quick());
  fuzz::open_with(db, fuzz::memory(db, fuzz::input(data, size)));
  return 0;
}
