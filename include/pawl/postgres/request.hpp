// The statements that one round trip carries.
#ifndef PAWL_POSTGRES_REQUEST_HPP
#define PAWL_POSTGRES_REQUEST_HPP

#include <string>
#include <utility>
#include <vector>

#include <pawl/postgres/value.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

struct statement {
  std::string name{};  // of the prepared statement: parsed once a connection; unnamed where empty
  std::string sql{};
  std::vector<parameter> parameters{};
  bool is_users = false;  // where it fails, its text is told
};

// Sent as one pipeline with one Sync at its end: after the first error the server skips what follows. Write BEGIN and
// COMMIT as statements: in the pipeline's implicit transaction a deferred constraint fails after its statement succeeded.
// Where a statement of one that begins with BEGIN has failed, ROLLBACK is sent before anything else is.
class request {
 public:
  request& add(std::string sql, std::vector<parameter> parameters = {}) {
    return add_named({}, std::move(sql), std::move(parameters));
  }
  // The same name must always stand for the same text.
  request& add_named(std::string name, std::string sql, std::vector<parameter> parameters = {}) {
    statements.push_back({std::move(name), std::move(sql), std::move(parameters)});
    return *this;
  }
  request& add_users(std::string sql, std::vector<parameter> parameters) {
    statements.push_back({{}, std::move(sql), std::move(parameters), true});
    return *this;
  }

  bool begins_transaction() const noexcept {
    return !statements.empty() && statements.front().sql.starts_with("BEGIN");
  }

  std::vector<statement> statements{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
