// Temporary folders and files for tests.
#ifndef PAWL_TESTS_FILES_HPP
#define PAWL_TESTS_FILES_HPP

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

// Fresh, and removed with all that is in it at the end.
class temporary_folder {
 public:
  temporary_folder() : temporary_folder(usual_place()) {}
  explicit temporary_folder(std::filesystem::path const& in) {
    std::random_device random;
    do path_ = in / ("pawl_test_" + std::to_string(random()));
    while (!std::filesystem::create_directory(path_));
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path const& path() const { return path_; }
  // How many things are in it.
  std::ptrdiff_t entries() const { return std::distance(std::filesystem::directory_iterator(path_), {}); }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  static std::filesystem::path usual_place() {
    char const* const told = std::getenv("TMPDIR");
    return told != nullptr && *told != 0 ? told : std::filesystem::temp_directory_path();
  }

  std::filesystem::path path_;
};

inline std::string text_of(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

#endif
