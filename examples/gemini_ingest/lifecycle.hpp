// The lifecycle of a file: it is sent to Gemini, imported into a File Search store, and searchable then. Of a changed or
// deleted file the document is deleted.
#ifndef GEMINI_INGEST_LIFECYCLE_HPP
#define GEMINI_INGEST_LIFECYCLE_HPP

#include <cstdint>
#include <string>

#include <pawl/core.hpp>

namespace gemini_ingest {

enum class file_state { found, sending, stored, importing, indexed, failed, clearing, removing, gone };
using enum file_state;

// An upload session was opened, whose URL is in the row before the first byte is sent. No URL: the remote has the file.
struct begin {
  std::string name;             // "files/<hash>", ours: a repetition is recognised by it
  std::string hash;             // SHA-256 of the content that was read, hexadecimal
  std::int64_t size, modified;  // of the file that was read: bytes, and nanoseconds since the epoch
  std::string session;
};
struct session_lost {};  // it expires after some days, and sooner at times
struct store_file {};
struct file_lost {};  // Gemini keeps a file for two days only
struct begin_import {
  std::string resource;  // the operation, or the document where the operation's name was lost
};
struct import_lost {};  // the remote knows nothing of it
struct index {
  std::string document;
};
struct fail {
  std::string error;
};
struct restart {};  // its content has changed, it is back, or somebody asks for another try
struct clear {};    // no document of it is left
struct vanish {};   // it is not in the folder any more
struct forget {};   // nothing is kept of it any more

struct file_lifecycle
    : pawl::lifecycle<pawl::initial<found>, pawl::goal<indexed>, pawl::waiting<failed>, pawl::waiting<gone>,
                      pawl::transition<found, begin, sending>, pawl::transition<sending, store_file, stored>,
                      pawl::transition<stored, begin_import, importing>, pawl::transition<importing, index, indexed>,

                      pawl::transition<sending, session_lost, found>, pawl::transition<stored, file_lost, found>,
                      pawl::transition<importing, import_lost, stored>,

                      pawl::transition<found, fail, failed>, pawl::transition<sending, fail, failed>,
                      pawl::transition<stored, fail, failed>, pawl::transition<importing, fail, failed>,
                      pawl::on_failure<found, fail>, pawl::on_failure<sending, fail>, pawl::on_failure<stored, fail>,
                      pawl::on_failure<importing, fail>,

                      pawl::transition<sending, restart, found>, pawl::transition<stored, restart, clearing>,
                      pawl::transition<importing, restart, clearing>, pawl::transition<indexed, restart, clearing>,
                      pawl::transition<failed, restart, clearing>, pawl::transition<removing, restart, clearing>,
                      pawl::transition<gone, restart, found>, pawl::transition<clearing, clear, found>,

                      pawl::transition<found, vanish, removing>, pawl::transition<sending, vanish, removing>,
                      pawl::transition<stored, vanish, removing>, pawl::transition<importing, vanish, removing>,
                      pawl::transition<indexed, vanish, removing>, pawl::transition<failed, vanish, removing>,
                      pawl::transition<clearing, vanish, removing>, pawl::transition<removing, forget, gone>> {};
static_assert(pawl::valid<file_lifecycle>);

template <file_state S> using file = pawl::item<file_lifecycle, S>;
using any_file = pawl::any_item<file_lifecycle>;

struct files_table : pawl::table<file_lifecycle> {
  static constexpr pawl::names names{
      .table = "files", .key = "path", .state = "state", .version = "version", .changed_at = "changed_at"};
  static constexpr auto columns = pawl::columns(
      pawl::on<begin>(pawl::set("name", &begin::name), pawl::set("hash", &begin::hash), pawl::set("size", &begin::size),
                      pawl::set("modified", &begin::modified), pawl::set("session", &begin::session)),
      pawl::on<begin_import>(pawl::set("resource", &begin_import::resource)),
      pawl::on<index>(pawl::set("document", &index::document)), pawl::on<fail>(pawl::set("error", &fail::error)),
      pawl::on<restart>(pawl::clear("error", "document")));
};
static_assert(pawl::valid<files_table>);

// `job` names the folder, the File Search store, whether that is the fake service's, and a random identity: two jobs
// never take each other's documents for their own, whatever their files are called.
inline constexpr char const* files_ddl =
    "CREATE TABLE IF NOT EXISTS files(path TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'found', version INTEGER NOT "
    "NULL DEFAULT 0, changed_at TEXT, name TEXT, hash TEXT, size INTEGER, modified INTEGER, session TEXT, resource "
    "TEXT, "
    "document TEXT, error TEXT, seen_size INTEGER, seen_modified INTEGER);"
    "CREATE INDEX IF NOT EXISTS files_by_state ON files(state);"
    "CREATE TABLE IF NOT EXISTS job(folder TEXT NOT NULL, identity TEXT NOT NULL, store TEXT, "
    "fake INTEGER NOT NULL DEFAULT 0);";

}  // namespace gemini_ingest

#endif
