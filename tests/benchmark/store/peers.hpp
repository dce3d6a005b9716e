// The same transitions as written without a queue.
#ifndef PAWL_TESTS_BENCHMARK_STORE_PEERS_HPP
#define PAWL_TESTS_BENCHMARK_STORE_PEERS_HPP

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include <pawl/latency/exact_collector.hpp>

#include "benchmark/v11.hpp"

namespace v11 {

// Runs `work(file)` for all files on so many threads.
template <class Work> void on_threads(std::size_t count, Work const& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::future<void>> threads;
  for (std::size_t i = 0; i < count; ++i)
    threads.push_back(std::async(std::launch::async, [&] {
      for (std::size_t at = next++; at < sources().size(); at = next++) work(sources()[at]);
    }));
  for (auto& each : threads) each.get();
}

// The original's design: each file opens a connection, commits three times and closes it, waiting for the lock as
// SQLite's own busy timeout does.
class connection_per_file {
 public:
  explicit connection_per_file(std::string path) : path_(std::move(path)), idle_(path_) {}
  void operator()(std::size_t threads) {
    on_threads(threads, [this](source const& file) { raw_loop{path_}(file); });
  }
  sqlite3* db() { return idle_.db; }

 private:
  std::string path_;
  raw_loop idle_;  // so that no close is the last one, which would empty the log each time
};

// One connection for all threads, each transition under the lock of a mutex.
class behind_a_mutex {
 public:
  explicit behind_a_mutex(std::string const& path) : shared_(path) {}
  void operator()(std::size_t threads, pawl::exact_collector& latency) {
    on_threads(threads, [this, &latency](source const& file) {
      for (int version = 0; version < transitions_of_a_file; ++version) {
        auto const asked = std::chrono::steady_clock::now();
        std::lock_guard const one_at_a_time(mutex_);
        shared_.move(file, version);
        latency.record(std::chrono::steady_clock::now() - asked);
      }
    });
  }
  sqlite3* db() { return shared_.db; }

 private:
  raw_loop shared_;
  std::mutex mutex_;
};

// The hand-written loop with a transaction for each `size` transitions: what a queue can reach at most where it writes
// the same rows, since nobody waits here for an answer.
class in_batches {
 public:
  in_batches(std::string const& path, std::size_t size) : loop_(path), size_(size) {}
  void operator()() {
    for (std::size_t first = 0; first < sources().size(); first += size_)
      for (int version = 0; version < transitions_of_a_file; ++version) {
        execute(db(), "BEGIN IMMEDIATE");
        for (std::size_t at = first; at < (std::min)(first + size_, sources().size()); ++at)
          loop_.move(sources()[at], version);
        execute(db(), "COMMIT");
      }
  }
  sqlite3* db() { return loop_.db; }

 private:
  raw_loop loop_;
  std::size_t size_;
};

// The usual C++ wrapper, used well: statements prepared once, values bound without a copy.
class through_sqlitecpp {
 public:
  explicit through_sqlitecpp(std::string const& path) : db_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX) {
    db_.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  }
  void operator()() {
    for (auto const& file : sources()) {
      move(start_, file, 0);
      upload_.bindNoCopy(4, file.id);
      upload_.bindNoCopy(5, file.uri);
      move(upload_, file, 1);
      process_.bindNoCopy(4, file.document);
      move(process_, file, 2);
    }
  }
  sqlite3* db() { return db_.getHandle(); }

 private:
  static SQLite::Statement prepared(SQLite::Database& db, std::string_view sql) { return {db, std::string(sql)}; }
  void move(SQLite::Statement& s, source const& file, int version) {
    s.bindNoCopy(1, "2026-01-01T00:00:00.000000");
    s.bindNoCopy(2, file.path);
    s.bind(3, version);
    if (s.exec() != 1) throw std::runtime_error(file.path + ": a conflict");
    s.reset();
  }

  SQLite::Database db_;
  SQLite::Statement start_{prepared(db_, pawl::update_sql<files_table, untracked, start_upload>)},
      upload_{prepared(db_, pawl::update_sql<files_table, uploading, complete_upload>)},
      process_{prepared(db_, pawl::update_sql<files_table, processing, complete_processing>)};
};

}  // namespace v11

#endif
