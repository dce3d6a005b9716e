// Both kinds of PostgreSQL stores keep the contract of all stores, on a real server.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/postgres/store.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/testing/store_contract.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"
#include "postgres/temporary_pooler.hpp"

namespace postgres_contract_test {

using namespace postgres_test;
using pawl::testing::contract_lifecycle;

struct contract_table : pawl::table<contract_lifecycle> {
  using load = pawl::testing::contract::load;
  using finish = pawl::testing::contract::finish;
  using fail = pawl::testing::contract::fail;

  static constexpr pawl::names names{.table = "jobs", .key = "name", .state = "stage"};
  static constexpr auto columns = pawl::columns(
      pawl::on<load>(pawl::set("text", &load::text), pawl::set("number", &load::number),
                     pawl::set("large", &load::large), pawl::set("flag", &load::flag),
                     pawl::set("weight", &load::weight), pawl::set("mark", &load::mark),
                     pawl::set("bytes", &load::bytes), pawl::set("note", &load::note)),
      pawl::on<finish>(pawl::set("receipt", &finish::receipt)), pawl::on<fail>(pawl::set("reason", &fail::reason)),
      pawl::on<pawl::testing::contract::retry, pawl::testing::contract::reset>(
          pawl::clear("text", "number", "large", "flag", "weight", "mark", "bytes", "note", "receipt", "reason")));
};
static_assert(pawl::valid<contract_table>);

// A short outage, for tests of what is lost for good.
inline pawl::postgres::options short_outage() {
  pawl::postgres::options chosen;
  chosen.outage_bound = std::chrono::milliseconds(500);
  return chosen;
}

class contract_database {
 public:
  explicit contract_database(std::string const& schema = {}) {
    if (!schema.empty()) at.in.sql.script(schema);
  }
  // Triggers on the table do what a table of theirs says: made now, for they would wait for an open transaction.
  void watch(std::string const& table, std::string const& key) {
    at.in.sql.script(
        "CREATE TABLE rejected(key bytea);CREATE TABLE failing(commits bool);"
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF EXISTS(SELECT 1 FROM rejected r WHERE "
        "r.key=old." +
        key +
        ") THEN RAISE ''rejected by the test''; END IF; RETURN new; END';"
        "CREATE TRIGGER refuse BEFORE UPDATE ON " +
        table +
        " FOR EACH ROW EXECUTE FUNCTION refuse();"
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF EXISTS(SELECT 1 FROM failing) THEN "
        "PERFORM "
        "pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END';CREATE CONSTRAINT TRIGGER die AFTER UPDATE "
        "ON " +
        table +
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die();CREATE CONSTRAINT TRIGGER die AFTER INSERT "
        "OR "
        "UPDATE ON pawl_batch DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()");
  }
  // From now on a transaction that has changed a row ends its own session at COMMIT, and so does one that asks what became
  // of it.
  void fail_commit() { at.in.sql.must("INSERT INTO failing VALUES(true)"); }
  void reject(std::string_view key) { at.in.sql.must("INSERT INTO rejected VALUES($1::bytea)", {as_bytea(key)}); }
  // A statement with a transition writes a text here, which no other may write again.
  pawl::sql_statement statement(std::string_view text) {
    at.in.sql.must("CREATE TABLE IF NOT EXISTS own(text text PRIMARY KEY)");
    return pawl::sql("INSERT INTO own VALUES($1)", text);
  }
  bool has(std::string_view text) {
    return !at.in.sql.must("SELECT 1 FROM own WHERE text=$1", {std::string(text)}).rows.empty();
  }

  own_database at{short_outage()};
};

class contract_in_own_table {
  contract_database file_{};

 public:
  contract_in_own_table() {
    wait(store.open());
    file_.watch("contract_lifecycle", "key");
  }
  pawl::postgres::store<contract_lifecycle> store{file_.at.db};

