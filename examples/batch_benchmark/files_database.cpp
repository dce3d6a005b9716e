#include "files_database.hpp"

#include <string_view>
#include <system_error>
#include <utility>

#include "files_table.hpp"
#include "search_api.hpp"

namespace batch_benchmark {

static constexpr std::string_view insert_sql =
    "INSERT INTO files (rowid, file_path, content_hash, filename, file_size) VALUES (?1, ?2, ?3, ?4, ?5)";

static constexpr std::string_view reset_sql =
    "UPDATE files SET gemini_state='untracked', version=0, gemini_state_updated_at=NULL, gemini_file_id=NULL, "
    "gemini_file_uri=NULL, "
    "gemini_store_doc_id=NULL, upload_timestamp=NULL, error_message=NULL";

static constexpr std::string_view indexed_sql =
    "SELECT rowid, file_path, content_hash, filename, file_size, gemini_file_id, gemini_file_uri, gemini_store_doc_id, "
    "upload_timestamp, gemini_state_updated_at, error_message FROM files WHERE gemini_state='indexed' AND version=3";

// So many rows take a few milliseconds.
static constexpr std::size_t rows_between_looks = 4096;

files_database::files_database(std::filesystem::path const& path, file_set const& files, pawl::sqlite::options options,
                               std::function<bool()> const& stopped)
    : files_(files), database_(path.string(), std::move(options)) {
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

void files_database::reset() { database_.execute(std::string(reset_sql)); }

// Whether the row is the file's still, and holds what the mock answers for it: a row that was mixed up with another one
// shows.
static bool is_right(pawl::sqlite::statement const& row, source_file const& file) {
  auto const holds = [&](int column, std::string_view prefix, std::string_view rest) {
    auto const text = row.text(column);
    return text.starts_with(prefix) && text.substr(prefix.size()) == rest;
  };
  constexpr std::size_t length_of_time = std::string_view("2026-11-23T18:30:00.123456").size();
  auto const uploaded_at = row.text(8), changed_at = row.text(9);
  return holds(1, "", file.path) && holds(2, "", file.content_hash) && holds(3, "", file.name()) &&
         static_cast<std::uint64_t>(row.integer(4)) == file.size && holds(5, mock_name_prefix, file.path) &&
         holds(6, mock_uri_prefix, file.path) && holds(7, mock_document_prefix, file.path) &&
         uploaded_at.size() == length_of_time && changed_at.size() == length_of_time && uploaded_at <= changed_at &&
         row.is_null(10);
}

files_database::verdict files_database::verify() {
  verdict found;
  auto rows = database_.prepare(indexed_sql);
  while (rows.step()) {
    ++found.indexed;
    auto const number = static_cast<std::size_t>(rows.integer(0));
    if (number < files_.size() && is_right(rows, files_[number])) ++found.right;
  }
  rows.reset();
  return found;
}

std::uintmax_t log_size(std::string const& database) {
  std::error_code absent;
  auto const size = std::filesystem::file_size(database + "-wal", absent);
  return absent ? 0 : size;
}

}  // namespace batch_benchmark
