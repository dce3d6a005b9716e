// The console of an SQLite database: what it sees and changes without the types of the lifecycle, beside its store.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/console/sqlite_console.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/explanation.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/store_options.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/sqlite_world.hpp"
#include "files.hpp"
#include "sqlite/fixture.hpp"

namespace sqlite_console_test {

using namespace console_test;
using namespace std::chrono_literals;
using sqlite_test::ask;
using sqlite_test::error_of;
using words = std::vector<std::string>;

TEMPLATE_TEST_CASE("tables are told with their states, troubles and transitions", "[console]", own_world,
                   mapped_world) {
  TestType w;
  fill(w);
  auto const console = w.look();
  auto const seen = table(*console, w.table);
  CHECK(console->name() == w.path);
  CHECK(console->reads_only());
  CHECK(seen.lifecycle == "parcel");
  CHECK(seen.is_own == (w.table == "parcel"));
  CHECK_FALSE(seen.has_history);
  CHECK(seen.problem.empty());
  REQUIRE(seen.states.size() == 5);
  CHECK(seen.states[0].name == "packed");
  CHECK(seen.states[0].role == pawl::role::step);
  CHECK(seen.states[2].role == pawl::role::waiting);
  CHECK(seen.states[3].role == pawl::role::goal);
  CHECK(seen.states[4].role == pawl::role::terminal);
  CHECK(counts(seen, "packed").items == 1);
  CHECK(counts(seen, "packed").parked == 1);
  CHECK(counts(seen, "sending").items == 2);
  CHECK(counts(seen, "sending").delayed == 1);
  CHECK(counts(seen, "sending").in_doubt == 1);
  CHECK(counts(seen, "sending").oldest == at(1'000'060));
  CHECK(counts(seen, "delivered").items == 1);
  CHECK(counts(seen, "lost").parked == 0);
  CHECK(seen.next_due == at(2'000'000));
  REQUIRE(seen.rows.size() == 5);
  CHECK(seen.rows[0].from == "packed");
  CHECK(seen.rows[0].event == "dispatch");
  CHECK(seen.rows[0].to == "sending");
}

TEMPLATE_TEST_CASE("the console explains an item in the words of its store", "[console]", own_world, mapped_world) {
  TestType w;
  fill(w);
  auto const console = w.look();
  for (auto const* key : {"ada", "bob", "cid", "dan"}) {
    auto const expected = pawl::explain(w.store, key);
    auto const found = story(*console, w.table, key);
    CHECK(found.why == expected.text());
    CHECK(found.is == expected.is);
  }
  CHECK_FALSE(wait(console->story(w.table, "zoe")));
}

TEST_CASE("an item of pawl's own table says by which event it arrived, with what was recorded", "[console]") {
  own_world w;
  fill(w);
  auto const console = w.look();
  CHECK(story(*console, w.table, "eve").why == pawl::explain(w.store, "eve").text());
  CHECK(story(*console, w.table, "eve").why ==
        "delivered at version 3: it has reached a final state, by deliver(\"Eve \\\"the\\nfirst\\\"\")");
  CHECK(story(*console, w.table, "fay").why == "lost at version 3: it has reached a final state, by burn or lose");
  auto const fields = story(*console, w.table, "eve").fields;
  REQUIRE(fields.size() == 4);
  CHECK(fields[0].name == "hand_over.1");
  CHECK(fields[0].value == "Mercury");
  CHECK(fields[1].value == "7");
  CHECK_FALSE(fields[2].value);
  CHECK(fields[3].name == "deliver");
  CHECK(fields[3].value == "Eve \"the\nfirst\"");
}

TEST_CASE("damaged records are shown as bytes, and do no harm", "[console]") {
  own_world w;
  fill(w);
  w.db.execute("UPDATE parcel SET data=x'ff00000061' WHERE key='eve'");
  auto const damaged = story(*w.look(), w.table, "eve");
  REQUIRE(damaged.fields.size() == 1);
  CHECK(damaged.fields[0].name == "(damaged)");
  CHECK(damaged.fields[0].value == "x'ff00000061'");
  w.db.execute("UPDATE parcel SET data=CAST(x'07000000'||'deliver'||x'0300000074ff00' AS BLOB) WHERE key='eve'");
  CHECK(story(*w.look(), w.table, "eve").why ==
        "delivered at version 3: it has reached a final state, by deliver, whose fields cannot be read");
}

TEST_CASE("of a user's row the other columns are told", "[console]") {
  mapped_world w;
  fill(w);
  w.db.execute("UPDATE parcels SET note=x'00ff' WHERE label='eve'");
  auto const eve = story(*w.look(), w.table, "eve");
  REQUIRE(eve.fields.size() == 5);
  CHECK(eve.fields[0].name == "born");
  CHECK(eve.fields[1].name == "courier");
  CHECK(eve.fields[1].value == "Mercury");
  CHECK(eve.fields[3].value == "x'00ff'");
  CHECK(eve.fields[4].value == "Eve \"the\nfirst\"");
  CHECK(eve.item.changed_at == at(1'000'060));
  CHECK(eve.why == "delivered at version 3: it has reached a final state, by deliver");
}

TEMPLATE_TEST_CASE("items are listed by state, trouble, key and age, in pages", "[console]", own_world, mapped_world) {
  TestType w;
  fill(w);
  w.seconds += 3600;
  w.add("gus");
  if (w.table == "parcels") w.db.execute("UPDATE parcels SET at='1970-01-12T14:47:40.500000' WHERE label='gus'");
  auto const console = w.look();
  auto const listed = [&](pawl::seen_query which) { return keys(*console, w.table, std::move(which)); };
  CHECK(listed({}) == words{"ada", "bob", "cid", "dan", "eve", "fay", "gus"});
  CHECK(listed({.limit = 2}) == words{"ada", "bob", "cid", "dan", "eve", "fay", "gus"});
  CHECK(listed({.state = "sending"}) == words{"bob", "cid"});
  CHECK(listed({.state = "nowhere"}).empty());
  CHECK(listed({.trouble = pawl::trouble_is::parked}) == words{"ada"});
  CHECK(listed({.trouble = pawl::trouble_is::delayed}) == words{"bob"});
  CHECK(listed({.trouble = pawl::trouble_is::in_doubt}) == words{"cid"});
  CHECK(listed({.state = "packed", .trouble = pawl::trouble_is::in_doubt}).empty());
  CHECK(listed({.key_glob = "[c-e]??"}) == words{"cid", "dan", "eve"});
  CHECK(listed({.key_glob = "%"}).empty());
  CHECK(listed({.state = "sent", .before = at(1'000'060)}).empty());
  CHECK(listed({.state = "sent", .before = at(1'000'061)}) == words{"dan"});
  CHECK(listed({.key_glob = "gus", .before = at(1'003'660)}).empty());
  auto page = wait(console->list(w.table, {.limit = 3}));
  REQUIRE(page.items.size() == 3);
  CHECK_FALSE(page.is_last);
  REQUIRE(page.items[0].trouble);
  CHECK(*page.items[0].trouble == parked());
  CHECK_FALSE(wait(console->list(w.table, {.limit = 6})).is_last);
  CHECK(wait(console->list(w.table, {.limit = 7})).is_last);
  CHECK(sqlite_test::failure_of([&] { wait(console->list(w.table, {.after = "x; DROP TABLE"})); }) ==
        pawl::store_failure::misuse);
}

TEMPLATE_TEST_CASE("an item is released, parked and started later, by the console alone", "[console]", own_world,
                   mapped_world) {
  TestType w;
  fill(w);
  auto const console = w.change();
  CHECK(wait(console->release(w.table, "ada", 0, {})));
  CHECK(pawl::explain(w.store, "ada").is == pawl::standing::runnable);
  CHECK_FALSE(wait(console->release(w.table, "ada", 0, {})));

  CHECK(wait(console->park(w.table, "bob", 1, {"", "the courier is ill"})));
  CHECK(pawl::explain(w.store, "bob").text() ==
        "sending at version 1: parked after 1 attempt: parked by hand: the courier is ill");
  CHECK_FALSE(wait(console->park(w.table, "bob", 1, {"", "the courier is ill"})));

  CHECK(wait(console->start_at(w.table, "bob", 1, at(3'000'000), {})));
  auto const bob = w.store.trouble_of(*w.store.get("bob").item);
  REQUIRE(bob);
  CHECK_FALSE(bob->parked);
  CHECK(bob->next_at == at(3'000'000));
  CHECK(pawl::is_delayed_by(*bob, pawl::delayed_by::program));
  CHECK_FALSE(wait(console->release(w.table, "zoe", 0, {})));
}

TEMPLATE_TEST_CASE("what has moved on since it was seen is left alone", "[console]", own_world, mapped_world) {
  TestType w;
  fill(w);
  auto const console = w.change();
  auto const seen = story(*console, w.table, "bob").item;
  auto const bob = w.store.get("bob").item->template as<state::sending>().value();
  REQUIRE(w.store.apply(bob, burn{}));
  CHECK_FALSE(wait(console->park(w.table, "bob", seen.version, {})));
  CHECK_FALSE(wait(console->start_at(w.table, "bob", seen.version, at(5), {})));
  CHECK_FALSE(wait(console->release(w.table, "bob", seen.version, {})));
  CHECK(ask(w.db, "SELECT count(*) FROM pawl_trouble WHERE key='bob'") == "0");
  auto const before = w.store.trouble_of(*w.store.get("ada").item);
  CHECK_FALSE(wait(console->release(w.table, "ada", 1, {})));
  CHECK(w.store.trouble_of(*w.store.get("ada").item) == before);
}

TEMPLATE_TEST_CASE("an item without a step is not held back, and the refusal says where that is", "[console]",
                   own_world, mapped_world) {
  TestType w;
  fill(w);
  auto const console = w.change();
  auto const refused = error_of([&] { wait(console->park(w.table, "dan", 2, {})); });
  CHECK(refused.what_failed() == pawl::store_failure::misuse);
  CHECK(sqlite_test::mentions(refused, "item 'dan' is in state sent, which has no step"));
  CHECK(sqlite_test::mentions(refused, "packed, sending"));
}

TEMPLATE_TEST_CASE("all of a state are retried: the parked and what a run delays, not a start time", "[console]",
                   own_world, mapped_world) {
  TestType w;
  fill(w);
  for (auto const* key : {"gus", "hal"}) w.add(key);
  REQUIRE(w.store.note(packed("gus", 0), delayed(2'000'000, 0)));
  REQUIRE(w.store.note(packed("hal", 0), delayed(2'000'000)));
  auto const console = w.change();
  CHECK(wait(console->retry_all(w.table, "packed", {})) == 2);
  CHECK(wait(console->retry_all(w.table, "packed", {})) == 0);
  CHECK(pawl::explain(w.store, "ada").is == pawl::standing::runnable);
  CHECK(pawl::explain(w.store, "gus").is == pawl::standing::delayed);
  CHECK(pawl::explain(w.store, "bob").is == pawl::standing::delayed);
  auto const refused = error_of([&] { wait(console->retry_all(w.table, "delivered", {})); });
  CHECK(sqlite_test::mentions(refused, "no state 'delivered' with a step; those with one are packed, sending"));
}

TEMPLATE_TEST_CASE("a state is paused once and resumed once, and is told so", "[console]", own_world, mapped_world) {
  TestType w;
  fill(w);
  auto const console = w.change();
  CHECK(wait(console->pause(w.table, "sending", {"Ada", "the courier is ill"})));
  CHECK_FALSE(wait(console->pause(w.table, "sending", {"Bob"})));
  CHECK(ask(w.db, "SELECT \"by\" FROM pawl_pause") == "Ada: the courier is ill");
  auto const paused = counts(table(*console, w.table), "sending").paused;
  REQUIRE(paused);
  CHECK(paused->by == "Ada: the courier is ill");
  CHECK(paused->since == at(1'000'060));
  CHECK_FALSE(counts(table(*console, w.table), "packed").paused);
  CHECK(sqlite_test::failure_of([&] { wait(console->pause(w.table, "sent", {})); }) == pawl::store_failure::misuse);
  CHECK(wait(console->resume(w.table, "sending", {})));
  CHECK_FALSE(wait(console->resume(w.table, "sending", {})));
  CHECK(sqlite_test::failure_of([&] { wait(console->resume(w.table, "nowhere", {})); }) == pawl::store_failure::misuse);
  CHECK(w.store.pause(state::sending));
  CHECK(counts(table(*console, w.table), "sending").paused->by.empty());
  w.store.resume(state::sending);
  CHECK(w.store.pause(state::sending, hostile));
  CHECK(counts(table(*console, w.table), "sending").paused->by == hostile);
}

TEST_CASE("finished rows are trimmed, and a history by its own age, the others stay", "[console]") {
  own_world w({.history = true});
  fill(w);
  auto const life = ask(w.db, "SELECT id FROM parcel WHERE key='eve'");
  auto const console = w.change();
  CHECK(wait(console->trim(w.table, at(1'000'060), 100, false, {})) == 0);
  CHECK(wait(console->trim(w.table, at(1'000'061), 1, false, {})) == 1);
  CHECK(wait(console->trim(w.table, at(1'000'061), 100, false, {})) == 1);
  CHECK(keys(*console, w.table, {}) == words{"ada", "bob", "cid", "dan"});
  CHECK(ask(w.db, "SELECT count(*) FROM pawl_history WHERE key<>''") == "10");
  CHECK(wait(console->trim_history(w.table, at(1'000'060), 100, {})) == 0);
  CHECK(wait(console->trim_history(w.table, at(1'000'061), 4, {})) == 4);
  CHECK(wait(console->trim_history(w.table, at(1'000'061), 100, {})) == 8);  // with what was done to the table
  REQUIRE(w.store.insert_if_absent("eve"));
  CHECK(ask(w.db, "SELECT id FROM parcel WHERE key='eve'") != life);
}

TEST_CASE("a user's rows are trimmed only if that is asked for", "[console]") {
  mapped_world w;
  fill(w);
  auto const console = w.change();
  auto const refused = error_of([&] { wait(console->trim(w.table, at(2'000'000), 100, false, {})); });
  CHECK(refused.what_failed() == pawl::store_failure::misuse);
  CHECK(sqlite_test::mentions(refused, "not pawl's"));
  CHECK(keys(*console, w.table, {}).size() == 6);
  CHECK(wait(console->trim(w.table, at(2'000'000), 100, true, {})) == 2);
  CHECK(keys(*console, w.table, {}) == words{"ada", "bob", "cid", "dan"});
}

TEST_CASE("rows whose age is not known are neither trimmed nor listed by it", "[console]") {
  world w;
  w.db.execute(numbered_sql);
  pawl::sqlite::store<numbered> store(w.db);
  auto const console = w.change();
  for (auto const& refused : {error_of([&] { wait(console->trim("numbered", at(5), 9, true, {})); }),
                              error_of([&] { wait(console->list("numbered", {.before = at(5)})); })})
    CHECK(sqlite_test::mentions(refused, "pawl::names::changed_at"));
}

TEST_CASE("keys that are integers are themselves, and no text that looks like one", "[console]") {
  world w;
  w.db.execute(numbered_sql);
  pawl::sqlite::store<numbered> store(w.db);
  w.db.execute("INSERT INTO numbered(id) VALUES(7),(-8)");
  REQUIRE(store.note(packed("7", 0), parked()));
  auto const console = w.change();
  CHECK(keys(*console, "numbered", {}) == words{"-8", "7"});
  CHECK(keys(*console, "numbered", {.limit = 1}) == words{"-8", "7"});
  CHECK(story(*console, "numbered", "7").is == pawl::standing::parked);
  CHECK_FALSE(wait(console->story("numbered", "007")));
  CHECK_FALSE(wait(console->release("numbered", "007", 0, {})));
  CHECK(wait(console->release("numbered", "7", 0, {})));
  CHECK_FALSE(counts(table(*console, "numbered"), "packed").oldest);
}

TEMPLATE_TEST_CASE("a record of a row's predecessor is none of its own", "[console]", own_world, mapped_world) {
  TestType w;
  fill(w);
  auto const console = w.change();
  database other(w.path, sqlite_test::quick());
  other.execute(w.table == "parcel" ? "DELETE FROM parcel WHERE key='ada'" : "DELETE FROM parcels WHERE label='ada'");
  other.execute(w.table == "parcel" ? "INSERT INTO parcel(key,state,version,changed_at) VALUES('ada',0,0,0)"
                                    : "INSERT INTO parcels(label) VALUES('ada')");
  CHECK(ask(other, "SELECT count(*) FROM pawl_trouble WHERE key='ada'") == "1");
  CHECK(story(*console, w.table, "ada").is == pawl::standing::runnable);
  CHECK(counts(table(*console, w.table), "packed").parked == 0);
  CHECK(keys(*console, w.table, {.trouble = pawl::trouble_is::parked}).empty());
  CHECK(wait(console->retry_all(w.table, "packed", {})) == 0);
}

TEMPLATE_TEST_CASE("hostile keys are keys like any other", "[console]", own_world, mapped_world) {
  TestType w;
  w.add(hostile);
  w.add("'; DROP TABLE pawl_meta; --");
  auto const console = w.change();
  CHECK(keys(*console, w.table, {}) == words{hostile, "'; DROP TABLE pawl_meta; --"});
  CHECK(wait(console->park(w.table, hostile, 0, {"", hostile})));
  auto const found = story(*console, w.table, hostile);
  CHECK(found.item.key == hostile);
  CHECK(found.item.trouble->last_error == "parked by hand: " + hostile);
  CHECK(found.why.find('\x1b') == std::string::npos);
  CHECK_FALSE(wait(console->story(w.table, hostile.substr(0, hostile.find('\0')))));
  CHECK(wait(console->release(w.table, hostile, 0, {})));
}

TEST_CASE("states that the lifecycle does not know are counted, listed and explained", "[console]") {
  mapped_world w;
  fill(w);
  w.db.execute("UPDATE parcels SET state='tele''ported' WHERE label='ada'");
  w.db.execute("INSERT INTO parcels(label,state,version) VALUES('zoe','packed','many')");
  auto const console = w.change();
  auto const seen = table(*console, w.table);
  CHECK_FALSE(counts(seen, "tele'ported").known);
  CHECK(counts(seen, "tele'ported").items == 1);
  CHECK(counts(seen, "(unusable: no state, integer version or key)").items == 1);
  CHECK(keys(*console, w.table, {.state = "tele'ported"}) == words{"ada"});
  CHECK(story(*console, w.table, "ada").why == pawl::explain(w.store, "ada").text());
  CHECK(story(*console, w.table, "zoe").why == pawl::explain(w.store, "zoe").text());
  CHECK(sqlite_test::failure_of([&] { wait(console->park(w.table, "ada", 0, {})); }) == pawl::store_failure::misuse);
  CHECK_FALSE(wait(console->park(w.table, "zoe", 0, {})));
  w.db.execute("UPDATE parcels SET state=CAST('packed' AS BLOB) WHERE label='bob'");
  CHECK_FALSE(counts(table(*console, w.table), "x'7061636b6564'").known);
  CHECK(story(*console, w.table, "bob").is == pawl::standing::unrecognised);
}

TEST_CASE("codes of no state have names of their own in pawl's own table", "[console]") {
  own_world w;
  fill(w);
  w.db.execute("UPDATE parcel SET state=77 WHERE key='ada'");
  w.db.execute("INSERT INTO pawl_states(table_name,code,name) VALUES('parcel',78,'former')");
  w.db.execute("UPDATE parcel SET state=78 WHERE key='bob'");
  auto const console = w.look();
  CHECK_FALSE(counts(table(*console, w.table), "code 77").known);
  CHECK_FALSE(counts(table(*console, w.table), "former").known);
  CHECK(keys(*console, w.table, {.state = "code 77"}) == words{"ada"});
  CHECK(keys(*console, w.table, {.state = "former"}) == words{"bob"});
  CHECK(story(*console, w.table, "bob").why == "it is in a state that parcel does not know: 'former'");
}

TEMPLATE_TEST_CASE("the history of an item is told, and says by which event it arrived", "[console]", own_world,
                   mapped_world) {
  TestType w({.history = true});
  fill(w);
  w.add("gil");
  w.seconds += 60;
  auto const sending = *w.store.apply(packed("gil", 0), dispatch{});
  auto troubled = delayed(2'000'000);
  troubled.attempts = 3;
  troubled.last_error = "transient: fog";
  REQUIRE(w.store.note(sending, troubled));
  REQUIRE(w.store.apply(sending, burn{}));
  auto const console = w.look();
  CHECK(table(*console, w.table).has_history);
  auto const gil = story(*console, w.table, "gil");
  REQUIRE(gil.history.size() == 2);
  CHECK(gil.history[0].version == 1);
  CHECK(gil.history[1].version == 2);
  CHECK(gil.history[1].at == at(1'000'120));
  CHECK(gil.history[1].attempts == 3);
  CHECK(gil.history[1].error == "transient: fog");
  CHECK(gil.why == "lost at version 2: it has reached a final state, by burn");
}

TEST_CASE("the process that owns a table is named while it lives", "[console]") {
  own_world w;
  auto const console = w.look();
  CHECK(table(*console, w.table).workers.empty());
  {
    pawl::store_lock const lock(w.store);
    auto const seen = table(*console, w.table);
    REQUIRE(seen.workers.size() == 1);
    CHECK(seen.workers[0].name == "process " + std::to_string(pawl::detail::this_process()));
    CHECK_FALSE(seen.workers[0].dead);
  }
  CHECK(table(*console, w.table).workers.empty());
}

TEST_CASE("several tables of a database are told by their names", "[console]") {
  world w;
  w.db.execute(parcels_sql);
  w.db.execute(numbered_sql);
  pawl::sqlite::store<parcels> first(w.db);
  pawl::sqlite::store<numbered> second(w.db);
  pawl::sqlite::store<parcel> third(w.db);
  auto const console = w.look();
  words names;
  for (auto const& one : wait(console->tables())) names.push_back(one.name);
  CHECK(names == words{"numbered", "parcel", "parcels"});
  auto const refused = error_of([&] { wait(console->list("letters", {})); });
  CHECK(refused.what_failed() == pawl::store_failure::misuse);
  CHECK(sqlite_test::mentions(refused, "has no table 'letters' of items; it has numbered, parcel, parcels"));
}

TEST_CASE("a table that is gone or no longer fits is told with what is the matter, and the others as ever",
          "[console]") {
  world w;
  w.db.execute(parcels_sql);
  w.db.execute(numbered_sql);
  pawl::sqlite::store<parcel> own(w.db);
  {
    pawl::sqlite::store<parcels> first(w.db);
    pawl::sqlite::store<numbered> second(w.db);
  }
  w.db.execute("DROP TABLE numbered; ALTER TABLE parcels RENAME COLUMN label TO name");
  auto const console = w.look();
  CHECK_THAT(table(*console, "numbered").problem, ContainsSubstring("there is no table numbered"));
  CHECK_THAT(table(*console, "parcels").problem, ContainsSubstring("there is no column label"));
  CHECK(table(*console, "parcel").problem.empty());
}

TEST_CASE("names that pawl has not written become no statements", "[console]") {
  own_world w;
  w.db.execute(
      "INSERT INTO pawl_meta SELECT 'parcel]; DROP TABLE parcel; --',lifecycle,fingerprint,schema,identity,kept,"
      "key_column,state_column,version_column,changed_at_column,born_column,priority_column,row_column,last_id,plain_"
      "keys "
      "FROM pawl_meta");
  auto const console = w.change();
  CHECK_THAT(table(*console, "parcel]; DROP TABLE parcel; --").problem,
             ContainsSubstring("which pawl has not written"));
  CHECK(table(*console, "parcel").problem.empty());
}

TEST_CASE("a table that was copied away is told so, and not changed", "[console]") {
  own_world w;
  fill(w);
  w.db.execute("INSERT INTO pawl_pause VALUES('parcel','*',5,'postgres://shop')");
  auto const console = w.change();
  CHECK(table(*console, w.table).moved_to == "postgres://shop");
  auto const refused = error_of([&] { wait(console->release(w.table, "ada", 0, {})); });
  CHECK(refused.what_failed() == pawl::store_failure::refused);
  CHECK(sqlite_test::mentions(refused, "was moved to postgres://shop"));
}

// A console at work while a run has the table: ada's step parks bob, starts cid later, and releases dan, whom the run then
// finds; ada itself, which the step moves afterwards, is no longer as it was seen.
struct meddling_steps {
  pawl::sqlite_console& console;
  pawl::stop_source& stop;
  words& order;

