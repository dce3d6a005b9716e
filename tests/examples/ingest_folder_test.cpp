// Tests ingest_folder from outside: its output, what it stores, and that it may be killed. INGEST_FOLDER is the path of
// the program.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "program.hpp"

namespace ingest_folder_test {

namespace fs = std::filesystem;

// A folder, and the database that the program keeps of it.
struct world {
  temporary_folder root;
  std::string folder = root / "folder";
  std::string db = root / "files.db";

  world() { fs::create_directory(folder); }

  void write(std::string const& name, std::string const& content) const {
    fs::create_directories(fs::path(folder + "/" + name).parent_path());
    std::ofstream(folder + "/" + name, std::ios::binary) << content;
  }
  ending call(std::vector<std::string> args) const {
    args.insert(args.end(), {"--db", db});
    return program(INGEST_FOLDER, args).wait();
  }
  ending run() const { return call({"run", folder, "--fast"}); }
  nlohmann::json status() const { return nlohmann::json::parse(call({"status", "--json"}).out); }
  std::string found(std::string const& word) const { return call({"search", word}).out; }

  // Every document that is kept, as path and text.
  std::multimap<std::string, std::string> documents() const {
    pawl::sqlite::options look;
    look.mode = pawl::sqlite::access::read_only;
    pawl::sqlite::database index(db + ".index", look);
    auto s = index.prepare("SELECT path,body FROM documents");
    std::multimap<std::string, std::string> all;
    while (s.step()) all.emplace(s.text(0), s.text(1));
    return all;
  }
  // Every blob, by its name, with its content.
  std::map<std::string, std::string> blobs() const {
    std::map<std::string, std::string> all;
    for (auto const& entry : fs::recursive_directory_iterator(db + ".blobs"))
      if (entry.is_regular_file()) all[fs::relative(entry.path(), db + ".blobs").string()] = text_of(entry.path());
    return all;
  }
};

// Files of all kinds: of the same content, empty, binary, of names that would confuse a shell or a terminal.
void fill(world const& w, int files) {
  for (int i = 0; i < files; ++i)
    w.write("notes " + std::to_string(i % 7) + "/note " + std::to_string(i),
            "note number" + std::to_string(i) + " is about subject" + std::to_string(i % 5) + "\n");
  w.write("empty", "");
  w.write("copy of note 1", "note number1 is about subject1\n");
  w.write("binary", std::string("a\0b\xff\xfe", 5) + "hidden word");
  w.write("new\nline \x1b[31m\"quoted\" \xc3\x28", "a strange name");
  w.write(std::string(255, 'n'), std::string(300'000, 'x') + " large");
}
constexpr std::size_t of_all_kinds = 5;

TEST_CASE("files are stored once by content, and found by their words", "[examples]") {
  world w;
  fill(w, 20);
  auto const e = w.run();
  INFO(e.err);
  CHECK(e.code == 0);
  CHECK(e.out == "25 files: 25 new, 0 changed, 0 gone\n25 indexed, 0 failed, 0 parked, 0 left\n");
  CHECK(w.found("number7") == "notes 0/note 7\n");
  CHECK(w.found("subject3").find("notes 3/note 3\n") != std::string::npos);
  CHECK(w.found("strange") == "new\\nline \\x1b[31m\"quoted\" \\xc3(\n");
  CHECK(w.found("large") == std::string(255, 'n') + "\n");
  CHECK(w.found("nowhere").empty());
  CHECK(w.blobs().size() == 24);
  CHECK(w.documents().size() == 25);
  auto const status = w.status();
  CHECK(status["states"]["indexed"] == 25);
  CHECK(status["total"] == 25);
  CHECK(w.call({"status"}).out.find("indexed         goal        25") != std::string::npos);
  CHECK(
      w.call({"why", "empty"}).out.find("empty: indexed at version 3: it has reached a final state, by import_text") ==
      0);
}

TEST_CASE("new, changed, touched and deleted files are noticed by the next run", "[examples]") {
  world w;
  fill(w, 10);
  REQUIRE(w.run().code == 0);
  w.write("new", "brandnew");
  w.write("notes 1/note 1", "rewritten");
  w.write("notes 2/note 2", "note number2 is about subject9\n");  // of the same size
  fs::last_write_time(w.folder + "/notes 3/note 3", fs::file_time_type::clock::now() + std::chrono::hours(1));
  fs::remove(w.folder + "/notes 4/note 4");
  auto const e = w.run();
  CHECK(e.out == "15 files: 1 new, 2 changed, 1 gone\n15 indexed, 0 failed, 0 parked, 0 left\n");
  CHECK(w.found("brandnew") == "new\n");
  CHECK(w.found("rewritten") == "notes 1/note 1\n");
  CHECK(w.found("subject9") == "notes 2/note 2\n");
  CHECK(w.found("number4").empty());
  CHECK(w.documents().size() == 15);
  CHECK(w.blobs().size() == 15);  // the old content of note 1 is that of its copy
  CHECK(w.run().out == "15 files: 0 new, 0 changed, 0 gone\n15 indexed, 0 failed, 0 parked, 0 left\n");
  w.write("notes 4/note 4", "back again");
  CHECK(w.run().out == "16 files: 1 new, 0 changed, 0 gone\n16 indexed, 0 failed, 0 parked, 0 left\n");
}

TEST_CASE("a folder that cannot be read, or only be listed, is told, and its files are not taken for gone",
          "[examples]") {
  world w;
  w.write("open/a", "seen");
  w.write("closed/b", "hidden");
  REQUIRE(w.run().code == 0);
  for (auto const may : {fs::perms::none, fs::perms::owner_read}) {
    fs::permissions(w.folder + "/closed", may);
    auto const e = program("/usr/bin/setpriv", {"--bounding-set=-dac_override,-dac_read_search", INGEST_FOLDER, "run",
                                                w.folder, "--fast", "--db", w.db})
                       .wait();
    fs::permissions(w.folder + "/closed", fs::perms::owner_all);
    CHECK(e.code == 3);
    CHECK(e.err == "ingest_folder: cannot read " + w.folder + "/closed: Permission denied\n");
    CHECK(e.out.find("0 gone") != std::string::npos);
    CHECK(w.found("hidden") == "closed/b\n");
  }
}

TEST_CASE("a reset begins again, and nothing is there twice", "[examples]") {
  world w;
  fill(w, 10);
  REQUIRE(w.run().code == 0);
  auto const documents = w.documents();
  auto const blobs = w.blobs();
  CHECK(w.call({"reset"}).out == "15 files begin again with the next run\n");
  CHECK(w.status()["states"]["untracked"] == 15);
  CHECK(w.run().code == 0);
  CHECK(w.documents() == documents);
  CHECK(w.blobs() == blobs);
}

TEST_CASE("what fails is told, kept, and tried again when somebody asks for it", "[examples]") {
  world w;
  fill(w, 3);
  REQUIRE(w.run().code == 0);
  w.write("another", "content");
  fs::remove_all(w.db + ".blobs/new");
  std::ofstream(w.db + ".blobs/new") << "a file where the copies are written";
  auto const e = w.run();
  CHECK(e.code == 1);
  CHECK(e.err.find("ingest_folder: ") == 0);
  fs::remove(w.db + ".blobs/new");

  fs::create_directory(w.db + ".blobs/ed");  // the content's hash begins with these: its place is taken by a file
  fs::remove_all(w.db + ".blobs/ed");
  std::ofstream(w.db + ".blobs/ed") << "in the way";
  auto const failed = w.run();
  CHECK(failed.code == 3);
  CHECK(failed.out.find("8 indexed, 1 failed") != std::string::npos);
  CHECK(w.call({"why", "another"}).out.find("failed at version") != std::string::npos);
  CHECK(w.run().code == 3);  // not tried again unasked
  w.write("another", "content, and more of it");
  CHECK(w.run().code == 0);  // but another content is
  w.write("another", "content");
  CHECK(w.run().code == 3);
  fs::remove(w.db + ".blobs/ed");
  CHECK(w.call({"retry"}).out == "1 files are tried again by the next run\n");
  CHECK(w.run().code == 0);
  CHECK(w.found("content") == "another\n");
}

TEST_CASE("on a terminal a line tells how far the run is", "[examples]") {
  world w;
  fill(w, 20);
  auto const shown = run_on_terminal(INGEST_FOLDER, {"run", w.folder, "--fast", "--db", w.db}, {});
  CHECK(shown.find("/25 files") != std::string::npos);
  CHECK(shown.find("25 indexed") != std::string::npos);
}

TEST_CASE("bad input gets one sentence that names it", "[examples]") {
  world w;
  w.write("a", "x");
  auto const refused = [&w](std::vector<std::string> args, int code, std::string const& words) {
    auto const e = w.call(std::move(args));
    INFO(e.err);
    CHECK(e.code == code);
    CHECK(e.out.empty());
    CHECK(e.err.find("ingest_folder: ") == 0);
    CHECK(e.err.find(words) != std::string::npos);
    CHECK(std::count(e.err.begin(), e.err.end(), '\n') == 1);
  };
  refused({"status"}, 1, "files.db: there is no such file");
  refused({"search", "x"}, 1, "files.db.index");
  refused({"retry"}, 1, "files.db: there is no such file");
  CHECK_FALSE(fs::exists(w.db));
  refused({"run", w.root / "nowhere"}, 1, "nowhere': No such file or directory");
  refused({"run", w.folder + "/a"}, 1, "Not a directory");
  refused({"run"}, 2, "DIR is required");
  refused({"run", w.folder, "--jobs", "0"}, 2, "--jobs");
  refused({"walk"}, 2, "");
  REQUIRE(w.run().code == 0);
  fs::create_directory(w.root / "other");
  refused({"run", w.root / "other"}, 1, "give each folder one of its own");
}

TEST_CASE("a second run is refused while one is at work, and a look is not", "[examples]") {
  world w;
  for (int i = 0; i < 3000; ++i) w.write("n" + std::to_string(i), "word" + std::to_string(i));
  program first(INGEST_FOLDER, {"run", w.folder, "--fast", "--db", w.db});
  REQUIRE(eventually([&] { return fs::exists(w.db + ".files.lock") || !first.running(); }));
  auto const second = w.run();
  auto const look = w.call({"status", "--json"});
  first.signal(SIGINT);
  auto const stopped = first.wait();
  if (stopped.code == 130) {  // else it was through already
    CHECK(second.code == 1);
    CHECK(second.err.find("is running this store") != std::string::npos);
  }
  CHECK(look.code == 0);
  CHECK(w.run().code == 0);
  CHECK(w.documents().size() == 3000);
}

TEST_CASE("killed two hundred times at random moments it ends as if nobody had disturbed it", "[examples]") {
  world calm, killed;
  fill(calm, 60);
  fill(killed, 60);
  auto const begin = std::chrono::steady_clock::now();
  REQUIRE(calm.run().code == 0);
  auto const whole = std::chrono::steady_clock::now() - begin;

  std::mt19937 random(GENERATE(1u));
  int kills = 0, completed = 0;
  auto const check = [&] {
    CHECK(killed.documents() == calm.documents());
    CHECK(killed.blobs() == calm.blobs());
    CHECK(killed.status()["states"]["indexed"] == 60 + of_all_kinds);
    CHECK(killed.status()["total"] == 60 + of_all_kinds);
  };
  while (kills < 200) {
    program run(INGEST_FOLDER, {"run", killed.folder, "--fast", "--db", killed.db});
    std::this_thread::sleep_for(whole * (random() % 1000) / 1000);
    run.signal(SIGKILL);
    auto const e = run.wait();
    if (e.signal == SIGKILL) {
      ++kills;
      continue;
    }
    REQUIRE(e.code == 0);
    if (++completed % 4 == 0) check();
    REQUIRE(killed.call({"reset"}).code == 0);
  }
  REQUIRE(killed.run().code == 0);
  check();
  CHECK_FALSE(fs::exists(killed.db + ".files.lock"));
}

}  // namespace ingest_folder_test
