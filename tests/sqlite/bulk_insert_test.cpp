// Very many items in one call: the keys of a range, and those that a query gives.
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace bulk_insert_test {

using namespace filing;
using namespace sqlite_test;
using namespace std::chrono_literals;
using pawl::store_error;
using pawl::store_failure;
using pawl::sqlite::database;

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back("key " + std::to_string(i));
  return keys;
}

// The keys of a store's first page, in the order in which a run would find them.
template <class Store> std::vector<std::string> keys_in(Store& store) {
  std::vector<std::string> keys;
  for (auto const& it : store.runnable(untracked, {}, 10'000).items) keys.push_back(it.key);
  return keys;
}

// Makes each text when it is asked for, and throws where it is told to.
class made_keys {
 public:
  explicit made_keys(std::size_t count, std::size_t throws_at = std::size_t(-1))
      : count_(count), throws_at_(throws_at) {}

  class iterator {
   public:
    iterator(std::size_t at, std::size_t throws_at) : at_(at), throws_at_(throws_at) {}
    std::string operator*() const {
      if (at_ == throws_at_) throw std::runtime_error("the list ends here");
      return "a made key, too long for a small string: " + std::to_string(at_);
    }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(iterator const& other) const { return at_ != other.at_; }

   private:
    std::size_t at_, throws_at_;
  };
  iterator begin() const { return {0, throws_at_}; }
  iterator end() const { return {count_, throws_at_}; }

 private:
  std::size_t count_, throws_at_;
};

store_failure failure_of(std::function<void()> const& call, std::string& said) {
  try {
    call();
  } catch (store_error const& e) {
    said = e.what();
    return e.what_failed();
  }
  FAIL("nothing was thrown");
  return {};
}

TEMPLATE_TEST_CASE("the keys of a range are inserted in its order, whatever their number", "[sqlite]", in_memory,
                   in_own_table) {
  auto const count = GENERATE(0U, 1U, 99U, 100U, 101U, 250U, 1000U);
  TestType t;
  auto const keys = numbered(count);
  CHECK(t.store.insert_many(keys) == count);
  CHECK(keys_in(t.store) == keys);
  CHECK(t.store.insert_many(keys) == 0);
  CHECK(t.store.insert_many(made_keys(count)) == count);
  CHECK(keys_in(t.store).size() == 2 * count);
}

TEMPLATE_TEST_CASE("a key that is there, or comes twice, is inserted once, and its item stays as it is", "[sqlite]",
                   in_memory, in_own_table) {
  TestType t;
  REQUIRE(t.store.insert_if_absent("key 7"));
  REQUIRE(t.store.apply(read<untracked>(t.store, "key 7"), start_upload{}));
  auto keys = numbered(150);
  keys.push_back("key 3");
  CHECK(t.store.insert_many(keys) == 149);
  CHECK(read<uploading>(t.store, "key 7").version == 1);
}

TEMPLATE_TEST_CASE("a range is of anything that is text", "[sqlite]", in_memory, in_own_table) {
  TestType t;
  char const* const plain[] = {"a", "b"};
  CHECK(t.store.insert_many(plain) == 2);
  CHECK(t.store.insert_many(std::list<std::string_view>{"c", std::string_view("d\0e", 3)}) == 2);
  std::vector<std::string> const fixed{"f"};
  CHECK(t.store.insert_many(fixed) == 1);
  CHECK(t.store.get(std::string_view("d\0e", 3)).item);
  CHECK(t.store.get("d").gone());
}

TEMPLATE_TEST_CASE("if a range throws, or has an empty key, none of it is there", "[sqlite]", in_memory, in_own_table) {
  auto const at = GENERATE(0U, 1U, 100U, 199U);
  TestType t;
  auto keys = numbered(200);
  keys[at].clear();
  std::string said;
  CHECK(failure_of([&] { t.store.insert_many(keys); }, said) == store_failure::misuse);
  CHECK(said.find("keys that are not empty") != std::string::npos);
  CHECK_THROWS_AS(t.store.insert_many(made_keys(200, at)), std::runtime_error);
  CHECK(keys_in(t.store).empty());
  CHECK(t.store.insert_many(numbered(200)) == 200);
}

TEMPLATE_TEST_CASE("within a transaction what a failed call has inserted is undone alone", "[sqlite]", in_memory,
                   in_own_table) {
  TestType t;
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.insert_many(numbered(2)) == 2);
  CHECK_THROWS_AS(t.store.insert_many(made_keys(200, 150)), std::runtime_error);
  t.store.commit();
  CHECK(keys_in(t.store) == numbered(2));
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.insert_many(made_keys(200)) == 200);
  t.store.rollback();
  CHECK(keys_in(t.store) == numbered(2));
}

