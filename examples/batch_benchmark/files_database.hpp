// The database of one mode: the files table (schema V11 of the original), its rows, and the check of what they must
// contain at the end.
#ifndef BATCH_BENCHMARK_FILES_DATABASE_HPP
#define BATCH_BENCHMARK_FILES_DATABASE_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <pawl/sqlite/database.hpp>

#include "file_set.hpp"

namespace batch_benchmark {

// Its connection is idle while a configuration runs: no other one's close is ever the last, which would checkpoint the
// log and delete it.
class files_database {
 public:
  // Inserts a row for each of the files, which must outlive it; or only for some of them once `stopped` says so.
  files_database(std::filesystem::path const& path, file_set const& files, pawl::sqlite::options options,
                 std::function<bool()> const& stopped);

  std::string const& path() const { return database_.path(); }
  // All rows back to untracked, version 0, without what an earlier run recorded: not a transition.
  void reset();

  struct verdict {
    std::size_t indexed = 0;  // at version 3
    std::size_t right = 0;    // of these, with the contents that the mock answered, and nothing else changed
  };
  verdict verify();

 private:
  file_set const& files_;
  pawl::sqlite::database database_;
};

// Of the write-ahead log of a database, in bytes; 0 when there is none.
std::uintmax_t log_size(std::string const& database);

}  // namespace batch_benchmark

#endif
