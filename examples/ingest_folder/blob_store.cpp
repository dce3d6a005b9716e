#include "blob_store.hpp"

#include <array>
#include <utility>

#include "../file_trouble.hpp"
#include "../open_file.hpp"
#include "../sha256.hpp"

namespace ingest_folder {

namespace fs = std::filesystem;

blob_store::blob_store(fs::path folder, bool sync) : folder_(std::move(folder)), sync_(sync) {
  fs::create_directories(folder_ / "new");
}

pawl::outcome<blob> blob_store::put(fs::path const& from, std::string const& key) const {
  try {
    auto const source = open_file::to_read(from, links::refused);
    auto const found = source.look();
    if (!found.is_file) return pawl::trouble::not_found(text_of_path(from) + ": no regular file any more");
    fs::path const part = folder_ / "new" / hexadecimal_sha256(key);
    blob made;
    made.modified = found.modified;
    {
      auto const target = open_file::to_write(part);
      sha256 hash;
      std::array<char, 65536> buffer;
      for (auto bytes = source.read(buffer); !bytes.empty(); bytes = source.read(buffer)) {
        hash.add(bytes);
        target.write(bytes);
        made.size += static_cast<std::int64_t>(bytes.size());
      }
      made.hash = hash.hexadecimal();
      if (sync_) target.sync();
    }
    fs::path const whole = place(made.hash);
    fs::create_directories(whole.parent_path());
    put_in_place(part, whole);
    if (sync_) {
      sync_folder(whole.parent_path());
      sync_folder(folder_);
    }
    return made;
  } catch (fs::filesystem_error const& e) {
    return trouble_of(e);
  }
}

pawl::outcome<std::string> blob_store::read(std::string const& hash, std::size_t most) const {
  try {
    auto const from = open_file::to_read(place(hash), links::followed);
    std::string content;
    std::array<char, 65536> buffer;
    for (auto bytes = from.read(buffer); !bytes.empty() && content.size() < most; bytes = from.read(buffer))
      content.append(bytes.substr(0, most - content.size()));
    return content;
  } catch (fs::filesystem_error const& e) {
    return trouble_of(e);
  }
}

void blob_store::keep_only(std::unordered_set<std::string> const& used) const {
  for (auto const& folder : fs::directory_iterator(folder_)) {
    if (!folder.is_directory()) continue;  // not ours
    for (auto const& entry : fs::directory_iterator(folder)) {
      auto const hash = text_of_path(folder.path().filename()) + text_of_path(entry.path().filename());
      if (!used.contains(hash)) fs::remove(entry);
    }
    if (folder.path().filename() != "new" && fs::is_empty(folder)) fs::remove(folder);
  }
}

std::string hash_of(fs::path const& path) {
  auto const from = open_file::to_read(path, links::refused);
  sha256 hash;
  std::array<char, 65536> buffer;
  for (auto bytes = from.read(buffer); !bytes.empty(); bytes = from.read(buffer)) hash.add(bytes);
  return hash.hexadecimal();
}

}  // namespace ingest_folder
