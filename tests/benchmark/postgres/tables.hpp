// The two tables, each in a schema of its own on the server, and the hand-written loop that is the baseline.
#ifndef PAWL_TESTS_BENCHMARK_POSTGRES_TABLES_HPP
#define PAWL_TESTS_BENCHMARK_POSTGRES_TABLES_HPP

#include <cstddef>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include <pawl/loop/loop.hpp>
#include <pawl/postgres/database.hpp>
#include <pawl/postgres/store.hpp>
#include <pawl/queue/commit_queue.hpp>

#include "../examples/batch_benchmark/postgres_table.hpp"
#include "postgres/plain_session.hpp"
#include "postgres/temporary_server.hpp"
#include "store/filing.hpp"

namespace server_benchmark {

using namespace filing;
using postgres_test::session;

// What the remote answers is made up before anything is measured.
struct source {
  std::string path, id, uri, document;
};
inline std::string path_of(std::size_t number) {
  char path[40];
  std::snprintf(path, sizeof path, "/bench/file_%07zu.txt", number);
  return path;
}
inline std::vector<source> const& sources(std::size_t count) {
  static std::vector<source> all;
  while (all.size() < count) {
    auto const path = path_of(all.size() + 1);
    all.push_back({path, "files/mock_" + path, "uri://mock_" + path, "doc_" + path});
  }
  return all;
}
// The paths of the first rows, as SQL.
inline std::string paths_sql(std::size_t rows) {
  return "SELECT '/bench/file_'||lpad(i::text,7,'0')||'.txt' AS path,i FROM generate_series(1," + std::to_string(rows) +
         ") AS i";
}

// The original's.
struct v11 {
  static constexpr char const* table = "files";
  using store = pawl::postgres::store<files_table>;

  static void make(session& sql, std::size_t rows) {
    sql.script(postgres_files_schema);
    sql.script(
        "INSERT INTO files(file_path,content_hash,filename,file_size) SELECT path,md5(path),substr(path,8),1024 FROM "
        "(" +
        paths_sql(rows) + ") AS p");
  }
  static constexpr char const* reset_sql =
      "UPDATE files SET gemini_state='untracked',version=0,gemini_state_updated_at=NULL,gemini_file_id=NULL,"
      "gemini_file_uri=NULL,gemini_store_doc_id=NULL,upload_timestamp=NULL WHERE version>0";
  static constexpr char const* indexed_sql = "SELECT count(*) FROM files WHERE gemini_state='indexed' AND version=3";
};

// pawl's own, which the store makes.
struct own {
  static constexpr char const* table = "file_lifecycle";
  using store = pawl::postgres::store<file_lifecycle>;

  static void make(session& sql, std::size_t rows) {
    sql.script(
        "INSERT INTO file_lifecycle(key,state,version,changed_at) SELECT convert_to(path,'UTF8'),0,0,now() FROM (" +
        paths_sql(rows) + ") AS p");
  }
  static constexpr char const* reset_sql =
      "UPDATE file_lifecycle SET state=0,version=0,on_complete_upload=NULL,on_complete_processing=NULL WHERE version>0";
  static constexpr char const* indexed_sql = "SELECT count(*) FROM file_lifecycle WHERE state=3 AND version=3";
  static_assert(static_cast<int>(untracked) == 0 && static_cast<int>(indexed) == 3);
};

// A table in a schema of its own, with a session for what is not measured.
template <class Table> class place {
 public:
  place(temporary_server const& server, std::string const& schema)
      : conninfo_(server.conninfo("user=postgres options='-c search_path=" + schema + "'")), sql(conninfo_) {
    sql.script("CREATE SCHEMA " + schema);
  }
  std::string const& conninfo() const { return conninfo_; }
  void reset() {
    sql.script(Table::reset_sql);
    sql.script(std::string("VACUUM ") + Table::table);  // as the server does by itself, a minute later
  }
  std::size_t indexed_files() { return std::stoul(sql.must(Table::indexed_sql).at(0, 0)); }

 private:
  std::string conninfo_;

 public:
  session sql;
};

// libpq and nothing else: a prepared UPDATE for each event, one transaction for each transition, one connection. The time
// that it stamps is a constant.
class raw_loop {
 public:
  explicit raw_loop(std::string const& conninfo) : connection_(PQconnectdb(conninfo.c_str()), &PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    prepare("start", postgres_update(start_upload()));
    prepare("upload", postgres_update(complete_upload()));
    prepare("process", postgres_update(complete_processing()));
  }
  void operator()(source const& file) {
    move("start", {now, file.path.c_str(), "0"});
    move("upload", {now, file.path.c_str(), "1", file.id.c_str(), file.uri.c_str()});
    move("process", {now, file.path.c_str(), "2", file.document.c_str()});
  }

 private:
  static constexpr char const* now = "2026-01-01T00:00:00.000000";
  using result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  void prepare(char const* name, char const* sql) {
    result const done(PQprepare(connection_.get(), name, sql, 0, nullptr), &PQclear);
    if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
  }
  void move(char const* name, std::vector<char const*> const& parameters) {
    result const done(PQexecPrepared(connection_.get(), name, static_cast<int>(parameters.size()), parameters.data(),
                                     nullptr, nullptr, 0),
                      &PQclear);
    if (PQresultStatus(done.get()) != PGRES_COMMAND_OK || std::string_view(PQcmdTuples(done.get())) != "1")
      throw std::runtime_error(std::string(parameters[1]) + ": " + PQerrorMessage(connection_.get()));
  }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

// The same through pawl: a table with its store and its queue.
template <class Table> class setting {
 public:
  setting(temporary_server const& server, std::string const& schema, std::size_t rows, std::size_t batch)
      : at(server, schema), database(loop, at.conninfo()), queue(loop, store, {.batch = batch}) {
    if constexpr (Table::store::inserts) loop.wait(store.open());
    Table::make(at.sql, rows);
    at.sql.script(std::string("VACUUM ANALYZE ") + Table::table);
    loop.wait(store.open());
  }

  place<Table> at;
  pawl::loop<> loop{};
  pawl::postgres::database database;
  typename Table::store store{database};
  pawl::commit_queue<typename Table::store, pawl::loop<>> queue;
};

}  // namespace server_benchmark

#endif
