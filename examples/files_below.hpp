// The files of a folder: shared by the examples that read files.
#ifndef EXAMPLES_FILES_BELOW_HPP
#define EXAMPLES_FILES_BELOW_HPP

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "open_file.hpp"

struct file_below {
  std::string path;           // relative to the folder; see text_of_path()
  std::int64_t size = 0;      // bytes
  std::int64_t modified = 0;  // as file_look has it
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
  auto const prefix = text_of_path(folder / "").size();
  std::vector<std::filesystem::path> to_read{folder};
  while (!to_read.empty() && !stopped()) {
    auto const next = std::move(to_read.back());
    to_read.pop_back();
    std::error_code failed;
    std::filesystem::directory_iterator at(next, failed);
    for (; !failed && at != std::filesystem::directory_iterator(); at.increment(failed)) {
      auto const path = text_of_path(at->path());
      if (skips(path)) continue;
      std::error_code unseen;
      auto const found = look_at(at->path(), unseen);
      if (unseen == std::errc::no_such_file_or_directory) continue;  // it has been removed meanwhile
      if ((failed = unseen)) break;
      if (found.is_folder) to_read.push_back(at->path());
      if (found.is_file) all.files.push_back({path.substr(prefix), found.size, found.modified});
    }
    if (failed) all.unreadable.push_back({next, failed});
  }
  return all;
}

#endif