  template <class T> T wait(pawl::task<T> answer) { return file_.at.wait(std::move(answer)); }
  auto& other() { return theirs_; }
  void fail_commit() { file_.fail_commit(); }
  void reject(std::string_view key) { file_.reject(key); }
  pawl::sql_statement statement(std::string_view text) { return file_.statement(text); }
  bool has(std::string_view text) { return file_.has(text); }
  void write(std::string_view key, std::string_view state, std::int64_t version) {
    file_.at.in.sql.must(
        "INSERT INTO pawl_states(table_name,code,name) VALUES('contract_lifecycle',77,'archived') ON CONFLICT DO "
        "NOTHING");
    file_.at.in.sql.must(
        "INSERT INTO contract_lifecycle(key,state,version,changed_at) VALUES($1::bytea,(SELECT code FROM pawl_states "
        "WHERE table_name='contract_lifecycle' AND name=$2),$3::int8,now()) ON CONFLICT(key) DO UPDATE SET "
        "state=excluded.state,version=excluded.version",
        {as_bytea(key), std::string(state), std::to_string(version)});
  }
  void erase(std::string_view key) {
    file_.at.in.sql.must("DELETE FROM contract_lifecycle WHERE key=$1::bytea", {as_bytea(key)});
  }

 private:
  pawl::postgres::store<contract_lifecycle> theirs_{file_.at.theirs};
};

class contract_in_mapped_table {
  contract_database file_{
      "CREATE TABLE jobs(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,name bytea NOT NULL UNIQUE,stage text NOT "
      "NULL DEFAULT 'ready',version bigint NOT NULL DEFAULT 0,text bytea,number bigint,large bigint,flag "
      "boolean,weight "
      "double precision,mark integer,bytes bytea,note bytea,receipt bigint,reason text)"};

 public:
  contract_in_mapped_table() {
    wait(store.open());
    file_.watch("jobs", "name");
  }
  pawl::postgres::store<contract_table> store{file_.at.db};

  template <class T> T wait(pawl::task<T> answer) { return file_.at.wait(std::move(answer)); }
  auto& other() { return theirs_; }
  void fail_commit() { file_.fail_commit(); }
  void reject(std::string_view key) { file_.reject(key); }
  pawl::sql_statement statement(std::string_view text) { return file_.statement(text); }
  bool has(std::string_view text) { return file_.has(text); }
  void add(std::string_view key) { write(key, "ready", 0); }
  void write(std::string_view key, std::string_view state, std::int64_t version) {
    file_.at.in.sql.must(
        "INSERT INTO jobs(name,stage,version) VALUES($1::bytea,$2,$3::int8) ON CONFLICT(name) DO UPDATE SET "
        "stage=excluded.stage,version=excluded.version",
        {as_bytea(key), std::string(state), std::to_string(version)});
  }
  void erase(std::string_view key) { file_.at.in.sql.must("DELETE FROM jobs WHERE name=$1::bytea", {as_bytea(key)}); }

 private:
  pawl::postgres::store<contract_table> theirs_{file_.at.theirs};
};

// A pooler gives no session, and a run that shares the store is refused there, by name.
static pawl::testing::contract_verdict what_counts(pawl::testing::contract_verdict verdict) {
  auto const needs_a_session = [](auto const& one) {
    return one.promise == "a store without an owner can be acquired to share it";
  };
  if (temporary_pooler::is_asked_for()) CHECK(std::erase_if(verdict.broken, needs_a_session) == 1);
  return verdict;
}

TEST_CASE("a store in pawl's own table keeps every promise to runs and queues", "[postgres]") {
  auto const verdict =
      what_counts(pawl::testing::store_contract([] { return contract_in_own_table(); }, {.complete = true}));
  CHECK(verdict);
}

TEST_CASE("a store in a mapped table keeps every promise to runs and queues", "[postgres]") {
  auto const verdict = what_counts(pawl::testing::store_contract([] { return contract_in_mapped_table(); }));
  CHECK(verdict);
  for (auto const& one : verdict.unchecked) {
    CAPTURE(one.promise, one.needs);
    CHECK(one.needs.find("inserts no items") != std::string::npos);
  }
}

}  // namespace postgres_contract_test
