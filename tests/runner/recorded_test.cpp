// The earlier event that a step reads is one that was recorded, never one that was only attempted.
#include <string>
#include <type_traits>

#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"

namespace recorded_test {

enum class state { blank, written, refused, filed };
struct write_down {
  std::string text;
};
struct refuse {
  std::string reason;
};
struct put_away {
  std::string text;
};
struct life : pawl::lifecycle<pawl::initial<state::blank>, pawl::goal<state::filed>,
                              pawl::transition<state::blank, write_down, state::written>,
                              pawl::transition<state::blank, refuse, state::refused>,
                              pawl::transition<state::written, put_away, state::filed>,
                              pawl::transition<state::written, refuse, state::refused>,
                              pawl::transition<state::refused, put_away, state::filed>,
                              pawl::on_failure<state::blank, refuse>> {};

struct steps {
  pawl::one_of<write_down> operator()(pawl::item<life, state::blank>) { return write_down{"too much"}; }
  put_away operator()(pawl::item<life, state::written>, write_down const& w) { return {w.text}; }
  put_away operator()(pawl::item<life, state::refused>, write_down const& w) { return {w.text}; }
};

// Refuses a text, as a constraint of the table might.
struct narrow_store : pawl::memory_store<life> {
  template <auto S, class E> auto apply(pawl::item<life, S> const& it, E const& event) {
    if constexpr (std::is_same_v<E, write_down>)
      throw pawl::store_error(pawl::store_failure::rejected, "pawl: no room for it");
    return pawl::memory_store<life>::apply(it, event);
  }
};

TEST_CASE("an event that the store rejected is not read by the step that its failure leads to", "[runner]") {
  narrow_store memory;
  memory.insert_if_absent("a");
  auto const sum = pawl::run(memory, steps{});
  CHECK(sum.failures == 1);
  CHECK(sum.finished == 0);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].why.detail == "the store has no recorded write_down for this item, and its step reads it");
}

TEST_CASE("a step never reads what another item has recorded", "[runner]") {
  // "a" has recorded and is in the worker's hand first; the two behind it came as far without.
  pawl::memory_store<life> memory;
  memory.insert_if_absent("a");
  REQUIRE(memory.apply(pawl::item<life, state::blank>("a", 0), write_down{"of a"}));
  memory.put("b", "written", 1);
  memory.put("c", "refused", 1);
  auto const sum = pawl::run(memory, steps{}, {.concurrency = 1});
  CHECK(sum.finished == 1);
  REQUIRE(sum.parked == 2);
  for (auto const& parked : sum.first_parked)
    CHECK(parked.why.detail == "the store has no recorded write_down for this item, and its step reads it");
}

}  // namespace recorded_test
