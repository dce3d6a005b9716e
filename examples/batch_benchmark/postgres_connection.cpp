#include "postgres_connection.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include <pawl/report/escape.hpp>

#include "failure.hpp"

namespace batch_benchmark {

connection_settings settings_of(std::string const& conninfo) {
  char* said = nullptr;  // may quote a part of a password
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const parsed(PQconninfoParse(conninfo.c_str(), &said),
                                                                            &PQconninfoFree);
  if (said != nullptr) PQfreemem(said);
  connection_settings all;
  for (auto const* one = parsed.get(); one != nullptr && one->keyword != nullptr; ++one)
    if (one->val != nullptr) all.emplace_back(one->keyword, one->val);
  return all;
}

std::string conninfo_of(connection_settings const& settings) {
  std::string text;
  for (auto const& [name, value] : settings) {
    text += fmt::format("{}{}='", text.empty() ? "" : " ", name);
    for (char const c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += '\'';
  }
  return text;
}

// libpq's sentence, or several of them, in one line.
static std::string in_one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::string line;
  for (char const c : text) line += c == '\n' ? std::string("; ") : c == '\t' ? std::string(" ") : std::string(1, c);
  return pawl::escaped(line);
}

postgres_connection::postgres_connection(std::string const& conninfo) : connection_(PQconnectdb(conninfo.c_str())) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) fail();
  PQsetNoticeProcessor(
      connection_.get(), [](void*, char const*) {}, nullptr);
}

void postgres_connection::fail() {
  throw failure(exit_code::fatal, fmt::format("PostgreSQL: {}", in_one_line(PQerrorMessage(connection_.get()))));
}
query_result postgres_connection::checked(PGresult* result) {
  query_result held(result);
  auto const status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_SINGLE_TUPLE &&
      status != PGRES_COPY_IN)
    fail();
  return held;
}

void postgres_connection::execute(std::string const& sql) { checked(PQexec(connection_.get(), sql.c_str())); }
std::string postgres_connection::ask(std::string const& sql) {
  auto const answer = checked(PQexec(connection_.get(), sql.c_str()));
  return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}
int postgres_connection::change(char const* sql, std::vector<char const*> const& parameters) {
  auto const answer = checked(PQexecParams(connection_.get(), sql, static_cast<int>(parameters.size()), nullptr,
                                           parameters.data(), nullptr, nullptr, 0));
  return std::atoi(PQcmdTuples(answer.get()));
}

void postgres_connection::each_row(std::string const& sql, std::function<void(PGresult const*)> const& take) {
  if (PQsendQuery(connection_.get(), sql.c_str()) != 1 || PQsetSingleRowMode(connection_.get()) != 1) fail();
  while (auto* const one = PQgetResult(connection_.get())) {
    auto const row = checked(one);
    if (PQresultStatus(row.get()) == PGRES_SINGLE_TUPLE) take(row.get());
  }
}

void postgres_connection::copy_in(std::string const& sql, std::function<bool(std::string&)> const& next) {
  checked(PQexec(connection_.get(), sql.c_str()));
  for (std::string line; line.clear(), next(line);)
    if (PQputCopyData(connection_.get(), line.data(), static_cast<int>(line.size())) != 1) fail();
  if (PQputCopyEnd(connection_.get(), nullptr) != 1) fail();
  while (auto* const one = PQgetResult(connection_.get())) checked(one);
}

std::string postgres_connection::name() const {
  return fmt::format("{} on {}", pawl::escaped(PQdb(connection_.get())), pawl::escaped(PQhost(connection_.get())));
}

void append_copied(std::string& line, std::string_view value) {
  for (char const c : value) switch (c) {
      case '\\':
        line += "\\\\";
        break;
      case '\t':
        line += "\\t";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      default:
        line += c;
    }
}

}  // namespace batch_benchmark
