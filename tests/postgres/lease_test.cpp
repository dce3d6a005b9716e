// Workers of one table: who has claimed what, and how it is nobody's again.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pawl/error.hpp>

#include "catch.hpp"
#include "postgres/worker_fixture.hpp"

namespace lease_test {

using namespace worker_test;

#define FOR_BOTH_TABLES GENERATE(parcels::kind::own, parcels::kind::mapped)

TEST_CASE("two workers claim different items, in the order of the page", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 5);
  member one(t.of), two(t.of);
  one.join();
  two.join();
  CHECK(one.me.number() != two.me.number());
  CHECK(one.claim(3) == "abc");
  CHECK(two.claim(3) == "de");
  CHECK(one.claim(3) == "");
  CHECK(t.claimed() == "abcde");
}

TEST_CASE("a page after a mark goes on behind it, and leaves items of others out", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 6);
  member one(t.of), two(t.of);
  one.join();
  two.join();
  CHECK(one.claim(2) == "ab");
  CHECK(two.claim(1) == "c");
  auto parameters = one.first_page("packed", 2);
  parameters.push_back(t.is_own ? pg::value_of(one.item("b").row) : pg::value_of("b"));
  CHECK(one.keys_of(one.loop.wait(one.mine.claim(one.session(), pg::page_begins::after_a_mark, std::move(parameters),
                                                 member::soon()))) == "de");
}

TEST_CASE("a worker that was taken for dead is told so by its claim", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of);
  one.join();
  bool const has_claimed = GENERATE(false, true);
  if (has_claimed) CHECK(one.claim(1) == "a");
  t.in.sql.must("DELETE FROM pawl_worker");
  CHECK(one.claim(3) == "dead");
  CHECK_FALSE(one.me.is_member());
}

TEST_CASE("a claim changes no version", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of);
  one.join();
  one.claim(3);
  CHECK(t.count(t.of.table + " WHERE version=0") == "3");
}

TEST_CASE("an item that is held back is not claimed, and one that is due is", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 4);
  std::string const life = t.is_own ? "(SELECT id FROM parcel WHERE key='b')" : "0";
  t.in.sql.must("INSERT INTO pawl_trouble SELECT '" + t.of.name + "',k,0," +
                (t.is_own ? std::string("(SELECT id FROM parcel WHERE key=k)") : std::string("0")) +
                ",1,0,CASE WHEN k<>'a' THEN 1000 END,NULL,k='a',false,7,'' FROM unnest('{a,b,c}'::bytea[]) k");
  member one(t.of), two(t.of);
  one.join();
  two.join();
  CHECK(one.claim(9) == "d");
  std::string const first = one.claim_due(1000, 1), second = two.claim_due(1000, 1);
  CHECK((first + second == "bc" || first + second == "cb"));
  CHECK(one.claim_due(1000, 1) == "");
  CHECK(t.claimed() == "bcd");
}

TEST_CASE("what has come to hold an item back while a claim waited holds it back", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 4);
  member one(t.of);
  one.join();
  auto holder = t.holding_workers();
  std::string claimed;
  std::thread claiming([&] { claimed = one.claim(3); });  // its snapshot is older than what follows
  wait_until_one_is_blocked(t.in.sql);
  t.note("a", 0, "NULL", true);
  t.note("b", 0, "1000", false);
  t.note("c", 2, "NULL", false);
  holder.must("ROLLBACK");
  claiming.join();
  CHECK(claimed == "c");
  CHECK(one.last.items.at(0).record.value().recoveries == 2);
  CHECK(one.beat());
  CHECK(t.claimed() == "c");
}

TEST_CASE("what is due no more when it has been claimed is given back", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of);
  one.join();
  for (auto const key : {"a", "b", "c"}) t.note(key, 0, "1000", false);
  auto holder = t.holding_workers();
  std::string claimed;
  std::thread claiming([&] { claimed = one.claim_due(2000, 3); });
  wait_until_one_is_blocked(t.in.sql);
  t.note("a", 0, "1000", true);
  t.note("b", 0, "3000", false);
  holder.must("ROLLBACK");
  claiming.join();
  CHECK(claimed == "c");
  CHECK(one.beat());
  CHECK(t.claimed() == "c");
}

