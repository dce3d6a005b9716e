// The files of a folder: shared by the examples that read files.
#ifndef EXAMPLES_FILES_BELOW_HPP
#define EXAMPLES_FILES_BELOW_HPP

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>

struct file_below {
  std::string path;           // relative to the folder
  std::int64_t size = 0;      // bytes
  std::int64_t modified = 0;  // nanoseconds since the epoch
};
struct unreadable_folder {
  std::filesystem::path path;
  std::error_code why;
};
struct folder_contents {
  std::vector<file_below> files;              // in no order
  std::vector<unreadable_folder> unreadable;  // what stands below these is not known, or not all of it
};

// The regular files below a folder, as `find FOLDER -type f` finds them: no symbolic link is followed below it. Leaves
// out a file, and a folder with all that is in it, whose whole path `skips`. Ends early once `stopped` says so.
template <class Skips, class Stopped>
folder_contents files_below(std::filesystem::path const& folder, Skips skips, Stopped stopped) {
  folder_contents all;
  auto const prefix = (folder / "").native().size();
  std::vector<std::filesystem::path> to_read{folder};
  while (!to_read.empty() && !stopped()) {
    auto const next = std::move(to_read.back());
    to_read.pop_back();
    std::error_code failed;
    std::filesystem::directory_iterator at(next, failed);
    for (; !failed && at != std::filesystem::directory_iterator(); at.increment(failed)) {
      auto const& path = at->path().native();
      if (skips(path)) continue;
      struct stat status {};
      if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) continue;  // it has been removed meanwhile
        failed.assign(errno, std::generic_category());
        break;
      }
      if (S_ISDIR(status.st_mode)) to_read.emplace_back(path);
      if (S_ISREG(status.st_mode))
        all.files.push_back({path.substr(prefix), std::int64_t{status.st_size},
                             std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec});
    }
    if (failed) all.unreadable.push_back({next, failed});
  }
  return all;
}

#endif
