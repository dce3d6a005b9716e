// Statements of the user's own with a transition: in the pipeline of its batch, written with it or not at all.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"

namespace user_statement_test {

using pawl::sql;
using pawl::with;
using pawl::postgres::detail::statement_scan;
using postgres_test::own_database;

TEST_CASE("a statement is read as the server reads it: its keyword, its parameters, and where it ends", "[postgres]") {
  struct {
    std::string_view text, keyword;
    std::size_t parameters;
    bool is_one = true;
  } const all[] = {
      {"INSERT INTO a VALUES($1,$2)", "INSERT", 2},
      {" \n\t(select 1)", "SELECT", 0},
      {"-- commit $3\n/* $4 /* $5 */ begin */ update a set b=$1", "UPDATE", 1},
      {"INSERT INTO a VALUES('$7 '' ; $8',$1)", "INSERT", 1},
      {"INSERT INTO a VALUES(E'it\\'s $9; ',$1)", "INSERT", 1},
      {"INSERT INTO a VALUES(E '\\',$1)", "INSERT", 1},
      {"INSERT INTO a VALUES('\\',$1)", "INSERT", 1},
      {"INSERT INTO \"a;$2\" VALUES($1)", "INSERT", 1},
      {"INSERT INTO a VALUES($$ $3; $$,$1)", "INSERT", 1},
      {"INSERT INTO a VALUES($t1$ $3; $$ $t1$,$2)", "INSERT", 2},
      {"DELETE FROM a$b WHERE c=$1", "DELETE", 1},
      {"DELETE FROM a WHERE b=$12 AND c=$3;; \n -- done\n;", "DELETE", 12},
      {"DELETE FROM a; DELETE FROM b", "DELETE", 0, false},
      {"DELETE FROM a; 'x'", "DELETE", 0, false},
      {"DELETE FROM a; \"b\"", "DELETE", 0, false},
      {"-- \rCOMMIT /* \nSELECT 1 -- */", "COMMIT", 0},
      {"INSERT INTO a\rVALUES($1) -- $2\r", "INSERT", 1},
      {"INSERT INTO a VALUES(E'a'\n'b\\'; $9',$1)", "INSERT", 1},
      {"INSERT INTO a VALUES('a'\n'b\\',$1)", "INSERT", 1},
      {"DELETE FROM a;\v", "DELETE", 0},
      {"DELETE FROM a WHERE b=$99999999999999999999", "DELETE", (std::numeric_limits<std::size_t>::max)()},
      {"commit", "COMMIT", 0},
      {"", "", 0},
      {"/* for ever", "", 0},
      {"INSERT INTO a VALUES('open", "INSERT", 0},
      {"INSERT INTO a VALUES($x$ open", "INSERT", 0},
  };
  for (auto const& one : all) {
    CAPTURE(one.text);
    statement_scan const found(one.text);
    CHECK(found.keyword() == one.keyword);
    CHECK(found.parameters() == one.parameters);
    CHECK(found.is_one() == one.is_one);
  }
}

enum class letter_state { written, sent, delivered };
struct mail {
  std::string receipt;
};
struct deliver {};
struct letter : pawl::lifecycle<pawl::initial<letter_state::written>, pawl::goal<letter_state::delivered>,
                                pawl::transition<letter_state::written, mail, letter_state::sent>,
                                pawl::transition<letter_state::sent, deliver, letter_state::delivered>> {};
using store = pawl::postgres::store<letter>;
static_assert(pawl::statement_store<store>);

struct letters {
  letters() { at.in.sql.script("CREATE TABLE notes(text text PRIMARY KEY)"); }
  pawl::item<letter, letter_state::written> fresh(std::string_view key) {
    at.wait(all.insert_if_absent(key));
    return *at.wait(all.get(key)).item->as<letter_state::written>();
  }
  std::int64_t version(std::string_view key) { return at.wait(all.get(key)).item->version; }
  std::string notes() {
    return *at.in.sql.must("SELECT coalesce(string_agg(text,',' ORDER BY text),'') FROM notes").rows.at(0).at(0);
  }

