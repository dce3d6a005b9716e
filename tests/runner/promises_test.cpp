// What a run promises for each step's call, reported before it starts.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"
#include "runner/test_queue.hpp"

namespace repetition_test {

enum class state { computed, safely, under_key, asked, marked, marked_too, done };
struct next {};
struct life : pawl::lifecycle<pawl::initial<state::computed>, pawl::goal<state::done>,
                              pawl::transition<state::computed, next, state::safely>,
                              pawl::transition<state::safely, next, state::under_key>,
                              pawl::transition<state::under_key, next, state::asked>,
                              pawl::transition<state::asked, next, state::marked>,
                              pawl::transition<state::marked, next, state::marked_too>,
                              pawl::transition<state::marked_too, next, state::done>> {};
static_assert(pawl::valid<life>);

using call = pawl::task<next>;
template <state S> using item = pawl::item<life, S>;

struct steps {
  next operator()(item<state::computed>) { return {}; }
  call operator()(item<state::safely>, pawl::safe&) { co_return next{}; }
  call operator()(item<state::under_key>, pawl::keyed&) { co_return next{}; }
  call operator()(item<state::asked>, pawl::probeable&) { co_return next{}; }
  pawl::task<std::optional<next>> probe(item<state::asked>, pawl::probeable&) { co_return std::nullopt; }
  call operator()(item<state::marked>) { co_return next{}; }
  call operator()(item<state::marked_too>, pawl::step_context&) { co_return next{}; }
};

using pawl::repetition;

TEST_CASE("each state with a step has its promise, by the step's last parameter", "[runner]") {
  constexpr auto const& all = pawl::promises<steps, life>;
  STATIC_REQUIRE(all.size() == 6);  // and the goal none
  std::vector<std::pair<std::string_view, repetition>> told;
  for (auto const& [state, how] : all) told.emplace_back(state, how);
  CHECK(told == std::vector<std::pair<std::string_view, repetition>>{{"computed", repetition::no_call},
                                                                     {"safely", repetition::harmless},
                                                                     {"under_key", repetition::recognised},
                                                                     {"asked", repetition::asked_first},
                                                                     {"marked", repetition::parked},
                                                                     {"marked_too", repetition::parked}});
}

TEST_CASE("a promise is said in words, each in its own", "[runner]") {
  std::vector<std::string_view> said;
  for (auto const how :
       {repetition::no_call, repetition::harmless, repetition::recognised, repetition::asked_first, repetition::parked})
    said.push_back(pawl::words_of(how));
  CHECK(said == std::vector<std::string_view>{"makes no remote call", "may be carried out twice, which is harmless",
                                              "no duplicates if the remote recognises repeated keys",
                                              "small window for a duplicate: the probe is asked first",
                                              "parked when in doubt"});
}

TEST_CASE("the promises are told when a run begins, before an item is taken", "[runner]") {
  struct observer {
    std::vector<std::string> told{};
    void on_promise(std::string_view state, repetition how) {
      told.push_back(std::string(state) + ": " + std::string(pawl::words_of(how)));
    }
    void on_take(std::size_t, pawl::any_item<life> const&, std::chrono::nanoseconds) { told.emplace_back("taken"); }
  };
  pawl::loop<pawl::virtual_clock> loop;
  test_store<life> memory;
  memory.insert_if_absent("k");
  observer seen;
  test_queue queue{loop, memory, seen};
  CHECK(pawl::run(queue, steps{}).finished == 1);
  REQUIRE(seen.told.size() == 7);
  CHECK(seen.told.front() == "computed: makes no remote call");
  CHECK(seen.told[5] == "marked_too: parked when in doubt");
  CHECK(seen.told.back() == "taken");
}

}  // namespace repetition_test
