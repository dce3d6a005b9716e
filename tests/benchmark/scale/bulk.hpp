// Very many items in one call: the keys of another table, and of a range; and ten processes that all begin with that.
#ifndef PAWL_TESTS_BENCHMARK_SCALE_BULK_HPP
#define PAWL_TESTS_BENCHMARK_SCALE_BULK_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sqlite3.h>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "benchmark/measuring.hpp"
#include "child.hpp"
#include "tables.hpp"

namespace scale {

enum class key_size : std::uint8_t { of_16_bytes, of_45_bytes };

// So many keys in their order, each made when it is asked for.
class key_range {
 public:
  key_range(std::size_t rows, key_size size) : rows_(rows), size_(size) {}
  class iterator {
   public:
    iterator(std::size_t at, key_size size) : at_(at), size_(size) {}
    std::string_view operator*() {
      auto const size = size_ == key_size::of_45_bytes
                            ? std::snprintf(text_, sizeof text_, path_format, at_ / 1000, at_)
                            : std::snprintf(text_, sizeof text_, "file %011zu", at_);
      return {text_, static_cast<std::size_t>(size)};
    }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(iterator const& other) const { return at_ != other.at_; }

   private:
    std::size_t at_;
    key_size size_;
    char text_[64];
  };
  iterator begin() const { return {0, size_}; }
  iterator end() const { return {rows_, size_}; }

 private:
  std::size_t rows_;
  key_size size_;
};

inline pawl::sql_statement const all_keys = pawl::sql("SELECT name FROM names");

// The same number of rows into an empty table, each time in a database made anew, which has the keys in another table.
class bulk {
 public:
  bulk(std::filesystem::path const& folder, std::size_t rows, key_size size)
      : file_((folder / (size == key_size::of_16_bytes ? "of 16.db" : "of 45.db")).string()),
        rows_(rows),
        keys_(rows, size) {}

  // The same statement by SQLite alone, with pawl's checkpoint behind it.
  double plain() {
    return rate([this](auto& files) {
      auto& db = files.db();
      sqlite3_update_hook(db.handle(), nullptr, nullptr);
      db.begin();
      db.execute(
          "INSERT INTO file_lifecycle(key,state,version,changed_at) SELECT name,0,0,1790000000000000 FROM names");
      db.commit();
      return rows_;
    });
  }

  double one_by_one() {
    return rate([this](auto& files) {
      files.db().begin();
      for (auto const key : keys_) files.insert_if_absent(key);
      files.db().commit();
      return rows_;
    });
  }
  double many() {
    return rate([this](auto& files) { return files.insert_many(keys_); });
  }
  double from_a_query() {
    return rate([](auto& files) { return files.insert_from(all_keys); });
  }

  // How long so many processes take to open the store and to insert the same keys, which are all there.
  double seconds_of_starts(std::string const& word, std::size_t processes) {
    measuring::stopwatch const watch;
    std::vector<std::future<std::string>> all;
    for (std::size_t i = 0; i < processes; ++i)
      all.push_back(std::async(std::launch::async, [&] { return output_of_self({word, file_}); }));
    for (auto& one : all) one.get();
    return watch.seconds();
  }
  static void start(std::string const& file) {
    pawl::sqlite::database db(file, {.durable = pawl::sqlite::durability::process_crash});
    own::store files{db};
    if (files.insert_from(all_keys) != 0) throw std::runtime_error("scale: a key was not there");
  }

 private:
  template <class Insert> double rate(Insert insert) {
    for (auto const* part : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + part);
    pawl::sqlite::database db(file_, {.durable = pawl::sqlite::durability::process_crash});
    own::make(db);
    db.execute("CREATE TABLE names(name TEXT)");
    db.begin();
    auto add = db.prepare("INSERT INTO names VALUES(?1)");
    for (auto const key : keys_) {
      add.bind(1, key);
      add.step();
      add.reset();
    }
    db.commit();
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    own::store files{db};
    measuring::stopwatch const watch;
    if (insert(files) != rows_) throw std::runtime_error("scale: not every key was inserted");
    return static_cast<double>(rows_) / watch.seconds();
  }

  std::string file_;
  std::size_t rows_;
  key_range keys_;
};

// The hidden command line of a process that starts: its file.
constexpr char const* start_word = "a-start";

inline void measure_bulk(std::filesystem::path const& folder, std::size_t rows, std::size_t rounds) {
  bulk small(folder, rows, key_size::of_16_bytes), b(folder, rows, key_size::of_45_bytes);
  measuring::contest ways;
  ways.enter("16: query", [&] { return small.from_a_query(); });
  ways.enter("one by one", [&] { return b.one_by_one(); });
  ways.enter("plain", [&] { return b.plain(); });
  ways.enter("many", [&] { return b.many(); });
  ways.enter("query", [&] { return b.from_a_query(); });
  ways.run(rounds);
  measuring::figure("scale.insert_from.own.keys_of_16_bytes_per_second", ways.median_of("16: query"),
                    measuring::at_least(1'500'000));
  measuring::figure("scale.insert.own.in_one_transaction_per_second", ways.median_of("one by one"));
  measuring::figure("scale.insert_many.own.per_second", ways.median_of("many"));
  measuring::figure("scale.insert_many.own.vs_one_by_one", ways.ratio("many", "one by one"));
  measuring::figure("scale.insert_from.own.per_second", ways.median_of("query"));
  measuring::figure("scale.insert_from.own.vs_one_by_one", ways.ratio("query", "one by one"));
  measuring::figure("scale.insert_from.own.vs_plain_sqlite", ways.ratio("query", "plain"), measuring::at_least(0.9));

  auto const cores = (std::max)(1U, std::thread::hardware_concurrency());
  auto const in_turns = static_cast<double>((10 + cores - 1) / cores);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < rounds; ++i)
    ratios.push_back(b.seconds_of_starts(start_word, 10) / b.seconds_of_starts(start_word, 1) / in_turns);
  // 1: ten on so many cores take no longer than if none knew of another.
  measuring::figure("scale.insert_from.ten_starts_vs_one_and_cores", measuring::median(ratios),
                    measuring::at_most(1.2));
}

}  // namespace scale

#endif
