// A database for a test of stores: an empty schema of its own, with two processes' connections to it, through a
// pooler where that is asked for.
#ifndef PAWL_TESTS_POSTGRES_OWN_DATABASE_HPP
#define PAWL_TESTS_POSTGRES_OWN_DATABASE_HPP

#include <string>
#include <utility>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/database.hpp>
#include <pawl/postgres/options.hpp>

#include "postgres/plain_session.hpp"
#include "postgres/temporary_pooler.hpp"
#include "postgres/temporary_server.hpp"

namespace postgres_test {

class own_database {
 public:
  explicit own_database(pawl::postgres::options const& chosen = {}) : chosen_(chosen) {
    if (temporary_pooler::is_asked_for())  // no session's setting passes one: the schema is that of a role
      in.sql.script("CREATE ROLE " + in.name() + " SUPERUSER LOGIN;ALTER ROLE " + in.name() +
                    " SET search_path=" + in.name());
  }

  std::string conninfo() const {
    if (temporary_pooler::is_asked_for()) return temporary_pooler::quick().conninfo("user=" + in.name());
    return temporary_server::quick().conninfo("user=postgres options='-c search_path=" + in.name() + "'");
  }
  template <class T> T wait(pawl::task<T> answer) { return loop.wait(std::move(answer)); }

  own_schema in{temporary_server::quick()};
  pawl::loop<> loop{};

 private:
  pawl::postgres::options chosen_{};

 public:
  pawl::postgres::database db{loop, conninfo(), chosen_};
  pawl::postgres::database theirs{loop, conninfo(), chosen_};
};

}  // namespace postgres_test

#endif
