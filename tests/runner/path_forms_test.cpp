// Every form of a path to a database: its guards hold, or it is refused in words, and nothing is left behind.
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <pawl/runner/run.hpp>
#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "files.hpp"
#include "runner/parcel.hpp"

namespace path_forms_test {

namespace fs = std::filesystem;
using parcel::deliver;
using parcel::pack;
using parcel::ship;
using parcel::state;
using pawl::sqlite::database;
using sqlite_store = pawl::sqlite::store<parcel::life>;

struct porter {
  std::function<void()> const* at_work;
  pawl::task<pawl::one_of<pack>> operator()(pawl::item<parcel::life, state::ordered>, pawl::safe&) {
    (*at_work)();
    co_return pack{};
  }
  pawl::task<pawl::one_of<ship>> operator()(pawl::item<parcel::life, state::packed>, pawl::safe&) {
    co_return ship{"t"};
  }
  deliver operator()(pawl::item<parcel::life, state::sent>) { return {"ada"}; }
};

// The working folder, with a folder "in" and a file "plain" in it.
class place {
 public:
  place() : before_(fs::current_path()) {
    fs::create_directory(folder_ / "in");
    std::ofstream(folder_ / "plain") << "x";
    ::mkfifo((folder_ / "pipe").c_str(), 0600);
    fs::create_symlink("loop", folder_ / "loop");
    fs::create_symlink("in/target.db", folder_ / "dangling.db");
    fs::create_symlink("in", folder_ / "there");
    fs::current_path(folder_.path());
  }
  place(place const&) = delete;
  place& operator=(place const&) = delete;
  ~place() { fs::current_path(before_); }

  std::string absolute() const { return fs::canonical(folder_.path()).string(); }
  std::set<std::string> contents() const {
    std::set<std::string> all;
    for (auto const& one : fs::recursive_directory_iterator(folder_.path()))
      all.insert(one.path().lexically_relative(folder_.path()).string());
    return all;
  }
  // A path of so many bytes with all its folders, which are made.
  std::string of_length(std::size_t length) const {
    std::string path = absolute() + "/";
    while (path.size() + 100 < length) {
      path.append(50, 'd').append("/");
      fs::create_directory(path);
    }
    return path + std::string(length - path.size(), 'f');
  }

 private:
  fs::path before_;
  temporary_folder folder_;
};

std::string refusal_of(std::string const& path, pawl::sqlite::options const& o = {}) {
  try {
    database db(path, o);
    return {};
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::refused);
    return e.what();
  }
}
pawl::sqlite::options only_reading() { return {.mode = pawl::sqlite::access::read_only}; }

TEST_CASE("by whatever path a file is opened, a second run and a child are refused, and nothing is left", "[runner]") {
  place p;
  struct form {
    std::string path, file;  // the file relative to the folder; empty: the path
  };
  std::vector<form> forms{{"a.db", ""},
                          {"./a.db", "a.db"},
                          {"in/../a.db", "a.db"},
                          {"there/a.db", "in/a.db"},
                          {"dangling.db", "in/target.db"},
                          {p.absolute() + "/in/a.db", "in/a.db"},
                          {"sp ace.db", ""},
                          {"q?x.db", ""},
                          {"h#x.db", ""},
                          {"p%41.db", ""},
                          {"a'b.db", ""},
                          {"\u00fcn\u00efcode.db", ""},
                          {"new\nline.db", ""},
                          {"./file:a.db", "file:a.db"},
                          {"./:memory:", ":memory:"},
                          {"in/file:a.db?mode=memory", "in/file:a.db?mode=memory"},
                          {std::string(230, 'n'), ""}};
  auto const at = GENERATE_COPY(range(std::size_t{0}, forms.size()));
  auto const& f = forms[at];
  std::string const file = f.file.empty() ? f.path : f.file;
  CAPTURE(f.path);
  auto const before = p.contents();
  {
    database db(f.path);
    sqlite_store store(db);
    CHECK(db.file() == p.absolute() + "/" + file);
    store.insert_if_absent("parcel 0");
    int looks = 0;
    std::function<void()> const at_work = [&] {
      ++looks;
      CHECK(fs::exists(file + ".life.lock"));
      try {
        database second(f.path);
        sqlite_store again(second);
        std::function<void()> const nothing = [] {};
        pawl::run(again, porter{&nothing});
        FAIL("a second run");
      } catch (pawl::error const& e) {
        CHECK(e.id() == "run.owned");
        CHECK(std::string_view(e.what()).find("another run or store_lock of this program") != std::string_view::npos);
      }
      database reader(f.path, only_reading());
      CHECK(sqlite_store(reader).get("parcel 0").item);
      CHECK(holds_in_child([&] { return refusal_of(f.path).find("fork()") != std::string::npos; }));
    };
    CHECK(pawl::run(store, porter{&at_work}).finished == 1);
    CHECK(looks == 1);
  }
  auto after = p.contents();
  CHECK(after.erase(file) == 1);
  CHECK(after == before);
}