  dispatch operator()(pawl::item<parcel, state::packed> it) {
    order.push_back(it.key);
    if (it.key == "ada") {
      order.push_back(wait(console.park("parcel", "bob", 0, {})) ? "parked" : "not parked");
      wait(console.start_at("parcel", "cid", 0, at(9'000'000'000), {}));
      wait(console.release("parcel", "dan", 0, {}));
    }
    return {};
  }
  burn operator()(pawl::item<parcel, state::sending> it) {
    if (it.key == "ada") order.push_back(wait(console.park("parcel", "ada", 0, {})) ? "parked" : "moved on");
    if (it.key == "dan") stop.request_stop();
    return {};
  }
};

TEST_CASE("a run beside the console leaves what it parks, and takes what it releases", "[console]") {
  own_world w;
  for (auto const* key : {"ada", "bob", "cid", "dan"}) w.add(key);
  REQUIRE(w.store.note(packed("dan", 0), parked()));
  auto const console = w.change();
  words order;
  pawl::stop_source stop;
  pawl::loop<> loop;
  pawl::commit_queue queue{loop, w.store};
  pawl::run(queue, meddling_steps{*console, stop, order}, {.until = pawl::until::stopped, .poll = 5ms, .stop = &stop});
  CHECK(order == words{"ada", "parked", "moved on", "dan"});
  CHECK(pawl::explain(w.store, "bob").is == pawl::standing::parked);
  CHECK(pawl::explain(w.store, "cid").is == pawl::standing::delayed);
  CHECK(pawl::explain(w.store, "dan").is == pawl::standing::arrived);
}

// ---- opening ----

pawl::store_error refusal(std::string const& path) {
  return error_of([&] { pawl::sqlite_console(path, sqlite_test::quick()); });
}

TEMPLATE_TEST_CASE("a console of the program's own database sees and changes what its stores have", "[console]",
                   own_world, mapped_world) {
  TestType w;
  fill(w);
  pawl::sqlite_console console(w.db);
  CHECK_FALSE(console.reads_only());
  CHECK(counts(table(console, w.table), "packed").parked == 1);
  std::size_t heard = 0;
  pawl::change_signal::listener const listening(w.store.changes(), [&heard] { ++heard; });
  CHECK(wait(console.release(w.table, "ada", 0, {})));
  CHECK(heard == 1);  // a run takes it at once
  CHECK_FALSE(w.store.trouble_of(packed("ada", 0)));
  CHECK(wait(console.park(w.table, "ada", 0, {"", "no"})));
  CHECK(w.store.trouble_of(packed("ada", 0))->parked);
  heard = 0;
  CHECK(wait(console.retry_all(w.table, "packed", {})) == 1);
  CHECK(heard == 1);
  CHECK(wait(console.park(w.table, "ada", 0, {"", "no"})));
  REQUIRE(w.store.try_begin());
  CHECK(counts(table(console, w.table), "packed").parked == 1);
  CHECK(sqlite_test::failure_of([&] { wait(console.release(w.table, "ada", 0, {})); }) == pawl::store_failure::misuse);
  CHECK(w.db.in_transaction());
  w.store.commit();
  CHECK(wait(console.release(w.table, "ada", 0, {})));
}

TEMPLATE_TEST_CASE("the mark of a step that may be running is released only by who has seen it", "[console]", own_world,
                   mapped_world) {
  TestType w;
  fill(w);
  auto const console = w.change();
  auto const cid = story(*console, w.table, "cid").item;
  REQUIRE(cid.trouble->is_mark());
  CHECK_FALSE(wait(console->release(w.table, "cid", cid.version, {})));
  CHECK_FALSE(wait(console->release_mark(w.table, "cid", cid.version, cid.trouble->run + 1, {})));
  CHECK(story(*console, w.table, "cid").item.trouble);
  CHECK(wait(console->release_mark(w.table, "cid", cid.version, cid.trouble->run, {})));
  CHECK_FALSE(story(*console, w.table, "cid").item.trouble);
}

TEST_CASE("a console that was there first keeps no store from its table", "[console]") {
  own_world w;
  database db(w.path, sqlite_test::quick());
  pawl::sqlite_console console(db);
  CHECK(counts(table(console, w.table), "packed").items == 0);
  pawl::sqlite::store<parcel> store(db);
  store.insert_if_absent("ada");
  CHECK(keys(console, w.table, {}) == words{"ada"});
}

TEST_CASE("what is no database of pawl is refused in a sentence, and left as it was", "[console]") {
  temporary_folder folder;
  CHECK(sqlite_test::mentions(refusal(folder / "none.db"), "there is no such file"));
  CHECK(folder.entries() == 0);
  CHECK(sqlite_test::mentions(refusal(folder.path().string()), "it is a folder"));
  std::string const text = folder / "text", foreign = folder / "foreign.db";
  std::ofstream(text) << std::string(5000, 'x');
  CHECK(sqlite_test::mentions(refusal(text), "it is not an SQLite database"));
  sqlite_test::make_with_pages_of(4096, foreign, "CREATE TABLE t(a)");
  std::string const before = text_of(foreign);
  CHECK(sqlite_test::mentions(refusal(foreign), "it is no database of pawl: no store was ever opened in it"));
  CHECK(text_of(foreign) == before);
}

TEST_CASE("records of another schema are refused, with what to do", "[console]") {
  own_world w;
  w.db.execute("UPDATE pawl_meta SET schema=4");
  CHECK(sqlite_test::mentions(refusal(w.path), "have schema 4, but pawl " PAWL_VERSION_STRING " supports"));
  w.db.execute("PRAGMA ignore_check_constraints=1; UPDATE pawl_meta SET schema=2");
  CHECK(sqlite_test::mentions(refusal(w.path), "have schema 2; open its store once"));
}

TEST_CASE("a database that another process has locked is told to be busy, and nothing is changed", "[console]") {
  own_world w;
  fill(w);
  auto const console = w.change();
  w.db.begin();
  CHECK(sqlite_test::failure_of([&] { wait(console->release(w.table, "ada", 0, {})); }) == pawl::store_failure::busy);
  CHECK(table(*console, w.table).states.size() == 5);
  w.db.rollback();
  CHECK(wait(console->release(w.table, "ada", 0, {})));
}

TEST_CASE("a console that only reads changes nothing", "[console]") {
  own_world w;
  fill(w);
  auto const console = w.look();
  CHECK(sqlite_test::failure_of([&] { wait(console->release(w.table, "ada", 0, {})); }) == pawl::store_failure::misuse);
  CHECK(w.store.trouble_of(*w.store.get("ada").item));
}

}  // namespace sqlite_console_test
