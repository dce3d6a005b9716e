// Proves that no name breaks anything: what is stored comes back byte for byte, and what is displayed is safe to
// display.
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "files.hpp"
#include "hostile/names.hpp"
#include "hostile/outlets.hpp"
#include "hostile/stores.hpp"
#include "proof.hpp"

namespace hostile {

// Checks one promise for name after name; tells the first few that break it.
class verdict {
 public:
  explicit verdict(std::string where, names const& of = all_names()) : where_(std::move(where)), names_(of) {}
  verdict(verdict const&) = delete;
  verdict& operator=(verdict const&) = delete;

  template <class Check> void each_name(Check check) {
    for (auto const& name : names_) note(name, [&] { return check(name); });
  }
  template <class Check> void once(Check check) { note("all", check); }
  bool end() const {
    return ::proof::report("hostile names", where_,
                           std::to_string(names_.size()) + " names, " + std::to_string(checks_) + " checks, " +
                               std::to_string(broken_) + " violations",
                           broken_ == 0);
  }

 private:
  template <class Check> void note(std::string const& name, Check check) {
    ++checks_;
    broken_rule broken;
    try {
      broken = check();
    } catch (std::exception const& e) {
      broken = std::string("an exception: ") + e.what();
    }
    if (!broken.empty() && ++broken_ <= 5)
      std::printf("  %s, '%s': %s\n", where_.c_str(), pawl::escaped(name, 40).c_str(),
                  pawl::escaped(broken, 200).c_str());
  }

  std::string where_;
  names const& names_;
  std::size_t checks_ = 0, broken_ = 0;
};

inline pawl::sqlite::options without_power_cuts() {
  pawl::sqlite::options o;
  o.durable = pawl::sqlite::durability::process_crash;
  return o;
}

// The same life in every store; `next_process` is what a new process would have in hand.
template <class Store, class NextProcess>
bool in_store(std::string const& where, Store& store, NextProcess next_process) {
  verdict v(where, keys_for<Store>());
  if constexpr (Store::inserts) v.once([&] { return refuses_the_empty_key(store); });
  v.each_name([&](std::string const& name) { return carry_through(store, name); });
  v.each_name([&](std::string const& name) { return still_there(store, name); });
  next_process([&](auto& later) {
    v.each_name([&](std::string const& name) { return still_there(later, name); });
    v.once([&] { return all_listed(later); });
  });
  return v.end();
}

inline bool in_memory() {
  pawl::memory_store<filing::file_lifecycle> store;
  for (auto const& name : keys_for<decltype(store)>()) store.insert_if_absent(name);
  return in_store("store in memory", store, [&](auto check) { check(store); });
}

inline bool in_own_table() {
  temporary_folder folder;
  std::string const path = folder / "own.db";
  pawl::sqlite::database db(path, without_power_cuts());
  pawl::sqlite::store<filing::file_lifecycle> store(db);
  db.begin();
  for (auto const& name : keys_for<decltype(store)>())
    if (!store.insert_if_absent(name)) std::printf("  '%s' was there already\n", pawl::escaped(name, 40).c_str());
  for (auto const& name : keys_for<decltype(store)>())
    if (store.insert_if_absent(name)) std::printf("  '%s' is there twice\n", pawl::escaped(name, 40).c_str());
  db.commit();
  return in_store("pawl's own table", store, [&](auto check) {
    pawl::sqlite::database again(path);
    pawl::sqlite::store<filing::file_lifecycle> later(again);
    check(later);
  });
}

inline bool in_mapped_table() {
  temporary_folder folder;
  std::string const path = folder / "files.db";
  pawl::sqlite::database db(path, without_power_cuts());
  db.execute(filing::files_schema);
  db.begin();
  for (auto const& name : all_names()) {
    auto s = db.prepare("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'hash','name',1024)");
    s.bind(1, name);
    s.step();
  }
  db.commit();
  pawl::sqlite::store<filing::files_table> store(db);
  return in_store("mapped table", store, [&](auto check) {
    pawl::sqlite::database again(path);
    pawl::sqlite::store<filing::files_table> later(again);
    check(later);
  });
}

inline bool as_states() {
  verdict v("as states");
  v.each_name(as_state<filing::file_lifecycle>);
  v.each_name(as_state<cargo::crate_lifecycle>);
  return v.end();
}

inline bool shown() {
  bool all = true;
  auto const outlet = [&](char const* where, broken_rule (*check)(std::string const&)) {
    verdict v(where);
    v.each_name(check);
    all = v.end() && all;
  };
  outlet("escaped for a terminal", [](std::string const& name) { return in_escaped(name); });
  outlet("text table", in_text_table);
  outlet("inspection", in_inspection);
  outlet("JSON", in_json);
  outlet("trace files", in_traces);
  outlet("markup", in_markup);
  outlet("HTML page", in_html_page);
  outlet("Prometheus page", in_prometheus);
  return all;
}

}  // namespace hostile

int main(int argc, char** argv) try {
  if (int const refused = proof::refuse_arguments(argc, argv)) return refused;
  bool all = hostile::all_names().size() >= 200;
  for (auto const prove :
       {hostile::in_memory, hostile::in_own_table, hostile::in_mapped_table, hostile::as_states, hostile::shown})
    all = prove() && all;
  return all ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