TEST_CASE("what a deleted row has left is removed where its key is inserted anew, and nothing else", "[sqlite]") {
  bool const by_query = GENERATE(false, true);
  in_own_table t;
  for (std::string const key : {"gone", "stays"}) {
    t.add(key);
    pawl::trouble_record parked;
    parked.parked = true;
    REQUIRE(t.store.note(pawl::any_item<file_lifecycle>(read<untracked>(t.store, key)), parked));
  }
  t.erase("gone");
  std::vector<std::string> const keys{"gone", "new", "stays"};
  CHECK((by_query ? t.store.insert_from(pawl::sql("VALUES('gone'),('new'),('stays')")) : t.store.insert_many(keys)) ==
        2);
  CHECK(ask(t.db, "SELECT group_concat(key) FROM pawl_trouble") == "stays");
}

TEST_CASE("the keys of a query are inserted in its order", "[sqlite]") {
  in_own_table t;
  t.db.execute(
      "CREATE TABLE customers(address TEXT, since INTEGER);"
      "INSERT INTO customers VALUES('b',1),('c',3),('a',2),('d',4)");
  auto const& [query, values, found] = GENERATE(table<std::string, std::vector<pawl::sql_value>, std::string>({
      {"SELECT address FROM customers", {}, "b c a d"},
      {"SELECT address FROM customers ORDER BY address DESC", {}, "d c b a"},
      {"SELECT address FROM customers WHERE since>?1 ORDER BY since;", {1}, "a c d"},
      {"SELECT address FROM customers ORDER BY since LIMIT ?2 OFFSET ?1 -- the rest waits", {1, 2}, "a c"},
      {"WITH old AS (SELECT * FROM customers WHERE since<3) SELECT address FROM old ; ", {}, "b a"},
      {"VALUES(?1),('x')", {"y"}, "y x"},
      {"SELECT address FROM customers UNION ALL SELECT address FROM customers", {}, "b c a d"},
      {"SELECT since FROM customers ORDER BY 1", {}, "1 2 3 4"},
      {" ;\n SELECT address FROM customers WHERE since=1 /* the rest", {}, "b"},
  }));
  CAPTURE(query);
  std::string inserted;
  std::size_t const count = t.store.insert_from(pawl::sql_statement(query, values));
  for (auto const& key : keys_in(t.store)) inserted += (inserted.empty() ? "" : " ") + key;
  CHECK(inserted == found);
  CHECK(count == keys_in(t.store).size());
  CHECK(t.store.insert_from(pawl::sql_statement(query, values)) == 0);
}

TEST_CASE("a query may read an attached file, and the table itself", "[sqlite]") {
  in_own_table t;
  temporary_folder folder;
  { database(folder / "list.db", quick()).execute("CREATE TABLE list(name TEXT);INSERT INTO list VALUES('a'),('b')"); }
  t.db.execute("ATTACH '" + (folder / "list.db") + "' AS other");
  CHECK(t.store.insert_from(pawl::sql("SELECT name FROM other.list")) == 2);
  CHECK(t.store.insert_from(pawl::sql("SELECT key||'2' FROM file_lifecycle")) == 2);
  CHECK(keys_in(t.store) == std::vector<std::string>{"a", "b", "a2", "b2"});
  REQUIRE(t.store.try_begin());
  CHECK(t.store.insert_from(pawl::sql("VALUES('c')")) == 1);
  CHECK_THROWS_AS(t.store.insert_from(pawl::sql("VALUES('d'),(NULL)")), store_error);
  t.store.commit();
  CHECK(keys_in(t.store).size() == 5);
}

TEST_CASE("keys are compared as texts, whatever the query's column is, and found by their index", "[sqlite]") {
  in_own_table t;
  t.db.execute(
      "CREATE TABLE customers(id INTEGER PRIMARY KEY, weight REAL);INSERT INTO customers VALUES(7,1.5),(12,7.0)");
  REQUIRE(t.store.insert_many(std::vector<std::string>{"007", "7.0", " 12", "1.50"}) == 4);
  auto const ids = pawl::sql("SELECT id FROM customers"), weights = pawl::sql("SELECT weight FROM customers");
  CHECK(t.store.insert_from(ids) == 2);
  CHECK(t.store.insert_from(ids) == 0);
  CHECK(t.store.insert_from(weights) == 1);  // 7.0 is there
  CHECK(t.store.get("7").item);
  CHECK(t.store.get("1.5").item);
  CHECK(ask(t.db, "SELECT count(*) FROM file_lifecycle") == "7");
}

