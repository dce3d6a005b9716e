// The fuzzers' database, on files in memory: they open thousands per second.
#ifndef PAWL_TESTS_FUZZ_IN_MEMORY_HPP
#define PAWL_TESTS_FUZZ_IN_MEMORY_HPP

#include <filesystem>
#include <memory>
#include <string>

#include <unistd.h>

#include <pawl/sqlite/database.hpp>

#include "crash/fault_vfs.hpp"
#include "crash/memory_files.hpp"

namespace fuzz {

// Where a lock file can be made: that is the only real one.
inline std::string const path =
    (std::filesystem::temp_directory_path() / ("pawl fuzz " + std::to_string(::getpid()) + ".db")).string();

// A folder with nothing but this file in it, whose contents are the bytes.
inline std::unique_ptr<crash::memory_files> folder_with(std::string const& bytes) {
  auto files = std::make_unique<crash::memory_files>();
  auto const file = std::make_shared<crash::file_node>();
  files->apply({crash::change::kind::create, file, 0, path});
  files->apply({crash::change::kind::write, file, 0, bytes});
  files->sync(file);
  files->sync_names();
  return files;
}

// What is in the file now.
inline std::string bytes_of(crash::memory_files const& files) {
  auto const file = files.find(path);
  std::string bytes(file ? file->now.size() : 0, '\0');
  if (file) file->now.read(0, bytes.data(), bytes.size());
  return bytes;
}

inline crash::fault_vfs& file_system() {
  static crash::fault_vfs vfs(1);
  return vfs;
}

inline pawl::sqlite::options quick() {
  pawl::sqlite::options o;
  o.durable = pawl::sqlite::durability::process_crash;
  o.trust_file_system = true;
  return o;
}

}  // namespace fuzz

#endif
