// A store's promises about one item: it moves only from its own state and version, and keeps what its events record.
#ifndef PAWL_TESTING_CONTRACT_MOVES_HPP
#define PAWL_TESTING_CONTRACT_MOVES_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/testing/contract/samples.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

template <class Promises> void check_moves(Promises& p) {
  p.promise("a transition moves its item and counts the version up by one", [](auto& c) {
    auto const working = c.move(c.fresh("a"), start{});
    c.expect(working.key == "a" && working.version == 1, "the first transition did not return 'a' at version 1");
    c.expect(c.template read<state::working>("a").version == 1, "get() did not return what the transition returned");
    auto const done = c.move(c.move(working, full_load()), finish{});
    auto const again = c.move(done, reset{});
    c.expect(again.version == 4, "a transition to the initial state did not count the version up by one");
    c.expect(c.template read<state::ready>("a").version == 4, "get() did not return the version after a reset");
  });
  p.promise("a stale version changes nothing, and the conflict holds what the row holds", [](auto& c) {
    auto const first = c.fresh("a");
    auto const working = c.move(first, start{});
    auto const stale = c.apply(first, start{});
    c.expect(!stale, "'a' was moved from version 0, which its row had left");
    if (!stale) c.expect(stale.why().now == c.get("a"), "the conflict does not hold the item that the row holds");
    auto mine = full_load(), late = full_load();
    mine.text = "mine";
    late.text = "late";
    auto const moved = c.move(working, mine);
    c.expect(!c.apply(working, late), "an event was recorded a second time, from a version that its row had left");
    auto const recorded = c.template recorded<load>(moved);
    c.expect(recorded && recorded->text == "mine", "a refused event replaced what the row had recorded");
  });
  p.promise("the version alone fences, where the state is the same again", [](auto& c) {
    auto const first = c.fresh("a");
    c.move(c.move(c.move(first, start{}), fail{"x"}), retry{});
    auto const stale = c.apply(first, start{});
    c.expect(!stale, "'a' was moved from version 0, while its row was at version 3 in the same state");
    c.expect(c.version("a") == 3, "the row is not at version 3 any more");
  });
  p.promise("the state alone fences, where the version is the same", [](auto& c) {
    auto const ready = c.fresh("a");
    auto const missed = c.apply(in<state::failed>("a", ready.version, ready.row), retry{});
    c.expect(!missed, "'a' was moved from a state in which it was not");
    if (!missed)
      c.expect(missed.why().now.item && missed.why().now.item->state == state::ready,
               "the conflict does not hold the state of the row");
    c.expect(c.version("a") == 0, "the row was written");
  });
  p.promise("the key alone fences, where the row's number is another item's", [](auto& c) {
    auto const row = c.fresh("a").row;
    c.expect(!c.apply(in<state::ready>("b", 0, row), start{}), "'b', which is not there, was moved in the row of 'a'");
    c.expect(c.version("a") == 0, "the row of 'a' was written");
  });
  p.promise("an item whose row is not there meets a conflict that says so", [](auto& c) {
    c.fresh("a");
    auto const missed = c.apply(in<state::ready>("b", 0), start{});
    c.expect(!missed && missed.why().now.gone(), "the conflict does not say that there is no row");
    c.expect(c.get("b").gone(), "get() does not say that there is no row");
  });
  p.template promise<need::erase>("an item whose row was removed meets a conflict that says so", [](auto& c) {
    auto const first = c.fresh("a");
    c.fixture().erase("a");
    auto const missed = c.apply(first, start{});
    c.expect(!missed && missed.why().now.gone(), "the conflict does not say that the row is gone");
    c.expect(c.get("a").gone(), "get() does not say that the row is gone");
  });
  p.template promise<need::erase>("one row, one life: no item moves the successor of its row", [](auto& c) {
    auto const first = c.fresh("a");
    c.fixture().erase("a");
    auto const second = c.fresh("a");
    c.expect(first.life != second.life,
             "a row that was removed and written anew has the same life, and so the same idempotency keys");
    c.expect(!c.apply(first, start{}), "an item of the row that was removed moved its successor");
    auto const working = c.move(second, start{});
    c.expect(working.life == second.life && c.template read<state::working>("a").life == second.life,
             "the life of a row is another one after a transition");
    auto const loaded = c.move(working, full_load());
    auto of_first = loaded;
    of_first.life = first.life;
    c.expect(!c.template recorded<load>(of_first),
             "an item of the row that was removed has the events of its successor");
    c.expect(c.template recorded<load>(loaded).has_value(), "recorded() does not return what was recorded");
  });
  p.promise("an item without a row's number is found by its key", [](auto& c) {
    c.fresh("a");
    auto const moved = c.move(in<state::ready>("a", 0), start{});
    c.expect(c.version("a") == 1, "the row was not written");
    c.move(moved, fail{"x"});
  });
  p.template promise<need::write>("a state that the lifecycle does not know is reported and left alone", [](auto& c) {
    c.fixture().write("a", "archived", 7);
    auto const now = c.get("a");
    c.expect(!now.item && !now.gone(), "get() does not say that there is a row, but no item");
    c.expect(now.unknown_state == "archived", "get() does not return the text of the state");
    auto const missed = c.apply(in<state::working>("a", 7), fail{"x"});
    c.expect(!missed && missed.why().now == now, "a row of an unknown state was moved, or its conflict hides it");
  });
  p.template promise<need::write>("the largest version is not the last that can be reached", [](auto& c) {
    std::int64_t const large = (std::numeric_limits<std::int64_t>::max)() - 1;
    c.fixture().write("a", "working", large);
    c.move(in<state::working>("a", large), fail{"x"});
    c.expect(c.version("a") == large + 1, "the version was not counted up by one");
  });
  p.promise("keys are bytes: each is a row of its own", [](auto& c) {
    auto const keys = c.awkward_keys();
    for (auto const& key : keys) c.add(key);
    for (auto const& key : keys) c.move(c.template read<state::ready>(key), start{});
    for (auto const& key : keys) {
      auto const now = c.get(key).item;
      c.expect(now && now->key == key && now->version == 1,
               "the row of the key " + in_quotes(key) + " was not moved, or returns another key");
    }
  });
  p.promise("what an event records comes back as it was", [](auto& c) {
    std::vector<load> loads{load(), full_load()};
    for (auto const& text : awkward_texts()) {
      loads.push_back(full_load());
      loads.back().text = text;
      loads.back().note = text;
      for (char byte : text) loads.back().bytes.push_back(static_cast<std::byte>(byte));
    }
    loads.push_back(full_load());
    loads.back().note.reset();
    for (std::size_t i = 0; i < loads.size(); ++i) {
      auto const moved = c.move(c.move(c.fresh("item " + std::to_string(i)), start{}), loads[i]);
      c.expect(c.template recorded<load>(moved) == loads[i],
               "an event with the text " + in_quotes(loads[i].text) + " came back with other fields");
    }
  });
  p.promise("an event is recorded until its item is in its initial state again", [](auto& c) {
    auto const first = c.fresh("a");
    c.expect(!c.template recorded<load>(first), "an event that never happened was recorded");
    auto const loaded = c.move(c.move(first, start{}), full_load());
    auto const done = c.move(loaded, finish{5});
    c.expect(c.template recorded<load>(done) == full_load(), "a later transition removed what was recorded");
    c.expect(c.template recorded<finish>(done) == finish{5}, "the last event was not recorded");
    auto const again = c.move(done, reset{});
    c.expect(!c.template recorded<load>(again) && !c.template recorded<finish>(again),
             "an item in its initial state has recorded events");
    auto other = full_load();
    other.text = "second";
    auto const second = c.move(c.move(again, start{}), other);
    c.expect(c.template recorded<load>(second) == other, "the event was not recorded a second time");
    c.expect(!c.template recorded<load>(any("b", 0, state::checking)), "an item that is not there has one");
  });
  p.promise("a NaN is rejected, and nothing of its transition is applied", [](auto& c) {
    auto const working = c.move(c.fresh("a"), start{});
    auto bad = full_load();
    bad.weight = std::numeric_limits<double>::quiet_NaN();
    c.expect_failure(store_failure::rejected, "an event with a NaN", [&] { static_cast<void>(c.apply(working, bad)); });
    c.expect(c.version("a") == 1, "the row was written");
    c.expect(!c.poisoned(), "the store is poisoned");
    c.move(working, full_load());
  });
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
