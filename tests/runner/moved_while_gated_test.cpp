// Items that are moved, or deleted, while they wait before a gate.
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace moved_while_gated_test {

using namespace run_test;
using pawl::trouble;

struct event {
  std::string key;
  nanoseconds when;
  friend bool operator==(event const&, event const&) = default;
};

// The first call is asked to wait for half an hour.
struct calls {
  virtual_loop& loop;
  bool named;
  std::vector<event> shipped{}, delivered{};
};
struct calling_steps {
  calls& to;

  std::string gate_of(parcel::item<state::packed> const&) { return to.named ? "host" : ""; }
  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) {
    to.shipped.push_back({it.key, to.loop.now()});
    co_await to.loop.sleep(1s);
    if (to.loop.now() < 10s) co_return trouble::throttled(30min);
    co_return ship{"t"};
  }
  deliver operator()(parcel::item<state::sent> it) {
    to.delivered.push_back({it.key, to.loop.now()});
    return {"s"};
  }
};

enum class gate_of { name, state, run };
// What an operator does after ten seconds to 50 parcels, of which most wait before a closed gate.
struct depot {
  depot() {
    for (int i = 0; i < 50; ++i) memory.put("p" + std::to_string(i), "packed", 1);
    pawl::rate const allowed{.per_second = rated ? 1.0 : 0.0};
    if (kind == gate_of::name) options.gates.others = allowed;
    if (kind == gate_of::state && rated) options.gates.states = {{state::packed, allowed}};
    if (kind == gate_of::state && !rated) options.gates.states = {state::packed};
    gate = pawl::rate_gate(allowed);
    if (kind == gate_of::run) options.gate = &gate;
  }
  pawl::summary run_with(std::function<void(int)> of_each) {
    loop.sleep(10s, [of_each](boost::system::error_code) {
      for (int i = 0; i < 50; ++i) of_each(i);
    });
    return pawl::run(queue, calling_steps{api}, options);
  }
  void move(int i) {
    auto const it = memory.get("p" + std::to_string(i)).item;
    REQUIRE(memory.apply(parcel::item<state::packed>(it->key, it->version), ship{"by hand"}));
  }
  void erase(int i) {
    memory.erase("p" + std::to_string(i));
    memory.changes().raise();  // erase() is silent
  }

  gate_of kind = GENERATE(gate_of::name, gate_of::state, gate_of::run);
  bool rated = GENERATE(true, false);
  virtual_loop loop;
  parcel::store memory{[this] { return stored_time(loop.now()); }};
  test_queue<parcel::store, virtual_loop> queue{loop, memory};
  calls api{loop, kind == gate_of::name};
  pawl::rate_gate gate{};
  pawl::run_options options{.concurrency = 5, .seed = 1};
};

TEST_CASE("an item that is moved while it waits before a gate goes on at once, and one that is deleted is let go",
          "[runner]") {
  depot d;
  auto const sum = d.run_with([&d](int i) {
    if (i % 3 == 1) d.move(i);
    if (i % 3 == 2) d.erase(i);
  });
  CHECK(sum.finished == 34);
  CHECK(sum.left + sum.parked == 0);
  CHECK(d.loop.now() >= 30min);
  CAPTURE(d.kind, d.rated);
  std::size_t at_once = 0;
  for (auto const& one : d.api.delivered) at_once += one.when == 10s;
  CHECK(at_once == 17);
  for (auto const& one : d.api.shipped) CHECK((one.when < 10s || std::stoi(one.key.substr(1)) % 3 == 0));
}

TEST_CASE("a run does not wait for a gate before which nobody waits any more", "[runner]") {
  depot d;
  bool const moved = GENERATE(true, false);
  CAPTURE(d.kind, d.rated, moved);
  auto const sum = d.run_with([&d, moved](int i) { moved ? d.move(i) : d.erase(i); });
  CHECK(sum.finished == (moved ? 50 : 0));
  CHECK(sum.left + sum.parked == 0);
  CHECK(d.loop.now() == 10s);
}

}  // namespace moved_while_gated_test
