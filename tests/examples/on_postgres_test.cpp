// The driver on a PostgreSQL server: one that it is told of, and one of its own.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <sys/stat.h>

#include "../../examples/batch_benchmark/server_programs.hpp"
#include "../report/markup_rules.hpp"
#include "catch.hpp"
#include "driver.hpp"
#include "postgres/temporary_server.hpp"

namespace on_postgres_test {

static temporary_server& server() { return temporary_server::quick(); }
static program::arguments on_server(program::arguments more) {
  more.insert(more.end(), {"--store", "postgres", "--connect", server().conninfo()});
  return more;
}
static std::string schemas_left() {
  return server().run("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'batch\\_benchmark\\_%'");
}
static std::string newest_schema() {
  return server().run("SELECT max(nspname) FROM pg_namespace WHERE nspname LIKE 'batch\\_benchmark\\_%'");
}

// Of all objects in it: "modes/grouped/configurations/0/segments/queue_ms/p95".
static void add_keys(std::set<std::string>& to, report_json const& value, std::string const& path) {
  if (!value.is_structured()) return;
  for (auto const& [key, below] : value.items()) {
    to.insert(path + key);
    add_keys(to, below, path + key + '/');
  }
}
static std::set<std::string> keys_of(report_json value) {
  for (auto const* measured : {"profile", "mitigations"}) value.erase(measured);  // which spans and designs there are
  std::set<std::string> keys;
  add_keys(keys, value, "");
  return keys;
}

TEST_CASE(
    "on a PostgreSQL server the six configurations give the JSON, the verdicts and the page that they give on SQLite",
    "[examples]") {
  program p(BATCH_BENCHMARK, on_server({"--files", "60", "--json", "--html", "run.html"}));
  auto const e = p.wait();
  INFO(e.err);
  REQUIRE(e.code == 0);
  auto const j = report_json::parse(e.out);
  CHECK(j["store"] == "postgres");
  CHECK(j["durability"] == "full");
  CHECK(j["file_system"] == "the server's");
  std::size_t configurations = 0;
  for (auto const* const of : {&j["configurations"], &j["modes"]["grouped"]["configurations"]})
    for (auto const& c : *of) {
      ++configurations;
      CHECK(c["indexed_count"] == 60);
      CHECK(c["committed_transitions"] == 180);
      CHECK(c["wal_size_end_bytes"].get<std::uint64_t>() > c["wal_size_start_bytes"].get<std::uint64_t>());
    }
  CHECK(configurations == 12);
  for (auto const& t : j["thresholds"])
    for (auto const& mode : t["modes"]) CHECK(mode["verdict"] == "PASS");
  std::vector<std::string> designs;
  for (auto const& d : j["mitigations"]["designs"]) designs.push_back(d["design"].get<std::string>());
  CHECK(designs == std::vector<std::string>{"per-file, full", "shared, full", "grouped, full"});

  auto keys = keys_of(j);
  CHECK(keys.erase("versions/postgresql") == 1);
  CHECK(keys == keys_of(json_of({"--files", "60"})));
  auto const page = text_of(p.work() / "run.html");
  CHECK(markup_rules::broken_in_page(page) == "");
  CHECK(page.find("<dt>postgresql</dt>") != std::string::npos);
  CHECK(schemas_left() == "0");
}

TEST_CASE("--keep-db leaves the schemas and says which; their rows hold what the remote answered", "[examples]") {
  auto const e = run(on_server({"--files", "12", "--profile", "zero", "--concurrency", "3", "--mode", "grouped",
                                "--keep-db", "--durability", "normal"}));
  INFO(e.err);
  REQUIRE(e.code == 0);
  auto const schema = newest_schema();
  CHECK(e.err.find("the schemas " + schema + " of postgres on ") != std::string::npos);
  CHECK(
      server().run("SELECT count(*) FROM " + schema +
                   ".files WHERE gemini_state='indexed' AND version=3 AND gemini_file_id='files/mock_'||file_path AND "
                   "gemini_file_uri='uri://mock_'||file_path AND gemini_store_doc_id='doc_'||file_path AND "
                   "length(upload_timestamp)=26 AND file_size=1024") == "12");
  server().run("DROP SCHEMA " + schema + " CASCADE");
}

TEST_CASE("each session commits as durably as --durability says, whatever the role's setting is", "[examples]") {
  // What a session commits with is written into the row by the server, as its UPDATE runs.
  for (auto const& [asked, setting] : {std::pair{"normal", "off"}, std::pair{"full", "on"}})
    for (std::string const mode : {"per-file", "grouped"}) {
      INFO(mode << ", " << asked);
      program p(BATCH_BENCHMARK,
                on_server({"--files", "20", "--clock", "wall", "--profile", "realistic", "--realistic-delay", "0.05",
                           "--concurrency", "1", "--mode", mode, "--durability", asked, "--keep-db"}));
      std::string schema;
      REQUIRE(eventually([&] {
        schema = newest_schema();
        return !schema.empty() && server().run("SELECT to_regclass('" + schema + ".files') IS NOT NULL") == "t" &&
               server().run("SELECT count(*) FROM " + schema + ".files WHERE gemini_state='indexed'") != "0";
      }));
      server().run("CREATE FUNCTION " + schema +
                   ".tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.intent_type:="
                   "current_setting('synchronous_commit');RETURN NEW;END$$;CREATE TRIGGER tell BEFORE UPDATE ON " +
                   schema + ".files FOR EACH ROW EXECUTE FUNCTION " + schema + ".tell()");
      CHECK(p.wait().code == 0);
      CHECK(server().run("SELECT string_agg(DISTINCT intent_type,',') FROM " + schema + ".files") == setting);
      server().run("DROP SCHEMA " + schema + " CASCADE");
    }
}

TEST_CASE("files with awkward names are indexed on a server under their own bytes, and what is no UTF-8 is refused",
          "[examples]") {
  temporary_folder folder;
  for (std::string const name : {"plain", "new\nline", "tab\tand\rreturn", "back\\slash", "it's \"quoted\"", "\\.",
                                 "\\N", "-rf", " ", "\xe6\x97\xa5\xe6\x9c\xac", "'; DROP TABLE files; --"})
    std::ofstream(folder.path() / name) << name;
  program::arguments const small{"--from", folder.path().string(), "--profile", "zero", "--concurrency", "10",
                                 "--json"};
  auto const e = run(on_server(small));
  INFO(e.err);
  CHECK(e.code == 0);
  std::ofstream(folder.path() / "no UTF-8: \xff") << "x";
  auto const refused = run(on_server(small));
  CHECK(refused.code == 1);
  CHECK(refused.err.find("invalid byte sequence") != std::string::npos);
  CHECK(count_of(refused.err, "\n") == 1);
  CHECK(schemas_left() == "0");
}

TEST_CASE("a row on a server that is not as it must be fails the run with exit code 3, and is counted", "[examples]") {
  struct sabotage {
    char const* assignment;
    char const* says;
  };
  for (auto const& [assignment, says] :
       {sabotage{"version=7", "1 of 4 files are not indexed at version 3"},
        sabotage{"content_hash='another'", "1 of 4 files are indexed, but hold other contents"}}) {
    INFO(assignment);
    program p(BATCH_BENCHMARK, on_server({"--files", "4", "--clock", "wall", "--profile", "realistic",
                                          "--realistic-delay", "0.3", "--concurrency", "1", "--mode", "grouped"}));
    REQUIRE(eventually([&] {
      auto const schema = newest_schema();
      return !schema.empty() && server().run("SELECT to_regclass('" + schema + ".files') IS NOT NULL") == "t" &&
             server().run("SELECT count(*) FROM " + schema + ".files WHERE gemini_state='uploading'") == "1";
    }));
    server().run("UPDATE " + newest_schema() + ".files SET " + assignment + " WHERE file_path='/bench/file_0004.txt'");
    auto const e = p.wait();
    CHECK(e.code == 3);
    CHECK(e.err.find(says) != std::string::npos);
    CHECK(schemas_left() == "0");
  }
}

TEST_CASE("what is wrong about a server on the command line is said in one sentence, and a password never",
          "[examples]") {
  struct mistake {
    program::arguments args;
    int code;
    char const* says;
  };
  std::vector<mistake> const mistakes{
      {{"--store", "mysql"}, 2, "--store takes one of sqlite, postgres, not 'mysql'"},
      {{"--connect", "dbname=app password=secret"}, 2, "--connect names a server: give --store postgres with it"},
      {{"--store", "postgres", "--connect", ""}, 2, "--connect takes a connection string of PostgreSQL"},
      {{"--store", "postgres", "--connect", "secret of mine"}, 2, "--connect takes a connection string of PostgreSQL"},
      {{"--store", "postgres", "--connect", server().conninfo("user=nobody_here password=secret")},
       1,
       "role \"nobody_here\" does not exist"},
      {{"--store", "postgres", "--connect", "host=/nonexistent user=app password=secret"},
       1,
       "PostgreSQL: connection to "}};
  for (auto const& m : mistakes) {
    auto const e = run(m.args);
    INFO(e.err);
    CHECK(e.code == m.code);
    CHECK(e.out.empty());
    CHECK(e.err.starts_with("batch_benchmark: "));
    CHECK(e.err.find(m.says) != std::string::npos);
    CHECK(e.err.find("secret") == std::string::npos);
    CHECK(count_of(e.err, "\n") == 1);
  }
}

TEST_CASE("a role that may make no schema is told so, with exit code 1", "[examples]") {
  server().run("CREATE ROLE reader LOGIN");
  auto const e = run({"--store", "postgres", "--connect", server().conninfo("user=reader")});
  CHECK(e.code == 1);
  CHECK(e.err.find("permission denied for database") != std::string::npos);
  CHECK(count_of(e.err, "\n") == 1);
  server().run("DROP ROLE reader");
}

// ---- a server of its own ----

// A folder that the server's user may enter, where that is another one.
class open_folder : public temporary_folder {
 public:
  open_folder() { std::filesystem::permissions(path(), std::filesystem::perms(0711)); }
};
// The driver where PATH leads to a server's programs, as tests/postgres/server finds or fetches them.
static program with_server(program::arguments const& args) {
  std::string words;
  for (auto const& arg : args) words += " '" + arg + "'";
  return program("/bin/bash",
                 {"-c", "PATH=\"$(bash '" POSTGRES_SERVER "'):$PATH\" exec '" BATCH_BENCHMARK "'" + words});
}
// Processes that were started with a word that has this in it.
static std::size_t processes_of(std::string const& part) {
  std::size_t count = 0;
  std::error_code gone;
  for (auto const& entry : std::filesystem::directory_iterator("/proc", gone))
    if (entry.path().filename().string().find_first_not_of("0123456789") == std::string::npos &&
        text_of(entry.path() / "cmdline").find(part) != std::string::npos)
      ++count;
  return count;
}

TEST_CASE("without --connect the driver starts a server of its own, and nothing is left of it", "[examples]") {
  open_folder dir;
  auto p = with_server({"--store", "postgres", "--dir", dir.path().string(), "--files", "30", "--quick", "--json"});
  auto const e = p.wait();
  INFO(e.err);
  REQUIRE(e.code == 0);
  auto const j = report_json::parse(e.out);
  CHECK(j["store"] == "postgres");
  CHECK(j["modes"]["grouped"]["configurations"].size() == 6);
  CHECK(dir.entries() == 0);
  CHECK(processes_of(dir.path().string()) == 0);
}

TEST_CASE("a signal ends the driver's own server with it, and the run is reported as interrupted", "[examples]") {
  open_folder dir;
  auto p = with_server({"--store", "postgres", "--dir", dir.path().string(), "--mode", "grouped", "--clock", "wall",
                        "--profile", "realistic", "--realistic-delay", "3600", "--concurrency", "1", "--progress",
                        "none", "--json"});
  auto const serves = [&] {  // its own server, not that of another test
    std::error_code gone;
    for (auto const& entry : std::filesystem::directory_iterator(dir.path(), gone))
      if (std::filesystem::exists(entry.path() / "data/postmaster.pid", gone)) return true;
    return false;
  };
  REQUIRE(eventually(serves));
  p.signal(SIGINT);
  auto const e = p.wait();
  INFO(e.err);
  CHECK(e.code == 130);
  CHECK(report_json::parse(e.out)["interrupted"] == true);
  CHECK(dir.entries() == 0);
  CHECK(processes_of(dir.path().string()) == 0);
}

TEST_CASE("a server's programs are those of the PATH, else of the newest release, else it is said what to install",
          "[examples]") {
  temporary_folder folder;
  auto const make = [&](std::string const& below) {
    auto const place = folder.path() / below;
    std::filesystem::create_directories(place);
    for (auto const* name : {"initdb", "postgres"}) {
      std::ofstream(place / name) << "#!/bin/sh\n";
      ::chmod((place / name).c_str(), 0755);
    }
    return place;
  };
  auto const releases = folder.path() / "releases";
  auto const find = [&](std::string const& path) { return batch_benchmark::find_server_programs(path, releases); };
  CHECK_THROWS_WITH(find("/nonexistent"), ContainsSubstring("(Debian: postgresql)") && ContainsSubstring("--connect"));
  make("releases/9/bin");
  auto const newest = make("releases/15/bin");
  std::filesystem::create_directories(releases / "16" / "bin");  // of a client alone
  CHECK(find("/nonexistent") == newest);
  auto const ours = make("ours");
  CHECK(find("/nonexistent:" + ours.string() + ":/usr/bin") == ours);
}

}  // namespace on_postgres_test
