// Owns what libpq allocates: connections, results and parsed connection strings. The only header that names <libpq-fe.h>.
#ifndef PAWL_POSTGRES_LIBPQ_HPP
#define PAWL_POSTGRES_LIBPQ_HPP

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <libpq-fe.h>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

struct finish_connection {
  void operator()(PGconn* c) const noexcept { PQfinish(c); }
};
struct clear_result {
  void operator()(PGresult* r) const noexcept { PQclear(r); }
};
struct free_settings {
  void operator()(PQconninfoOption* o) const noexcept { PQconninfoFree(o); }
};
using connection_handle = std::unique_ptr<PGconn, finish_connection>;
using result_handle = std::unique_ptr<PGresult, clear_result>;
using settings_handle = std::unique_ptr<PQconninfoOption, free_settings>;

inline std::string_view text_or_nothing(char const* text) noexcept {
  return text != nullptr ? std::string_view(text) : std::string_view();
}
// What libpq says of the connection, without its last line break.
inline std::string message_of(PGconn* c) {
  std::string_view said = text_or_nothing(PQerrorMessage(c));
  while (said.ends_with('\n')) said.remove_suffix(1);
  return std::string(said);
}

// libpq takes what follows the first '@' or '/' of a URI for its host or database, and names these in messages: of a
// password with one of them, a part.
inline bool may_misread_password(std::string_view conninfo) {
  if (!conninfo.starts_with("postgresql://") && !conninfo.starts_with("postgres://")) return false;
  std::string_view const rest = conninfo.substr(conninfo.find("://") + 3);
  std::string_view const before_options = rest.substr(0, rest.find('?'));
  return before_options.find('@', before_options.find_first_of("@/") + 1) != std::string_view::npos;
}

using settings = std::vector<std::pair<std::string, std::string>>;

// The environment (PGHOST, PGHOSTADDR, PGPORT, PGSERVICE) may name hosts too, and several of them.
inline void add_usual_hosts(settings& all) {
  auto const names = [&all](std::string_view keyword) {
    return std::any_of(all.begin(), all.end(), [keyword](auto const& one) { return one.first == keyword; });
  };
  bool const names_host = names("host") || names("hostaddr") || names("service"), names_port = names("port");
  settings_handle const usual(PQconndefaults());
  if (!usual || names_host) return;
  for (PQconninfoOption const* option = usual.get(); option->keyword != nullptr; ++option) {
    std::string_view const keyword = option->keyword;
    bool const is_wanted = keyword == "host" || keyword == "hostaddr" || (keyword == "port" && !names_port);
    if (is_wanted && option->val != nullptr && *option->val != 0) all.emplace_back(keyword, option->val);
  }
}

// Of what PQconninfoParse says, in English or not at all.
inline bool is_about_a_name(std::string_view said) {
  return said.starts_with("invalid connection option") || said.starts_with("invalid URI query parameter");
}

// A connection string or URI as keywords and values, with the hosts of the environment where it names none. Throws
// store_error (refused) if libpq cannot read it; the message does not repeat the string, which may hold a password.
inline settings parse_conninfo(std::string const& conninfo) {
  if (may_misread_password(conninfo))
    throw store_error(
        store_failure::refused,
        "pawl: the URI of PostgreSQL has an @ too many; write %40 for one in a password, and %2F for a /");
  char* said = nullptr;
  settings_handle const parsed(PQconninfoParse(conninfo.c_str(), &said));
  bool const has_wrong_name = is_about_a_name(text_or_nothing(said));
  if (said != nullptr) PQfreemem(said);  // it may quote a part of the password
  if (!parsed && has_wrong_name)
    throw store_error(
        store_failure::refused,
        "pawl: the connection string of PostgreSQL sets something that libpq does not know; usual are host, "
        "port, dbname, user, password and sslmode; put a value with a blank in single quotes");
  if (!parsed)
    throw store_error(
        store_failure::refused,
        "pawl: the connection string of PostgreSQL cannot be read; write it as \"host=db1 dbname=app user=app\" "
        "or \"postgresql://app@db1/app\"");
  settings all;
  for (PQconninfoOption const* option = parsed.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr && *option->val != 0) all.emplace_back(option->keyword, option->val);
  /*mutant hosts_of_the_environment: if (!OFF)*/ add_usual_hosts(all);
  return all;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
