// Files that are complete or absent.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>

#include <sys/resource.h>

#include <pawl/report/write_file.hpp>

#include "catch.hpp"
#include "files.hpp"

namespace write_file_test {

namespace fs = std::filesystem;

template <class Action> static pawl::error error_of(Action action) {
  try {
    action();
  } catch (pawl::error const& e) {
    return e;
  }
  FAIL("nothing was thrown");
  return {"", ""};
}

TEST_CASE("text is written byte by byte as it is", "[report]") {
  temporary_folder const folder;
  std::string const text{"a\r\n\0\xff", 5};
  pawl::write_file(folder / "profile.txt", text);
  CHECK(text_of(folder / "profile.txt") == text);
}

TEST_CASE("a folder that is missing is a clear error that names the file", "[report]") {
  temporary_folder const folder;
  auto const failure = error_of([&] { pawl::write_file(folder / "missing/result.json", "x"); });
  CHECK(std::string{failure.id()} == "report.write");
  std::string const message = failure.what();
  CHECK(message.find("missing/result.json") != std::string::npos);
  CHECK(message.find(std::strerror(ENOENT)) != std::string::npos);
}

TEST_CASE("a folder in the file's place is a clear error, and the folder stays", "[report]") {
  temporary_folder const folder;
  fs::create_directory(folder / "result.json");
  auto const failure = error_of([&] { pawl::write_file(folder / "result.json", "x"); });
  CHECK(std::string{failure.what()}.find(std::strerror(EISDIR)) != std::string::npos);
  CHECK(fs::is_directory(folder / "result.json"));
  CHECK(folder.entries() == 1);
}

TEST_CASE("the error of a strange path is printable", "[report]") {
  auto const failure = error_of([&] { pawl::write_file("/nowhere/\x1b[2J\n", "x"); });
  CHECK(std::string{failure.what()}.find("/nowhere/\\x1b[2J\\n") != std::string::npos);
}

TEST_CASE("a symbolic link stays one, and what it names is written", "[report]") {
  temporary_folder const folder;
  pawl::write_file(folder / "real", "old");
  fs::create_symlink(folder / "real", folder / "link");
  pawl::write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(text_of(folder / "real") == "new");
}

TEST_CASE("permissions of a file that is replaced stay", "[report]") {
  temporary_folder const folder;
  auto const path = folder / "secret";
  pawl::write_file(path, "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  pawl::write_file(path, "new");
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a file that cannot be finished is an error, leaves the old one and nothing beside it", "[report]") {
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
  CHECK(text_of(path) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a device is written to, not replaced, and a full one is an error", "[report]") {
  pawl::write_file("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  auto const failure = error_of([&] { pawl::write_file("/dev/full", "x"); });
  CHECK(std::string{failure.what()}.find(std::strerror(ENOSPC)) != std::string::npos);
  CHECK(fs::is_character_file("/dev/full"));
}

}  // namespace write_file_test
