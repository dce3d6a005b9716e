// Figures as JSON, and files that are whole or not there.
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/report/json.hpp>

#ifdef __linux__
#include <csignal>

#include <sys/resource.h>
#endif

#include "catch.hpp"

namespace json_test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// A folder of its own that is gone afterwards.
class temporary_folder {
 public:
  temporary_folder() : path_{fs::temp_directory_path() / ("pawl-report-" + std::to_string(std::random_device{}()))} {
    fs::create_directories(path_);
  }
  ~temporary_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;
  fs::path operator/(char const* name) const { return path_ / name; }
  std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator{path_}, fs::directory_iterator{}); }

 private:
  fs::path path_;
};

static std::string content(fs::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

template <class Action> static pawl::error error_of(Action action) {
  try {
    action();
  } catch (pawl::error const& e) {
    return e;
  }
  FAIL("nothing was thrown");
  return {"", ""};
}

TEST_CASE("A snapshot is its quantiles, mean, min and max in unrounded milliseconds", "[report][json]") {
  pawl::exact_collector collector;
  for (int i = 0; i < 818; ++i) collector.record(i * 1'001ns);
  auto const json = pawl::to_json(collector.snapshot());
  CHECK(pawl::dump(json, -1) ==
        R"({"p50":0.409409,"p95":0.777777,"p99":0.809809,"mean":0.4089085,"min":0.0,"max":0.817817,"count":818})");
}

TEST_CASE("The smallest duration survives as a number", "[report][json]") {
  pawl::exact_collector collector;
  collector.record(1ns);
  CHECK(pawl::to_json(collector.snapshot())["p50"] == 1e-6);
}

TEST_CASE("A snapshot of nothing has all its keys, with null", "[report][json]") {
  CHECK(pawl::dump(pawl::to_json(pawl::exact_collector{}.snapshot()), -1) ==
        R"({"p50":null,"p95":null,"p99":null,"mean":null,"min":null,"max":null,"count":0})");
}

TEST_CASE("Overflow stands in the JSON where there is some", "[report][json]") {
  pawl::log_linear_collector<7, 20> collector;
  collector.record(1ns);
  CHECK_FALSE(pawl::to_json(collector.snapshot()).contains("overflow"));
  collector.record(1h);
  CHECK(pawl::to_json(collector.snapshot())["overflow"] == 1);
}

TEST_CASE("The key of a quantile has its digits without the point", "[report][json]") {
  CHECK(pawl::quantile_key(0.5) == "p50");
  CHECK(pawl::quantile_key(0.29) == "p29");
  CHECK(pawl::quantile_key(0.95) == "p95");
  CHECK(pawl::quantile_key(0.999) == "p999");
  CHECK(pawl::quantile_key(0.9999) == "p9999");
  CHECK(pawl::quantile_key(1) == "p100");
}

TEST_CASE("Names that are no UTF-8 can be dumped", "[report][json]") {
  pawl::report_json json;
  json["name"] = "\xff\xc3(\x1b";
  CHECK(pawl::dump(json, -1) == "{\"name\":\"\xef\xbf\xbd\xef\xbf\xbd(\\u001b\"}");
}

TEST_CASE("JSON is written with a newline at its end, and nothing is left beside it", "[report][file]") {
  temporary_folder const folder;
  auto const path = folder / "result.json";
  pawl::write_json(path, {{"a", 1}});
  CHECK(content(path) == "{\n  \"a\": 1\n}\n");
  pawl::write_json(path, {{"b", 2}});
  CHECK(content(path) == "{\n  \"b\": 2\n}\n");
  CHECK(folder.entries() == 1);
}

TEST_CASE("Text is written byte by byte as it is", "[report][file]") {
  temporary_folder const folder;
  std::string const text{"a\r\n\0\xff", 5};
  pawl::write_file(folder / "profile.txt", text);
  CHECK(content(folder / "profile.txt") == text);
}

TEST_CASE("A folder that is missing is a clear error that names the file", "[report][file]") {
  temporary_folder const folder;
  auto const failure = error_of([&] { pawl::write_json(folder / "missing/result.json", {}); });
  CHECK(std::string{failure.id()} == "report.write");
  std::string const message = failure.what();
  CHECK(message.find("missing/result.json") != std::string::npos);
  CHECK(message.find(std::strerror(ENOENT)) != std::string::npos);
}

TEST_CASE("A folder in the file's place is a clear error, and the folder stays", "[report][file]") {
  temporary_folder const folder;
  fs::create_directory(folder / "result.json");
  auto const failure = error_of([&] { pawl::write_file(folder / "result.json", "x"); });
  CHECK(std::string{failure.what()}.find(std::strerror(EISDIR)) != std::string::npos);
  CHECK(fs::is_directory(folder / "result.json"));
  CHECK(folder.entries() == 1);
}

TEST_CASE("The error of a strange path is printable", "[report][file]") {
  auto const failure = error_of([&] { pawl::write_file("/nowhere/\x1b[2J\n", "x"); });
  CHECK(std::string{failure.what()}.find("/nowhere/\\x1b[2J\\n") != std::string::npos);
}

TEST_CASE("A symbolic link stays one, and what it names is written", "[report][file]") {
  temporary_folder const folder;
  pawl::write_file(folder / "real", "old");
  fs::create_symlink(folder / "real", folder / "link");
  pawl::write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(content(folder / "real") == "new");
}

TEST_CASE("Permissions of a file that is replaced stay", "[report][file]") {
  temporary_folder const folder;
  auto const path = folder / "secret";
  pawl::write_file(path, "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  pawl::write_file(path, "new");
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

#ifdef __linux__
TEST_CASE("A file that cannot be finished is an error, leaves the old one and nothing beside it", "[report][file]") {
  temporary_folder const folder;
  auto const path = folder / "result.json";
  pawl::write_file(path, "old");
  auto const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit const small{4096, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    pawl::write_file(path, std::string(100'000, 'x'));
  } catch (pawl::error const& e) {
    message = e.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(message.find(std::strerror(EFBIG)) != std::string::npos);
  CHECK(content(path) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("A device is written to, not replaced, and a full one is an error", "[report][file]") {
  pawl::write_file("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  auto const failure = error_of([&] { pawl::write_file("/dev/full", "x"); });
  CHECK(std::string{failure.what()}.find(std::strerror(ENOSPC)) != std::string::npos);
  CHECK(fs::is_character_file("/dev/full"));
}
#endif

}  // namespace json_test
