// The files table in a schema of its own on a PostgreSQL server.
#ifndef BATCH_BENCHMARK_POSTGRES_FILES_HPP
#define BATCH_BENCHMARK_POSTGRES_FILES_HPP

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "file_set.hpp"
#include "files_database.hpp"
#include "postgres_connection.hpp"
#include "settings.hpp"

namespace batch_benchmark {

// The schema is dropped at the end with all that is in it, unless it is to be kept.
class postgres_files final : public files_database {
 public:
  // Inserts a row for each of the files, which must outlive it; or only for some of them once `stopped` says so.
  postgres_files(std::string const& conninfo, file_set const& files, durability kept, bool keep_schema,
                 std::function<bool()> const& stopped);
  ~postgres_files() override;

  std::string const& schema() const { return schema_; }
  std::variant<sqlite_place, postgres_place> place() const override;
  void reset() override;
  verdict verify() override;
  std::uintmax_t log_size() override;

 private:
  void fill(std::function<bool()> const& stopped);

  file_set const& files_;
  durability kept_;
  bool keep_schema_;
  std::string schema_;
  std::string conninfo_;  // to that schema
  postgres_connection connection_;
};

}  // namespace batch_benchmark

#endif
