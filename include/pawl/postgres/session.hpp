// Checks a session that was just opened, and sets what a role or a database may have set otherwise.
#ifndef PAWL_POSTGRES_SESSION_HPP
#define PAWL_POSTGRES_SESSION_HPP

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/server_history.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

struct server_facts {
  int process = 0;  // of the server process that answers
  int release = 0;  // 150020 is 15.20
  bool is_standby = false;
  std::string encoding{};
  std::string synchronous_commit{};
  server_identity identity{};
};

inline constexpr int oldest_release = 150000;

// Text of pg_walfile_name: its first eight hexadecimal digits are the timeline.
inline std::uint32_t timeline_of(std::string_view file) {
  std::uint32_t timeline = 0;
  std::string_view const digits = file.substr(0, 8);
  auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), timeline, 16);
  return failed == std::errc{} && end == digits.data() + 8 ? timeline : 0;
}

inline task<server_facts> ask_facts(connection& session, connection::time_point until) {
  request what;
  what.add(
      "SELECT pg_backend_pid(),current_setting('server_version_num')::int4,pg_is_in_recovery(),"
      "current_setting('client_encoding'),current_setting('synchronous_commit'),"
      "(SELECT system_identifier FROM pg_control_system()),"
      "CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_lsn()) END");
  auto asking = session.ask(what, until);
  reply const given = co_await std::move(asking);
  if (auto const* const failed = given.first_failure())
    throw store_error(store_failure::refused,
                      "pawl: the server does not tell what it is: " + std::string(failed->message()));
  answer const& row = given[0];
  server_facts facts;
  facts.process = row.value<std::int32_t>(0, 0).value_or(0);
  facts.release = row.value<std::int32_t>(0, 1).value_or(0);
  facts.is_standby = row.value<bool>(0, 2).value_or(true);
  facts.encoding = row.cell(0, 3);
  facts.synchronous_commit = row.cell(0, 4);
  facts.identity.system = row.value<std::int64_t>(0, 5).value_or(0);
  if (!row.is_null(0, 6)) facts.identity.timeline = timeline_of(row.cell(0, 6));
  co_return facts;
}

// Why this server cannot be used, whatever is set; empty where it can.
inline std::string why_unfit(server_facts const& facts, options const& chosen) {
  if (facts.release < oldest_release)
    return "is PostgreSQL " + std::to_string(facts.release / 10000) + "; 15 or newer is needed";
  if (facts.synchronous_commit == "off" && chosen.durable == durability::power_loss)
    return "has synchronous_commit=off for this role, and a crash of it would lose commits; set it on, or ask for "
           "durability::process_crash";
  return {};
}

// What each session sets. Plans by statistics are wrong for arrays of keys: a table just loaded says that no row is in a
// state, and the server compares each element with each row; hash joins also lock in the order of the heap. Timeouts are
// the client's own: one of the server's would end a session between two requests. No JIT: a plan that cannot do without what
// is off here has a cost for which it would be compiled, half a second at each execution.
inline std::vector<std::pair<std::string, std::string>> session_settings(int release) {
  std::vector<std::pair<std::string, std::string>> all{{"client_encoding", "UTF8"},
                                                       {"DateStyle", "ISO, MDY"},
                                                       {"standard_conforming_strings", "on"},
                                                       {"default_transaction_isolation", "read committed"},
                                                       {"default_transaction_read_only", "off"},
                                                       {"default_transaction_deferrable", "off"},
                                                       {"statement_timeout", "0"},
                                                       {"lock_timeout", "0"},
                                                       {"idle_in_transaction_session_timeout", "0"},
                                                       {"idle_session_timeout", "0"},
                                                       {"plan_cache_mode", "force_generic_plan"},
                                                       {"enable_seqscan", "off"},
                                                       {"enable_hashjoin", "off"},
                                                       {"enable_mergejoin", "off"},
                                                       {"enable_bitmapscan", "off"},
                                                       {"jit", "off"}};
  if (release >= 170000) all.emplace_back("transaction_timeout", "0");
  return all;
}

inline task<void> set_session(connection& session, int release, connection::time_point until) {
  array_builder<std::string> names, values;
  for (auto const& [name, value] : session_settings(release)) {
    names.add(name);
    values.add(value);
  }
  std::vector<parameter> parameters;
  parameters.push_back(names.take());
  parameters.push_back(values.take());
  request what;
  // In a transaction of its own that may write, whatever the role's is.
  what.add("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  what.add("SELECT set_config(n,v,false) FROM unnest($1::text[],$2::text[]) AS u(n,v)", std::move(parameters));
  what.add("COMMIT");
  auto asking = session.ask(what, until);
  reply const given = co_await std::move(asking);
  if (auto const* const failed = given.first_failure())
    throw store_error(store_failure::refused,
                      "pawl: the session with PostgreSQL cannot be set up: " + std::string(failed->message()));
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
