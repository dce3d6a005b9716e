// Opens a session with the first host of a connection string that can be used, each within a deadline.
#ifndef PAWL_POSTGRES_OPENING_HPP
#define PAWL_POSTGRES_OPENING_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/socket_wait.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/libpq.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/server_history.hpp>
#include <pawl/postgres/session.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Splits at commas; "" is one empty element, as in libpq.
inline std::vector<std::string> elements_of(std::string_view list) {
  std::vector<std::string> all;
  for (;;) {
    std::size_t const comma = list.find(',');
    all.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return all;
    list.remove_prefix(comma + 1);
  }
}

// One connection string for each host of a list. A port that is given once is that of all; other numbers of elements that
// differ are refused. target_session_attrs and connect_timeout are left out: pawl checks the one and has its own deadline.
inline std::vector<settings> settings_of_each_host(settings const& all) {
  std::vector<std::string> lists[3];
  std::string_view const names[] = {"host", "hostaddr", "port"};
  settings common;
  for (auto const& [name, value] : all) {
    auto const list = std::find(std::begin(names), std::end(names), name);
    if (list != std::end(names))
      lists[list - std::begin(names)] = elements_of(value);
    else if (name != "target_session_attrs" && name != "connect_timeout")
      common.emplace_back(name, value);
  }
  std::size_t const count = (std::max)({lists[0].size(), lists[1].size(), std::size_t{1}});
  std::vector<settings> each(count, common);
  for (std::size_t list = 0; list < 3; ++list) {
    auto const& given = lists[list];
    bool const for_all = list == 2 && given.size() == 1;
    if (!given.empty() && given.size() != count && !for_all)
      throw store_error(store_failure::refused, "pawl: the connection string of PostgreSQL names " +
                                                    std::to_string(count) + " hosts and " +
                                                    std::to_string(given.size()) + " of " + std::string(names[list]));
    for (std::size_t i = 0; i < count && !given.empty(); ++i) {
      std::string const& value = given[for_all ? 0 : i];
      if (list == 2 && value.find_first_not_of("0123456789") != std::string::npos)
        throw store_error(store_failure::refused, "pawl: a port in the connection string of PostgreSQL is no number");
      if (!value.empty()) each[i].emplace_back(names[list], value);
    }
  }
  return each;
}

inline std::string name_of_host(settings const& one) {
  std::string host = "the default host", port;
  for (auto const& [name, value] : one) {
    if (name == "host" || (name == "hostaddr" && host == "the default host")) host = value;
    if (name == "port") port = ":" + value;
  }
  return host + port;
}

// Verbose messages have the SQLSTATE between the severity, which may be translated, and the text: "FATAL:  28P01: ...".
inline std::string_view sqlstate_in(std::string_view message) {
  for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    std::string_view const code = message.substr(at + 3, 5);
    if (code.size() == 5 && message.substr(at + 8).starts_with(": ") &&
        code.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos)
      return code;
  }
  return {};
}
// A server that answers so will answer so again: the password, the user, the database or the rights are wrong.
inline bool is_refusal(std::string_view sqlstate) {
  return sqlstate.starts_with("28") || sqlstate.starts_with("3D") || sqlstate == "42501";
}