TEST_CASE("what is no query with one column of keys is refused with its text, and nothing is inserted", "[sqlite]") {
  in_own_table t;
  auto const& [query, how, says] = GENERATE(table<std::string, store_failure, std::string>({
      {"SELECT 1,2", store_failure::misuse, "one column"},
      {"SELECT 'a';SELECT 'b'", store_failure::misuse, "takes one query"},
      {"DELETE FROM file_lifecycle RETURNING key", store_failure::misuse, "one column"},
      {"BEGIN", store_failure::misuse, "one column"},
      {"", store_failure::misuse, "one column"},
      {" -- nothing", store_failure::misuse, "one column"},
      {"SELECT ?1", store_failure::misuse, "1 parameters was given 0 values"},
      {"PRAGMA user_version", store_failure::refused, "PRAGMA"},
      {"SELECT name FROM nowhere", store_failure::refused, "no such table: nowhere"},
      {"SELECT", store_failure::refused, "incomplete input"},
      {"SELECT json_extract(column1,'$.a') FROM (VALUES('{\"a\":1}'),('{'))", store_failure::rejected,
       "malformed JSON"},
      {"VALUES('a'),(NULL)", store_failure::rejected, "neither NULL nor empty"},
      {"VALUES('a'),('')", store_failure::rejected, "neither NULL nor empty"},
      {"VALUES('a'),(x'00ff')", store_failure::rejected, "a key is a text"},
  }));
  CAPTURE(query);
  std::string said;
  CHECK(failure_of([&, q = query] { t.store.insert_from(pawl::sql(q)); }, said) == how);
  CAPTURE(said);
  CHECK(said.find(says) != std::string::npos);
  CHECK((said.find("a key is a text") != std::string::npos) == (query.find("VALUES('a')") == 0));
  CHECK(said.find("own.db") != std::string::npos);
  CHECK(keys_in(t.store).empty());
  CHECK(t.store.insert_from(pawl::sql("VALUES('a')")) == 1);
}

TEST_CASE("a query whose keys are all there waits for nobody; a new key does", "[sqlite]") {
  temporary_folder folder;
  auto impatient = quick();
  impatient.busy_timeout = 0ms;
  database mine(folder / "a.db", impatient), other(folder / "a.db", impatient);
  pawl::sqlite::store<file_lifecycle> store(mine);
  REQUIRE(store.insert_many(numbered(300)) == 300);
  other.begin();
  CHECK(store.insert_from(pawl::sql("SELECT key FROM file_lifecycle")) == 0);
  std::string said;
  CHECK(failure_of([&] { store.insert_from(pawl::sql("VALUES('new')")); }, said) == store_failure::busy);
  other.rollback();
  CHECK(store.insert_from(pawl::sql("VALUES('new')")) == 1);
}

TEST_CASE("connections that begin with the same query insert each key once, and together all of them", "[sqlite]") {
  temporary_folder folder;
  std::string const path = folder / "a.db";
  {
    database db(path, quick());
    pawl::sqlite::store<file_lifecycle> const made(db);
  }
  std::vector<std::size_t> inserted(6);
  {
    std::vector<std::jthread> all;
    for (auto& count : inserted)
      all.emplace_back([&count, &path] {
        database db(path, {});  // waits for the others
        pawl::sqlite::store<file_lifecycle> store(db);
        count =
            store.insert_from(pawl::sql("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<2000) "
                                        "SELECT 'key '||i FROM n"));
      });
  }
  std::size_t sum = 0;
  for (auto const count : inserted) sum += count;
  CHECK(sum == 2000);
}

TEST_CASE("into a database that was opened to be read nothing is inserted", "[sqlite]") {
  in_own_table t;
  REQUIRE(t.store.insert_if_absent("a"));
  auto only = quick();
  only.mode = pawl::sqlite::access::read_only;
  database db(t.db.path(), only);
  pawl::sqlite::store<file_lifecycle> store(db);
  std::string said;
  CHECK(failure_of([&] { store.insert_many(numbered(1)); }, said) == store_failure::misuse);
  CHECK(failure_of([&] { store.insert_from(pawl::sql("VALUES('a')")); }, said) == store_failure::misuse);
}

TEST_CASE("a run is told of what was inserted", "[sqlite]") {
  in_own_table t;
  int told = 0;
  pawl::change_signal::listener const listener(t.store.changes(), [&told] { ++told; });
  CHECK(t.store.insert_many(numbered(250)) == 250);
  CHECK(told == 1);
  CHECK(t.store.insert_many(numbered(250)) == 0);
  CHECK(told == 1);
}

}  // namespace bulk_insert_test