TEST_CASE("a path that is no file's, or too long, is refused in words, and nothing is made", "[runner]") {
  place p;
  struct form {
    std::string path;
    char const* words;
  };
  std::vector<form> const forms{{"", "a database must be a file; for a store in memory use pawl::memory_store"},
                                {":memory:", "a database must be a file"},
                                {std::string("a.db\0b", 6), "a database must be a file"},
                                {"file:a.db", "SQLite may take it for a URI"},
                                {"file:a.db?nolock=1", "whose parameters can switch off the locks"},
                                {"file:a.db?immutable=1", "give the path alone"},
                                {"file:a.db?mode=ro", "say the rest with sqlite::options"},
                                {"file:a.db?mode=rwc", "may take it for a URI"},
                                {"file:a.db?vfs=unix-none", "may take it for a URI"},
                                {"file:a.db?cache=shared", "may take it for a URI"},
                                {"file:a.db?mode=memory", "for a store in memory use pawl::memory_store"},
                                {"file:a?mode=memory&cache=shared", "for a store in memory use pawl::memory_store"},
                                {"file::memory:", "for a store in memory use pawl::memory_store"},
                                {"file:%61.db", "may take it for a URI"},
                                {"file:" + p.absolute() + "/a.db", "may take it for a URI"},
                                {"file://" + p.absolute() + "/a.db", "may take it for a URI"},
                                {"file:", "may take it for a URI"},
                                {"in", "it is a folder"},
                                {"in/", "it is a folder"},
                                {"none/a.db", "its folder does not exist"},
                                {"plain/a.db", "a file, not a folder"},
                                {"loop", "ymbolic link"},
                                {"/dev/null", "not a regular file"},
                                {"pipe", "not a regular file"},
                                {std::string(248, 'n'), "its name is too long: it has 248 bytes"},
                                {std::string(255, 'n'), "takes at most 255"},
                                {std::string(300, 'n'), "its name is too long"},
                                {p.of_length(505), "it has 505 bytes, and SQLite takes at most 504"},
                                {p.of_length(600), "it has 600 bytes"},
                                {p.absolute() + std::string(5000, 'x') + "/a.db", "its path is too long"}};
  auto const at = GENERATE_COPY(range(std::size_t{0}, forms.size()));
  auto const& f = forms[at];
  CAPTURE(f.path);
  auto const before = p.contents();
  for (auto const& o : {pawl::sqlite::options(), only_reading(), pawl::sqlite::options{.create = false}}) {
    auto const refused = refusal_of(f.path, o);
    INFO(refused);
    CHECK_FALSE(refused.empty());
    bool const only_new = std::string_view(f.words) == "its folder does not exist";
    if (!only_new || (o.create && o.mode == pawl::sqlite::access::read_write))
      CHECK(refused.find(f.words) != std::string::npos);
  }
  CHECK(p.contents() == before);
}

TEST_CASE("the longest path that SQLite takes is one that a run works on", "[runner]") {
  place p;
  std::string const path = p.of_length(504);
  database db(path);
  sqlite_store store(db);
  store.insert_if_absent("parcel 0");
  std::function<void()> const nothing = [] {};
  CHECK(pawl::run(store, porter{&nothing}).finished == 1);
}

TEST_CASE("a name too long for its lock file is told so, and nothing is left of the lock", "[runner]") {
  place p;
  std::string const path(247, 'n');
  database db(path);
  sqlite_store store(db);
  auto const before = p.contents();
  std::function<void()> const nothing = [] {};
  try {
    pawl::run(store, porter{&nothing});
    FAIL("it ran");
  } catch (pawl::error const& e) {
    CHECK(e.id() == "run.lock");
    CHECK(std::string_view(e.what()).find("give the database a shorter name") != std::string_view::npos);
  }
  CHECK(p.contents() == before);
}

TEST_CASE("a new file that no log can be kept for is not left behind", "[runner]") {
  place p;
  sqlite3_vfs* const usual = sqlite3_vfs_find(nullptr);
  auto const before = p.contents();
  std::ofstream("empty.db").close();
  sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1);
  auto const refused = refusal_of("new.db"), refused_too = refusal_of("dangling.db"), kept = refusal_of("empty.db");
  sqlite3_vfs_register(usual, 1);
  CHECK(refused.find("does not support a write-ahead log") != std::string::npos);
  CHECK_FALSE(refused_too.empty());
  CHECK_FALSE(kept.empty());
  CHECK(fs::remove("empty.db"));  // was there before
  CHECK(p.contents() == before);
}

// As a user without rights, in a child; what the check returns, 99 where it throws.
int as_nobody(std::function<bool()> const& check) {
  return child_process([&check] { return ::setgid(65534) == 0 && ::setuid(65534) == 0 ? (check() ? 0 : 1) : 2; })
      .wait();
}

TEST_CASE("a folder that cannot be written is told so, to those who read and to those who write", "[runner]") {
  place p;
  {
    database db("in/a.db");
    sqlite_store(db).insert_if_absent("parcel 0");
  }
  ::chmod(".", 0755);
  ::chmod("in", 0555);
  auto const before = p.contents();
  auto const says = [](pawl::sqlite::options const& o, char const* path, char const* words) {
    return as_nobody([&] { return refusal_of(path, o).find(words) != std::string::npos; });
  };
  int const may_be_tested = as_nobody([] { return true; });
  if (may_be_tested == 2) {
    WARN("this process cannot become another user: not tested");
    return;
  }
  CHECK(says(only_reading(), "in/a.db", "SQLite makes in/a.db-shm beside it, and cannot; make its folder writable") ==
        0);
  CHECK(says({}, "in/a.db", "must be readable and writable") == 0);
  CHECK(says({}, "in/b.db", "not writable; create the folder, or make it writable") == 0);
  CHECK(p.contents() == before);
}

}  // namespace path_forms_test
