// A store's promises about the ticks of schedules.
#ifndef PAWL_TESTING_CONTRACT_TICKS_HPP
#define PAWL_TESTING_CONTRACT_TICKS_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/store/change_signal.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

// Advances a schedule, by numbers for times; -1: it had no record.
template <class View>
std::optional<std::size_t> advance(View&& c, std::string_view schedule, std::int64_t from, std::int64_t to,
                                   std::vector<std::string> const& keys) {
  tick_advance step{.schedule = schedule, .to = at(to), .keys = keys};
  if (from >= 0) step.from = at(from);
  return c.advance_ticks(step);
}

template <class Promises> void check_settled_ticks(Promises& p) {
  p.promise("a schedule that was never advanced has no last tick, and one that was has", [](auto& c) {
    c.expect(!c.last_tick("nightly"), "a schedule of an empty store has a last tick");
    c.expect(advance(c, "nightly", -1, 5, {}) == std::size_t{0}, "the first step of a schedule was refused");
    c.expect(c.last_tick("nightly") == at(5), "the last tick is not the one that was given");
    c.expect(!c.last_tick("hourly") && !c.last_tick("night"), "another schedule has the last tick too");
    c.expect(advance(c, "hourly", -1, 7, {}) == std::size_t{0}, "the first step of another schedule was refused");
    c.expect(c.last_tick("nightly") == at(5), "another schedule's step has moved the last tick");
  });
  p.promise("the items of a step are there once, and what is there already stays as it is", [](auto& c) {
    c.move(c.fresh("nightly 1"), start{});
    c.expect(advance(c, "nightly", -1, 3, {"nightly 1", "nightly 2", "nightly 3"}) == std::size_t{2},
             "not two items of the step were new");
    c.expect(c.version("nightly 1") == 1, "the item that was there was changed");
    c.expect(c.version("nightly 2") == 0 && c.version("nightly 3") == 0, "an item of the step is not there");
  });
  p.promise("a step from elsewhere than the last tick writes nothing", [](auto& c) {
    c.expect(!advance(c, "nightly", 1, 2, {"early"}), "a step was taken from a last tick that there is not");
    c.expect(bool(advance(c, "nightly", -1, 2, {})), "the first step was refused");
    for (std::int64_t const from : {-1, 1, 3})
      c.expect(!advance(c, "nightly", from, 9, {"stray"}),
               "a step was taken from " + std::to_string(from) + ", not from 2");
    c.expect(c.last_tick("nightly") == at(2), "a step that was refused has moved the last tick");
    c.expect(c.get("early").gone() && c.get("stray").gone(), "a step that was refused has inserted an item");
    c.expect(advance(c, "nightly", 2, 9, {"right"}) == std::size_t{1}, "a step from the last tick was refused");
    c.expect(c.version("right") == 0, "the item of the step is not there");
  });
  p.promise("a schedule that is forgotten is as one that never was, and its items stay", [](auto& c) {
    c.expect(!c.forget_ticks("nightly"), "a schedule that there is not was forgotten");
    advance(c, "nightly", -1, 5, {"nightly 5"});
    advance(c, "hourly", -1, 5, {});
    c.expect(c.forget_ticks("nightly"), "the schedule was not forgotten");
    c.expect(!c.last_tick("nightly") && c.last_tick("hourly") == at(5), "not this schedule alone was forgotten");
    c.expect(c.version("nightly 5") == 0, "its item is gone");
    c.expect(advance(c, "nightly", -1, 9, {"nightly 5"}) == std::size_t{0}, "it does not begin anew");
  });
  p.promise("a step changes the store for those who wait", [](auto& c) {
    int told = 0;
    change_signal::listener const listener(c.changes(), [&told] { ++told; });
    advance(c, "nightly", -1, 5, {"nightly 5"});
    c.expect(told > 0, "changes() was not raised by a step with an item");
  });
}

template <class Promises> void check_ticks_and_others(Promises& p) {
  p.promise("a step in a transaction is written with it, or not at all", [](auto& c) {
    c.begin();
    advance(c, "nightly", -1, 5, {"nightly 5"});
    c.rollback();
    c.expect(!c.last_tick("nightly") && c.get("nightly 5").gone(), "a step that was rolled back is there");
    c.begin();
    advance(c, "nightly", -1, 5, {"nightly 5"});
    c.expect(!advance(c, "nightly", -1, 6, {"nightly 6"}), "a transaction does not see its own step");
    c.commit();
    c.expect(c.last_tick("nightly") == at(5) && c.version("nightly 5") == 0, "a step that was committed is not there");
    c.expect(c.get("nightly 6").gone(), "a step that was refused is there");
  });
  p.template promise<need::other>("of two processes that know the same last tick one takes the step", [](auto& c) {
    auto other = c.other();
    advance(c, "nightly", -1, 5, {});
    c.expect(other.last_tick("nightly") == at(5), "another process does not see the last tick");
    c.expect(advance(other, "nightly", 5, 6, {"theirs"}) == std::size_t{1}, "the other process was refused");
    c.expect(!advance(c, "nightly", 5, 6, {"ours"}), "both have taken the same step");
    c.expect(c.get("ours").gone() && c.version("theirs") == 0, "not the items of one process alone are there");
  });
}

// A store that is no tick_store has nothing to keep here.
template <class Promises> void check_ticks(Promises& p) {
  if constexpr (tick_store<store_of<typename Promises::fixture>>) {
    check_settled_ticks(p);
    check_ticks_and_others(p);
  }
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
