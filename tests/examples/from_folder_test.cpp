// The driver on the files of a folder, with any names.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <sys/stat.h>

#include <pawl/report/escape.hpp>
#include <pawl/sqlite/database.hpp>

#include "driver.hpp"

static void write(std::filesystem::path const& file, std::string const& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  REQUIRE(out.flush().good());
}

// So many zeros, which take no room on the disk.
static void write_hole(std::filesystem::path const& file, std::uintmax_t size) {
  write(file, "");
  std::filesystem::resize_file(file, size);
}

static std::set<std::string> const& hostile_names() {
  static std::set<std::string> const names{"plain.txt",
                                           "a/b/below.txt",
                                           "new\nline",
                                           "\x1b[31mred",
                                           "it's \"quoted\" `so`",
                                           "back\\slash",
                                           "tab\tand\rreturn",
                                           "no UTF-8: \xff\xfe",
                                           "right to left \xe2\x80\xae",
                                           "\xe6\x97\xa5\xe6\x9c\xac",
                                           "%s{}$(id);--",
                                           "-rf",
                                           " ",
                                           "...",
                                           "'; DROP TABLE files; --",
                                           "files/mock_again",
                                           "files/mock_/bench/file_0001.txt",
                                           std::string(255, 'x'),
                                           std::string(127, '\xff') + std::string(128, '\n')};
  return names;
}
static void make_hostile(std::filesystem::path const& folder) {
  for (auto const& name : hostile_names()) write(folder / name, "of " + name);
}

// What the databases that a run left behind say of each file, by its path.
static std::vector<std::map<std::string, std::vector<std::string>>> rows_left_by(program const& p,
                                                                                 std::string const& columns) {
  std::vector<std::map<std::string, std::vector<std::string>>> all;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(p.tmp())) {
    if (entry.path().extension() != ".db") continue;
    pawl::sqlite::database database(entry.path().string());
    auto row = database.prepare("SELECT file_path, " + columns + " FROM files");
    auto const count = 1 + std::count(columns.begin(), columns.end(), ',');
    all.emplace_back();
    while (row.step())
      for (int i = 1; i <= count; ++i) all.back()[std::string(row.text(0))].emplace_back(row.text(i));
  }
  return all;
}

TEST_CASE("files with hostile names are all indexed under their own bytes, in every mode", "[examples]") {
  temporary_folder folder;
  make_hostile(folder.path());
  program p(BATCH_BENCHMARK, {"--from", folder.path().string(), "--mode", "per-file,shared,grouped", "--concurrency",
                              "1,10", "--keep-db"});
  auto const e = p.wait();
  INFO(e.err);
  REQUIRE(e.code == 0);
  auto const databases = rows_left_by(p, "gemini_state, filename, file_size, gemini_store_doc_id");
  REQUIRE(databases.size() == 4);  // of the three modes, and of the compared design
  for (auto const& rows : databases) {
    CHECK(rows.size() == hostile_names().size());
    for (auto const& [path, row] : rows) {
      INFO(pawl::escaped(path));
      CHECK(hostile_names().count(path) == 1);
      CHECK(row == std::vector<std::string>{"indexed", std::filesystem::path(path).filename().string(),
                                            std::to_string(3 + path.size()), "doc_" + path});
    }
  }
}

