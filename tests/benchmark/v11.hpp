// The workload of the store and runner benchmarks: 818 files in the original's table, the hand-written loop that is the
// baseline, and the same three transitions through pawl's queue.
#ifndef PAWL_TESTS_BENCHMARK_V11_HPP
#define PAWL_TESTS_BENCHMARK_V11_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <sqlite3.h>

#include <pawl/latency/collector.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/sqlite/store.hpp>

#include "benchmark/measuring.hpp"
#include "store/filing.hpp"

namespace v11 {

using namespace filing;

// ---- the files ----

// What the remote answers is made up before anything is measured.
struct source {
  std::string path, id, uri, document;
};
inline std::vector<source> const& sources() {
  static auto const all = [] {
    std::vector<source> made;
    for (int i = 1; i <= 818; ++i) {
      char path[32];
      std::snprintf(path, sizeof path, "/bench/file_%04d.txt", i);
      made.push_back(
          {path, std::string("files/mock_") + path, std::string("uri://mock_") + path, std::string("doc_") + path});
    }
    return made;
  }();
  return all;
}
inline std::size_t transitions() { return sources().size() * transitions_of_a_file; }

inline void execute(sqlite3* db, std::string const& sql) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(db));
}
inline std::int64_t count(sqlite3* db, std::string const& sql) {
  std::int64_t answer = 0;
  auto const take = [](void* to, int, char** texts, char**) {
    *static_cast<std::int64_t*>(to) = std::stoll(texts[0]);
    return 0;
  };
  if (sqlite3_exec(db, sql.c_str(), take, &answer, nullptr) != SQLITE_OK)
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(db));
  return answer;
}

// ---- the two tables ----

// The original's.
struct files {
  using store = pawl::sqlite::store<files_table>;

  static void fill(std::string const& path) {
    pawl::sqlite::database db{path, {.durable = pawl::sqlite::durability::process_crash}};
    db.execute(files_schema);
    auto insert = db.prepare("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES(?1,?2,?3,1024)");
    db.begin();
    for (auto const& file : sources()) {
      insert.bind(1, file.path);
      insert.bind(2, file.document);  // as good a hash as any
      insert.bind(3, std::string_view(file.path).substr(7));
      insert.step();
      insert.reset();
    }
    db.commit();
  }
  static void reset(sqlite3* db) {
    execute(db,
            "UPDATE files SET gemini_state='untracked',version=0,gemini_state_updated_at=NULL,gemini_file_id=NULL,"
            "gemini_file_uri=NULL,gemini_store_doc_id=NULL,upload_timestamp=NULL");
  }
  static std::int64_t indexed_files(sqlite3* db) {
    return count(db, "SELECT count(*) FROM files WHERE gemini_state='indexed' AND version=3");
  }
};

// pawl's own.
struct own {
  using store = pawl::sqlite::store<file_lifecycle>;

  static void fill(std::string const& path) {
    pawl::sqlite::database db{path, {.durable = pawl::sqlite::durability::process_crash}};
    store items{db};
    db.begin();
    for (auto const& file : sources()) items.insert_if_absent(file.path);
    db.commit();
  }
  static void reset(sqlite3* db) {
    execute(db, "UPDATE file_lifecycle SET state=" + code(untracked) + ",version=0,changed_at=0,data=NULL");
  }
  static std::int64_t indexed_files(sqlite3* db) {
    return count(db, "SELECT count(*) FROM file_lifecycle WHERE version=3 AND state=" + code(indexed));
  }

 private:
  static std::string code(file_state s) { return std::to_string(pawl::state_code<file_lifecycle>(s)); }
};

// ---- rates ----

// What one pass over all files from untracked to indexed costs, repeated until it can be measured. What resets the
// table in between, and pass.prepare() if there is one, does not count.
template <class Table, class Watch = measuring::stopwatch, class Pass>
double seconds_a_pass(sqlite3* db, measuring::effort how_much, Pass&& pass) {
  double spent = 0, passes = 0;
  do {
    Table::reset(db);
    if constexpr (requires { pass.prepare(); }) pass.prepare();
    Watch const watch;
    pass();
    spent += watch.seconds();
    ++passes;
    if (Table::indexed_files(db) != static_cast<std::int64_t>(sources().size()))
      throw std::runtime_error("not every file is indexed at version 3: this contestant did not do the work");
  } while (spent < (how_much.small ? 0 : 0.15));
  return spent / passes;
}
// Committed transitions a second.
template <class Table, class Pass> double rate(sqlite3* db, measuring::effort how_much, Pass&& pass) {
  return static_cast<double>(transitions()) / seconds_a_pass<Table>(db, how_much, pass);
}

// ---- the hand-written loop ----

