// Random runs through gates of all kinds, whose remotes are unwell for a while: all is done in time, and a remote that is
// tried gets one call.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace random_gates_test {

using namespace run_test;
using pawl::gate_kind;
using pawl::trouble;

struct dice {
  std::mt19937_64 random;
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random() % count); }
  bool one_in(std::size_t count) { return below(count) == 0; }
  nanoseconds upto(nanoseconds most) { return nanoseconds(random() % (static_cast<std::uint64_t>(most.count()) + 1)); }
};

// What may be seen of a gate from outside.
struct seen_gate {
  bool limited = false;
  nanoseconds until{};
  std::size_t closings = 0;
  bool is_shut = false;  // closed, and no call that began later has ended well for it
  std::size_t trials = 0;
};
struct begun_call {
  std::vector<std::pair<seen_gate*, std::size_t>> gates{};  // with their closings so far
};

struct random_world {
  explicit random_world(std::uint64_t seed) : chance{std::mt19937_64(seed)} {
    hosts = 1 + chance.below(4);
    items = 5 + chance.below(40);
    for (std::size_t i = 0; i < items; ++i) {
      auto const key = "host-" + std::to_string(chance.below(hosts)) + "/" + std::to_string(i);
      memory.put(key, chance.one_in(3) ? "sent" : "packed", 1);
      keys.push_back(key);
    }
    for (std::size_t i = 0; i < hosts; ++i) unwell_until.push_back(chance.one_in(3) ? 0s : chance.upto(120s));
    options = {.concurrency = 1 + chance.below(8),
               .retry = {.attempts = 1000, .wait = {.first = 100ms, .cap = 5s}, .poll = 9s},
               .seed = seed};
    if (chance.one_in(2)) options.limits = {{state::sent, 1 + chance.below(2)}};
    if (chance.one_in(4)) options.gates.waiting = 1 + chance.below(5);
    is_named = !chance.one_in(4);
    options.gates.others = random_rate();
    for (std::size_t i = 0; i < hosts; ++i)
      gates[{gate_kind::named, "host-" + std::to_string(i)}].limited = options.gates.others.per_second > 0;
    if (chance.one_in(2)) add_state_gate();
    if (chance.one_in(2)) {
      auto const of_run = random_rate();
      gate.emplace(of_run);
      options.gate = &*gate;
      gates[{gate_kind::run, ""}].limited = of_run.per_second > 0;
    }
  }

  pawl::rate random_rate() {
    double const of[] = {0, 0, 0.2, 1, 5};
    pawl::rate const found{.per_second = of[chance.below(5)], .burst = 1 + chance.below(3)};
    if (found.per_second > 0) intervals += nanoseconds(static_cast<std::int64_t>(1e9 / found.per_second));
    return found;
  }
  void add_state_gate() {
    auto const of_state = random_rate();
    bool const limited = of_state.per_second > 0;
    if (limited)
      options.gates.states = {{state::packed, of_state}};
    else
      options.gates.states = {state::packed};
    gates[{gate_kind::state, "packed"}].limited = limited;
  }
  seen_gate* find(gate_kind kind, std::string const& name) {
    auto const found = gates.find({kind, name});
    return found == gates.end() ? nullptr : &found->second;
  }

  begun_call begin(std::string const& key, std::string const& state_name) {
    begun_call call;
    for (auto* gate_passed : {is_named ? find(gate_kind::named, key.substr(0, key.find('/'))) : nullptr,
                              find(gate_kind::state, state_name), find(gate_kind::run, "")}) {
      if (!gate_passed) continue;
      called_while_closed += loop.now() < gate_passed->until;
      if (gate_passed->is_shut && !gate_passed->limited) called_on_trial += ++gate_passed->trials > 1;
      call.gates.emplace_back(gate_passed, gate_passed->closings);
    }
    ++calls;
    return call;
  }
  void end(begun_call const& call) {
    for (auto const& [passed, closings] : call.gates)
      if (passed->closings == closings) passed->is_shut = false;
  }
  pawl::task<std::optional<trouble>> call(std::string key, std::string state_name) {
    auto const of = static_cast<std::size_t>(key[5] - '0');
    auto const begun = begin(key, state_name);
    auto const lasts = 100ms + chance.upto(chance.one_in(3) ? 10s : 1s);
    busy += lasts;
    co_await loop.sleep(lasts);
    end(begun);
    if (loop.now() >= unwell_until[of] || chance.one_in(3)) co_return std::nullopt;
    nanoseconds const after[] = {0s, 1s, 7s, 25s};
    auto const asked = after[chance.below(4)];
    waits += (std::max)(asked, nanoseconds(9s)) + 100ms;
    if (chance.one_in(4)) co_return trouble::transient("503", asked);
    co_return trouble::throttled(asked);
  }

