// The console of a database on a PostgreSQL server: what it sees and changes without the types of the lifecycle, beside its
// store.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/console/key_glob.hpp>
#include <pawl/console/postgres_console.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/postgres.hpp>
#include <pawl/store/explanation.hpp>
#include <pawl/store/store_options.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/postgres_world.hpp"
#include "postgres/own_database.hpp"
#include "postgres/temporary_server.hpp"

namespace postgres_console_test {

using namespace console_test;
using namespace std::chrono_literals;
using postgres_test::as_bytea;

TEMPLATE_TEST_CASE("tables on a server are told with their states, troubles and transitions", "[console]", own_world,
                   mapped_world) {
  TestType w;
  fill(w);
  auto const seen = w.seen(w.table);
  CHECK(seen.lifecycle == "parcel");
  CHECK(seen.is_own == (w.table == "parcel"));
  CHECK(seen.problem.empty());
  CHECK_FALSE(seen.has_history);
  CHECK(seen.workers.empty());
  REQUIRE(seen.states.size() == 5);
  CHECK(seen.states[2].role == pawl::role::waiting);
  CHECK(counts(seen, "packed").parked == 1);
  CHECK(counts(seen, "sending").items == 2);
  CHECK(counts(seen, "sending").delayed == 1);
  CHECK(counts(seen, "sending").in_doubt == 1);
  CHECK(counts(seen, "sending").oldest == at(1'000'060));
  CHECK(counts(seen, "lost").items == 1);
  CHECK(seen.next_due == at(2'000'000));
  REQUIRE(seen.rows.size() == 5);
  CHECK(seen.rows[0].event == "dispatch");
  CHECK(w.wait(w.console.table_names()) == words{w.table});
  CHECK(w.wait(w.console.now()) > at(1'700'000'000));
}

TEMPLATE_TEST_CASE("an item on a server is explained in the words of its store", "[console]", own_world, mapped_world) {
  TestType w;
  fill(w);
  for (auto const* key : {"ada", "bob", "cid", "dan"}) {
    auto const expected = w.explained(key);
    auto const found = w.story(w.table, key);
    CHECK(found.why == expected.text());
    CHECK(found.is == expected.is);
  }
  auto const eve = w.story(w.table, "eve");
  CHECK(eve.item.changed_at == at(1'000'060));
  if (w.table == "parcel") {
    CHECK(eve.why == w.explained("eve").text());
    REQUIRE(eve.fields.size() == 4);
    CHECK(eve.fields[0].name == "hand_over.1");
    CHECK(eve.fields[0].value == "Mercury");
    CHECK_FALSE(eve.fields[2].value);
    CHECK(eve.fields[3].value == "Eve \"the\nfirst\"");
  } else {
    CHECK(eve.why == "delivered at version 3: it has reached a final state, by deliver");
    REQUIRE(eve.fields.size() == 5);
    CHECK(eve.fields[1].name == "courier");
    CHECK(eve.fields[2].value == "7");
    CHECK_FALSE(eve.fields[3].value);
  }
  CHECK_FALSE(w.wait(w.console.story(w.table, "zoe")));
}

TEMPLATE_TEST_CASE("items on a server are listed by state, trouble, key and age, in pages", "[console]", own_world,
                   mapped_world) {
  TestType w;
  fill(w);
  auto const listed = [&](pawl::seen_query which) { return w.listed(w.table, std::move(which)); };
  CHECK(listed({}) == words{"ada", "bob", "cid", "dan", "eve", "fay"});
  CHECK(listed({.limit = 1}) == words{"ada", "bob", "cid", "dan", "eve", "fay"});
  CHECK(listed({.state = "sending"}) == words{"bob", "cid"});
  CHECK(listed({.state = "nowhere"}).empty());
  CHECK(listed({.trouble = pawl::trouble_is::parked}) == words{"ada"});
  CHECK(listed({.trouble = pawl::trouble_is::delayed}) == words{"bob"});
  CHECK(listed({.trouble = pawl::trouble_is::in_doubt, .limit = 1}) == words{"cid"});
  CHECK(listed({.key_glob = "[c-e]??"}) == words{"cid", "dan", "eve"});
  CHECK(listed({.key_glob = "*a*", .limit = 1}) == words{"ada", "dan", "fay"});
  CHECK(listed({.key_glob = "ev*"}) == words{"eve"});
  CHECK(listed({.key_glob = "e"}).empty());
  CHECK(listed({.state = "sent", .before = at(1'000'060)}).empty());
  CHECK(listed({.state = "sent", .before = at(1'000'061)}) == words{"dan"});
  CHECK_FALSE(w.wait(w.console.list(w.table, {.limit = 5})).is_last);
  auto const page = w.wait(w.console.list(w.table, {.limit = 6}));
  CHECK(page.is_last);
  CHECK(*page.items[0].trouble == parked());
  for (auto const* wrong : {"x; DROP TABLE", "k6", "kzz", "12x"})
    CHECK(error_of([&] { w.wait(w.console.list(w.table, {.after = wrong})); }).what_failed() ==
          pawl::store_failure::misuse);
}

TEMPLATE_TEST_CASE("an item on a server is released, parked and started later, at its version alone", "[console]",
                   own_world, mapped_world) {
  TestType w;
  fill(w);
  CHECK_FALSE(w.wait(w.console.release(w.table, "ada", 1, {})));
  CHECK(w.trouble("ada") == parked());
  CHECK(w.wait(w.console.release(w.table, "ada", 0, {})));
  CHECK(w.explained("ada").is == pawl::standing::runnable);
  CHECK_FALSE(w.wait(w.console.release(w.table, "ada", 0, {})));

  CHECK(w.wait(w.console.park(w.table, "bob", 1, {"", "the courier is ill, and nobody else knows the way"})));
  CHECK(w.explained("bob").text() ==
        "sending at version 1: parked after 1 attempt: parked by hand: the courier is ill, and nobody else knows the "
        "way");
  CHECK(w.wait(w.console.start_at(w.table, "bob", 1, at(3'000'000), {})));
  auto const bob = w.trouble("bob");
  REQUIRE(bob);
  CHECK_FALSE(bob->parked);
  CHECK(bob->next_at == at(3'000'000));
  CHECK(pawl::is_delayed_by(*bob, pawl::delayed_by::program));

  auto const it = w.wait(w.store.get("bob")).item->template as<state::sending>().value();
  REQUIRE(w.wait(w.store.apply(it, burn{})));
  CHECK_FALSE(w.wait(w.console.park(w.table, "bob", 1, {})));
  CHECK(w.sql("SELECT count(*) FROM pawl_trouble WHERE key='bob'") == "0");
  CHECK_FALSE(w.wait(w.console.release(w.table, "zoe", 0, {})));
  auto const refused = error_of([&] { w.wait(w.console.park(w.table, "dan", 2, {})); });
  CHECK_THAT(refused.what(), ContainsSubstring("item 'dan' is in state sent, which has no step"));
}

TEMPLATE_TEST_CASE("all of a state on a server are retried: the parked and what a run delays", "[console]", own_world,
                   mapped_world) {
  TestType w;
  fill(w);
  for (auto const* key : {"gus", "hal"}) w.add(key);
  REQUIRE(w.note(packed("gus", 0), delayed(2'000'000, 0)));
  REQUIRE(w.note(packed("hal", 0), delayed(2'000'000)));
  CHECK(w.wait(w.console.retry_all(w.table, "packed", {})) == 2);
  CHECK(w.wait(w.console.retry_all(w.table, "packed", {})) == 0);
  CHECK(w.explained("ada").is == pawl::standing::runnable);
  CHECK(w.explained("gus").is == pawl::standing::delayed);
  CHECK(w.explained("bob").is == pawl::standing::delayed);
  CHECK(error_of([&] { w.wait(w.console.retry_all(w.table, "lost", {})); }).what_failed() ==
        pawl::store_failure::misuse);
}

TEMPLATE_TEST_CASE("a state on a server is paused and resumed once, and its table of pauses made", "[console]",
                   own_world, mapped_world) {
  TestType w;
  fill(w);
  w.sql("DROP TABLE IF EXISTS pawl_pause");
  CHECK_FALSE(w.wait(w.console.resume(w.table, "sending", {})));
  CHECK(w.wait(w.console.pause(w.table, "sending", {"Ada"})));
  CHECK_FALSE(w.wait(w.console.pause(w.table, "sending", {"Bob"})));
  CHECK(w.sql("SELECT \"by\" FROM pawl_pause") == "Ada");
  auto const paused = counts(w.seen(w.table), "sending").paused;
  REQUIRE(paused);
  CHECK(paused->by == "Ada");
  CHECK(paused->since <= w.wait(w.console.now()));
  CHECK(paused->since > w.wait(w.console.now()) - 1min);
  CHECK_FALSE(counts(w.seen(w.table), "packed").paused);
  CHECK(w.wait(w.console.resume(w.table, "sending", {})));
  CHECK_FALSE(w.wait(w.console.resume(w.table, "sending", {})));
  CHECK(error_of([&] { w.wait(w.console.resume(w.table, "nowhere", {})); }).what_failed() ==
        pawl::store_failure::misuse);
  CHECK(w.wait(w.store.pause(state::sending)));
  CHECK(counts(w.seen(w.table), "sending").paused->by.empty());
  CHECK(w.wait(w.store.resume(state::sending)));
  CHECK(w.wait(w.store.pause(state::sending, hostile)));
  CHECK(counts(w.seen(w.table), "sending").paused->by == hostile);
  w.sql("INSERT INTO pawl_pause VALUES('" + w.table + "','*',5,'another house')");
  CHECK(w.seen(w.table).moved_to == "another house");
  CHECK_THAT(error_of([&] { w.wait(w.console.release(w.table, "ada", 0, {})); }).what(),
             ContainsSubstring("was moved to another house"));
}

TEMPLATE_TEST_CASE(
    "finished rows on a server are trimmed, a user's only if that is asked for, and a history by its own age",
    "[console]", own_world, mapped_world) {
  TestType w({.history = true});
  fill(w);
  auto const eve = w.story(w.table, "eve");
  REQUIRE(eve.history.size() == 3);
  CHECK(eve.history[1].version == 2);
  CHECK(eve.history[1].event == "hand_over");
  CHECK(eve.history[2].at == at(1'000'060));
  CHECK(w.seen(w.table).has_history);

  bool const is_users = w.table == "parcels";
  if (is_users)
    CHECK_THAT(error_of([&] { w.wait(w.console.trim(w.table, at(2'000'000), 9, false, {})); }).what(),
               ContainsSubstring("not pawl's"));
  CHECK(w.wait(w.console.trim(w.table, at(1'000'060), 9, is_users, {})) == 0);
  CHECK(w.wait(w.console.trim(w.table, at(1'000'061), 1, is_users, {})) == 1);
  CHECK(w.wait(w.console.trim(w.table, at(1'000'061), 9, is_users, {})) == 1);
  CHECK(w.listed(w.table, {}) == words{"ada", "bob", "cid", "dan"});
  CHECK(w.sql("SELECT count(*) FROM pawl_history WHERE key<>''") == "10");
  CHECK(w.wait(w.console.trim_history(w.table, at(1'000'060), 9, {})) == 0);
  CHECK(w.wait(w.console.trim_history(w.table, at(1'000'061), 9, {})) == 9);
  CHECK(w.wait(w.console.trim_history(w.table, at(1'000'061), 9, {})) == 1);
}

TEMPLATE_TEST_CASE("a record of a row's predecessor on a server is none of its own", "[console]", own_world,
                   mapped_world) {
  TestType w;
  fill(w);
  w.sql(w.table == "parcel" ? "DELETE FROM parcel WHERE key='ada'" : "DELETE FROM parcels WHERE label='ada'");
  w.sql(w.table == "parcel" ? "INSERT INTO parcel(key,state,version,changed_at) VALUES('ada',0,0,now())"
                            : "INSERT INTO parcels(label) VALUES('ada')");
  CHECK(w.story(w.table, "ada").is == pawl::standing::runnable);
  CHECK(counts(w.seen(w.table), "packed").parked == 0);
  CHECK(w.wait(w.console.retry_all(w.table, "packed", {})) == 0);
  CHECK_FALSE(w.wait(w.console.release(w.table, "ada", 0, {})));
}

TEST_CASE("hostile keys and reasons are like any other on a server", "[console]") {
  own_world w;
  w.add(hostile);
  w.add("'; DROP TABLE pawl_meta; --");
  CHECK(w.listed("parcel", {.limit = 1}) == words{hostile, "'; DROP TABLE pawl_meta; --"});
  CHECK(w.wait(w.console.park("parcel", hostile, 0, {"", hostile})));
  auto const found = w.story("parcel", hostile);
  CHECK(found.item.key == hostile);
  CHECK(found.item.trouble->last_error == "parked by hand: " + hostile);
  CHECK(w.wait(w.console.pause("parcel", "packed", {hostile})));
  CHECK(w.wait(w.console.release("parcel", hostile, 0, {})));
  mapped_world mapped;
  mapped.add("quote'\"\x1b[31m");
  CHECK(mapped.story("parcels", "quote'\"\x1b[31m").is == pawl::standing::runnable);
  CHECK_FALSE(mapped.wait(mapped.console.story("parcels", hostile)));
  CHECK_FALSE(mapped.wait(mapped.console.release("parcels", hostile, 0, {})));
}

TEST_CASE("keys on a server that are integers are themselves, and their age is not known", "[console]") {
  struct in_numbers : world<numbered> {
  } w;
  w.sql(
      "CREATE TABLE numbered(id bigint PRIMARY KEY,state text NOT NULL DEFAULT 'packed',version bigint NOT NULL "
      "DEFAULT "
      "0,courier text,weight bigint,note text,signature text)");
  w.wait(w.store.open());
  w.sql("INSERT INTO numbered(id) VALUES(7),(-8)");
  REQUIRE(w.note(packed("7", 0), parked()));
  CHECK(w.listed("numbered", {.limit = 1}) == words{"-8", "7"});
  CHECK(w.listed("numbered", {.key_glob = "[0-9]"}) == words{"7"});
  CHECK_FALSE(w.wait(w.console.story("numbered", "007")));
  CHECK_FALSE(w.wait(w.console.release("numbered", "007", 0, {})));
  CHECK(w.wait(w.console.release("numbered", "7", 0, {})));
  CHECK_FALSE(counts(w.seen("numbered"), "packed").oldest);
  CHECK_THAT(error_of([&] { w.wait(w.console.trim("numbered", at(5), 9, true, {})); }).what(),
             ContainsSubstring("pawl::names::changed_at"));
  CHECK_THAT(error_of([&] { w.wait(w.console.list("numbered", {.before = at(5)})); }).what(),
             ContainsSubstring("pawl::names::changed_at"));
}

TEST_CASE("states on a server that the lifecycle does not know are counted, listed and explained", "[console]") {
  mapped_world w;
  fill(w);
  w.sql("UPDATE parcels SET state='tele''ported' WHERE label='ada'");
  auto const seen = w.seen("parcels");
  CHECK_FALSE(counts(seen, "tele'ported").known);
  CHECK(w.listed("parcels", {.state = "tele'ported"}) == words{"ada"});
  CHECK(w.story("parcels", "ada").why == w.explained("ada").text());
  CHECK(error_of([&] { w.wait(w.console.park("parcels", "ada", 0, {})); }).what_failed() ==
        pawl::store_failure::misuse);
  own_world own;
  own.add("ada");
  own.sql("UPDATE parcel SET state=77");
  CHECK_FALSE(counts(own.seen("parcel"), "code 77").known);
  CHECK(own.listed("parcel", {.state = "code 77"}) == words{"ada"});
}

TEST_CASE("workers are told with their signs of life", "[console]") {
  own_world w;
  w.sql(
      "INSERT INTO pawl_worker(table_name,name,beat_at,locks,leased) VALUES('parcel','shop:17',clock_timestamp(),"
      "true,'{1,2}'),('parcel','barn:4',clock_timestamp()-interval '1 "
      "hour',true,'{}'),('other','x:1',now(),true,'{}')");
  auto const workers = w.seen("parcel").workers;
  REQUIRE(workers.size() == 2);
  CHECK(workers[0].name == "shop:17");
  CHECK(workers[0].items == 2);
  CHECK_FALSE(workers[0].dead);
  CHECK(workers[1].dead);
}

TEST_CASE("a table on a server that is gone or no longer fits is told with what is the matter", "[console]") {
  mapped_world w;
  pawl::postgres::store<parcel> own(w.at.db);
  w.wait(own.open());
  w.sql("DROP TABLE parcel CASCADE");
  w.sql("ALTER TABLE parcels RENAME COLUMN label TO name");
  CHECK_THAT(w.seen("parcel").problem, ContainsSubstring("there is no table parcel"));
  CHECK_THAT(w.seen("parcels").problem, ContainsSubstring("there is no column label"));
  CHECK_THAT(error_of([&] { w.wait(w.console.list("letters", {})); }).what(),
             ContainsSubstring("has no table 'letters' of items; it has parcel, parcels"));
}

TEST_CASE("what is no database of pawl on a server, or of a newer pawl, is refused in a sentence", "[console]") {
  own_database empty;
  pawl::postgres_console none(empty.loop, empty.conninfo());
  auto const refused = error_of([&] { empty.wait(none.tables()); });
  CHECK(refused.what_failed() == pawl::store_failure::refused);
  CHECK_THAT(refused.what(), ContainsSubstring("is no database of pawl"));
  own_world w;
  w.sql("UPDATE pawl_meta SET schema=4");
  CHECK_THAT(error_of([&] { w.wait(w.console.tables()); }).what(), ContainsSubstring("have schema 4, but pawl"));
}

TEST_CASE("a console of a server that only reads changes nothing, and one whose server is away says so", "[console]") {
  own_world w;
  fill(w);
  pawl::postgres_console looking(w.at.loop, w.at.conninfo(), {}, pawl::postgres_console::access::read_only);
  CHECK(looking.reads_only());
  CHECK(w.wait(looking.tables()).size() == 1);
  CHECK(error_of([&] { w.wait(looking.release("parcel", "ada", 0, {})); }).what_failed() ==
        pawl::store_failure::misuse);
  CHECK(w.trouble("ada") == parked());
  pawl::postgres::options impatient;
  impatient.outage_bound = 50ms;
  pawl::postgres_console away(w.at.loop, "host=/nowhere user=postgres", impatient);
  CHECK(error_of([&] { w.wait(away.tables()); }).what_failed() == pawl::store_failure::not_applied);
}

TEST_CASE("an item that another transaction moves at the same time is left alone", "[console]") {
  own_world w;
  fill(w);
  postgres_test::session other(w.at.conninfo());
  other.script("BEGIN;UPDATE parcel SET version=version+1 WHERE key='ada'");
  bool changed = true, ended = false;
  auto const parks = [](own_world& in, bool& to, bool& end) -> pawl::task<void> {
    auto parking = in.console.park("parcel", "ada", 0, {"", "too late"});
    to = co_await std::move(parking);
    end = true;
  };
  boost::asio::co_spawn(w.at.loop.get_executor(), parks(w, changed, ended), boost::asio::detached);
  auto const waits = [](own_world& in) -> pawl::task<void> {
    for (int i = 0; i < 200; ++i) {
      if (in.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type='Lock'") != "0") co_return;
      co_await in.at.loop.sleep(5ms);
    }
  };
  w.wait(waits(w));
  CHECK_FALSE(ended);
  other.must("COMMIT");
  w.at.loop.run_until(ended);
  CHECK_FALSE(changed);
  CHECK(w.sql("SELECT last_error FROM pawl_trouble WHERE key='ada'") == "transient: busy");
}

TEST_CASE("patterns of keys are read as SQLite reads them", "[console]") {
  using pawl::detail::fits_glob;
  for (auto const* glob : {"*", "a*", "*c", "a?c", "a[b]c", "a[^x]c", "a[a-c]c", "abc", "**b**", "a[]b]c"})
    CHECK(fits_glob("abc", glob));
  for (auto const* glob : {"", "a", "ab", "b*", "a?", "a[^b]c", "a[x-z]c", "a[b", "abcd", "?"})
    CHECK_FALSE(fits_glob("abc", glob));
  CHECK(fits_glob("", ""));
  CHECK(fits_glob("", "*"));
  CHECK(fits_glob("\u00e9", "?"));
  CHECK(fits_glob("a*c", "a[*]c"));
  CHECK(fits_glob(std::string(3000, 'a') + "b", "*a*a*b"));
  CHECK(pawl::detail::prefix_of_glob("ab*c") == "ab");
  CHECK(pawl::detail::prefix_of_glob("abc") == "abc");
}

}  // namespace postgres_console_test