// sqlite3's C interface and nothing else: three statements, prepared once, one commit a transition, WAL, NORMAL. The
// time that it stamps is a constant.
class raw_loop {
 public:
  explicit raw_loop(std::string const& path) {
    if (sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK)
      throw std::runtime_error("cannot open " + path);
    sqlite3_busy_timeout(db, 30'000);
    execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
    start_ = prepare(pawl::update_sql<files_table, untracked, start_upload>);
    upload_ = prepare(pawl::update_sql<files_table, uploading, complete_upload>);
    process_ = prepare(pawl::update_sql<files_table, processing, complete_processing>);
  }
  raw_loop(raw_loop const&) = delete;
  raw_loop& operator=(raw_loop const&) = delete;
  ~raw_loop() {
    for (auto* s : {start_, upload_, process_}) sqlite3_finalize(s);
    sqlite3_close(db);
  }

  void operator()() {
    for (auto const& file : sources()) (*this)(file);
  }
  void operator()(source const& file) {
    for (int version = 0; version < transitions_of_a_file; ++version) move(file, version);
  }
  // The file's next transition.
  void move(source const& file, int version) {
    sqlite3_stmt* const s = version == 0 ? start_ : version == 1 ? upload_ : process_;
    if (version == 1) {
      bind(s, 4, file.id);
      bind(s, 5, file.uri);
    } else if (version == 2) {
      bind(s, 4, file.document);
    }
    bind(s, 1, "2026-01-01T00:00:00.000000");
    bind(s, 2, file.path);
    sqlite3_bind_int(s, 3, version);
    int const code = sqlite3_step(s);
    sqlite3_reset(s);
    if (code != SQLITE_DONE || sqlite3_changes(db) != 1)
      throw std::runtime_error(file.path + ": " + sqlite3_errmsg(db));
  }

  sqlite3* db = nullptr;

 private:
  sqlite3_stmt* prepare(std::string_view sql) {
    sqlite3_stmt* s = nullptr;
    if (sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &s, nullptr) !=
        SQLITE_OK)
      throw std::runtime_error(std::string(sql) + ": " + sqlite3_errmsg(db));
    return s;
  }
  static void bind(sqlite3_stmt* s, int parameter, std::string_view text) {
    sqlite3_bind_text(s, parameter, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  sqlite3_stmt *start_ = nullptr, *upload_ = nullptr, *process_ = nullptr;
};

// ---- the same through pawl ----

// All files through the queue, `in_flight` at a time; `latency` takes how long each transition took from being ready to
// being acknowledged.
template <class Queue, class Collector = pawl::null_collector> class pass_through {
 public:
  pass_through(Queue& queue, std::size_t in_flight, Collector* latency = nullptr)
      : queue_(queue), in_flight_(in_flight), latency_(latency) {}

  // Takes all files in hand, as a run takes them from a page of the store.
  void prepare() { items_ = queue_.base().runnable(untracked, {}, sources().size()).items; }

  void operator()() {
    next_ = 0;
    running_ = in_flight_;
    for (std::size_t i = 0; i < in_flight_; ++i)
      boost::asio::co_spawn(queue_.loop().get_executor(), work_off(), [this](std::exception_ptr failed) {
        if (failed && !failed_) failed_ = failed;
        if (--running_ == 0) on_end_();
      });
    queue_.loop().wait(all_done());
    if (failed_) std::rethrow_exception(std::exchange(failed_, nullptr));
  }

 private:
  pawl::task<void> all_done() {
    co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<> const&, void()>(
        [this](auto handler) {
          auto const held = std::make_shared<decltype(handler)>(std::move(handler));
          on_end_ = [this, held] { boost::asio::post(queue_.loop().get_executor(), std::move(*held)); };
        },
        pawl::await);
  }

  pawl::task<void> work_off() {
    while (next_ < items_.size()) {
      auto const& file = sources()[next_];
      auto const fresh = *items_[next_++].template as<untracked>();
      auto start = begin();
      auto const started = co_await queue_.template fire<start_upload>(fresh);
      end(start);
      start = begin();
      auto const uploaded = co_await queue_.template fire<complete_upload>(*started, file.id, file.uri);
      end(start);
      start = begin();
      auto const done = co_await queue_.template fire<complete_processing>(*uploaded, file.document);
      end(start);
      if (!done) throw std::runtime_error(file.path + ": a conflict");
    }
  }

  static constexpr bool measures = !std::is_same_v<Collector, pawl::null_collector>;
  std::chrono::nanoseconds begin() const {
    if constexpr (measures)
      return queue_.loop().now();
    else
      return {};
  }
  void end(std::chrono::nanoseconds start) {
    if constexpr (measures) latency_->record(queue_.loop().now() - start);
  }

  Queue& queue_;
  std::size_t in_flight_;
  Collector* latency_;
  std::vector<any_file> items_{};
  std::size_t next_ = 0, running_ = 0;
  std::exception_ptr failed_{};
  std::function<void()> on_end_{};
};

// A database of its own with a store and a queue.
template <class Table> struct setting {
  explicit setting(std::string const& path, pawl::sqlite::durability durable = pawl::sqlite::durability::process_crash,
                   pawl::store_options const& options = {})
      : database((Table::fill(path), path), {.durable = durable}), store(database, options) {}

  pawl::sqlite::database database;
  typename Table::store store;
  pawl::loop<> loop{};
  pawl::commit_queue<typename Table::store, pawl::loop<>> queue{loop, store};
};

}  // namespace v11

#endif