  // ---- the observer ----

  void on_gate(pawl::closed_gate const& one) {
    auto* const closed = find(one.kind, std::string(one.name));
    REQUIRE(closed);
    auto const until = one.until.time_since_epoch();
    if (until == closed->until) return;
    *closed = {closed->limited, until, closed->closings + 1, true, 0};
  }

  // ---- what happens meanwhile ----

  // Items vanish: they are deleted, or moved by others.
  void lose_some() {
    for (std::size_t i = chance.below(8); i > 0; --i)
      loop.sleep(chance.upto(60s), [this](boost::system::error_code failed) {
        if (failed) return;
        auto const& key = keys[chance.below(keys.size())];
        auto const it = memory.get(key).item;
        if (!it) return;
        if (chance.one_in(2)) {
          memory.erase(key);
          ++erased;
        } else if (it->state == state::packed) {
          static_cast<void>(memory.apply(parcel::item<state::packed>(it->key, it->version), lose{"sold"}));
        } else if (it->state == state::sent) {
          static_cast<void>(memory.apply(parcel::item<state::sent>(it->key, it->version), lose{"stolen"}));
        }
      });
  }
  std::size_t count_done() {
    auto const counts = memory.count_items();
    return counts[static_cast<std::size_t>(state::delivered)] + counts[static_cast<std::size_t>(state::lost)] + erased;
  }

  dice chance;
  virtual_loop loop;
  parcel::store memory{[this] { return stored_time(loop.now()); }};
  test_queue<parcel::store, virtual_loop, random_world> queue{loop, memory, *this};
  std::size_t hosts = 0, items = 0;
  std::vector<std::string> keys{};
  std::vector<nanoseconds> unwell_until{};
  pawl::run_options options{};
  std::optional<pawl::rate_gate> gate{};
  bool is_named = true;
  std::map<std::pair<gate_kind, std::string>, seen_gate> gates{};
  nanoseconds intervals{}, busy{}, waits{};
  std::size_t calls = 0, called_while_closed = 0, called_on_trial = 0, erased = 0;
};

struct random_steps {
  random_world& w;

  std::string gate_of(parcel::item<state::packed> const& it) { return name_of(it.key); }
  std::string gate_of(parcel::item<state::sent> const& it) { return name_of(it.key); }
  std::string name_of(std::string const& key) const { return w.is_named ? key.substr(0, key.find('/')) : ""; }
  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::keyed&) {
    auto const why = co_await w.call(it.key, "packed");
    if (why) co_return *why;
    co_return ship{"t"};
  }
  pawl::task<pawl::one_of<deliver>> operator()(parcel::item<state::sent> it, pawl::safe&) {
    auto const why = co_await w.call(it.key, "sent");
    if (why) co_return *why;
    co_return deliver{"s"};
  }
};

TEST_CASE("random runs through gates: all is done in time, and a gate that is tried lets one call through",
          "[runner]") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    random_world w(seed);
    if (w.chance.one_in(2)) w.lose_some();
    std::stop_source source;
    bool const stopped = w.chance.one_in(5);
    if (stopped) {
      stop_at(w.loop, w.chance.upto(60s), source);
      w.options.stop = &source;
    }
    auto sum = pawl::run(w.queue, random_steps{w}, w.options);
    if (sum.stopped) {
      w.options.stop = nullptr;
      for (auto& [name, of] : w.gates)
        if (name.first != gate_kind::run) of = {of.limited};  // the gates of that run have gone with it
      sum = pawl::run(w.queue, random_steps{w}, w.options);
    }
    CHECK(w.count_done() == w.items);
    CHECK(sum.left + sum.parked == 0);
    CHECK(w.called_while_closed == 0);
    CHECK(w.called_on_trial == 0);
    // At any time a call is under way, a wait that a remote asked for is not over, or a gate owes its rate a pause. An
    // item that gives up its place before a gate may cost a turn there.
    std::size_t closings = 0;
    for (auto const& [name, of] : w.gates) closings += of.closings;
    auto const turns = static_cast<std::int64_t>(w.calls + closings * w.options.concurrency);
    CHECK(w.loop.now() <= w.busy + w.waits + 60s + turns * w.intervals);
  }
}

}  // namespace random_gates_test
