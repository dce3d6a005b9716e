// The files table on a PostgreSQL server, and the statements of a client without pawl.
#ifndef BATCH_BENCHMARK_POSTGRES_TABLE_HPP
#define BATCH_BENCHMARK_POSTGRES_TABLE_HPP

#include "lifecycle.hpp"

namespace batch_benchmark {

// Version 11 of the original system's schema, with PostgreSQL's names of the same types.
inline constexpr char const* postgres_files_schema = R"(
CREATE TABLE files (
  file_path TEXT PRIMARY KEY, content_hash TEXT NOT NULL, filename TEXT NOT NULL, file_size BIGINT NOT NULL,
  metadata_json TEXT, metadata_quality TEXT DEFAULT 'unknown', is_deleted INTEGER NOT NULL DEFAULT 0, error_message TEXT,
  gemini_file_uri TEXT, gemini_file_id TEXT, upload_timestamp TEXT, remote_expiration_ts TEXT, embedding_model_version TEXT,
  created_at TEXT DEFAULT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS'),
  updated_at TEXT DEFAULT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS'),
  ai_metadata_status TEXT DEFAULT 'pending', ai_confidence_score DOUBLE PRECISION, entity_extraction_version TEXT,
  entity_extraction_status TEXT DEFAULT 'pending', upload_attempt_count INTEGER DEFAULT 0, last_upload_hash TEXT,
  mtime DOUBLE PRECISION, orphaned_gemini_file_id TEXT, missing_since TEXT, upload_hash TEXT, enrichment_version TEXT,
  gemini_store_doc_id TEXT,
  gemini_state TEXT NOT NULL DEFAULT 'untracked'
    CHECK(gemini_state IN ('untracked','uploading','processing','indexed','failed')),
  gemini_state_updated_at TEXT, version BIGINT NOT NULL DEFAULT 0,
  intent_type TEXT, intent_started_at TEXT, intent_api_calls_completed INTEGER);
CREATE INDEX idx_gemini_state ON files(gemini_state);
)";

// The guarded UPDATE of a transition. $1 now, $2 path, $3 version, then the event's fields.
constexpr char const* postgres_update(start_upload const&) {
  return "UPDATE files SET gemini_state='uploading',version=version+1,gemini_state_updated_at=$1 "
         "WHERE file_path=$2 AND gemini_state='untracked' AND version=$3";
}
constexpr char const* postgres_update(complete_upload const&) {
  return "UPDATE files SET gemini_state='processing',version=version+1,gemini_state_updated_at=$1,gemini_file_id=$4,"
         "gemini_file_uri=$5,upload_timestamp=$1 WHERE file_path=$2 AND gemini_state='uploading' AND version=$3";
}
constexpr char const* postgres_update(complete_processing const&) {
  return "UPDATE files SET gemini_state='indexed',version=version+1,gemini_state_updated_at=$1,gemini_store_doc_id=$4 "
         "WHERE file_path=$2 AND gemini_state='processing' AND version=$3";
}

}  // namespace batch_benchmark

#endif
