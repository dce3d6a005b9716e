// The lifecycles and mappings that the tests of stores share.
#ifndef PAWL_TESTS_STORE_FILING_HPP
#define PAWL_TESTS_STORE_FILING_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/table.hpp>

// A file is uploaded and indexed: the lifecycle of the benchmark, and its table.
namespace filing {

enum class file_state { untracked, uploading, processing, indexed, failed };
using enum file_state;

struct start_upload {};
struct complete_upload {
  std::string file_id, file_uri;
};
struct complete_processing {
  std::string document_id;
};
struct fail_upload {
  std::string error_message;
};
struct fail_processing {
  std::string error_message;
};
struct reset {};
struct retry {};
struct fail_reset {
  std::string error_message;
};

struct file_lifecycle
    : pawl::lifecycle<
          pawl::initial<untracked>, pawl::goal<indexed>, pawl::waiting<failed>,
          pawl::transition<untracked, start_upload, uploading>,
          pawl::transition<uploading, complete_upload, processing>, pawl::transition<uploading, fail_upload, failed>,
          pawl::transition<processing, complete_processing, indexed>,
          pawl::transition<processing, fail_processing, failed>, pawl::transition<indexed, reset, untracked>,
          pawl::transition<indexed, fail_reset, failed>, pawl::transition<failed, retry, untracked>> {};
static_assert(pawl::valid<file_lifecycle>);

struct files_table : pawl::table<file_lifecycle> {
  static constexpr pawl::names names{.table = "files",
                                     .key = "file_path",
                                     .state = "gemini_state",
                                     .version = "version",
                                     .changed_at = "gemini_state_updated_at"};
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

using machine = pawl::machine<file_lifecycle>;
using any_file = pawl::any_item<file_lifecycle>;
template <auto S> using file = pawl::item<file_lifecycle, S>;

// The table of the original system, version 11 of its schema.
inline constexpr char const* files_ddl = R"(
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

}  // namespace filing

// A crate is packed with one field of every kind, and sent: what goes into a store must come back as it was.
namespace cargo {

enum class crate_state { empty, packed, sent };
enum class label : std::uint8_t { plain, fragile = 200 };

struct pack {
  std::string text;
  std::int64_t number;
  std::uint64_t big;
  bool flag;
  double weight;
  label tag;
  std::vector<std::byte> bytes;
  std::optional<std::string> note;
  bool operator==(pack const&) const = default;
};
struct weigh {
  std::optional<int> first;
  std::optional<double> second;
  bool operator==(weigh const&) const = default;
};
struct send {
  std::int8_t lane;
};

struct crate_lifecycle : pawl::lifecycle<pawl::initial<crate_state::empty>, pawl::goal<crate_state::sent>,
                                         pawl::transition<crate_state::empty, pack, crate_state::packed>,
                                         pawl::transition<crate_state::packed, weigh, crate_state::packed>,
                                         pawl::transition<crate_state::packed, send, crate_state::sent>> {};
static_assert(pawl::valid<crate_lifecycle>);

struct crates_table : pawl::table<crate_lifecycle> {
  static constexpr pawl::names names{.table = "crates"};
  static constexpr auto columns = pawl::columns(
      pawl::on<pack>(pawl::set("text", &pack::text), pawl::set("number", &pack::number), pawl::set("big", &pack::big),
                     pawl::set("flag", &pack::flag), pawl::set("weight", &pack::weight), pawl::set("tag", &pack::tag),
                     pawl::set("bytes", &pack::bytes), pawl::set("note", &pack::note)),
      pawl::on<weigh>(pawl::set("first", &weigh::first), pawl::set("second", &weigh::second)),
      pawl::on<send>(pawl::set("lane", &send::lane)));
};
static_assert(pawl::valid<crates_table>);

inline constexpr char const* crates_ddl = R"(
CREATE TABLE crates (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, state TEXT NOT NULL, version INTEGER NOT NULL,
  text TEXT, number INTEGER, big INTEGER, flag INTEGER, weight REAL, tag INTEGER, bytes BLOB, note TEXT,
  first INTEGER, second REAL, lane INTEGER);
)";

}  // namespace cargo

#endif
