// Checks a session that was just opened, and sets what a role or a database may have set otherwise.
#ifndef PAWL_POSTGRES_SESSION_HPP
#define PAWL_POSTGRES_SESSION_HPP

#include <algorithm>
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
  std::string synchronous_commit{}, messages{};  // `messages`: client_min_messages
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
      "current_setting('client_encoding'),current_setting('synchronous_commit'),current_setting('client_min_messages'),"
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
  facts.messages = row.cell(0, 5);
  facts.identity.system = row.value<std::int64_t>(0, 6).value_or(0);
  if (!row.is_null(0, 7)) facts.identity.timeline = timeline_of(row.cell(0, 7));
  co_return facts;
}

// Why this server cannot be used, whatever is set; empty where it can.
inline std::string why_unfit(server_facts const& facts, options const& chosen) {
  if (facts.release < oldest_release)
    return "is PostgreSQL " + std::to_string(facts.release / 10000) + "; 15 or newer is needed";
  bool const is_weak = facts.synchronous_commit == "off" || facts.synchronous_commit == "local";
  if (is_weak && chosen.durable == durability::power_loss)
    return "has synchronous_commit=" + facts.synchronous_commit + " for this role, and a crash of " +
           (facts.synchronous_commit == "off" ? "it" : "its machine, with a standby promoted,") +
           " would lose commits; set it on, or ask for durability::process_crash";
  return {};
}

// What no pooler lets a client set, and must be set for the role; empty where it fits.
inline std::string why_unfit_behind_pooler(server_facts const& facts) {
  if (facts.encoding != "UTF8") return "client_encoding=" + facts.encoding + "; set it to UTF8";
  bool const is_silent = facts.messages == "error" || facts.messages == "fatal" || facts.messages == "panic";
  if (is_silent) return "client_min_messages=" + facts.messages + ", which hides warnings of COMMIT; set it to warning";
  return {};
}

// So long a statement waits for a lock of another transaction: shorter than options::answer_within, after which nobody
// would know what became of it.
inline constexpr std::chrono::milliseconds longest_lock_timeout{2000};
inline std::chrono::milliseconds lock_timeout_of(options const& chosen) {
  return std::clamp(chosen.answer_within / 3, std::chrono::milliseconds(1), longest_lock_timeout);
}

// See session_settings().
inline constexpr std::string_view plans_not_used[] = {"enable_seqscan", "enable_hashjoin", "enable_mergejoin",
                                                      "enable_bitmapscan"};

// What each session sets. Plans by statistics are wrong for arrays of keys: a table just loaded says that no row is in a
// state, and the server compares each element with each row; hash joins also lock in the order of the heap. Timeouts are
// the client's own, but for that of locks: one of the server's would end a session between two requests. A warning of COMMIT
// must arrive, and what COMMIT waits for stays as it was found. No JIT: a plan that cannot do without what
// is off here has a cost for which it would be compiled, half a second at each execution.
inline std::vector<std::pair<std::string, std::string>> session_settings(server_facts const& facts,
                                                                         options const& chosen) {
  std::vector<std::pair<std::string, std::string>> all{
      {"client_encoding", "UTF8"},
      {"DateStyle", "ISO, MDY"},
      {"standard_conforming_strings", "on"},
      {"default_transaction_isolation", "read committed"},
      {"default_transaction_read_only", "off"},
      {"default_transaction_deferrable", "off"},
      {"statement_timeout", "0"},
      {"lock_timeout", std::to_string(lock_timeout_of(chosen).count())},
      {"client_min_messages", "warning"},
      {"synchronous_commit", facts.synchronous_commit},
      {"idle_in_transaction_session_timeout", "0"},
      {"idle_session_timeout", "0"},
      {"plan_cache_mode", "force_generic_plan"},
      {"jit", "off"}};
  for (std::string_view const off : plans_not_used) all.emplace_back(off, "off");
  if (facts.release >= 170000) all.emplace_back("transaction_timeout", "0");
  return all;
}

// Begins a transaction that may write, whatever the role's is.
inline constexpr std::string_view begin_write_sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
// Of session_settings(), what plans and locks need, for the transaction in which it stands, or for what is sent with it
// outside of one: behind a pooler no session keeps settings.
inline std::string local_settings_sql(std::chrono::milliseconds lock_timeout) {
  std::string sql = "SELECT set_config('lock_timeout','" + std::to_string(lock_timeout.count()) +
                    "',true),set_config('jit','off',true)";
  for (std::string_view const off : plans_not_used) sql += ",set_config('" + std::string(off) + "','off',true)";
  return sql;
}

inline task<void> set_session(connection& session, server_facts facts, options chosen, connection::time_point until) {
  array_builder<std::string> names, values;
  for (auto const& [name, value] : session_settings(facts, chosen)) {
    names.add(name);
    values.add(value);
  }
  std::vector<parameter> parameters;
  parameters.push_back(names.take());
  parameters.push_back(values.take());
  request what;
  what.add(std::string(begin_write_sql));
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
