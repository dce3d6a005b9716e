// The lifecycle of a file: its content is stored and its text imported into an index. A changed file starts again; for
// a deleted file, everything kept of it is deleted too.
#ifndef INGEST_FOLDER_LIFECYCLE_HPP
#define INGEST_FOLDER_LIFECYCLE_HPP

#include <cstdint>
#include <string>

#include <pawl/core.hpp>

namespace ingest_folder {

enum class file_state { untracked, uploading, processing, indexed, failed, vanished, gone };
using enum file_state;

struct begin {};
struct store_content {
  std::string hash;
  std::int64_t size, modified;  // of the file that was read: bytes, and nanoseconds since the epoch
};
struct import_text {
  std::int64_t document;
};
struct fail {
  std::string error;
};
struct restart {};  // its content has changed, it is back, or somebody asks for another try
struct vanish {};   // it is not in the folder any more
struct forget {};   // nothing is kept of it any more

struct file_lifecycle
    : pawl::lifecycle<pawl::initial<untracked>, pawl::goal<indexed>, pawl::waiting<failed>, pawl::waiting<gone>,
                      pawl::transition<untracked, begin, uploading>,
                      pawl::transition<uploading, store_content, processing>,
                      pawl::transition<processing, import_text, indexed>, pawl::transition<uploading, fail, failed>,
                      pawl::transition<processing, fail, failed>, pawl::on_failure<uploading, fail>,
                      pawl::on_failure<processing, fail>, pawl::transition<uploading, restart, untracked>,
                      pawl::transition<processing, restart, untracked>, pawl::transition<indexed, restart, untracked>,
                      pawl::transition<failed, restart, untracked>, pawl::transition<vanished, restart, untracked>,
                      pawl::transition<gone, restart, untracked>, pawl::transition<untracked, vanish, vanished>,
                      pawl::transition<uploading, vanish, vanished>, pawl::transition<processing, vanish, vanished>,
                      pawl::transition<indexed, vanish, vanished>, pawl::transition<failed, vanish, vanished>,
                      pawl::transition<vanished, forget, gone>> {};
static_assert(pawl::valid<file_lifecycle>);

template <file_state S> using file = pawl::item<file_lifecycle, S>;
using any_file = pawl::any_item<file_lifecycle>;

struct files_table : pawl::table<file_lifecycle> {
  static constexpr pawl::names names{.table = "files",
                                     .key = "path",
                                     .state = "state",
                                     .version = "version",
                                     .changed_at = "changed_at",
                                     .born = "born"};  // a path may come back after its row was deleted
  static constexpr auto columns = pawl::columns(
      pawl::on<store_content>(pawl::set("hash", &store_content::hash), pawl::set("size", &store_content::size),
                              pawl::set("modified", &store_content::modified)),
      pawl::on<import_text>(pawl::set("document", &import_text::document)),
      pawl::on<fail>(pawl::set("error", &fail::error)),
      pawl::on<restart, forget>(pawl::clear("hash", "size", "modified", "document", "error")));
};
static_assert(pawl::valid<files_table>);

inline constexpr char const* files_ddl =
    "CREATE TABLE IF NOT EXISTS files(path TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'untracked', version INTEGER "
    "NOT "
    "NULL DEFAULT 0, changed_at TEXT, born INTEGER NOT NULL DEFAULT (random()), hash TEXT, size INTEGER, modified "
    "INTEGER, document INTEGER, error TEXT, "
    "seen_size INTEGER, seen_modified INTEGER);"
    "CREATE INDEX IF NOT EXISTS files_by_state ON files(state);"
    "CREATE TABLE IF NOT EXISTS folder(path TEXT NOT NULL);";

}  // namespace ingest_folder

#endif
