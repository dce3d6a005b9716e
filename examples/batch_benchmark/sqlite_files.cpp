#include "sqlite_files.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "files_table.hpp"

namespace batch_benchmark {

static constexpr std::string_view insert_sql =
    "INSERT INTO files (rowid, file_path, content_hash, filename, file_size) VALUES (?1, ?2, ?3, ?4, ?5)";

static constexpr std::string_view indexed_sql =
    "SELECT rowid, file_path, content_hash, filename, file_size, gemini_file_id, gemini_file_uri, gemini_store_doc_id, "
    "upload_timestamp, gemini_state_updated_at, error_message FROM files WHERE gemini_state='indexed' AND version=3";

// So many rows take a few milliseconds.
static constexpr std::size_t rows_between_looks = 4096;

sqlite_files::sqlite_files(std::filesystem::path const& path, file_set const& files, pawl::sqlite::options options,
                           std::function<bool()> const& stopped)
    : files_(files), options_(std::move(options)), database_(path.string(), options_) {
  database_.execute(files_schema);
  auto insert = database_.prepare(insert_sql);
  database_.begin();
  for (std::size_t number = 0; number < files_.size(); ++number) {
    if (number % rows_between_looks == 0 && stopped()) break;
    auto const file = files_[number];
    auto const name = file.name();
    insert.bind(1, number);
    insert.bind(2, file.path);
    insert.bind(3, file.content_hash);
    insert.bind(4, name);
    insert.bind(5, file.size);
    insert.step();
    insert.reset();
  }
  database_.commit();
}

void sqlite_files::reset() { database_.execute(std::string(reset_sql)); }

files_database::verdict sqlite_files::verify() {
  verdict found;
  auto rows = database_.prepare(indexed_sql);
  while (rows.step()) {
    ++found.indexed;
    auto const number = static_cast<std::size_t>(rows.integer(0));
    indexed_row const row{rows.text(1),     rows.text(2), rows.text(3),
                          rows.text(5),     rows.text(6), rows.text(7),
                          rows.text(8),     rows.text(9), static_cast<std::uint64_t>(rows.integer(4)),
                          !rows.is_null(10)};
    if (number < files_.size() && is_right(row, files_[number])) ++found.right;
  }
  rows.reset();
  return found;
}

std::uintmax_t sqlite_files::log_size() {
  std::error_code absent;
  auto const size = std::filesystem::file_size(database_.path() + "-wal", absent);
  return absent ? 0 : size;
}

}  // namespace batch_benchmark