TEST_CASE("a claim tells how many rows it has found, though another worker was faster", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 5);
  member one(t.of), two(t.of);
  one.join();
  two.join();
  auto holder = t.in.another();
  holder.must("BEGIN");
  holder.must("SELECT 1 FROM pawl_worker WHERE worker=1 FOR UPDATE");
  std::string claimed;
  std::thread claiming([&] { claimed = one.claim(2); });
  wait_until_one_is_blocked(t.in.sql);
  CHECK(two.claim(2) == "ab");
  holder.must("ROLLBACK");
  claiming.join();
  CHECK(one.last.found == 2);
  CHECK(claimed == (t.is_own ? "cd" : ""));
  CHECK(one.claim(4) == (t.is_own ? "e" : "cde"));
  CHECK(one.last.found == (t.is_own ? 1 : 3));
  CHECK(one.claim(4) == "");
  CHECK(one.last.found == 0);
}

TEST_CASE("what is passed on is not claimed again by the same worker, and may be by another one", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of), two(t.of);
  two.session().use_names(GENERATE(true, false));  // as behind a pooler
  one.join();
  two.join();
  auto const none_due = pawl::stored_time();
  auto const any_left = [&](member& who) {
    return who.loop.wait(who.mine.any_left(who.session(), none_due, none_due, member::soon()));
  };
  CHECK(one.claim(3) == "abc");
  CHECK_FALSE(any_left(one));
  one.mine.pass_on(one.item("b"));
  CHECK(one.claim(3) == "");
  CHECK(t.claimed() == "ac");
  CHECK_FALSE(any_left(one));
  CHECK(any_left(two));
  CHECK(two.claim(3) == "b");
  CHECK_FALSE(any_left(two));
}

TEST_CASE("whether anything is left to claim heeds what is due, and what another transaction holds", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 2);
  member one(t.of);
  one.join();
  auto const any_left = [&](std::int64_t due) {
    return one.loop.wait(one.mine.any_left(one.session(), pawl::stored_time(std::chrono::nanoseconds(due)),
                                           pawl::stored_time(), member::soon()));
  };
  t.note("a", 0, "1000", false);
  t.note("b", 0, "NULL", true);
  CHECK_FALSE(any_left(999));
  CHECK(any_left(1000));
  CHECK(one.claim_due(1000, 9) == "a");
  CHECK_FALSE(any_left(1000));
  t.in.sql.must("DELETE FROM pawl_trouble");
  auto holder = t.in.another();
  holder.must("BEGIN");
  holder.must("SELECT 1 FROM " + t.of.table + " FOR UPDATE");
  CHECK(one.claim(9) == "");
  CHECK(any_left(0));
  holder.must("ROLLBACK");
  CHECK(one.claim(9) == "b");
  CHECK_FALSE(any_left(0));
}

TEST_CASE("a sign of life that had to wait is one of when it was given", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 2);
  member one(t.of);
  one.join();
  std::function<void()> const signs[] = {[&] { one.claim(1); }, [&] { one.beat(); }, [&] { one.begin("a"); }};
  for (auto const& sign : signs) {
    auto holder = t.holding_workers();
    std::thread telling(sign);
    wait_until_one_is_blocked(t.in.sql);
    std::string const released = holder.must("SELECT clock_timestamp()").at(0, 0);
    holder.must("ROLLBACK");
    telling.join();
    CHECK(t.in.sql.must("SELECT beat_at>=$1::timestamptz FROM pawl_worker", {released}).at(0, 0) == "t");
  }
}

TEST_CASE("what is given back goes with the next beat or claim, and others may claim it", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 4);
  member one(t.of), two(t.of);
  one.join();
  two.join();
  CHECK(one.claim(4) == "abcd");
  one.mine.give_back(one.item("b"));
  one.mine.give_back(one.item("d"));
  CHECK(two.claim(4) == "");
  CHECK(one.beat());
  CHECK(t.claimed() == "ac");
  CHECK(two.claim(1) == "b");
  one.mine.give_back(one.item("a"));
  CHECK(one.claim(1) == "a");  // it was nobody's before the claim
  CHECK(t.claimed() == "abc");
  if (t.is_own) CHECK(t.in.sql.must("SELECT leased FROM pawl_worker ORDER BY worker").at(0, 0) == "{3,1}");
}

