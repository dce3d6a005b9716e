// The process dies, or the power fails, or the disk refuses, in the middle of an upgrade from schema 2.
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include <pawl/error.hpp>
#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "crash/fault_vfs.hpp"
#include "crash/memory_files.hpp"
#include "crash/recovery.hpp"
#include "files.hpp"
#include "sqlite/schema_2.hpp"

namespace crash_upgrade_test {

using namespace crash;

enum class state { written, sent, delivered };
struct mail {};
struct deliver {};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};

std::string ask(pawl::sqlite::database& db, std::string const& sql) {
  auto s = db.prepare(sql);
  return s.step() ? std::string(s.text(0)) : "(none)";
}
std::string schema_of(pawl::sqlite::database& db) {
  return ask(db, "SELECT max(schema) FROM pawl_meta") + ask(db, "PRAGMA user_version");
}
// Opened as it was left, it is of one schema or the other; opened for writing, it is of the new one, and nothing is lost.
void check_image(std::string const& path, int& old, int& upgraded) {
  pawl::sqlite::database db(path);
  std::string const schema = schema_of(db);
  old += schema == "22";
  upgraded += schema == "33";
  REQUIRE((schema == "22" || schema == "33"));
  std::string const identity = db.identity();
  REQUIRE(identity.empty() == (schema == "22"));
  pawl::sqlite::store<letter> store(db);
  REQUIRE(schema_of(db) == "33");
  REQUIRE((identity.empty() || db.identity() == identity));
  REQUIRE(store.count_troubles() == pawl::trouble_counts{1, 1, 0});
  for (auto const key : {"ada", "bob", "eve"}) {
    auto const former = store.former_key_of(*store.get(key).item);
    REQUIRE(former);
    REQUIRE(former->is_plain);
  }
  REQUIRE(ask(db, "PRAGMA integrity_check") == "ok");
}
void make(std::string const& path) {
  pawl::sqlite::database db(path);
  db.execute(schema_2::records + std::string(schema_2::own_table));
}

TEST_CASE("an upgrade is all or nothing, wherever the process dies or the power fails", "[crash]") {
  temporary_folder folder;
  std::string const path = folder / "a.db";
  fault_vfs vfs(1);
  memory_files files;
  vfs.mounted = &files;
  make(path);
  random_bits random(1);
  int old = 0, upgraded = 0;
  std::size_t points = 0;
  auto const look = [&](change const* under_way) {
    ++points;
    for (ending const e : all_endings) {
      auto const left = files.after(e, under_way, random);
      mounted_instead const crashed(vfs, *left);
      std::filesystem::remove(path + ".letter.lock");  // a process that has died holds none
      INFO("point " << points << ", " << name_of(e));
      check_image(path, old, upgraded);
    }
  };
  {
    pawl::sqlite::database db(path);
    vfs.before = look;
    pawl::sqlite::store<letter> store(db);
    vfs.before = {};
  }
  look(nullptr);
  CHECK(points > 10);
  CHECK(old > 0);
  CHECK(upgraded > 0);
}

TEST_CASE("an upgrade that the disk refuses leaves schema 2 or 3, and the next program goes on", "[crash]") {
  temporary_folder folder;
  std::string const path = folder / "a.db";
  int old = 0, upgraded = 0;
  for (auto const& kind : fault_kinds) {
    for (std::size_t at = 0;; ++at) {
      fault_vfs vfs(1);
      memory_files files;
      vfs.mounted = &files;
      make(path);
      vfs.faults = fault_plan(kind, at, false);
      INFO(kind.name << " at " << at);
      try {
        pawl::sqlite::database db(path);
        pawl::sqlite::store<letter> store(db);
      } catch (pawl::store_error const&) {
        CHECK(vfs.faults.struck() > 0);
      }
      bool const struck = vfs.faults.struck() > 0;
      vfs.faults = {};
      check_image(path, old, upgraded);
      if (!struck) break;
      REQUIRE(at < 1000);
    }
  }
  CHECK(old > 0);
  CHECK(upgraded > 0);
}

}  // namespace crash_upgrade_test
