// The files table in an SQLite database of its own.
#ifndef BATCH_BENCHMARK_SQLITE_FILES_HPP
#define BATCH_BENCHMARK_SQLITE_FILES_HPP

#include <cstdint>
#include <filesystem>
#include <functional>
#include <variant>

#include <pawl/sqlite/database.hpp>

#include "file_set.hpp"
#include "files_database.hpp"

namespace batch_benchmark {

// Its connection is idle while a configuration runs: no other one's close is ever the last, which would checkpoint the
// log and delete it.
class sqlite_files final : public files_database {
 public:
  // Inserts a row for each of the files, which must outlive it; or only for some of them once `stopped` says so.
  sqlite_files(std::filesystem::path const& path, file_set const& files, pawl::sqlite::options options,
               std::function<bool()> const& stopped);

  std::variant<sqlite_place, postgres_place> place() const override { return sqlite_place{database_.path(), options_}; }
  void reset() override;
  verdict verify() override;
  std::uintmax_t log_size() override;

 private:
  file_set const& files_;
  pawl::sqlite::options options_;
  pawl::sqlite::database database_;
};

}  // namespace batch_benchmark

#endif
