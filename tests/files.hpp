// Temporary folders and files for tests.
#ifndef PAWL_TESTS_FILES_HPP
#define PAWL_TESTS_FILES_HPP

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

// Fresh, and removed with all that is in it at the end.
class temporary_folder {
 public:
  temporary_folder() : temporary_folder(usual_place()) {}
  explicit temporary_folder(std::filesystem::path const& in) {
    std::string name = (in / "pawl_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("cannot make a folder in " + in.string() + ": " +
                               std::generic_category().message(errno));
    path_ = std::move(name);
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