TEST_CASE("hostile names are escaped in the table, in the progress and in the JSON, and stay distinct", "[examples]") {
  temporary_folder parent;
  auto const folder = parent.path() / "\x1b[2J \xff\n";
  make_hostile(folder);
  write(folder / "no UTF-8: \xfe\xff", "another one");
  auto const shown = pawl::escaped(folder.string());

  program p(BATCH_BENCHMARK, {"--from", folder.string(), "--samples", "--progress", "plain", "--clock", "wall",
                              "--realistic-delay", "0.1", "--mode", "grouped", "--concurrency", "1"});
  auto const e = p.wait();
  REQUIRE(e.code == 0);
  CHECK(e.out.find("20 files below '" + shown + "'") != std::string::npos);
  CHECK(e.out.find("The slowest files of (1, zero)") != std::string::npos);
  for (auto const* text : {&e.out, &e.err}) CHECK(text->find_first_of("\x1b\xff\xfe") == std::string::npos);
  CHECK(e.err.find("batch_benchmark: [3/3] grouped (1, realistic)") != std::string::npos);

  std::set<std::string> expected{pawl::escaped("no UTF-8: \xfe\xff")}, listed;
  for (auto const& name : hostile_names()) expected.insert(pawl::escaped(name));
  auto const j = json_of({"--from", folder.string(), "--samples", "--mode", "per-file", "--concurrency", "3"});
  CHECK(j["from"] == shown);
  CHECK(j["file_count"] == 20);
  for (auto const& sample : j["configurations"][0]["samples"]) listed.insert(sample["file_path"].get<std::string>());
  CHECK(listed == expected);
}

