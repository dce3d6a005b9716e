// What identifies a file on POSIX: its device and its number there.
#ifndef PAWL_SYSTEM_POSIX_FILE_IDENTITY_HPP
#define PAWL_SYSTEM_POSIX_FILE_IDENTITY_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

struct file_identity {
  ::dev_t device{};
  ::ino_t number{};
  friend bool operator==(file_identity const&, file_identity const&) = default;

  static std::optional<file_identity> of(std::string const& path) {
    struct ::stat found {};
    if (::stat(path.c_str(), &found) != 0) return std::nullopt;
    return file_identity{found.st_dev, found.st_ino};
  }
};

struct file_status {
  enum class kind : std::uint8_t { file, folder, other, nothing, unknown };

  kind is = kind::unknown;
  file_identity identity{};
  std::int64_t size = 0;

  bool exists() const noexcept { return is != kind::nothing && is != kind::unknown; }
  static file_status of(std::string const& path) noexcept {
    struct ::stat found {};
    if (::stat(path.c_str(), &found) == 0)
      return {S_ISREG(found.st_mode)   ? kind::file
              : S_ISDIR(found.st_mode) ? kind::folder
                                       : kind::other,
              {found.st_dev, found.st_ino},
              static_cast<std::int64_t>(found.st_size)};
    bool const absent = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
    return {absent ? kind::nothing : kind::unknown, {}, 0};
  }
};

// Looks at the first 65,536 descriptors at most.
inline int descriptors_of(file_identity of) noexcept {
  constexpr long most = 65'536;
  long const limit = ::sysconf(_SC_OPEN_MAX), end = limit > 0 && limit < most ? limit : most;
  int count = 0;
  struct ::stat found {};
  for (int descriptor = 0; descriptor < end; ++descriptor)
    if (::fstat(descriptor, &found) == 0 && file_identity{found.st_dev, found.st_ino} == of) ++count;
  return count;
}

inline constexpr std::string_view path_separators = "/";

// The path itself if the working folder is not known.
inline std::string absolute_path(std::string const& path) {
  if (!path.empty() && path.front() == '/') return path;
  char* const folder = ::getcwd(nullptr, 0);
  if (folder == nullptr) return path;
  std::string whole = std::string(folder) + "/" + path;
  std::free(folder);
  return whole;
}

// Follows symbolic links that lead to no file too.
inline std::string resolved_path(std::string path) {
  for (int links = 0; links < 40; ++links) {
    std::size_t const slash = path.rfind('/');
    char* const real = ::realpath(slash == std::string::npos ? "." : path.substr(0, slash + 1).c_str(), nullptr);
    if (real == nullptr) return {};
    std::string folder(real);
    std::free(real);
    if (folder.back() != '/') folder += '/';
    std::string whole = folder + path.substr(slash == std::string::npos ? 0 : slash + 1);
    std::string target(4096, '\0');
    auto const size = ::readlink(whole.c_str(), target.data(), target.size());
    if (size < 0) return whole;
    target.resize(static_cast<std::size_t>(size));
    path = target.front() == '/' ? target : folder + target;
  }
  return {};
}

inline std::size_t longest_name_in(std::string const& folder) noexcept {
  long const most = ::pathconf(folder.c_str(), _PC_NAME_MAX);
  return most > 0 ? static_cast<std::size_t>(most) : static_cast<std::size_t>(-1);
}

inline void remove_file(std::string const& path) noexcept { ::unlink(path.c_str()); }

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
