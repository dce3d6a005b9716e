// Files identified by what they are, not by their paths.
#include <filesystem>
#include <fstream>
#include <string>

#include <pawl/system/file_identity.hpp>

#include "catch.hpp"
#include "files.hpp"

namespace file_identity_test {

using pawl::detail::file_identity;

TEST_CASE("every path to a file has the identity of the file, and another file has another", "[system]") {
  temporary_folder folder;
  for (auto const* name : {"a", "b"}) std::ofstream(folder / name) << "x";
  std::filesystem::create_hard_link(folder / "a", folder / "hard");
  std::filesystem::create_symlink("a", folder / "soft");
  auto const a = file_identity::of(folder / "a");
  REQUIRE(a);
  CHECK(file_identity::of(folder / "hard") == a);
  CHECK(file_identity::of(folder / "soft") == a);
  CHECK(file_identity::of(folder / "../" + folder.path().filename().string() + "/a") == a);
  CHECK_FALSE(file_identity::of(folder / "b") == a);
}

TEST_CASE("a path that leads to no file has no identity", "[system]") {
  temporary_folder folder;
  std::filesystem::create_symlink("none", folder / "dangling");
  CHECK_FALSE(file_identity::of(folder / "none"));
  CHECK_FALSE(file_identity::of(folder / "dangling"));
}

TEST_CASE("what a path leads to is told, with its size", "[system]") {
  using pawl::detail::file_status;
  using kind = file_status::kind;
  temporary_folder folder;
  std::ofstream(folder / "a") << "four";
  std::filesystem::create_symlink("a", folder / "soft");
  std::filesystem::create_symlink("none", folder / "dangling");
  std::filesystem::create_symlink("loop", folder / "loop");
  auto const a = file_status::of(folder / "a");
  CHECK(a.is == kind::file);
  CHECK(a.exists());
  CHECK(a.size == 4);
  CHECK(a.identity == *file_identity::of(folder / "a"));
  CHECK(file_status::of(folder / "soft").identity == a.identity);
  CHECK(file_status::of(folder.path().string()).is == kind::folder);
  CHECK(file_status::of("/dev/null").is == kind::other);
  for (auto const* name : {"none", "dangling", "loop", "a/below"}) {
    CAPTURE(name);
    CHECK(file_status::of(folder / name).is == kind::nothing);
    CHECK_FALSE(file_status::of(folder / name).exists());
  }
  CHECK(file_status::of(folder / std::string(300, 'x')).is == kind::unknown);
}

TEST_CASE("it is counted how often this process has a file open", "[system]") {
  using pawl::detail::descriptors_of;
  temporary_folder folder;
  std::ofstream first(folder / "a");
  auto const a = *file_identity::of(folder / "a");
  CHECK(descriptors_of(a) == 1);
  {
    std::ifstream const second(folder / "a");
    CHECK(descriptors_of(a) == 2);
  }
  first.close();
  CHECK(descriptors_of(a) == 0);
}

TEST_CASE("paths are resolved to where the file is, or would be made", "[system]") {
  using pawl::detail::resolved_path;
  temporary_folder made;
  auto const folder = std::filesystem::canonical(made.path()).string();
  std::filesystem::create_directory(folder + "/in");
  std::filesystem::create_directory_symlink("in", folder + "/there");
  std::filesystem::create_symlink("in/target", folder + "/dangling");
  std::filesystem::create_symlink("loop", folder + "/loop");
  CHECK(resolved_path(folder + "/a") == folder + "/a");
  CHECK(resolved_path(folder + "/in/../there/./a") == folder + "/in/a");
  CHECK(resolved_path(folder + "/dangling") == folder + "/in/target");
  CHECK(resolved_path(folder + "/loop").empty());
  CHECK(resolved_path(folder + "/none/a").empty());
  CHECK(resolved_path("/a") == "/a");
  CHECK(pawl::detail::longest_name_in(folder) >= 14);
  CHECK(pawl::detail::absolute_path("/a/b") == "/a/b");
  CHECK(pawl::detail::absolute_path("a/b") == std::filesystem::current_path().string() + "/a/b");
  std::ofstream(folder + "/a") << "x";
  pawl::detail::remove_file(folder + "/a");
  CHECK_FALSE(std::filesystem::exists(folder + "/a"));
}

}  // namespace file_identity_test
