#include "postgres_files.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <random>
#include <string_view>

#include <fmt/format.h>

#include "failure.hpp"
#include "postgres_table.hpp"

namespace batch_benchmark {

static constexpr std::string_view indexed_sql =
    "SELECT file_path, content_hash, filename, file_size, gemini_file_id, gemini_file_uri, gemini_store_doc_id, "
    "upload_timestamp, gemini_state_updated_at, error_message FROM files WHERE gemini_state='indexed' AND version=3";

// So many rows take a few milliseconds.
static constexpr std::size_t rows_between_looks = 4096;

// No other driver on this server has it.
static std::string new_schema() {
  std::random_device random;
  return fmt::format("batch_benchmark_{:08x}{:08x}", random(), random());
}

// The same server and user; each session begins in the schema, and commits as durably as it was asked for.
static std::string conninfo_in(std::string const& conninfo, std::string const& schema, durability kept) {
  auto settings = settings_of(conninfo);
  auto const mine =
      fmt::format("-c search_path={} -c synchronous_commit={}", schema, kept == durability::full ? "on" : "off");
  auto const found = std::find_if(settings.begin(), settings.end(), [](auto const& s) { return s.first == "options"; });
  if (found != settings.end()) {
    found->second += ' ' + mine;
  } else {
    char const* const usual = std::getenv("PGOPTIONS");  // which the connection string overrides
    settings.emplace_back("options", (usual != nullptr ? std::string(usual) + ' ' : std::string()) + mine);
  }
  return conninfo_of(settings);
}

postgres_files::postgres_files(std::string const& conninfo, file_set const& files, durability kept, bool keep_schema,
                               std::function<bool()> const& stopped)
    : files_(files),
      kept_(kept),
      keep_schema_(keep_schema),
      schema_(new_schema()),
      conninfo_(conninfo_in(conninfo, schema_, kept)),
      connection_(conninfo_) {
  connection_.execute("CREATE SCHEMA " + schema_);
  try {
    fill(stopped);
  } catch (failure const&) {
    connection_.execute("DROP SCHEMA " + schema_ + " CASCADE");
    throw;
  }
}

postgres_files::~postgres_files() {
  if (keep_schema_) return;
  try {
    connection_.execute("DROP SCHEMA " + schema_ + " CASCADE");
  } catch (failure const& e) {
    fmt::print(stderr, "batch_benchmark: the schema {} was not dropped: {}\n", schema_, e.what());
  }
}

void postgres_files::fill(std::function<bool()> const& stopped) {
  connection_.execute(postgres_files_schema);
  std::size_t number = 0;
  connection_.copy_in("COPY files(file_path,content_hash,filename,file_size) FROM STDIN", [&](std::string& line) {
    if (number == files_.size() || (number % rows_between_looks == 0 && stopped())) return false;
    auto const file = files_[number++];
    for (auto const& value : {file.path, file.content_hash, file.name()}) {
      append_copied(line, value);
      line += '\t';
    }
    line += fmt::format("{}\n", file.size);
    return true;
  });
  connection_.execute("ANALYZE files");
}

std::variant<sqlite_place, postgres_place> postgres_files::place() const {
  postgres_place at{conninfo_, {}};
  at.options.durable =
      kept_ == durability::full ? pawl::postgres::durability::power_loss : pawl::postgres::durability::process_crash;
  return at;
}

void postgres_files::reset() { connection_.execute(std::string(reset_sql)); }

files_database::verdict postgres_files::verify() {
  verdict found;
  connection_.each_row(std::string(indexed_sql), [&](PGresult const* row) {
    ++found.indexed;
    auto const text = [row](int column) {
      return std::string_view(PQgetvalue(row, 0, column), static_cast<std::size_t>(PQgetlength(row, 0, column)));
    };
    indexed_row held{text(0), text(1), text(2), text(4), text(5),
                     text(6), text(7), text(8), 0,       PQgetisnull(row, 0, 9) == 0};
    std::from_chars(text(3).data(), text(3).data() + text(3).size(), held.size);
    auto const number = files_.number_of(held.path);
    if (number && is_right(held, files_[*number])) ++found.right;
  });
  return found;
}

std::uintmax_t postgres_files::log_size() {
  auto const text = connection_.ask("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint");
  std::uintmax_t size = 0;
  std::from_chars(text.data(), text.data() + text.size(), size);
  return size;
}

}  // namespace batch_benchmark
