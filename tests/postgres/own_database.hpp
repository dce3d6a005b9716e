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
#include <pawl/postgres/request.hpp>

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
  // From now on what db writes is sent as behind a pooler, over a session in which nothing is set.
  void pool() {
    pawl::postgres::detail::request forgetting;
    forgetting.add("BEGIN").add("SELECT set_config('lock_timeout','0',false)").add("COMMIT");
    wait(db.sessions()->commit(forgetting, {}, {}));
    db.sessions()->to().is_pooled = true;
  }
  // Each write into the table notes the lock_timeout under which it is done; told_timeouts() are those that were noted.
  void note_timeouts(std::string const& table) {
    in.sql.script(
        "CREATE TABLE noted(lock text);CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT "
        "INTO noted VALUES(current_setting(''lock_timeout'')); RETURN NEW; END';CREATE TRIGGER note BEFORE "
        "INSERT OR UPDATE ON " +
        table + " FOR EACH ROW EXECUTE FUNCTION note()");
  }
  std::string told_timeouts() { return in.sql.must("SELECT string_agg(DISTINCT lock,' ') FROM noted").at(0, 0); }

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
