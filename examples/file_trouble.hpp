// What a file system's error means for an item: shared by the examples whose steps read and write files.
#ifndef EXAMPLES_FILE_TROUBLE_HPP
#define EXAMPLES_FILE_TROUBLE_HPP

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <pawl/core.hpp>

#include "open_file.hpp"

inline pawl::trouble trouble_of(std::error_code const& why, std::string words) {
  if (why == std::errc::no_such_file_or_directory) return pawl::trouble::not_found(std::move(words));
  if (why == std::errc::no_space_on_device) return pawl::trouble::quota_exhausted(std::move(words));
  if (why == std::errc::too_many_files_open || why == std::errc::io_error)
    return pawl::trouble::transient(std::move(words));
  return pawl::trouble::permanent(std::move(words));
}
inline pawl::trouble trouble_of(std::filesystem::filesystem_error const& e) {
  return trouble_of(e.code(), text_of_path(e.path1()) + ": " + e.code().message());
}

#endif
