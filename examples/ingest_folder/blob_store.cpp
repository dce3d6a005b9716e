#include "blob_store.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../sha256.hpp"

namespace ingest_folder {

namespace fs = std::filesystem;

// A file descriptor that closes itself.
class descriptor {
 public:
  descriptor(fs::path const& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0666)), path_(path) {
    if (number_ < 0) fail();
  }
  descriptor(descriptor const&) = delete;
  descriptor& operator=(descriptor const&) = delete;
  ~descriptor() { ::close(number_); }

  struct stat status() const {
    struct stat s {};
    if (::fstat(number_, &s) != 0) fail();
    return s;
  }
  std::string_view read(std::array<char, 65536>& into) const {
    ssize_t const size = ::read(number_, into.data(), into.size());
    if (size < 0) fail();
    return {into.data(), static_cast<std::size_t>(size)};
  }
  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      ssize_t const size = ::write(number_, bytes.data(), bytes.size());
      if (size < 0) fail();
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  void sync() const {
    if (::fsync(number_) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw fs::filesystem_error("", path_, std::error_code(errno, std::generic_category()));
  }

  int number_;
  fs::path path_;
};

static void sync_folder(fs::path const& folder) { descriptor(folder, O_RDONLY | O_DIRECTORY).sync(); }

// What a file system's error means for the item.
static pawl::trouble trouble_of(fs::filesystem_error const& e) {
  auto const words = e.path1().string() + ": " + e.code().message();
  if (e.code() == std::errc::no_such_file_or_directory) return pawl::trouble::not_found(words);
  if (e.code() == std::errc::no_space_on_device) return pawl::trouble::quota_exhausted(words);
  if (e.code() == std::errc::too_many_files_open || e.code() == std::errc::io_error)
    return pawl::trouble::transient(words);
  return pawl::trouble::permanent(words);
}

blob_store::blob_store(fs::path folder, bool sync) : folder_(std::move(folder)), sync_(sync) {
  fs::create_directories(folder_ / "new");
}

pawl::outcome<blob> blob_store::put(fs::path const& from, std::string const& key) const {
  try {
    descriptor const source(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    auto const status = source.status();
    if (!S_ISREG(status.st_mode)) return pawl::trouble::not_found(from.string() + ": no regular file any more");
    fs::path const part = folder_ / "new" / hexadecimal_sha256(key);
    blob made;
    made.modified = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    {
      descriptor const target(part, O_WRONLY | O_CREAT | O_TRUNC);
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
    fs::rename(part, whole);
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
    descriptor const from(place(hash), O_RDONLY);
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
      auto const hash = folder.path().filename().string() + entry.path().filename().string();
      if (!used.contains(hash)) fs::remove(entry);
    }
    if (folder.path().filename() != "new" && fs::is_empty(folder)) fs::remove(folder);
  }
}

std::string hash_of(fs::path const& path) {
  descriptor const from(path, O_RDONLY | O_NOFOLLOW);
  sha256 hash;
  std::array<char, 65536> buffer;
  for (auto bytes = from.read(buffer); !bytes.empty(); bytes = from.read(buffer)) hash.add(bytes);
  return hash.hexadecimal();
}

}  // namespace ingest_folder