TEST_CASE("a terminal sees which folder is read, escaped", "[examples]") {
  temporary_folder parent;
  auto const folder = parent.path() / "\x1b[2J";
  for (int i = 0; i < 3000; ++i) write_hole(folder / std::to_string(i), 150'000);
  auto const seen =
      run_on_terminal(BATCH_BENCHMARK, {"--from", folder.string(), "--mode", "grouped", "--profile", "zero"}, {});
  CHECK(seen.find("[1/4] reading '" + pawl::escaped(folder.string()) + "'") != std::string::npos);
  CHECK(seen.find("\x1b[2J") == std::string::npos);
}

TEST_CASE("size and SHA-256 are those of the contents", "[examples]") {
  temporary_folder folder;
  // The examples of the Secure Hash Standard, FIPS 180.
  std::map<std::string, std::string> const contents{
      {"nothing", ""}, {"abc", "abc"}, {"many", std::string(1'000'000, 'a')}};
  for (auto const& [name, text] : contents) write(folder.path() / name, text);
  program p(BATCH_BENCHMARK, {"--from", folder.path().string(), "--mode", "grouped", "--profile", "zero", "--keep-db"});
  REQUIRE(p.wait().code == 0);
  using row = std::vector<std::string>;
  auto const databases = rows_left_by(p, "file_size, content_hash");
  REQUIRE(databases.size() == 1);
  CHECK(databases[0].at("nothing") == row{"0", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"});
  CHECK(databases[0].at("abc") == row{"3", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"});
  CHECK(databases[0].at("many") == row{"1000000", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"});
}

TEST_CASE("regular files alone are taken, and what a symbolic link leads to is not", "[examples]") {
  temporary_folder parent;
  auto const folder = parent.path() / "folder", elsewhere = parent.path() / "elsewhere";
  write(elsewhere / "file", "");
  write(folder / "kept", "");
  std::filesystem::create_symlink(elsewhere, folder / "link to a folder");
  std::filesystem::create_symlink(elsewhere / "file", folder / "link to a file");
  std::filesystem::create_symlink(folder, folder / "link to itself");
  std::filesystem::create_symlink("nowhere", folder / "link to nothing");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  auto const j = json_of({"--from", (folder / "").string(), "--samples", "--mode", "grouped", "--profile", "zero"});
  REQUIRE(j["file_count"] == 1);
  CHECK(j["configurations"][0]["samples"][0]["file_path"] == "kept");
}

TEST_CASE("--files with --from takes the first by name, and all where there are fewer", "[examples]") {
  temporary_folder folder;
  for (auto const* name : {"c", "a/z", "b", "B"}) write(folder.path() / name, "");
  auto const taken = [&](std::string const& most) {
    std::set<std::string> paths;
    auto const j = json_of(
        {"--from", folder.path().string(), "--files", most, "--samples", "--mode", "grouped", "--concurrency", "1"});
    for (auto const& s : j["configurations"][0]["samples"]) paths.insert(s["file_path"].get<std::string>());
    CHECK(j["file_count"] == paths.size());
    return paths;
  };
  CHECK(taken("2") == std::set<std::string>{"B", "a/z"});
  CHECK(taken("9") == std::set<std::string>{"B", "a/z", "b", "c"});
}

TEST_CASE("reading the files is no part of what is timed", "[examples]") {
  temporary_folder folder;
  for (char c = 'a'; c <= 'h'; ++c) write_hole(folder.path() / std::string(1, c), 25'000'000);
  auto const j = json_of({"--from", folder.path().string(), "--mode", "grouped", "--profile", "zero"});
  double reading_ms = 0;
  for (auto const& span : j["profile"]["spans"])
    if (span["name"] == "read") reading_ms = span["total_ms"].get<double>();
  CHECK(reading_ms > 10);
  for (auto const& c : j["configurations"]) CHECK(c["elapsed_seconds"].get<double>() * 1000 < reading_ms);
}

TEST_CASE("a folder that is missing, empty or none is said in one sentence, with exit code 1", "[examples]") {
  temporary_folder folder;
  write(folder.path() / "file", "");
  std::filesystem::create_directories(folder.path() / "empty" / "emptier");
  std::vector<std::pair<std::string, std::string>> const mistakes{
      {"missing\x1b", "cannot read the folder '{}': No such file or directory"},
      {"file", "cannot read the folder '{}': Not a directory"},
      {"empty", "there is no regular file below '{}': name a folder with files"}};
  for (auto const& [name, says] : mistakes) {
    auto const path = (folder.path() / name).string();
    auto const e = run({"--from", path});
    INFO(e.err);
    CHECK(e.code == 1);
    CHECK(e.out.empty());
    CHECK(e.err == "batch_benchmark: " + fmt::format(fmt::runtime(says), pawl::escaped(path)) + "\n");
  }
  CHECK(run({"--from", ""}).code == 2);
  CHECK(run({"--from", ""}).err.find("--from takes a folder, not ''") != std::string::npos);
}

// Also where the tests are run by root, who may read everything: its right to do so is given away first.
static ending run_without_privilege(program::arguments const& args) {
  if (::geteuid() != 0) return run(args);
  program::arguments words{"--bounding-set=-dac_override,-dac_read_search", BATCH_BENCHMARK};
  words.insert(words.end(), args.begin(), args.end());
  return program("/usr/bin/setpriv", words).wait();
}

TEST_CASE("a folder or a file that may not be read is named, with exit code 1", "[examples]") {
  temporary_folder folder;
  auto const closed_folder = folder.path() / "folders" / "closed", closed_file = folder.path() / "files" / "closed";
  write(closed_folder / "file", "");
  write(closed_file, "");
  write(folder.path() / "files" / "another", "");
  auto const refused = [](std::filesystem::path const& closed, std::string const& what) {
    std::filesystem::permissions(closed, std::filesystem::perms::none);
    auto const e = run_without_privilege({"--from", closed.parent_path().string()});
    std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
    CHECK(e.code == 1);
    CHECK(e.out.empty());
    CHECK(e.err == "batch_benchmark: cannot read the " + what + " '" + closed.string() + "': Permission denied\n");
  };
  refused(closed_folder, "folder");
  refused(closed_file, "file");
}

TEST_CASE("a signal ends the reading of very large files", "[examples]") {
  temporary_folder folder;
  write_hole(folder.path() / "huge", 1'000'000'000'000);
  program p(BATCH_BENCHMARK, {"--from", folder.path().string(), "--json"});
  REQUIRE(eventually([&] { return !std::filesystem::is_empty(p.tmp()); }));
  p.signal(SIGINT);
  auto const e = p.wait();
  CHECK(e.code == 130);
  CHECK(report_json::parse(e.out)["interrupted"] == true);
}