  own_database at{};
  store all{at.db};
};
with<mail> noted(std::string_view text) { return with(mail{"r"}, sql("INSERT INTO notes VALUES($1)", text)); }

TEST_CASE("every kind of value arrives as what the statement wants there", "[postgres]") {
  letters of;
  of.at.in.sql.script(
      "CREATE TABLE kinds(t text,v varchar(20),i int,b bigint,n numeric,d double precision,f boolean,x bytea,j jsonb,"
      "z text)");
  std::vector<std::byte> const bytes{std::byte{0}, std::byte{255}};
  double const third = 1.0 / 3;
  auto const a = of.fresh("a");
  auto const event = with(mail{"r"}, sql("INSERT INTO kinds VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", "it's \\ \xC3\xA4",
                                         std::string("short"), -7, (std::numeric_limits<std::int64_t>::min)(), 12,
                                         third, true, bytes, R"({"a": 1})", std::optional<std::string>()));
  REQUIRE(of.at.wait(of.all.apply(a, event)));
  auto const row =
      of.at.in.sql
          .must("SELECT t,v,i::text,b::text,n::text,(d=1::float8/3)::text,f::text,encode(x,'hex'),j::text,z FROM kinds")
          .rows.at(0);
  CHECK(row.at(0) == "it's \\ \xC3\xA4");
  CHECK(row.at(1) == "short");
  CHECK(row.at(2) == "-7");
  CHECK(row.at(3) == "-9223372036854775808");
  CHECK(row.at(4) == "12");
  CHECK(row.at(5) == "true");
  CHECK(row.at(6) == "true");
  CHECK(row.at(7) == "00ff");
  CHECK(row.at(8) == R"({"a": 1})");
  CHECK_FALSE(row.at(9));
}

TEST_CASE("what is no statement that writes is refused before anything is sent", "[postgres]") {
  letters of;
  auto const a = of.fresh("a");
  for (auto const& [text, why] :
       {std::pair("COMMIT", "begins with INSERT"), std::pair("", "begins with INSERT"),
        std::pair("SAVEPOINT x", "begins with INSERT"), std::pair("DELETE FROM notes; COMMIT", "takes one statement"),
        std::pair("INSERT INTO notes VALUES($1)", "1 parameters was given 0 values")}) {
    CAPTURE(text);
    auto const event = with(mail{"r"}, sql(text));
    try {
      static_cast<void>(of.at.wait(of.all.apply(a, event)));
      FAIL("was accepted");
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::misuse);
      CHECK_THAT(e.what(), ContainsSubstring(why));
    }
  }
  using namespace std::string_literals;
  for (std::string const& text : {"a\0b"s, "\xff"s}) {
    auto const event = noted(text);
    try {
      static_cast<void>(of.at.wait(of.all.apply(a, event)));
      FAIL("was accepted");
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::rejected);
    }
  }
  CHECK(of.version("a") == 0);
  auto const event = noted("after");
  CHECK(of.at.wait(of.all.apply(a, event)));
  CHECK(of.notes() == "after");
}

TEST_CASE("in one batch of a queue each transition has its statements, is refused, or conflicts by itself",
          "[postgres]") {
  letters of;
  pawl::commit_queue queue{of.at.loop, of.all};
  std::vector<pawl::item<letter, letter_state::written>> items;
  for (int i = 0; i < 40; ++i) items.push_back(of.fresh("k" + std::to_string(i)));
  of.at.in.sql.must("INSERT INTO notes VALUES('taken')");
  of.at.in.sql.must("UPDATE letter SET version=5 WHERE key='k7'::bytea");  // moved by another
  std::vector<int> done(40, -1);
  auto const move = [&](int i) -> pawl::task<void> {
    auto const& it = items[static_cast<std::size_t>(i)];
    auto event = noted(i % 10 == 3 ? "taken" : "note " + std::to_string(i));
    try {
      auto applying = queue.apply(it, std::move(event));
      auto const moved = co_await std::move(applying);
      done[static_cast<std::size_t>(i)] = moved ? 1 : 0;
    } catch (pawl::store_error const& e) {
      done[static_cast<std::size_t>(i)] = e.what_failed() == pawl::store_failure::rejected ? 2 : 3;
    }
  };
  int left = 40;
  bool all_answered = false;
  for (int i = 0; i < 40; ++i)
    boost::asio::co_spawn(of.at.loop.get_executor(), move(i), [&](std::exception_ptr) { all_answered = --left == 0; });
  of.at.loop.run_until(all_answered);
  for (int i = 0; i < 40; ++i) {
    CAPTURE(i);
    CHECK(done[static_cast<std::size_t>(i)] == (i == 7 ? 0 : i % 10 == 3 ? 2 : 1));
    CHECK(of.version("k" + std::to_string(i)) == (i == 7 ? 5 : i % 10 == 3 ? 0 : 1));
  }
  CHECK(of.at.in.sql.must("SELECT count(*) FROM notes WHERE text LIKE 'note %'").at(0, 0) == "35");
}

