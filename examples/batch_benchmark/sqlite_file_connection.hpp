// The original's connection to SQLite: one for each file, with blocking calls.
#ifndef BATCH_BENCHMARK_SQLITE_FILE_CONNECTION_HPP
#define BATCH_BENCHMARK_SQLITE_FILE_CONNECTION_HPP

#include <chrono>
#include <utility>

#include <sqlite3.h>

#include <pawl/pawl.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/store/utc_text.hpp>

#include "files_database.hpp"
#include "files_table.hpp"

namespace batch_benchmark {

template <class Loop> class sqlite_file_connection {
 public:
  template <class OnSpan>
  sqlite_file_connection(sqlite_place const& at, Loop const& loop, OnSpan on_span)
      : loop_(loop), database_(at.path, options_of(at, std::move(on_span))) {
    // SQLite's own way of waiting, which the original had: naps of 1 to 100 ms that nobody ends when the lock is free.
    database_.execute("PRAGMA busy_timeout=30000");
  }
  // BEGIN, UPDATE, COMMIT. `times` gets all but `asked`.
  template <auto S, class Event>
  void write(file<S> const& from, Event const& event, pawl::transition_times& times, pawl::batch_times& batch) {
    auto update = database_.prepare(pawl::update_sql<files_table, S, Event>);
    batch.size = 1;
    batch.begin = loop_.now();
    database_.begin();
    batch.begun = times.updating = loop_.now();
    update.bind(1, now_(std::chrono::system_clock::now()));
    update.bind(2, from.key);
    update.bind(3, from.version);
    bind_fields(update, event);
    update.step();
    times.moved = sqlite3_changes(database_.handle()) == 1;
    update.reset();
    batch.updated = times.updated = loop_.now();
    database_.commit();
    batch.committed = times.committed = loop_.now();
  }

 private:
  using statement = pawl::sqlite::statement;

  template <class OnSpan> static pawl::sqlite::options options_of(sqlite_place const& at, OnSpan on_span) {
    auto options = at.options;
    options.checkpoint_at_close = false;  // nor did the original's connections
    options.on_span = std::move(on_span);
    return options;
  }
  static void bind_fields(statement&, start_upload const&) {}
  static void bind_fields(statement& update, complete_upload const& event) {
    update.bind(4, event.file_id);
    update.bind(5, event.file_uri);
  }
  static void bind_fields(statement& update, complete_processing const& event) { update.bind(4, event.document_id); }

  Loop const& loop_;
  pawl::sqlite::database database_;
  pawl::utc_text now_;
};

}  // namespace batch_benchmark

#endif
