// Tests gemini_ingest from outside, against the fake service on a real socket: what is there in the end, what is told,
// and that it may be killed. GEMINI_INGEST is the path of the program.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pawl/report/escape.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/testing/http/server.hpp>

#include "catch.hpp"
#include "examples/program.hpp"
#include "fake_service/fake_service.hpp"
#include "files.hpp"
#include "http/certificates.hpp"

namespace gemini_ingest_test {

namespace fs = std::filesystem;
using gemini_ingest::fake_service;
using pawl::testing::http_server;

constexpr char const* secret = "AIzaSyA-key-that-nobody-may-read";

// A folder, the service, and the database that the program keeps.
struct world {
  temporary_folder root;
  std::string folder = root / "folder";
  std::string db = root / "files.db";
  fake_service service{{.key = secret}};
  std::unique_ptr<http_server> server;
  std::vector<std::string> more;  // options of each run
  std::string told;               // by all calls

  explicit world(std::optional<http_server::tls_files> tls = {})
      : server(tls ? std::make_unique<http_server>(*tls) : std::make_unique<http_server>()) {
    fs::create_directory(folder);
    server->with([this](pawl::testing::http_remote& remote) { service.serve(remote, server->base()); });
  }

  void write(std::string const& name, std::string const& content) const {
    fs::create_directories(fs::path(folder + "/" + name).parent_path());
    std::ofstream(folder + "/" + name, std::ios::binary) << content;
  }
  std::vector<std::string> run_arguments() const {
    std::vector<std::string> all{"run",    folder, "--db",   db,     "--base", server->base(), "--fast",
                                 "--rate", "0",    "--wait", "0.01", "--poll", "0.01"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::vector<std::string> environment(std::string const& key) { return {"GEMINI_API_KEY=" + key}; }
  ending call(std::vector<std::string> args, std::string const& key = secret) {
    auto e = program(GEMINI_INGEST, args, environment(key)).wait();
    told += e.out + e.err;
    return e;
  }
  ending run(std::string const& key = secret) { return call(run_arguments(), key); }
  nlohmann::json status() { return nlohmann::json::parse(call({"status", "--json", "--db", db}).out); }
  template <class F> auto look(F f) {
    return server->with([&](pawl::testing::http_remote&) { return f(service); });
  }
  // What is in the store: the content by the path, as it was written there.
  std::multimap<std::string, std::string> documents() {
    return look([](fake_service& s) {
      std::multimap<std::string, std::string> all;
      for (auto const& document : s.documents())
        for (auto const& mark : document["customMetadata"])
          if (mark["key"] == "path")
            all.emplace(mark["stringValue"].get<std::string>(), s.content_of(document["fileName"]));
      return all;
    });
  }
};

TEST_CASE("files of all kinds and names are imported once, with their content", "[gemini_ingest]") {
  auto const version = GENERATE(std::string("v1"), std::string("v1beta"));
  world w;
  w.more = {"--api", version};
  std::map<std::string, std::string> const files{{"plain.txt", "some text"},
                                                 {"empty", ""},
                                                 {"below/a folder/x.md", "# title"},
                                                 {"same as plain.txt", "some text"},
                                                 {"new\nline \x1b[31m\"quoted\" \\", "strange"},
                                                 {"\xe6\x97\xa5\xe6\x9c\xac.txt", "UTF-8"},
                                                 {"not UTF-8 \xc3\x28", "neither"},
                                                 {std::string(255, 'n'), "long"},
                                                 {"large.pdf", std::string(3 << 20, 'x') + "\0\xff"}};
  std::multimap<std::string, std::string> expected;
  for (auto const& [name, content] : files) {
    w.write(name, content);
    expected.emplace(pawl::escaped(name), content);
  }
  auto const e = w.run();
  INFO(e.err);
  CHECK(e.code == 0);
  CHECK(e.out == "9 files: 9 new, 0 changed, 0 gone\n9 indexed, 0 failed, 0 parked, 0 left\n");
  CHECK(w.documents() == expected);
  CHECK(w.status()["states"]["indexed"] == 9);
  auto const requests = w.server->requests();
  CHECK(w.run().code == 0);
  CHECK(w.server->requests() == requests + 1);  // for the store alone
}

TEST_CASE("two hundred files, a fifth of all requests failing, eight kills: two hundred documents", "[gemini_ingest]") {
  world w;
  std::multimap<std::string, std::string> expected;
  for (int i = 0; i < 200; ++i) {
    auto const name = "note " + std::to_string(i);
    w.write(name, std::string(i % 7 == 0 ? 0 : static_cast<std::size_t>(i) * 37, 'a'));
    expected.emplace(name, text_of(w.folder + "/" + name));
  }
  w.server->with([](pawl::testing::http_remote& remote) {
    remote.obey([](std::size_t n) { return gemini_ingest::random_fault(0.2, n); });
  });
  std::mt19937 random(7);
  int kills = 0;
  for (int i = 0; i < 8; ++i) {
    program run(GEMINI_INGEST, w.run_arguments(), world::environment(secret));
    std::this_thread::sleep_for(std::chrono::milliseconds(60 + random() % 200));
    run.signal(SIGKILL);
    auto const e = run.wait();
    INFO(e.err);
    CHECK((e.signal == SIGKILL || e.code == 0));
    kills += e.signal == SIGKILL ? 1 : 0;
  }
  auto const e = w.run();
  INFO(e.err);
  CHECK(e.code == 0);
  CHECK(e.out.find("200 indexed, 0 failed, 0 parked, 0 left") != std::string::npos);
  CHECK(kills >= 4);
  CHECK(w.documents() == expected);
  CHECK(w.look([](fake_service& s) { return s.files(); }) == 200);
}

TEST_CASE("new, changed, touched and deleted files are noticed by the next run", "[gemini_ingest]") {
  world w;
  for (int i = 0; i < 5; ++i) w.write("n" + std::to_string(i), "text " + std::to_string(i));
  REQUIRE(w.run().code == 0);
  w.write("new", "brandnew");
  w.write("n1", "rewritten");
  w.write("n2", "TEXT 2");  // of the same size
  fs::last_write_time(w.folder + "/n3", fs::file_time_type::clock::now() + std::chrono::hours(1));
  fs::remove(w.folder + "/n4");
  auto const e = w.run();
  CHECK(e.out == "5 files: 1 new, 2 changed, 1 gone\n5 indexed, 0 failed, 0 parked, 0 left\n");
  CHECK(e.code == 0);
  using documents = std::multimap<std::string, std::string>;
  CHECK(w.documents() ==
        documents{{"n0", "text 0"}, {"n1", "rewritten"}, {"n2", "TEXT 2"}, {"n3", "text 3"}, {"new", "brandnew"}});
  CHECK(w.run().out == "5 files: 0 new, 0 changed, 0 gone\n5 indexed, 0 failed, 0 parked, 0 left\n");
  w.write("n4", "text 4");
  w.write("n1", "text 1");  // as it was at first
  CHECK(w.run().out == "6 files: 1 new, 1 changed, 0 gone\n6 indexed, 0 failed, 0 parked, 0 left\n");
  CHECK(w.documents().find("n1")->second == "text 1");
  CHECK(w.documents().size() == 6);
}

TEST_CASE("a wrong key stops the run, before it begins and in its middle, and no file has failed", "[gemini_ingest]") {
  world w;
  for (int i = 0; i < 20; ++i) w.write("n" + std::to_string(i), "text " + std::to_string(i));
  auto const e = w.run("a-wrong-key");
  CHECK(e.code == 4);
  CHECK(e.err ==
        "gemini_ingest: stopped, 20 files are left as they are: HTTP 400: API key not valid. Please pass a "
        "valid API key.; run it again when that is over\n");
  w.server->with([&w](pawl::testing::http_remote& remote) {
    remote.obey([&w](std::size_t n) {
      if (n == 30) w.service.options().key = "another";
      return pawl::testing::http_fault();
    });
  });
  auto const then = w.run();
  CHECK(then.code == 4);
  CHECK(then.err.find("API key not valid") != std::string::npos);
  CHECK(then.out.find(", 0 failed, 0 parked, ") != std::string::npos);
  w.look([](fake_service& s) { return s.options().key = secret; });
  CHECK(w.run().code == 0);
  CHECK(w.documents().size() == 20);
}

TEST_CASE("a spent quota stops the run with the service's sentence", "[gemini_ingest]") {
  world w;
  for (int i = 0; i < 10; ++i) w.write("n" + std::to_string(i), "text " + std::to_string(i));
  w.look([](fake_service& s) { return s.options().imports = 3; });
  auto const e = w.run();
  CHECK(e.code == 4);
  CHECK(e.err.find("You exceeded your current quota") != std::string::npos);
  CHECK(e.out.find(", 0 failed, 0 parked, ") != std::string::npos);
  w.look([](fake_service& s) { return s.options().imports = 100; });
  CHECK(w.run().code == 0);
  CHECK(w.documents().size() == 10);
}

TEST_CASE("https is spoken with an authority of one's own, and with no other", "[gemini_ingest]") {
  temporary_folder folder, elsewhere;
  certificates::authority ca(folder.path().string()), stranger(elsewhere.path().string());
  world w(ca.server("IP:127.0.0.1"));
  w.write("a", "text");
  auto const untrusted = w.run();
  CHECK(untrusted.code == 4);
  CHECK(untrusted.err.find("certificate") != std::string::npos);
  w.more = {"--ca", stranger.file()};
  CHECK(w.run().code == 4);
  w.more = {"--ca", ca.file()};
  auto const e = w.run();
  INFO(e.err);
  CHECK(e.code == 0);
  CHECK(w.documents().size() == 1);
}

TEST_CASE("the key is in no file and no message", "[gemini_ingest]") {
  world w;
  for (int i = 0; i < 5; ++i) w.write("n" + std::to_string(i), "text " + std::to_string(i));
  w.server->with([](pawl::testing::http_remote& remote) {
    remote.fault(6).status(400, {}, std::string("who sends ") + secret + "?").before_effect();
  });
  CHECK(w.run().code == 3);
  w.call({"status", "--db", w.db});
  w.call({"status", "--json", "--db", w.db});
  w.run("another-key-that-is-wrong");
  CHECK(w.told.find("another-key") == std::string::npos);
  CHECK(w.told.find(secret) == std::string::npos);
  for (auto const& entry : fs::recursive_directory_iterator(w.root.path())) {
    INFO(entry.path());
    if (entry.is_regular_file()) CHECK(text_of(entry.path()).find(secret) == std::string::npos);
  }
}

TEST_CASE("what has failed is told and kept, and tried again when somebody asks for it", "[gemini_ingest]") {
  world w;
  w.write("a", "text");
  w.server->with([](pawl::testing::http_remote& remote) {
    remote.fault(3).status(400, {}, R"({"error":{"message":"an unsupported file"}})").before_effect();
  });
  auto const e = w.run();
  CHECK(e.code == 3);
  CHECK(e.out.find("0 indexed, 1 failed, 0 parked, 0 left") != std::string::npos);
  CHECK(w.status()["states"]["failed"] == 1);
  CHECK(w.run().code == 3);  // not tried again unasked
  CHECK(w.call({"retry", "--db", w.db}).out == "1 files are tried again by the next run\n");
  CHECK(w.run().code == 0);
  CHECK(w.documents().size() == 1);
}

TEST_CASE("it stops when it is asked to, and the next run goes on", "[gemini_ingest]") {
  world w;
  for (int i = 0; i < 50; ++i) w.write("n" + std::to_string(i), "text " + std::to_string(i));
  w.look([](fake_service& s) { return s.options().polls = 1'000'000; });  // it would never end
  program run(GEMINI_INGEST, w.run_arguments(), world::environment(secret));
  REQUIRE(eventually([&] { return w.server->requests() > 20; }));
  auto const second = w.run();
  CHECK(second.code == 1);
  CHECK(second.err.find("is running this store") != std::string::npos);
  run.signal(SIGINT);
  CHECK(run.wait().code == 130);
  w.look([](fake_service& s) { return s.options().polls = 0; });
  CHECK(w.run().code == 0);
  CHECK(w.documents().size() == 50);
}

TEST_CASE("with the fake inside, and beside it, it works at once", "[gemini_ingest]") {
  world w;
  for (int i = 0; i < 5; ++i) w.write("n" + std::to_string(i), "text " + std::to_string(i));
  std::vector<std::string> const fast{"--fast", "--rate", "0", "--wait", "0.01", "--poll", "0.01"};
  auto const run_with = [&](std::vector<std::string> args) {
    args.insert(args.end(), fast.begin(), fast.end());
    return w.call(args);
  };
  CHECK(run_with({"run", w.folder, "--db", w.root / "1.db", "--fake"}).code == 0);
  CHECK(run_with({"run", w.folder, "--db", w.root / "1.db", "--fake"}).code == 0);  // another one, which knows nothing
  CHECK(run_with({"run", w.folder, "--db", w.root / "2.db", "--fake", "--faults", "0.2"}).code == 0);

  program service(GEMINI_INGEST, {"serve", "--faults", "0.1"});
  std::string base;
  REQUIRE(eventually([&] { return !(base = text_of(service.work().parent_path() / "out")).empty(); }));
  base.resize(base.find('\n'));
  CHECK(run_with({"run", w.folder, "--db", w.root / "3.db", "--base", base}).code == 0);
  service.signal(SIGTERM);
  CHECK(service.wait().code == 0);
}

TEST_CASE("what was sent to the service is never taken for the fake's, nor the other way round", "[gemini_ingest]") {
  world w;
  for (int i = 0; i < 5; ++i) w.write("n" + std::to_string(i), "text " + std::to_string(i));
  auto const with_the_fake = [&w](std::string const& db) {
    return w.call({"run", w.folder, "--db", db, "--fake", "--fast", "--rate", "0", "--wait", "0.01", "--poll", "0.01"});
  };
  auto const is_refused = [](ending const& e, std::string const& words) {
    INFO(e.out << e.err);
    CHECK(e.code == 1);
    CHECK(e.err.find(words) != std::string::npos);
    CHECK(std::count(e.err.begin(), e.err.end(), '\n') == 1);
    CHECK(e.out.empty());
  };
  REQUIRE(w.run().code == 0);
  auto const documents = w.documents();
  auto const status = w.status()["states"];
  w.write("n1", "rewritten");
  is_refused(with_the_fake(w.db), "give --fake a database of its own");
  CHECK(w.status()["states"] == status);
  CHECK(w.run().out == "5 files: 0 new, 1 changed, 0 gone\n5 indexed, 0 failed, 0 parked, 0 left\n");
  CHECK(w.documents().size() == 5);

  w.db = w.root / "fake.db";
  REQUIRE(with_the_fake(w.db).code == 0);
  auto const of_fake = w.status()["states"];
  auto const requests = w.server->requests();
  w.write("n2", "rewritten");
  is_refused(w.run(), "give the service a database of its own");
  CHECK(w.status()["states"] == of_fake);
  CHECK(w.server->requests() == requests);
  CHECK(with_the_fake(w.db).code == 0);
}

TEST_CASE("a database of the time before --fake was noted is one of the service", "[gemini_ingest]") {
  world w;
  w.write("a", "text");
  REQUIRE(w.run().code == 0);
  {
    pawl::sqlite::database db(w.db);
    db.execute("ALTER TABLE job DROP COLUMN fake");
  }
  CHECK(w.call({"run", w.folder, "--db", w.db, "--fake"}).code == 1);
  CHECK(w.run().code == 0);
  CHECK(w.documents().size() == 1);
}

TEST_CASE("a wait before the first file is told, and is no longer than an hour", "[gemini_ingest]") {
  world w;
  w.write("a", "text");
  auto const [after, told] = GENERATE(std::pair("86400", "waiting 3600 s"), std::pair("2", "waiting 2 s"));
  w.server->with([after = std::string(after)](pawl::testing::http_remote& remote) {
    remote.fault(1).status(429, {{"Retry-After", after}}, R"({"error":{"message":"slowly"}})").before_effect();
  });
  program run(GEMINI_INGEST, w.run_arguments(), world::environment(secret));
  std::string err;
  REQUIRE(
      eventually([&] { return (err = text_of(run.work().parent_path() / "err")).find('\n') != std::string::npos; }));
  CHECK(err == "gemini_ingest: HTTP 429: slowly; " + std::string(told) + "\n");
  run.signal(SIGINT);
  run.wait();
}

TEST_CASE("bad input gets one sentence that names it", "[gemini_ingest]") {
  world w;
  w.write("a", "x");
  auto const refused = [&w](std::vector<std::string> args, int code, std::string const& words) {
    auto const e = w.call(std::move(args));
    INFO(e.out << e.err);
    CHECK(e.code == code);
    CHECK(e.err.find("gemini_ingest: ") == 0);
    CHECK(e.err.find(words) != std::string::npos);
    CHECK(std::count(e.err.begin(), e.err.end(), '\n') == 1);
  };
  auto const run_on = [&w](std::string const& base) {
    return std::vector<std::string>{"run", w.folder, "--db", w.db, "--base", base, "--wait", "0.001"};
  };
  refused({"status", "--db", w.db}, 1, "files.db: there is no such file");
  refused({"retry", "--db", w.db}, 1, "files.db: there is no such file");
  refused({"run", w.root / "nowhere", "--db", w.db}, 1, "nowhere': No such file or directory");
  refused({"run", w.folder + "/a", "--db", w.db}, 1, "Not a directory");
  refused({"run", "--db", w.db}, 2, "DIR is required");
  refused({"run", w.folder, "--db", w.db, "--api", "v2"}, 2, "--api");
  refused({"run", w.folder, "--db", w.db, "--faults", "0.1"}, 2, "--fake");
  refused({"run", w.folder, "--db", w.db, "--fake", "--base", "http://x"}, 2, "--base");
  refused({"walk"}, 2, "");
  refused(run_on("generativelanguage.googleapis.com"), 1, "must begin with https:// or http://");
  refused(run_on("https://host/v1"), 1, "has a path or query");
  refused(run_on("https://me:password@host"), 1, "user or password");
  CHECK(w.told.find("me:password") == std::string::npos);
  CHECK_FALSE(fs::exists(w.db));
  refused(run_on("http://nowhere.invalid"), 4, "nowhere.invalid");
  refused(run_on("https" + w.server->base().substr(4)), 1, "if that port speaks plain HTTP, write http://");
  refused({"run", w.folder, "--db", w.db, "--ca", w.folder + "/a"}, 1, "name a file in PEM");
  CHECK(w.call(w.run_arguments(), "").err.find("there is no API key: set GEMINI_API_KEY") != std::string::npos);
  REQUIRE(w.run().code == 0);
  fs::create_directory(w.root / "other");
  refused({"run", w.root / "other", "--db", w.db}, 1, "give each folder one of its own");
  w.more = {"--store", "another"};
  refused(w.run_arguments(), 1, "give each store one of its own");
}

}  // namespace gemini_ingest_test
