// The two tables measured, each filled as a user would fill it.
#ifndef PAWL_TESTS_BENCHMARK_SCALE_TABLES_HPP
#define PAWL_TESTS_BENCHMARK_SCALE_TABLES_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/store.hpp>

#include "store/filing.hpp"

namespace scale {

using namespace filing;

// Rows of one transaction while a table is filled.
constexpr std::size_t rows_at_once = 10'000;

// Paths in the order of their numbers: of the thousands, and of the number.
constexpr char const path_format[] = "/library/shelf %06zu/file %09zu.txt";
inline std::string path_of(std::size_t number) {
  char text[64];
  std::snprintf(text, sizeof text, path_format, number / 1000, number);
  return text;
}

// `insert(number)` for each of the rows, so many in a transaction.
template <class Insert> void in_transactions(pawl::sqlite::database& db, std::size_t rows, Insert insert) {
  for (std::size_t i = 0; i < rows;) {
    db.begin();
    for (auto const end = (std::min)(rows, i + rows_at_once); i < end; ++i) insert(i);
    db.commit();
  }
}

// pawl's own table.
struct own {
  static constexpr std::string_view name = "own", title = "pawl's own";
  static constexpr std::size_t bytes_a_row = 200;  // about, with its index and what events record
  using store = pawl::sqlite::store<file_lifecycle>;

  static void make(pawl::sqlite::database& db) { store{db}; }
  static void fill(pawl::sqlite::database& db, std::size_t rows) {
    store files{db};
    in_transactions(db, rows, [&](std::size_t i) { files.insert_if_absent(path_of(i)); });
  }
};

// The user's own, schema V11 of the benchmark's original, by the user's own INSERT: rows of about 0.9 KB.
struct v11 {
  static constexpr std::string_view name = "v11", title = "V11";
  static constexpr std::size_t bytes_a_row = 1100;
  using store = pawl::sqlite::store<files_table>;

  static void make(pawl::sqlite::database& db) { db.execute(files_schema); }
  static void fill(pawl::sqlite::database& db, std::size_t rows) {
    auto insert = db.prepare(
        "INSERT INTO files(file_path,content_hash,filename,file_size,metadata_json,mtime,last_upload_hash,"
        "embedding_model_version) VALUES(?1,?2,?3,?4,?5,?6,?2,'model-2026-01')");
    std::string const metadata = "{\"title\":\"" + std::string(60, 't') + "\",\"summary\":\"" + std::string(380, 's') +
                                 "\",\"tags\":[\"one\",\"two\",\"three\"]}";
    in_transactions(db, rows, [&](std::size_t i) {
      auto const path = path_of(i);
      auto const hash = hash_of(i);
      insert.bind(1, std::string_view(path));
      insert.bind(2, std::string_view(hash));
      insert.bind(3, std::string_view(path).substr(path.rfind('/') + 1));
      insert.bind(4, 1024 + i % 65'536);
      insert.bind(5, std::string_view(metadata));
      insert.bind(6, 1.7e9 + static_cast<double>(i));
      insert.step();
      insert.reset();
    });
  }

 private:
  // 64 digits that differ from row to row, as SHA-256 has them.
  static std::string hash_of(std::size_t number) {
    char text[65];
    auto part = static_cast<std::uint64_t>(number);
    for (std::size_t at = 0; at < 64; at += 16) {
      part = part * 6364136223846793005U + 1442695040888963407U;
      std::snprintf(text + at, sizeof text - at, "%016llx", static_cast<unsigned long long>(part));
    }
    return text;
  }
};

}  // namespace scale

#endif
