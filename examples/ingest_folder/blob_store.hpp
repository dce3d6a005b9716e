// Stores file contents under their hashes: equal contents are stored once, and repeating a copy changes nothing.
#ifndef INGEST_FOLDER_BLOB_STORE_HPP
#define INGEST_FOLDER_BLOB_STORE_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_set>

#include <pawl/core.hpp>

namespace ingest_folder {

struct blob {
  std::string hash;  // SHA-256 of the content, hexadecimal
  std::int64_t size = 0;
  std::int64_t modified = 0;  // of the file, in nanoseconds since the epoch
};

class blob_store {
 public:
  // Makes the folder. `sync`: a blob is on the disk before it is answered.
  blob_store(std::filesystem::path folder, bool sync);

  // Copies the file's content. It is written under a name made of `key`, so that a repetition overwrites what a killed
  // copy has left, and gets its name when it is whole. May be called on several threads, with different keys.
  pawl::outcome<blob> put(std::filesystem::path const& from, std::string const& key) const;
  // The content, at most `most` bytes of it.
  pawl::outcome<std::string> read(std::string const& hash, std::size_t most) const;
  // Removes what nobody uses: all but these hashes. Not while put() is under way.
  void keep_only(std::unordered_set<std::string> const& used) const;

 private:
  std::filesystem::path place(std::string const& hash) const { return folder_ / hash.substr(0, 2) / hash.substr(2); }

  std::filesystem::path folder_;
  bool sync_;
};

// The SHA-256 of a file's content. Throws std::system_error with the path.
std::string hash_of(std::filesystem::path const& path);

}  // namespace ingest_folder

#endif
