#include "gallery.hpp"

#include <string>
#include <system_error>
#include <utility>

#include "../file_trouble.hpp"
#include "../open_file.hpp"

namespace photo_album {

namespace fs = std::filesystem;

gallery::gallery(fs::path folder) : folder_(std::move(folder)), unfinished_(folder_) {
  unfinished_ += ".new";
  fs::remove_all(unfinished_);
  fs::create_directories(unfinished_);
  fs::create_directories(folder_);
  sync_folder(folder_.parent_path());
}
gallery::~gallery() {
  std::error_code ignored;
  fs::remove_all(unfinished_, ignored);
}

static pawl::trouble cannot_write(fs::path const& name, std::error_code const& why) {
  auto const words = "cannot write " + text_of_path(name) + ": " + why.message();
  bool const nothing_can_be = why == std::errc::permission_denied || why == std::errc::read_only_file_system;
  return nothing_can_be ? pawl::trouble::auth(words) : trouble_of(why, words);
}

pawl::outcome<pawl::done_t> gallery::put(fs::path const& name, std::string_view content) try {
  fs::path const part = unfinished_ / std::to_string(files_++), whole = folder_ / name;
  {
    auto const file = open_file::to_write(part);
    file.write(content);
    file.sync();
  }
  fs::create_directories(whole.parent_path());
  put_in_place(part, whole);
  for (auto at = whole.parent_path(); at != folder_; at = at.parent_path()) sync_folder(at);
  sync_folder(folder_);
  return pawl::done;
} catch (fs::filesystem_error const& e) {
  return cannot_write(name, e.code());
}

}  // namespace photo_album
