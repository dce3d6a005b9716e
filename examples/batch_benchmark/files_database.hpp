// The database of one mode, wherever it is: the files table (schema V11 of the original), its rows, and the check of what
// they must contain at the end.
#ifndef BATCH_BENCHMARK_FILES_DATABASE_HPP
#define BATCH_BENCHMARK_FILES_DATABASE_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <pawl/postgres/options.hpp>
#include <pawl/sqlite/options.hpp>

#include "file_set.hpp"

namespace batch_benchmark {

// Where the engine opens it once more, with connections of its own.
struct sqlite_place {
  std::string path;
  pawl::sqlite::options options;
};
struct postgres_place {
  std::string conninfo;
  pawl::postgres::options options;
};

class files_database {
 public:
  files_database() = default;
  files_database(files_database const&) = delete;
  files_database& operator=(files_database const&) = delete;
  virtual ~files_database() = default;

  virtual std::variant<sqlite_place, postgres_place> place() const = 0;

  // All rows back to untracked, version 0, without what an earlier run recorded: not a transition.
  virtual void reset() = 0;

  struct verdict {
    std::size_t indexed = 0;  // at version 3
    std::size_t right = 0;    // of these, with the contents that the mock answered, and nothing else changed
  };
  virtual verdict verify() = 0;

  // Bytes of the write-ahead log: of SQLite's file, 0 where there is none; or all that a server has ever written.
  virtual std::uintmax_t log_size() = 0;
};

// In one statement, which both databases read the same.
inline constexpr std::string_view reset_sql =
    "UPDATE files SET gemini_state='untracked', version=0, gemini_state_updated_at=NULL, gemini_file_id=NULL, "
    "gemini_file_uri=NULL, "
    "gemini_store_doc_id=NULL, upload_timestamp=NULL, error_message=NULL";

// Columns of a row that is indexed at version 3.
struct indexed_row {
  std::string_view path, content_hash, name, file_id, file_uri, document_id, uploaded_at, changed_at;
  std::uint64_t size = 0;
  bool has_error = false;
};
// Whether the row is the file's still, and holds what the mock answers for it: a row that was mixed up with another one
// shows.
bool is_right(indexed_row const& row, source_file const& file);

}  // namespace batch_benchmark

#endif