TEST_CASE("a statement that is refused over any text is no conflict, and one that fails at the commit is rejected",
          "[postgres]") {
  letters of;
  auto const rejected = [&of](auto const& it, auto const& event) {
    try {
      return bool(of.at.wait(of.all.apply(it, event))) ? "moved" : "conflict";
    } catch (pawl::store_error const& e) {
      return e.what_failed() == pawl::store_failure::rejected ? "rejected" : "failed";
    }
  };
  auto const a = of.fresh("a"), b = of.fresh("b"), c = of.fresh("c");
  std::string const text = "pawl_has_moved_meanwhile_1";
  auto const event = noted(text);
  CHECK(rejected(a, event) == std::string("moved"));
  CHECK(rejected(b, event) == std::string("rejected"));
  auto const cast = with(mail{"r"}, sql("INSERT INTO notes SELECT $1::int4", text));
  CHECK(rejected(b, cast) == std::string("rejected"));
  of.at.in.sql.script("CREATE TABLE late(n int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  auto const late = with(mail{"r"}, sql("INSERT INTO late VALUES(7)"));
  CHECK(rejected(b, late) == std::string("moved"));
  CHECK(rejected(c, late) == std::string("rejected"));
  CHECK(of.version("c") == 0);
  CHECK_FALSE(of.all.poisoned());
}

TEST_CASE("a statement that no database takes fails alone, and the message names it and its item", "[postgres]") {
  letters of;
  auto const [text, words] =
      GENERATE(std::pair("INSERT INTO nowhere VALUES(1)", "relation \"nowhere\" does not exist"),
               std::pair("UPDATE letter SET nothing=1", "column \"nothing\" of relation \"letter\" does not exist"),
               std::pair("INSERT INTO nowhere.at_all VALUES(1)", "relation \"nowhere.at_all\" does not exist"),
               std::pair("SELECT nowhere.at_all()", "schema \"nowhere\" does not exist"),
               std::pair("INSERT INTO nowhere.at.all VALUES(1)", "cross-database references are not implemented"),
               std::pair("SELECT no_such_function()", "function no_such_function() does not exist"),
               std::pair("INSERT INTO notes", "syntax error"),
               std::pair("DELETE FROM pg_class", "permission denied for table pg_class"));
  CAPTURE(text);
  std::string const role = of.at.in.name() + "_clerk";
  of.at.in.sql.script("CREATE ROLE " + role + " LOGIN;GRANT USAGE ON SCHEMA " + of.at.in.name() + " TO " + role);
  auto const a = of.fresh("a"), b = of.fresh("b"), c = of.fresh("c");
  of.at.in.sql.script("GRANT ALL ON ALL TABLES IN SCHEMA " + of.at.in.name() + " TO " + role);
  pawl::postgres::database db(of.at.loop, temporary_server::quick().conninfo(
                                              "user=" + role + " options='-c search_path=" + of.at.in.name() + "'"));
  store all(db);
  pawl::commit_queue queue{of.at.loop, all};
  std::string said;
  int moved = 0, answered = 0;
  bool all_answered = false;
  auto const move = [&](auto const& it, auto const& event) -> pawl::task<void> {
    try {
      auto applying = queue.apply(it, event);
      auto const became = co_await std::move(applying);
      moved += became ? 1 : 0;
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::refused);
      said = e.what();
    }
  };
  auto const wrong = with(mail{"r"}, sql(text));
  auto const right = noted("x"), also_right = noted("y");
  auto const end = [&](std::exception_ptr failed) {
    CHECK_FALSE(failed);
    all_answered = ++answered == 3;
  };
  boost::asio::co_spawn(of.at.loop.get_executor(), move(a, right), end);
  boost::asio::co_spawn(of.at.loop.get_executor(), move(b, wrong), end);
  boost::asio::co_spawn(of.at.loop.get_executor(), move(c, also_right), end);
  of.at.loop.run_until(all_answered);
  CHECK(moved == 2);
  INFO(said);
  CHECK_THAT(said, ContainsSubstring(words) && ContainsSubstring(std::string(", in: ") + text) &&
                       EndsWith("(a statement with mail of 'b')"));
  CHECK(of.at.wait(of.all.try_begin()));
  CHECK_THROWS_AS(static_cast<void>(of.at.wait(of.all.apply(b, with(mail{"r"}, sql("INSERT INTO nowhere VALUES(1)"))))),
                  pawl::transition_undone);
  auto const plain = mail{"r"};
  CHECK(of.at.wait(of.all.apply(b, plain)));
  of.at.wait(of.all.commit());
  CHECK(of.version("b") == 1);
  of.at.in.sql.script("DROP OWNED BY " + role + ";DROP ROLE " + role);
}