inline task<connection_handle> connect_host(event_loop& loop, settings one, connection::time_point until) {
  std::string const host = name_of_host(one);
  one.emplace_back("client_encoding", "UTF8");
  one.emplace_back("fallback_application_name", "pawl");
  std::vector<char const*> names, values;
  for (auto const& [name, value] : one) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  connection_handle c(PQconnectStartParams(names.data(), values.data(), 0));
  if (!c) throw store_error(store_failure::not_applied, "pawl: out of memory while connecting to PostgreSQL");
  PQsetErrorVerbosity(c.get(), PQERRORS_VERBOSE);
  auto state = PQstatus(c.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
    // libpq may close this socket and open another one of the same number: each wait has its own.
    pawl::detail::socket_wait wait(loop, PQsocket(c.get()));
    auto const interest = state == PGRES_POLLING_READING ? pawl::detail::socket_interest::readable
                                                         : pawl::detail::socket_interest::writable;
    auto waiting = wait.wait(interest, until);
    if (co_await std::move(waiting) == pawl::detail::socket_readiness::timed_out)
      throw connection_error(request_fate::not_sent, host + ": no session within the deadline");
    state = PQconnectPoll(c.get());
  }
  if (state == PGRES_POLLING_FAILED) {
    std::string said = message_of(c.get());
    said.resize((std::min)(said.find('\n'), said.size()));
    bool const lacks_password = PQconnectionNeedsPassword(c.get()) != 0;
    if (lacks_password || is_refusal(sqlstate_in(said))) throw store_error(store_failure::refused, host + ": " + said);
    throw connection_error(request_fate::not_sent, host + ": " + said);
  }
  PQsetErrorVerbosity(c.get(), PQERRORS_DEFAULT);
  co_return c;
}

struct opened_session {
  opened_session() = default;
  opened_session(std::unique_ptr<connection> c, server_facts f) : session(std::move(c)), facts(std::move(f)) {}

  std::unique_ptr<connection> session{};
  server_facts facts{};
};

inline task<opened_session> open_host(event_loop& loop, settings one, options chosen, server_history& history) {
  std::string const host = name_of_host(one);
  auto const until = std::chrono::steady_clock::now() + chosen.connect_within;
  auto connecting = connect_host(loop, std::move(one), until);
  auto session = std::make_unique<connection>(loop, co_await std::move(connecting));
  auto asking = ask_facts(*session, until);
  server_facts facts = co_await std::move(asking);
  if (facts.is_standby /*mutant standby_is_passed_over: && !OFF*/)
    throw connection_error(request_fate::not_sent, host + ": is a standby, which takes no writes");
  if (auto const why = why_unfit(facts, chosen); !why.empty())
    throw store_error(store_failure::refused, host + ": " + why);
  if (auto const why = history.accept(facts.identity); !why.empty())
    throw connection_error(request_fate::not_sent, host + ": " + why);
  // Behind a pooler, what a session sets or prepares would be other clients' too.
  session->use_names(facts.process == session->told_process());
  if (session->uses_names()) {
    auto setting = set_session(*session, facts, chosen, until);
    co_await std::move(setting);
  } else if (auto const why = why_unfit_behind_pooler(facts); !why.empty()) {
    throw store_error(store_failure::refused, host + ": the pooler's sessions have " + why + " for this role");
  }
  session->await_answers();
  co_return opened_session(std::move(session), std::move(facts));
}

// libpq breaks lines for a terminal.
inline std::string in_one_line(std::string_view message) {
  std::string line;
  for (char const c : message) {
    bool const is_space = c == ' ' || c == '\n' || c == '\t';
    if (!is_space)
      line += c;
    else if (!line.ends_with(' '))
      line += ' ';
  }
  return line;
}

// Throws store_error (refused) where each host refuses for good, else connection_error (not_sent); the message tells of
// each host, and never shows a password. Looking a name up blocks the loop, as libpq does it.
inline task<opened_session> open_session(event_loop& loop, std::string conninfo, options chosen,
                                         server_history& history) {
  check(chosen);
  std::string told;
  bool refused = true;
  for (settings const& one : settings_of_each_host(parse_conninfo(conninfo))) {
    try {
      auto opening = open_host(loop, one, chosen, history);
      co_return co_await std::move(opening);
    } catch (connection_error const& e) {
      refused = false;
      told += (told.empty() ? " " : "; ") + in_one_line(e.what());
    } catch (store_error const& e) {
      told += (told.empty() ? " " : "; ") + in_one_line(e.what());
    }
  }
  std::string const message = "pawl: no host of PostgreSQL can be used:" + told;
  if (refused) throw store_error(store_failure::refused, message);
  throw connection_error(request_fate::not_sent, message);
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
