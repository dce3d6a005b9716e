// What operators do to items, and what stands in the history of it: the same in every database. A World has a store, its table
// and a console (change()) of parcels: sqlite_world.hpp, postgres_world.hpp.
#ifndef PAWL_TESTS_CONSOLE_HANDS_HPP
#define PAWL_TESTS_CONSOLE_HANDS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/on_behalf.hpp>
#include <pawl/error.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utf8.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"

namespace console_test {

// "0 packed: parked after 5, by ada: ill", or "1 packed -dispatch-> sending", a line each.
inline std::string told(std::vector<pawl::history_entry> const& all) {
  std::string lines;
  for (auto const& e : all) {
    lines += std::to_string(e.version) + " " + e.from;
    if (auto const deed = e.by_hand(); !deed.empty()) {
      CHECK(e.to == e.from);
      CHECK(e.run == 0);
      lines += ": " + std::string(deed) + " after " + std::to_string(e.attempts) + ", " + e.error + "\n";
    } else {
      lines += " -" + e.event + "-> " + e.to + "\n";
    }
  }
  return lines;
}
template <class World> std::string told_of(World& w, std::string const& key, std::size_t most = 1000) {
  return told(w.now(w.store.history(key, most)));
}

// What an operator does to an item of fill(), or to gus, who is packed and waits after a failed attempt.
enum class deed { release, release_mark, park, start_at, retry_all };
inline constexpr deed every_deed[] = {deed::release, deed::release_mark, deed::park, deed::start_at, deed::retry_all};

inline std::string key_of(deed what) {
  return what == deed::release ? "ada" : what == deed::release_mark ? "cid" : what == deed::retry_all ? "gus" : "bob";
}
// The entry of it, on behalf of anna.
inline std::string entry_of(deed what) {
  switch (what) {
    case deed::release:
      return "0 packed: released after 5, by anna: it is mended\n";
    case deed::release_mark:
      return "1 sending: released after 0, by anna: it is mended\n";
    case deed::park:
      return "1 sending: parked after 1, by anna: it is mended\n";
    case deed::start_at:
      return "1 sending: delayed after 1, until 2033-05-18T03:33:20.000000Z by anna: it is mended\n";
    case deed::retry_all:
      break;
  }
  return "0 packed: retried after 1, by anna: it is mended\n";
}
// True if something was changed. `late`: as if the item had been seen before it moved, or with another mark.
template <class World> bool carry_out(World& w, deed what, bool late = false) {
  pawl::on_behalf const anna("anna", "it is mended");
  auto&& console = w.change();
  switch (what) {
    case deed::release:
      return w.now(console->release(w.table, "ada", late ? 1 : 0, anna));
    case deed::release_mark:
      return w.now(console->release_mark(w.table, "cid", 1, late ? -8 : -7, anna));
    case deed::park:
      return w.now(console->park(w.table, "bob", late ? 0 : 1, anna));
    case deed::start_at:
      return w.now(console->start_at(w.table, "bob", late ? 2 : 1, at(2'000'000'000), anna));
    case deed::retry_all:
      break;
  }
  return w.now(console->retry_all(w.table, "packed", anna)) > 0;
}
template <class World> void fill_for_deeds(World& w) {
  fill(w);
  w.add("gus");
  REQUIRE(w.now(w.store.note(pawl::item<parcel, state::packed>("gus", 0), delayed(2'000'000))));
}
template <class World> std::int64_t entries(World& w) { return w.number("SELECT count(*) FROM pawl_history"); }
template <class World> std::string trouble_text(World& w, std::string const& key) {
  auto const it = w.now(w.store.get(key)).item;
  return it && w.now(w.store.trouble_of(*it)) ? w.now(w.store.trouble_of(*it))->last_error : "none";
}

// ---- the tests ----

template <class World> void each_deed_has_an_entry() {
  for (deed const what : every_deed) {
    World w({.history = true});
    fill_for_deeds(w);
    std::string const key = key_of(what), before = told_of(w, key);
    auto const many = entries(w);
    CAPTURE(key, before);
    CHECK(carry_out(w, what));
    CHECK(told_of(w, key) == before + entry_of(what));
    CHECK(entries(w) == many + (what == deed::retry_all ? 2 : 1));
    CHECK(told_of(w, key, 1) == entry_of(what));
    auto const story = w.now(w.change()->story(w.table, key));
    REQUIRE(story);
    CHECK(story->history == w.now(w.store.history(key)));
    CHECK(story->item.version == w.now(w.store.get(key)).item->version);
  }
}

template <class World> void a_refused_deed_has_none() {
  for (deed const what : every_deed) {
    World w({.history = true});
    fill_for_deeds(w);
    if (what == deed::retry_all) REQUIRE(carry_out(w, what));  // nothing is left that it could retry
    auto const many = entries(w);
    CAPTURE(key_of(what));
    CHECK_FALSE(carry_out(w, what, true));
    CHECK(entries(w) == many);
  }
  World w({.history = true});
  fill_for_deeds(w);
  auto const many = entries(w);
  CHECK_FALSE(w.now(w.change()->park(w.table, "nobody", 0, {})));
  CHECK_THROWS_AS(w.now(w.change()->park(w.table, "dan", 2, {})), pawl::store_error);
  CHECK_FALSE(w.now(w.change()->release(w.table, "cid", 1, {})));  // a mark that was not seen
  CHECK(entries(w) == many);
}

template <class World> void without_a_history_none_is_written() {
  for (deed const what : every_deed) {
    World w;
    fill_for_deeds(w);
    CAPTURE(key_of(what));
    CHECK(carry_out(w, what));
    CHECK_FALSE(w.has_table("pawl_history"));
    CHECK(w.now(w.store.history(key_of(what))).empty());
  }
}

template <class World> void a_deed_and_its_entry_are_one_transaction() {
  for (deed const what : every_deed) {
    World w({.history = true});
    fill_for_deeds(w);
    w.break_history();
    std::string const key = key_of(what), before = trouble_text(w, key), told_before = told_of(w, key);
    CAPTURE(key, before);
    CHECK_THROWS_AS(carry_out(w, what), pawl::store_error);
    CHECK(trouble_text(w, key) == before);
    CHECK(told_of(w, key) == told_before);
  }
}

// Before an item's first transition, between two and after the last; each in its place, and with its life.
template <class World> void deeds_stand_in_their_order() {
  World w({.history = true});
  w.add("zoe");
  auto&& console = w.change();
  CHECK(w.now(console->park(w.table, "zoe", 0, {"ada"})));
  CHECK(w.now(console->release(w.table, "zoe", 0, {})));
  pawl::item<parcel, state::packed> const first("zoe", 0);
  auto const sending = w.now(w.store.apply(first, dispatch{}));
  REQUIRE(sending);
  CHECK(w.now(console->park(w.table, "zoe", 1, {"", "wait"})));
  CHECK(w.now(w.store.release("zoe")));
  CHECK_FALSE(w.now(w.store.release("zoe")));
  CHECK(w.now(console->park(w.table, "zoe", 1, {})));
  REQUIRE(w.now(w.store.release("zoe", "the program")));
  std::string const until_now =
      "0 packed: parked after 0, by ada\n"
      "0 packed: released after 0, by hand\n"
      "1 packed -dispatch-> sending\n"
      "1 sending: parked after 0, by hand: wait\n"
      "1 sending: released after 0, by hand\n"
      "1 sending: parked after 0, by hand\n"
      "1 sending: released after 0, by the program\n";
  CHECK(told_of(w, "zoe") == until_now);
  burn const burning{};
  REQUIRE(w.now(w.store.apply(*sending, burning)));
  CHECK(told_of(w, "zoe") == until_now + "2 sending -burn-> lost\n");
  CHECK(told_of(w, "zoe", 7) == (until_now + "2 sending -burn-> lost\n").substr(until_now.find('\n') + 1));
  CHECK(w.now(console->story(w.table, "zoe"))->why == "lost at version 2: it has reached a final state, by burn");
  // Another item's, and a predecessor's, are none of its own.
  w.add("ada");
  CHECK(w.now(console->park(w.table, "ada", 0, {})));
  CHECK(told_of(w, "ada") == "0 packed: parked after 0, by hand\n");
  CHECK(w.number("SELECT count(*) FROM pawl_history_view WHERE event='hand: released' AND from_state=to_state") == 3);
}

template <class World> void entries_of_deeds_are_removed_by_their_age() {
  World w({.history = true});
  fill_for_deeds(w);
  for (deed const what : every_deed) CHECK(carry_out(w, what));
  auto const all = entries(w);
  w.seconds = 4'000'000'000;  // a console on a server takes the server's time
  std::size_t removed = 0;
  for (std::size_t some = 1; some > 0; removed += some)
    some = w.now(w.store.remove_history(std::chrono::seconds(0), 3));
  CHECK(static_cast<std::int64_t>(removed) == all);
  CHECK(entries(w) == 0);
  CHECK(told_of(w, "ada").empty());
  CHECK(w.now(w.change()->park(w.table, "ada", 0, {"ada"})));
  CHECK(told_of(w, "ada") == "0 packed: parked after 0, by ada\n");
}

// ---- what is done to a state or a table ----

// "paused sent after 0, by ada", a line each.
template <class World> std::string deeds_of(World& w) {
  std::string lines;
  for (auto const& one : w.now(w.change()->tables())) {
    if (one.name != w.table) continue;
    for (auto const& e : one.deeds) {
      CHECK(e.from.empty());
      CHECK(e.run == 0);
      lines += std::string(e.by_hand()) + (e.to.empty() ? "" : " " + e.to) + " " + std::to_string(e.attempts) + ", " +
               e.error + "\n";
    }
  }
  return lines;
}

template <class World> void deeds_of_tables_are_told() {
  World w({.history = true});
  fill(w);
  CHECK(deeds_of(w).empty());
  pawl::on_behalf const anna("anna", "the courier is ill");
  auto const final = at(3'000'000'000);
  auto&& console = w.change();
  CHECK(w.now(console->pause(w.table, "sending", anna)));
  CHECK_FALSE(w.now(console->pause(w.table, "sending", anna)));
  CHECK(w.now(console->resume(w.table, "sending", {"bob"})));
  CHECK_FALSE(w.now(console->resume(w.table, "sending", {"bob"})));
  CHECK(w.now(w.store.pause(state::packed, "the program")));
  CHECK_FALSE(w.now(w.store.pause(state::packed, "the program")));
  CHECK(w.now(w.store.resume(state::packed)));
  std::string const pauses =
      "paused sending 0, by anna: the courier is ill\n"
      "resumed sending 0, by bob\n"
      "paused packed 0, by the program\n"
      "resumed packed 0, by hand\n";
  CHECK(deeds_of(w) == pauses);
  CHECK(w.now(console->trim(w.table, final, 1, true, {"bob"})) == 1);
  CHECK(w.now(console->trim(w.table, final, 1, true, {"bob"})) == 1);  // the same goes on
  CHECK(w.now(console->trim(w.table, final, 1, true, {"bob"})) == 0);
  std::string const trimmed = pauses + "trimmed 2, of before 2065-01-24T05:20:00.000000Z by bob\n";
  CHECK(deeds_of(w) == trimmed);
  CHECK(told_of(w, "dan") == "1 packed -dispatch-> sending\n2 sending -hand_over-> sent\n");
  CHECK(w.now(console->trim_history(w.table, at(1), 1, {})) == 0);
  CHECK(w.now(console->trim_history(w.table, final, 1, {})) == 1);
  CHECK(w.now(console->trim_history(w.table, final, 1, {})) == 1);
  CHECK(deeds_of(w) == trimmed + "history trimmed 2, of before 2065-01-24T05:20:00.000000Z by hand\n");
  CHECK(w.number("SELECT count(*) FROM pawl_history_view WHERE event LIKE 'hand: %' AND from_state=''") == 6);
  for (int i = 0; i < 10; ++i) {
    CHECK(w.now(console->pause(w.table, "sending", anna)));
    CHECK(w.now(console->resume(w.table, "sending", anna)));
  }
  auto const all = w.now(console->tables());
  CHECK(all.at(0).deeds.size() == pawl::seen_table::most_deeds);
  CHECK(all.at(0).deeds.back().by_hand() == "resumed");
}

template <class World> void without_a_history_deeds_of_tables_are_not() {
  World w;
  fill(w);
  auto&& console = w.change();
  CHECK(w.now(console->pause(w.table, "sending", {})));
  CHECK(w.now(w.store.resume(state::sending, "the program")));
  CHECK(w.now(console->trim(w.table, at(3'000'000'000), 9, true, {})) == 2);
  CHECK_FALSE(w.has_table("pawl_history"));
  CHECK(deeds_of(w).empty());
}

template <class World> void a_deed_of_a_table_and_its_entry_are_one_transaction() {
  World w({.history = true});
  fill(w);
  CHECK(w.now(w.change()->pause(w.table, "packed", {})));
  auto const many = entries(w);
  w.break_history();
  auto&& console = w.change();
  CHECK_THROWS_AS(w.now(console->pause(w.table, "sending", {})), pawl::store_error);
  CHECK_THROWS_AS(w.now(console->resume(w.table, "packed", {})), pawl::store_error);
  CHECK_THROWS_AS(w.now(w.store.resume(state::packed)), pawl::store_error);
  CHECK_THROWS_AS(w.now(console->trim(w.table, at(3'000'000'000), 9, true, {})), pawl::store_error);
  CHECK(entries(w) == many);
  CHECK(w.now(w.store.paused_states()) == 1);
  CHECK(w.now(w.store.get("eve")).item);
}

// Of pawl's own table: a schedule of any name.
template <class World> void schedules_are_told_and_forgotten() {
  World w({.history = true});
  for (std::string const& name : {std::string("nightly"), hostile}) {
    std::vector<std::string> const keys{name.substr(0, 1)};
    CHECK(w.now(w.store.advance_ticks({name, std::nullopt, at(2'000'000'000), keys})) == 1);
  }
  auto const seen = [&w] { return w.now(w.change()->tables()).at(0).schedules; };
  REQUIRE(seen().size() == 2);
  CHECK(seen()[0].name == hostile);
  CHECK(seen()[1].name == "nightly");
  CHECK(seen()[1].settled == at(2'000'000'000));
  auto&& console = w.change();
  CHECK_FALSE(w.now(console->forget_schedule(w.table, "nightl", {})));
  CHECK(w.now(console->forget_schedule(w.table, "nightly", {"ada", "we sleep"})));
  CHECK_FALSE(w.now(console->forget_schedule(w.table, "nightly", {})));
  CHECK(w.now(console->forget_schedule(w.table, hostile, {})));
  CHECK(seen().empty());
  CHECK_FALSE(w.now(w.store.last_tick("nightly")));
  CHECK(w.now(w.store.get("n")).item);  // what it has made stays
  CHECK(deeds_of(w) == "schedule forgotten 0, nightly by ada: we sleep\nschedule forgotten 0, " +
                           pawl::detail::visible_text(hostile) + " by hand\n");
  CHECK_THROWS_AS(w.now(console->forget_schedule("nowhere", "nightly", {})), pawl::store_error);
}

}  // namespace console_test

#endif