TEST_CASE("a value that a function cannot read is rejected, whatever it is called", "[postgres]") {
  letters of;
  auto const a = of.fresh("a");
  auto const searched = with(mail{"r"}, sql("INSERT INTO notes SELECT to_tsquery($1)::text", "two words"));
  try {
    static_cast<void>(of.at.wait(of.all.apply(a, searched)));
    FAIL("was accepted");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::rejected);
  }
}

TEST_CASE("a transition with a statement that meets a conflict keeps what is to be forgotten", "[postgres]") {
  letters of;
  auto const stale = of.fresh("a"), b = of.fresh("b"), c = of.fresh("c");
  auto const plain = mail{"r"};
  auto const event = noted("x");
  REQUIRE(of.at.wait(of.all.apply(stale, plain)));
  CHECK_FALSE(of.at.wait(of.all.apply(stale, event)));
  REQUIRE(of.at.wait(of.all.apply(b, plain)));
  REQUIRE(of.at.wait(of.all.apply(c, plain)));
  CHECK(of.at.in.sql.must("SELECT count(*) FROM pawl_batch").at(0, 0) == "1");
}

TEST_CASE("in the program's transaction a refused statement takes its transition back, and the rest goes on",
          "[postgres]") {
  letters of;
  auto const a = of.fresh("a"), b = of.fresh("b"), stale = of.fresh("c");
  auto const plain = mail{"r"};
  REQUIRE(of.at.wait(of.all.apply(stale, plain)));
  of.at.in.sql.must("INSERT INTO notes VALUES('taken')");
  CHECK(of.at.wait(of.all.try_begin()));
  auto const of_a = noted("a"),
             of_b = with(mail{"r"}, sql("INSERT INTO notes VALUES('first')"), noted("taken").statements[0]),
             of_c = noted("c");
  CHECK(of.at.wait(of.all.apply(a, of_a)));
  CHECK_THROWS_AS(static_cast<void>(of.at.wait(of.all.apply(b, of_b))), pawl::transition_undone);
  CHECK_FALSE(of.at.wait(of.all.apply(stale, of_c)));
  of.at.wait(of.all.commit());
  CHECK(of.notes() == "a,taken");
  CHECK(of.version("a") == 1);
  CHECK(of.version("b") == 0);
}

struct post_office {
  with<mail> operator()(pawl::item<letter, letter_state::written> it) {
    return with(mail{it.key}, sql("INSERT INTO notes VALUES($1)", "mailed " + it.key));
  }
  pawl::task<pawl::one_of<with<deliver>>> operator()(pawl::item<letter, letter_state::sent> it, pawl::safe&) {
    auto answer = with(deliver{}, sql("INSERT INTO notes VALUES($1)", "delivered " + it.key));
    co_return answer;
  }
};

TEST_CASE("steps of a run may answer with statements, which are written with their transitions", "[postgres]") {
  letters of;
  for (int i = 0; i < 30; ++i) of.fresh("k" + std::to_string(i));
  pawl::commit_queue queue{of.at.loop, of.all};
  auto const summary = pawl::run(queue, post_office{}, {.concurrency = 10});
  CHECK(summary.transitions == 60);
  CHECK(of.at.in.sql.must("SELECT count(*) FROM notes").at(0, 0) == "60");
}

}  // namespace user_statement_test
