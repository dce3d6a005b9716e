// Maps the lifecycle onto the files table, which the library does not own.
#ifndef BATCH_BENCHMARK_FILES_TABLE_HPP
#define BATCH_BENCHMARK_FILES_TABLE_HPP

#include "lifecycle.hpp"

namespace batch_benchmark {

struct files_table : pawl::table<file_lifecycle> {
  static constexpr pawl::names names{.table = "files",
                                     .key = "file_path",
                                     .state = "gemini_state",
                                     .version = "version",
                                     .changed_at = "gemini_state_updated_at",
                                     .born = "file_path"};
  static constexpr auto columns =
      pawl::columns(pawl::on<complete_upload>(pawl::set("gemini_file_id", &complete_upload::file_id),
                                              pawl::set("gemini_file_uri", &complete_upload::file_uri),
                                              pawl::now("upload_timestamp")),
                    pawl::on<complete_processing>(pawl::set("gemini_store_doc_id", &complete_processing::document_id)),
                    pawl::on<fail_upload>(pawl::set("error_message", &fail_upload::error_message)),
                    pawl::on<fail_processing>(pawl::set("error_message", &fail_processing::error_message)),
                    pawl::on<fail_reset>(pawl::set("error_message", &fail_reset::error_message)),
                    pawl::on<reset, retry>(pawl::clear("gemini_file_id", "gemini_file_uri", "gemini_store_doc_id",
                                                       "upload_timestamp", "error_message")));
};
static_assert(pawl::valid<files_table>);

// The table of the original system, version 11 of its schema.
inline constexpr char const* files_schema = R"(
CREATE TABLE files (
  file_path TEXT PRIMARY KEY, content_hash TEXT NOT NULL, filename TEXT NOT NULL, file_size INTEGER NOT NULL,
  metadata_json TEXT, metadata_quality TEXT DEFAULT 'unknown', is_deleted INTEGER NOT NULL DEFAULT 0, error_message TEXT,
  gemini_file_uri TEXT, gemini_file_id TEXT, upload_timestamp TEXT, remote_expiration_ts TEXT, embedding_model_version TEXT,
  created_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')), updated_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')),
  ai_metadata_status TEXT DEFAULT 'pending', ai_confidence_score REAL, entity_extraction_version TEXT,
  entity_extraction_status TEXT DEFAULT 'pending', upload_attempt_count INTEGER DEFAULT 0, last_upload_hash TEXT, mtime REAL,
  orphaned_gemini_file_id TEXT, missing_since TEXT, upload_hash TEXT, enrichment_version TEXT, gemini_store_doc_id TEXT,
  gemini_state TEXT NOT NULL DEFAULT 'untracked'
    CHECK(gemini_state IN ('untracked','uploading','processing','indexed','failed')),
  gemini_state_updated_at TEXT, version INTEGER NOT NULL DEFAULT 0,
  intent_type TEXT, intent_started_at TEXT, intent_api_calls_completed INTEGER);
CREATE INDEX idx_gemini_state ON files(gemini_state);
)";

}  // namespace batch_benchmark

#endif
