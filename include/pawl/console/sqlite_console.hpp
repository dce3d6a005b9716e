// The console of an SQLite database: see console.hpp. It works beside the processes that run its items.
#ifndef PAWL_CONSOLE_SQLITE_CONSOLE_HPP
#define PAWL_CONSOLE_SQLITE_CONSOLE_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/sqlite/change.hpp>
#include <pawl/console/sqlite/reading.hpp>
#include <pawl/console/sqlite/table.hpp>
#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/dictionary.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/system/file_identity.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Every call blocks the thread, as those of a store do. For `access::read_only` nothing is ever written; otherwise the
// constructor looks at the file read-only first, so that one that is not pawl's stays as it was.
class sqlite_console final : public console {
 public:
  // Throws store_error (refused), with the path and a sentence: there is no such file, it is no SQLite database, no store of
  // pawl was ever opened in it, its records are of a newer pawl, or of an older one, or it is locked. `o.create` and its
  // checkpoints are ignored: to shorten the log is left to those that run the items.
  explicit sqlite_console(std::string path, sqlite::options o = looking())
      : own_(std::make_unique<sqlite::database>(checked(std::move(path), o.busy_timeout), modest(std::move(o)))),
        db_(*own_) {}
  // Over the program's own database, beside its stores and runs, on its loop's thread: what it releases wakes them at once, what
  // it pauses they see within their poll. A change while the program has a transaction of its own open is a store_error (misuse).
  explicit sqlite_console(sqlite::database& db) : db_(db) {}

  // The options of a console that only reads.
  static sqlite::options looking() {
    sqlite::options o;
    o.mode = sqlite::access::read_only;
    return o;
  }

  std::string name() const override { return db_.path(); }
  bool reads_only() const override { return db_.reads_only(); }

  task<std::vector<seen_table>> tables() override { co_return sqlite::detail::see_tables(db_); }
  task<std::vector<std::string>> table_names() override { co_return sqlite::detail::table_names(db_); }
  task<seen_page> list(std::string table, seen_query which) override {
    co_return sqlite::detail::list_items(db_, table, which);
  }
  using console::story;
  task<std::optional<item_story>> story(std::string table, std::string key, std::size_t most) override {
    co_return sqlite::detail::tell_story(db_, table, key, most);
  }
  task<stored_time> now() override { co_return stored_time(db_.now()); }

  task<bool> release(std::string table, std::string key, std::int64_t version, on_behalf of) override {
    co_return sqlite::detail::change_item(db_, table, key, version, detail::released_record{of.text()});
  }
  task<bool> release_mark(std::string table, std::string key, std::int64_t version, std::int64_t run,
                          on_behalf of) override {
    co_return sqlite::detail::change_item(db_, table, key, version, detail::released_record{of.text(), run});
  }
  task<bool> park(std::string table, std::string key, std::int64_t version, on_behalf of) override {
    co_return sqlite::detail::change_item(db_, table, key, version, detail::parked_record{of.text()});
  }
  task<bool> start_at(std::string table, std::string key, std::int64_t version, stored_time when,
                      on_behalf of) override {
    co_return sqlite::detail::change_item(db_, table, key, version, detail::started_record{when, of.text()});
  }
  task<std::size_t> retry_all(std::string table, std::string state, on_behalf of) override {
    co_return sqlite::detail::retry_all(db_, table, state, of.text());
  }
  task<bool> pause(std::string table, std::string state, on_behalf of) override {
    co_return sqlite::detail::pause(db_, table, state, of.text());
  }
  task<bool> resume(std::string table, std::string state, on_behalf of) override {
    co_return sqlite::detail::resume(db_, table, state, of.text());
  }
  task<std::size_t> trim(std::string table, stored_time before, std::size_t limit, bool rows_of_user,
                         on_behalf of) override {
    co_return sqlite::detail::trim(db_, table, before, limit, rows_of_user, of.text());
  }
  task<std::size_t> trim_history(std::string table, stored_time before, std::size_t limit, on_behalf of) override {
    co_return sqlite::detail::trim_history(db_, table, before, limit, of.text());
  }
  task<bool> forget_schedule(std::string table, std::string schedule, on_behalf of) override {
    co_return sqlite::detail::forget_schedule(db_, table, schedule, of.text());
  }

 private:
  static sqlite::options modest(sqlite::options o) {
    o.create = false;
    o.checkpoint_at_close = false;
    o.checkpoint_frames = (std::numeric_limits<std::int32_t>::max)();
    return o;
  }
  static std::string checked(std::string path, std::chrono::milliseconds patience) {
    using pawl::detail::file_status;
    bool const is_name = !path.empty() && path.find('\0') == std::string::npos;
    if (is_name && file_status::of(path).is == file_status::kind::nothing)
      sqlite::detail::refuse(path, {"there is no such file"});
    sqlite::options o = looking();
    o.busy_timeout = patience;
    sqlite::database db(path, std::move(o));
    lifecycle_view const nothing{};
    sqlite::detail::dictionary records(db, nothing, "", sqlite::detail::states_kept_as::names);
    records.read({.table = "", .row = "", .key = "", .state = "", .version = "", .kept = {}});
    if (!records.has_records())
      sqlite::detail::refuse(path, {"it is no database of pawl: no store was ever opened in it"});
    if (records.schema() < sqlite::detail::own_schema)
      sqlite::detail::refuse(path,
                             {"pawl's records in it have schema ", sqlite::detail::number(records.schema()),
                              "; open its store once with a program of this version of pawl, which upgrades them"});
    return path;
  }

  std::unique_ptr<sqlite::database> own_{};
  sqlite::database& db_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
