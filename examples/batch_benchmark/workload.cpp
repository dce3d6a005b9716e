#include "workload.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <pawl/report/escape.hpp>

#include "search_api.hpp"

namespace batch_benchmark {

static constexpr std::string_view schema = R"(
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

static constexpr std::string_view insert_sql =
    "INSERT INTO files (file_path, content_hash, filename, file_size) VALUES (?1, ?2, ?3, 1024)";

static constexpr std::string_view reset_sql =
    "UPDATE files SET gemini_state='untracked', version=0, gemini_state_updated_at=NULL, gemini_file_id=NULL, "
    "gemini_file_uri=NULL, "
    "gemini_store_doc_id=NULL, upload_timestamp=NULL, error_message=NULL";

// The hash is a function of the name: a row that was mixed up with another one shows.
static constexpr std::string_view verify_sql =
    "SELECT count(*), coalesce(sum(gemini_file_id=?1||file_path AND gemini_file_uri=?2||file_path AND "
    "gemini_store_doc_id=?3||file_path "
    "AND length(upload_timestamp)=26 AND length(gemini_state_updated_at)=26 AND "
    "upload_timestamp<=gemini_state_updated_at "
    "AND error_message IS NULL AND file_size=1024 AND content_hash='hash_'||substr(filename,6,length(filename)-9) "
    "AND file_path='/bench/'||filename),0) FROM files WHERE gemini_state='indexed' AND version=3";

// So many rows take a few milliseconds.
static constexpr std::size_t rows_between_looks = 4096;

static std::string file_name(std::size_t number) { return fmt::format("file_{:04}.txt", number); }
std::string file_path(std::size_t number) { return "/bench/" + file_name(number); }

scratch_folder::scratch_folder(std::filesystem::path const& parent, std::string_view what_for, bool keep)
    : keep_(keep) {
  std::string name = (parent / "batch_benchmark_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw failure(exit_code::fatal,
                  fmt::format("cannot write {} into '{}': {}", what_for, pawl::escaped(parent.string()),
                              std::generic_category().message(errno)));
  path_ = std::move(name);
}
scratch_folder::~scratch_folder() {
  std::error_code ignored;
  if (!keep_) std::filesystem::remove_all(path_, ignored);
}

workload::workload(std::filesystem::path const& file, std::size_t files, pawl::sqlite::options options,
                   std::function<bool()> const& stopped)
    : database_(file.string(), std::move(options)) {
  database_.execute(std::string(schema));
  auto insert = database_.prepare(insert_sql);
  database_.begin();
  for (std::size_t number = 1; number <= files; ++number) {
    if (number % rows_between_looks == 0 && stopped()) break;
    auto const path = file_path(number), hash = fmt::format("hash_{:04}", number), name = file_name(number);
    insert.bind(1, path);
    insert.bind(2, hash);
    insert.bind(3, name);
    insert.step();
    insert.reset();
  }
  database_.commit();
}

void workload::reset() { database_.execute(std::string(reset_sql)); }

workload::verdict workload::verify() {
  auto count = database_.prepare(verify_sql);
  count.bind(1, mock_name_prefix);
  count.bind(2, mock_uri_prefix);
  count.bind(3, mock_document_prefix);
  count.step();
  return {static_cast<std::size_t>(count.integer(0)), static_cast<std::size_t>(count.integer(1))};
}

std::uintmax_t log_size(std::string const& database) {
  std::error_code absent;
  auto const size = std::filesystem::file_size(database + "-wal", absent);
  return absent ? 0 : size;
}

}  // namespace batch_benchmark
