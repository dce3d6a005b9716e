#include "catalogue.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "../open_file.hpp"
#include "blob_store.hpp"

namespace ingest_folder {

namespace fs = std::filesystem;

catalogue::catalogue(std::string path, pawl::sqlite::options options)
    : files_(std::move(path), std::move(options), files_ddl) {}

void catalogue::belong_to(fs::path const& folder) { expect_database_of(files_.db(), folder); }

// Is it to begin again? Of a file that was read its size and its time answer for most contents.
static bool has_changed(known_file<file_lifecycle> const& known, file_stamp const& now, fs::path const& path) {
  switch (known.item.state) {
    case vanished:
    case gone:
      return true;  // it is back
    case failed:
      return known.seen != now;
    case processing:
    case indexed:
      if (known.read == now || known.seen == now) return false;
      if (known.read.size != now.size) return true;
      break;
    case untracked:
    case uploading:
      return false;  // it will be read as it is then
  }
  try {
    return hash_of(path) != known.hash;
  } catch (fs::filesystem_error const&) {
    return true;  // its copy will say what is wrong
  }
}

folder_changes catalogue::look_at(fs::path const& folder, std::string const& database) {
  static constexpr std::array<std::string_view, 9> own{
      ".blobs", ".files.lock", "-wal", "-shm", "-journal", ".index", ".index-wal", ".index-shm", ".index-journal"};
  return files_.look_at(folder, database, own, has_changed);
}

std::size_t catalogue::retry() {
  return files_.retry([](file_state s) { return s == failed; });
}

std::size_t catalogue::reset() {
  return files_.restart_all([](file_state s) { return s != vanished && s != gone; });
}

std::unordered_set<std::string> catalogue::hashes() {
  std::unordered_set<std::string> used;
  auto s = files_.db().prepare("SELECT DISTINCT hash FROM files WHERE hash IS NOT NULL");
  while (s.step()) used.emplace(s.text(0));
  return used;
}

}  // namespace ingest_folder
