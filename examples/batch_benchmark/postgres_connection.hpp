// A connection to a PostgreSQL server whose calls block, on libpq alone.
#ifndef BATCH_BENCHMARK_POSTGRES_CONNECTION_HPP
#define BATCH_BENCHMARK_POSTGRES_CONNECTION_HPP

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <libpq-fe.h>

namespace batch_benchmark {

// Keywords and values of a connection string; empty if libpq cannot read it.
using connection_settings = std::vector<std::pair<std::string, std::string>>;
connection_settings settings_of(std::string const& conninfo);
std::string conninfo_of(connection_settings const& settings);

struct clear_result {
  void operator()(PGresult* r) const noexcept { PQclear(r); }
};
using query_result = std::unique_ptr<PGresult, clear_result>;

// Each call throws failure (fatal) with what the server says, in one sentence.
class postgres_connection {
 public:
  explicit postgres_connection(std::string const& conninfo);

  void execute(std::string const& sql);     // one statement or several
  std::string ask(std::string const& sql);  // the first cell, or ""
  // Number of rows that the statement changed.
  int change(char const* sql, std::vector<char const*> const& parameters);
  // Calls `take` with each row; they are not collected first.
  void each_row(std::string const& sql, std::function<void(PGresult const*)> const& take);
  // COPY ... FROM STDIN: `next` fills in one line at a time, and answers false at the end.
  void copy_in(std::string const& sql, std::function<bool(std::string&)> const& next);

  // "app on db1": for people. Holds no password.
  std::string name() const;

 private:
  struct finish {
    void operator()(PGconn* c) const noexcept { PQfinish(c); }
  };
  query_result checked(PGresult* result);
  [[noreturn]] void fail();

  std::unique_ptr<PGconn, finish> connection_;
};

// A value as a line of COPY has it: what separates values and lines is escaped.
void append_copied(std::string& line, std::string_view value);

}  // namespace batch_benchmark

#endif