TEST_CASE("a worker cannot give back what another one has claimed since", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 1);
  member one(t.of), two(t.of);
  one.join();
  two.join();
  one.claim(1);
  one.mine.give_back(one.item("a"));
  CHECK(one.beat());
  CHECK(two.claim(1) == "a");
  one.mine.give_back(one.item("a"));
  CHECK(one.beat());
  CHECK(t.claimed() == "a");
}

TEST_CASE("what was let go of in a request that failed is told with the next", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of);
  one.join();
  CHECK(one.claim(2) == "ab");
  pg::request impatient;
  impatient.add("SET lock_timeout='100ms'");
  one.loop.wait(one.session().ask(impatient, member::soon()));
  auto holder = t.in.another();
  holder.must("BEGIN");
  holder.must(t.is_own ? "UPDATE parcel SET version=version WHERE key='a'" : "DELETE FROM pawl_lease WHERE key='a'");
  one.mine.give_back(one.item("a"));
  for (bool const claims : {false, true}) try {
      if (claims)
        one.claim(1);
      else
        one.beat();
      FAIL("it did not wait for the row");
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::busy);
    }
  holder.must("ROLLBACK");
  CHECK(t.claimed() == "ab");
  CHECK(one.beat());
  CHECK(t.claimed() == "b");
}

TEST_CASE("in pawl's own table a transition to a state without a step lets go of the item, and another one does not",
          "[postgres]") {
  parcels t(parcels::kind::own, 2);
  member one(t.of);
  one.join();
  CHECK(one.claim(2) == "ab");
  auto const move = [&t](std::string const& key, int version, int from, int event) {
    t.in.sql.must("TRUNCATE pawl_batch");
    return t.in.sql
        .must(pg::move_sql(t.of), {"2026-11-28T01:00:00Z", "1", array_of({key}), "{" + std::to_string(version) + "}",
                                   "{0}", "{" + std::to_string(from) + "}", "{" + std::to_string(from + 1) + "}",
                                   "{" + std::to_string(event) + "}", array_of({cell()})})
        .at(0, 0);
  };
  CHECK(move("a", 0, 0, 0) == "{1}");
  CHECK(t.claimed() == "ab");
  CHECK(move("a", 1, 1, 1) == "{1}");
  CHECK(t.claimed() == "b");
}

TEST_CASE("a worker that leaves gives all back, and its row and its lock are gone", "[postgres]") {
  parcels t(FOR_BOTH_TABLES, 3);
  member one(t.of), two(t.of);
  one.join();
  two.join();
  CHECK(one.claim(2) == "ab");
  CHECK(two.claim(1) == "c");
  one.begin("a");
  one.leave();
  CHECK(t.claimed() == "c");
  CHECK(t.count("pawl_worker") == "1");
  CHECK(two.claim(9) == "ab");
  CHECK(t.deaths() == "");
  CHECK(t.in.sql
            .must("SELECT count(*) FROM pg_locks WHERE locktype='advisory' AND pid=" +
                  std::to_string(one.opened.facts.process))
            .at(0, 0) == "0");
  one.join();
  CHECK(one.me.is_member());
}

TEST_CASE("many workers that claim at the same time never claim an item twice", "[postgres]") {
  parcels t(FOR_BOTH_TABLES);
  for (int i = 0; i < 300; ++i) t.add("k" + std::to_string(1000 + i));
  std::vector<std::vector<std::string>> claimed(4);
  std::vector<std::thread> workers;
  for (auto& keys : claimed)
    workers.emplace_back([&t, &keys] {
      member one(t.of);
      one.join();
      int empty = 0, given_back = 0;
      while (empty < 3) {
        std::size_t const before = one.rows.size();
        one.claim(7);
        empty = one.rows.size() == before ? empty + 1 : 0;
        if (one.rows.size() > before && ++given_back < 10) {
          one.mine.give_back(one.item(one.rows.back().first));
          one.rows.pop_back();
        }
      }
      if (one.beat())
        for (auto const& row : one.rows) keys.push_back(row.first);
    });
  for (auto& one : workers) one.join();
  std::vector<std::string> all;
  for (auto const& keys : claimed) all.insert(all.end(), keys.begin(), keys.end());
  std::size_t const held = all.size();
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(held == 300);
  CHECK(t.claimed().size() == held * 5);
}

}  // namespace lease_test
