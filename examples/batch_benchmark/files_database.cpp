#include "files_database.hpp"

#include "search_api.hpp"

namespace batch_benchmark {

bool is_right(indexed_row const& row, source_file const& file) {
  auto const holds = [&](std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) && text.substr(prefix.size()) == file.path;
  };
  constexpr std::size_t length_of_time = std::string_view("2026-11-23T18:30:00.123456").size();
  return row.path == file.path && row.content_hash == file.content_hash && row.name == file.name() &&
         row.size == file.size && holds(row.file_id, mock_name_prefix) && holds(row.file_uri, mock_uri_prefix) &&
         holds(row.document_id, mock_document_prefix) && row.uploaded_at.size() == length_of_time &&
         row.changed_at.size() == length_of_time && row.uploaded_at <= row.changed_at && !row.has_error;
}

}  // namespace batch_benchmark
