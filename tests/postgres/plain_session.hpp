// Plain sessions with a server: the tests of SQL texts talk to it through libpq alone, and share no code with what they test.
#ifndef PAWL_TESTS_POSTGRES_PLAIN_SESSION_HPP
#define PAWL_TESTS_POSTGRES_PLAIN_SESSION_HPP

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <libpq-fe.h>

#include "postgres/temporary_server.hpp"

namespace postgres_test {

using cell = std::optional<std::string>;

struct result {
  std::vector<std::vector<cell>> rows{};
  std::string sqlstate{}, message{};  // empty: it succeeded
  std::string tag{};

  bool ok() const { return sqlstate.empty() && message.empty(); }
  std::string const& at(std::size_t row, std::size_t column) const { return rows.at(row).at(column).value(); }
};

// An array parameter, as PostgreSQL reads one from text; an element without a value is NULL.
inline std::string array_of(std::vector<cell> const& elements) {
  std::string all = "{";
  for (cell const& one : elements) {
    if (all.size() > 1) all += ',';
    if (!one) {
      all += "NULL";
      continue;
    }
    all += '"';
    for (char const c : *one) {
      if (c == '"' || c == '\\') all += '\\';
      all += c;
    }
    all += '"';
  }
  return all + "}";
}

// Bytes as PostgreSQL reads a bytea from text.
inline std::string as_bytea(std::string_view key) {
  std::string hex = "\\x";
  for (char const c : key)
    for (int const shift : {4, 0}) hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15];
  return hex;
}

class session {
 public:
  explicit session(std::string const& conninfo) : connection_(PQconnectdb(conninfo.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    PQsetNoticeProcessor(
        connection_.get(), [](void*, char const*) {}, nullptr);
  }

  result run(std::string const& sql, std::vector<cell> const& parameters = {}) {
    std::vector<char const*> values;
    for (cell const& one : parameters) values.push_back(one ? one->c_str() : nullptr);
    auto const answer = std::unique_ptr<PGresult, decltype(&PQclear)>(
        PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                     nullptr, 0),
        &PQclear);
    return read(answer.get());
  }
  // Throws where it fails.
  result must(std::string const& sql, std::vector<cell> const& parameters = {}) {
    result done = run(sql, parameters);
    if (!done.ok()) throw std::runtime_error(done.sqlstate + " " + done.message + " in: " + sql);
    return done;
  }
  // What NOTIFY has sent until now on a channel that it listens to.
  std::vector<std::string> hints() {
    must("SELECT 1");
    std::vector<std::string> all;
    while (PGnotify* const one = PQnotifies(connection_.get())) {
      all.emplace_back(one->extra);
      PQfreemem(one);
    }
    return all;
  }
  // Several statements in one text.
  void script(std::string const& sql) {
    auto const answer = std::unique_ptr<PGresult, decltype(&PQclear)>(PQexec(connection_.get(), sql.c_str()), &PQclear);
    if (result const done = read(answer.get()); !done.ok()) throw std::runtime_error(done.message + " in: " + sql);
  }

 private:
  static result read(PGresult* answer) {
    result to;
    auto const status = PQresultStatus(answer);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      char const* const code = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
      to.sqlstate = code != nullptr ? code : "?";
      to.message = PQresultErrorMessage(answer);
      return to;
    }
    to.tag = PQcmdStatus(answer);
    for (int row = 0; row < PQntuples(answer); ++row) {
      auto& cells = to.rows.emplace_back();
      for (int column = 0; column < PQnfields(answer); ++column)
        cells.push_back(PQgetisnull(answer, row, column) != 0 ? cell() : cell(PQgetvalue(answer, row, column)));
    }
    return to;
  }

  struct finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  std::unique_ptr<PGconn, finish> connection_;
};

// Returns once some session of the server waits for a lock that another one holds.
inline void wait_until_one_is_blocked(session& sql) {
  for (int i = 0; i < 5000; ++i) {
    if (sql.must("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type='Lock'").at(0, 0) != "0") return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw std::runtime_error("no session waits for a lock");
}

// A session in an empty schema of its own.
class own_schema {
 public:
  explicit own_schema(temporary_server const& on = temporary_server::of_this_program())
      : sql(on.conninfo()), name_("t" + std::to_string(++count())), server_(on) {
    sql.script("CREATE SCHEMA " + name_ + ";SET search_path=" + name_ + ";SET plan_cache_mode=force_generic_plan");
  }
  own_schema(own_schema const&) = delete;
  own_schema& operator=(own_schema const&) = delete;
  ~own_schema() { sql.run("DROP SCHEMA " + name_ + " CASCADE"); }

  std::string const& name() const { return name_; }
  // Another session in the same schema.
  session another() const {
    session one(server_.conninfo());
    one.script("SET search_path=" + name_);
    return one;
  }

  session sql;

 private:
  static int& count() {
    static int schemas = 0;
    return schemas;
  }
  std::string name_;
  temporary_server const& server_;
};

}  // namespace postgres_test

#endif
