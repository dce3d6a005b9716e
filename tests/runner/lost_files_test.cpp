// The files of a database are removed, replaced or truncated under a run: it ends with an error, and what can be saved is.
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/runner/run.hpp>
#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "runner/parcel.hpp"

namespace lost_files_test {

namespace fs = std::filesystem;
using parcel::deliver;
using parcel::pack;
using parcel::ship;
using parcel::state;
using sqlite_store = pawl::sqlite::store<parcel::life>;

constexpr std::size_t parcels = 50;

struct script {
  std::function<void()> harm{};
  int at = 5;  // in this call
  int calls = 0;
};
struct porter {
  script* of;
  pawl::task<pawl::one_of<pack>> operator()(pawl::item<parcel::life, state::ordered>, pawl::safe&) {
    if (++of->calls == of->at) of->harm();
    co_return pack{};
  }
  pawl::task<pawl::one_of<ship>> operator()(pawl::item<parcel::life, state::packed> it, pawl::safe&) {
    co_return ship{"tracking of " + it.key};
  }
  deliver operator()(pawl::item<parcel::life, state::sent>) { return deliver{"ada"}; }
};

// A folder with a database, and a link to it.
struct depot {
  temporary_folder folder;
  script happens;

  depot() {
    fs::create_directory(folder / "in");
    fs::create_symlink("in/a.db", folder / "link.db");
    sqlite_store(*std::make_unique<pawl::sqlite::database>(folder / "other.db"));
  }
  std::string path() const { return folder / "in/a.db"; }

  // What a run ended with, on the database that is opened by this path.
  std::string run(std::string const& by, int checkpoint_frames = 1000) {
    pawl::sqlite::database db(
        by, {.durable = pawl::sqlite::durability::process_crash, .checkpoint_frames = checkpoint_frames});
    sqlite_store store(db);
    for (std::size_t i = 0; i < parcels; ++i) store.insert_if_absent("parcel " + std::to_string(i));
    pawl::loop<pawl::virtual_clock> loop;
    pawl::commit_queue queue(loop, store);
    try {
      return std::to_string(pawl::run(queue, porter{&happens}, {.concurrency = 3}).finished) + " finished";
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::not_applied);
      CHECK(db.poisoned());
      CHECK(std::string_view(e.what()).find(by) != std::string_view::npos);
      return e.what();
    }
  }
};
// The number of parcels that are known to a database, of those that have arrived.
std::pair<std::size_t, std::size_t> known_and_arrived(std::string const& path) {
  pawl::sqlite::database db(path, {.create = false});
  auto check = db.prepare("PRAGMA integrity_check");
  check.step();
  CHECK(check.text(0) == "ok");
  check.reset();
  auto const counts = sqlite_store(db).count_items();
  std::size_t all = 0;
  for (auto const count : counts) all += count;
  return {all, counts[pawl::state_index<parcel::life>(state::delivered)]};
}

struct harm {
  char const* what;
  char const* words;  // of the error
  void (*act)(depot& d);
  char const* saved_in;  // where all is found afterwards; null: some of it is lost
};
void replace(std::string const& from, std::string const& by) {
  fs::copy_file(by, from + ".new", fs::copy_options::overwrite_existing);
  fs::rename(from + ".new", from);
}
harm const harms[] = {
    {"the database is removed", "does not lead to the database", [](depot& d) { fs::remove(d.path()); }, nullptr},
    {"all its files are removed", "does not lead to the database",
     [](depot& d) {
       for (auto const* end : {"", "-wal", "-shm"}) fs::remove(d.path() + end);
     },
     nullptr},
    {"another file takes its name", "does not lead to the database",
     [](depot& d) { replace(d.path(), d.folder / "other.db"); }, nullptr},
    {"it is renamed", "does not lead to the database", [](depot& d) { fs::rename(d.path(), d.folder / "renamed.db"); },
     "renamed.db"},
    {"its folder is renamed", "does not lead to the database",
     [](depot& d) { fs::rename(d.folder / "in", d.folder / "elsewhere"); }, "elsewhere/a.db"},
    {"its folder is replaced", "does not lead to the database",
     [](depot& d) {
       fs::rename(d.folder / "in", d.folder / "elsewhere");
       fs::create_directory(d.folder / "in");
       fs::copy_file(d.folder / "other.db", d.path());
     },
     "elsewhere/a.db"},
    {"its log is removed", "the index beside it was removed. What was committed is in the database",
     [](depot& d) { fs::remove(d.path() + "-wal"); }, "in/a.db"},
    {"the index of its log is removed", "the index beside it was removed. What was committed is in the database",
     [](depot& d) { fs::remove(d.path() + "-shm"); }, "in/a.db"},
    {"its log is replaced", "the index beside it was replaced",
     [](depot& d) { replace(d.path() + "-wal", d.folder / "other.db"); }, nullptr},
    {"its log is replaced by a copy of it", "the index beside it was replaced",
     [](depot& d) { replace(d.path() + "-wal", d.path() + "-wal"); }, nullptr}};

TEST_CASE("what happens to a database's files under a run ends it with an error, and no run says finished",
          "[runner]") {
  auto const& h = harms[GENERATE(range(std::size_t{0}, std::size(harms)))];
  bool const linked = GENERATE(false, true);
  int const frames = GENERATE(3, 1000);
  CAPTURE(h.what, linked, frames);
  depot d;
  d.happens.harm = [&] { h.act(d); };
  auto const ended = d.run(linked ? d.folder / "link.db" : d.path(), frames);
  INFO(ended);
  CHECK(ended.find("finished") == std::string::npos);
  CHECK((ended.find(h.words) != std::string::npos || ended.find("disk I/O error") != std::string::npos));
  if (frames == 3) CHECK(d.happens.calls < 25);  // noticed at the next checkpoint, not at the end
  if (h.saved_in != nullptr) {
    auto const found = known_and_arrived(d.folder / h.saved_in);
    CHECK(found.first == parcels);
    if (frames == 1000) CHECK(found.second == parcels);
  }
}

