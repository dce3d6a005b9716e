// What operators do to items, and what stands in the history of it: the same in every database. A World has a store, its table
// and a console (change()) of parcels: sqlite_world.hpp, postgres_world.hpp.
#ifndef PAWL_TESTS_CONSOLE_HANDS_HPP
#define PAWL_TESTS_CONSOLE_HANDS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/on_behalf.hpp>
#include <pawl/error.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/trouble_record.hpp>

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

}  // namespace console_test

#endif
