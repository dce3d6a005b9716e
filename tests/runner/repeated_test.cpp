// What a step is told of earlier attempts: step_context::repeated().
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace repeated_test {

using namespace run_test;
using pawl::trouble;
using pawl::trouble_kind;

// Calls in the state to which the run has brought the item itself, so that the first call is surely the first.
template <class Context> struct curious {
  virtual_loop& loop;
  std::vector<std::optional<trouble>>& answers;  // of the first calls; empty: an exception
  std::vector<bool>& told;
  std::vector<bool>& asked;  // what the probe was told

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed>, Context& call) {
    std::size_t const n = told.size();
    told.push_back(call.repeated());
    co_await loop.sleep(1s);
    if (n >= answers.size()) co_return ship{"t"};
    if (!answers[n]) throw std::runtime_error("a mistake");
    co_return *answers[n];
  }
  std::optional<pawl::one_of<ship>> probe(parcel::item<state::packed>, pawl::probeable& call) {
    asked.push_back(call.repeated());
    return std::nullopt;
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

template <class Context> struct told_world {
  told_world() { parcel::fill(memory, 1); }
  pawl::summary run(pawl::run_options options = {}) {
    return pawl::run(queue, curious<Context>{loop, answers, told, asked}, options);
  }
  virtual_loop loop;
  parcel::store memory{[this] { return stored_time(loop.now()); }};
  test_queue<parcel::store, virtual_loop> queue{loop, memory};
  std::vector<std::optional<trouble>> answers{};
  std::vector<bool> told{}, asked{};
};

// The first four are each kept by the store in its own way.
trouble_kind const all_kinds[] = {
    trouble_kind::pending,   trouble_kind::transient,       trouble_kind::permanent, trouble_kind::unknown_outcome,
    trouble_kind::throttled, trouble_kind::quota_exhausted, trouble_kind::auth,      trouble_kind::not_found,
    trouble_kind::conflict,  trouble_kind::cancelled};

// Whatever it takes until the step has been called a second time: waiting, a release, a restart.
template <class Context> void call_again(told_world<Context>& w) {
  std::size_t const before = w.told.size();
  for (int i = 0; i < 4 && w.told.size() == before; ++i) {
    w.memory.release("parcel 0");
    w.run();
  }
  CHECK(w.told.size() == before + 1);
}

TEMPLATE_TEST_CASE("a step is told that it may have been called before, whatever came of it", "[runner]", pawl::safe,
                   pawl::keyed, pawl::probeable, pawl::step_context) {
  for (auto const kind : std::span(all_kinds).first(so_many(10, 4)))
    for (bool const stops : {false, true}) {
      CAPTURE(name(kind), stops);
      told_world<TestType> w;
      w.answers = {trouble(kind, "words", 10s)};
      std::stop_source source;
      pawl::run_options options;
      if (stops) {  // before the second call
        options.stop = &source;
        stop_at(w.loop, 5s, source);
      }
      w.run(options);
      REQUIRE(w.told.size() >= 1);
      CHECK_FALSE(w.told[0]);  // this run brought the item there
      bool const goes_on = w.told.size() > 1;
      if (!goes_on && w.memory.get("parcel 0").item->state == state::packed) call_again(w);
      for (std::size_t i = 1; i < w.told.size(); ++i) CHECK(w.told[i]);
      for (bool const one : w.asked) CHECK(one);
    }
}

TEMPLATE_TEST_CASE("an attempt that threw, or that was cut off, counts as a call", "[runner]", pawl::safe, pawl::keyed,
                   pawl::probeable) {
  told_world<TestType> w;
  pawl::run_options options;
  SECTION("threw") { w.answers = {std::nullopt}; }
  SECTION("cut off by its deadline") {
    options.attempt_deadline = 500ms;
    options.retry.attempts = 3;
  }
  w.run(options);
  REQUIRE(w.told.size() >= 2);
  CHECK_FALSE(w.told[0]);
  CHECK(std::count(w.told.begin() + 1, w.told.end(), false) == 0);
}

TEST_CASE("pending begins the attempts anew, and is remembered all the same", "[runner]") {
  told_world<pawl::keyed> w;
  for (int i = 0; i < 20; ++i) w.answers.push_back(trouble::pending(1s));
  CHECK(w.run({.retry = {.attempts = 1}}).finished == 1);
  REQUIRE(w.told.size() == 21);
  CHECK_FALSE(w.told[0]);
  CHECK(std::count(w.told.begin(), w.told.end(), false) == 1);
}

TEMPLATE_TEST_CASE("an item that a run finds in its state counts as called, and one that it brought there does not",
                   "[runner]", pawl::safe, pawl::keyed, pawl::probeable, pawl::step_context) {
  told_world<TestType> w;
  bool const found = GENERATE(true, false);
  if (found) REQUIRE(w.memory.apply(parcel::item<state::ordered>("parcel 0", 0), pack{}));
  CHECK(w.run().finished == 1);
  CHECK(w.told == std::vector<bool>{found});
}

TEMPLATE_TEST_CASE("a state that is entered again at another version is another step", "[runner]", pawl::safe,
                   pawl::step_context) {
  told_world<TestType> w;
  w.memory.insert_if_absent("parcel 1");
  CHECK(w.run().finished == 2);
  CHECK(w.told == std::vector<bool>{false, false});
}

TEMPLATE_TEST_CASE("what another run has begun before it lost its store counts as called", "[runner][no_pooler]",
                   pawl::safe, pawl::keyed, pawl::probeable) {
  told_world<TestType> w;
  w.answers = {trouble::transient("first")};
  pawl::summary first, second;
  // Both share the store; the first is stopped while its item waits for another attempt.
  std::stop_source source;
  stop_at(w.loop, 1500ms, source);
  pawl::run_options options{
      .retry = {.wait = {10s, 10s}}, .stop = &source, .owner = pawl::ownership::shared, .seed = 5};
  first = w.run(options);
  REQUIRE(w.told.size() == 1);
  options.stop = nullptr;
  second = w.run(options);
  CHECK(second.finished == 1);
  CHECK(w.told == std::vector<bool>{false, true});
}

TEMPLATE_TEST_CASE("what waited before a gate, in memory or in the store, has not been called by that", "[runner]",
                   pawl::safe, pawl::keyed, pawl::probeable, pawl::step_context) {
  struct gated : curious<TestType> {
    std::string gate_of(parcel::item<state::packed> const&) { return "one"; }
    using curious<TestType>::operator();
  };
  bool const found = GENERATE(true, false);
  bool const in_store = GENERATE(true, false);
  told_world<TestType> w;
  parcel::fill(w.memory, 8);
  if (found)
    for (int i = 0; i < 8; ++i)
      REQUIRE(w.memory.apply(parcel::item<state::ordered>("parcel " + std::to_string(i), 0), pack{}));
  pawl::run_options const options{
      .concurrency = 3,
      .gates = {.others = {.per_second = 0.1}, .waiting = in_store ? std::size_t{1} : std::size_t{100}}};
  auto const sum = pawl::run(w.queue, gated{{w.loop, w.answers, w.told, w.asked}}, options);
  CHECK(sum.finished == 8);
  CHECK(w.told == std::vector<bool>(8, found));
  bool const probes = std::is_same_v<TestType, pawl::probeable> && found;
  CHECK(w.asked == std::vector<bool>(probes ? 8 : 0, true));
}

TEST_CASE("a context of a test says what it is told, or what its number and its run suggest", "[runner]") {
  CHECK_FALSE(pawl::safe(1, false).repeated());
  CHECK(pawl::safe(2, false).repeated());
  CHECK(pawl::safe(1, true).repeated());
  CHECK(pawl::safe(1, false, true).repeated());
  CHECK(pawl::keyed(1, false, true, "key").repeated());
}

}  // namespace repeated_test
