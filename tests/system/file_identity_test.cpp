// Files identified by what they are, not by their paths.
#include <filesystem>
#include <fstream>

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

}  // namespace file_identity_test