TEST_CASE("a log that is truncated under a run ends it, unless all of it was in the database already", "[runner]") {
  int const frames = GENERATE(3, 20, 1000);
  CAPTURE(frames);
  depot d;
  d.happens.harm = [&] { fs::resize_file(d.path() + "-wal", 0); };
  auto const ended = d.run(d.path(), frames);
  INFO(ended);
  if (ended == "50 finished") {
    CHECK(frames < 1000);
    CHECK(known_and_arrived(d.path()) == std::pair(parcels, parcels));
  } else {
    CHECK((ended.find("was truncated or overwritten") != std::string::npos ||
           ended.find("disk I/O error") != std::string::npos));
  }
}

TEST_CASE("a link that is turned to another database under a run ends it, and the run's own database is whole",
          "[runner]") {
  depot d;
  d.happens.harm = [&] {
    fs::remove(d.folder / "link.db");
    fs::create_symlink("other.db", d.folder / "link.db");
  };
  CHECK(d.run(d.folder / "link.db").find("does not lead to the database") != std::string::npos);
  CHECK(known_and_arrived(d.path()) == std::pair(parcels, parcels));
  CHECK(known_and_arrived(d.folder / "other.db").first == 0);
}

TEST_CASE("a database that is lost before a run calls nobody", "[runner]") {
  depot d;
  pawl::sqlite::database db(d.path());
  sqlite_store store(db);
  store.insert_if_absent("parcel 0");
  fs::remove(d.path());
  CHECK_THROWS_AS(pawl::run(store, porter{&d.happens}), pawl::store_error);
  CHECK(d.happens.calls == 0);
  CHECK(fs::exists(d.path() + ".life.lock") == false);
}

TEST_CASE("what others do to a database as SQLite means it disturbs no run", "[runner]") {
  struct use {
    char const* what;
    std::function<void(depot&)> act;
  };
  auto const all = {
      use{"reads and closes", [](depot& d) { CHECK(known_and_arrived(d.path()).first == parcels); }},
      use{"vacuums",
          [](depot& d) {
            pawl::sqlite::database db(d.path(), {.checkpoint_frames = 1});
            db.execute("DELETE FROM filler");
            db.execute("VACUUM");
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
          }},
      use{"begins the log anew",
          [](depot& d) {
            pawl::sqlite::database db(d.path());
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            db.execute("INSERT INTO filler VALUES(zeroblob(100))");
          }},
      use{"changes its rights", [](depot& d) { fs::permissions(d.path(), fs::perms::owner_read); }},
      use{"gives it a second name", [](depot& d) { fs::create_hard_link(d.path(), d.folder / "hard.db"); }}};
  for (auto const& one : all) {
    for (int const frames : {3, 1000}) {
      CAPTURE(one.what, frames);
      depot d;
      {
        pawl::sqlite::database db(d.path());
        db.execute(
            "CREATE TABLE filler(a);INSERT INTO filler WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE "
            "i<100) SELECT zeroblob(3000) FROM n");
      }
      d.happens.harm = [&] { one.act(d); };
      CHECK(d.run(d.path(), frames) == "50 finished");
      CHECK(known_and_arrived(d.path()) == std::pair(parcels, parcels));
    }
  }
}

TEST_CASE("a run goes on when the program changes its working folder", "[runner]") {
  depot d;
  auto const before = fs::current_path();
  fs::current_path(d.folder / "in");
  d.happens.harm = [] { fs::current_path("/"); };
  auto const ended = d.run("a.db", 3);
  fs::current_path(before);
  CHECK(ended == "50 finished");
}

TEST_CASE("a file that is truncated is found out, and one whose pages are all in the log is whole", "[runner]") {
  depot d;
  {
    pawl::sqlite::database db(d.path());
    db.execute(
        "CREATE TABLE filler(a PRIMARY KEY);INSERT INTO filler WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n "
        "WHERE i<1000) SELECT printf('%0300d',i) FROM n");
  }
  auto const size = GENERATE(std::uintmax_t{0}, std::uintmax_t{8192});
  int const frames = GENERATE(3, 1000);
  CAPTURE(size, frames);
  d.happens.harm = [&] { fs::resize_file(d.path(), size); };
  auto const ended = d.run(d.path(), frames);
  INFO(ended);
  CHECK(ended.find("finished") == std::string::npos);
  CHECK((ended.find("was truncated by somebody") != std::string::npos || ended.find("malformed") != std::string::npos));
}

TEST_CASE("a run on a database that was opened read-only is refused before it locks or calls", "[runner]") {
  depot d;
  { CHECK(d.run(d.path()) == "50 finished"); }
  d.happens.calls = 0;
  pawl::sqlite::database db(d.path(), {.mode = pawl::sqlite::access::read_only});
  sqlite_store store(db);
  try {
    pawl::run(store, porter{&d.happens});
    FAIL("it ran");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::misuse);
    CHECK(std::string_view(e.what()).find("opened read-only") != std::string_view::npos);
  }
  CHECK(d.happens.calls == 0);
}

}  // namespace lost_files_test
