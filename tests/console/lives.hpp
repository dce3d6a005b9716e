// The history of a key that several rows have had, one after the other: the same in every store. A World is as in hands.hpp, with
// erase(), the store's own table or one of a user; `tells_lives`: its rows can be told from former ones with their key.
#ifndef PAWL_TESTS_CONSOLE_LIVES_HPP
#define PAWL_TESTS_CONSOLE_LIVES_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/store/history_entry.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"
#include "console/hands.hpp"

namespace console_test {

// What becomes of a row: it moves (m), or an operator releases it (r).
inline constexpr std::string_view every_past[] = {"", "r", "m", "rm", "mr", "mm", "rmrm"};
inline constexpr std::string_view every_present[] = {"", "r", "m", "rm", "mr", "rmr", "mm", "rmm", "mrm"};

template <class World> void move_on(World& w, std::string const& key, std::int64_t version) {
  if (version == 0) {
    pawl::item<parcel, state::packed> const it(key, 0);
    REQUIRE(w.now(w.store.apply(it, dispatch{})));
  } else {
    pawl::item<parcel, state::sending> const it(key, 1);
    hand_over const event{"Mercury", 7, std::nullopt};
    REQUIRE(w.now(w.store.apply(it, event)));
  }
}
// The text of its history, as told() has it.
template <class World>
std::string live(World& w, std::string const& key, std::string_view deeds, std::string const& who) {
  std::string lines;
  std::int64_t version = 0;
  w.add(key);
  for (char const deed : deeds) {
    if (deed == 'm') {
      move_on(w, key, version);
      lines += version == 0 ? "1 packed -dispatch-> sending\n" : "2 sending -hand_over-> sent\n";
      ++version;
    } else {
      auto const it = w.now(w.store.get(key)).item;
      REQUIRE(it);
      REQUIRE(w.now(w.store.note(*it, parked())));
      REQUIRE(w.now(w.store.release(key, who)));
      lines +=
          std::to_string(version) + (version == 0 ? " packed" : " sending") + ": released after 5, by " + who + "\n";
    }
  }
  return lines;
}

template <class World> void a_history_is_of_the_row_that_is_there() {
  World w({.history = true});
  int number = 0;
  for (std::string_view const past : every_past)
    for (std::string_view const present : every_present) {
      CAPTURE(past, present);
      std::string const key = std::to_string(++number);  // of a numbered table too
      std::string const first = live(w, key, "rm", "the first");
      w.erase(key);
      std::string const former = live(w, key, past, "the former");
      w.erase(key);
      CHECK(told_of(w, key) == (World::forgets ? std::string() : former.empty() ? first : former));
      std::string expected = live(w, key, present, "this one");
      // Nothing tells whether that was done to this row or to one before it, which never moved.
      if (!World::tells_lives && past == "r") expected.insert(0, former);
      CHECK(told_of(w, key) == expected);
      CHECK(told_of(w, key, 1) ==
            expected.substr(expected.empty() ? 0 : expected.rfind('\n', expected.size() - 2) + 1));
      if constexpr (requires { w.change(); }) {
        auto const story = w.now(w.change()->story(w.table, key));
        REQUIRE(story);
        CHECK(told(story->history) == expected);
      }
    }
}

}  // namespace console_test

#endif
