// Gates of the run, of states and by name: what a remote closes, who waits, and what goes on meanwhile.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <pawl/runner/engine/named_gates.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace gates_test {

using namespace run_test;
using pawl::trouble;

constexpr auto half_an_hour = 30min;

// Parcels whose keys begin with their host.
struct call {
  std::string host;
  nanoseconds begun;
};
std::string host_of(std::string const& key) { return key.substr(0, key.find('/')); }

// Takes a second a call. One host answers 429 for half an hour.
struct remote {
  virtual_loop& loop;
  std::vector<call> calls{};
  trouble busy = trouble::throttled(half_an_hour);
  nanoseconds busy_until = half_an_hour;

  pawl::task<std::optional<trouble>> post(std::string key) {
    calls.push_back({host_of(key), loop.now()});
    co_await loop.sleep(1s);
    if (host_of(key) == "host-7" && loop.now() < busy_until) co_return busy;
    co_return std::nullopt;
  }
  std::vector<nanoseconds> calls_of(std::string const& host, bool others = false) const {
    std::vector<nanoseconds> found;
    for (auto const& one : calls)
      if ((one.host == host) != others) found.push_back(one.begun);
    return found;
  }
};

template <class Context> struct webhooks {
  gates_test::remote& api;

  std::string gate_of(parcel::item<state::packed> const& it) { return host_of(it.key); }
  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, Context&) {
    auto const why = co_await api.post(it.key);
    if (why) co_return *why;
    co_return ship{"t"};
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};
// The same without gates by name, and with a second call.
struct unnamed {
  gates_test::remote& api;
  std::vector<nanoseconds>* delivered = nullptr;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) {
    auto const why = co_await api.post(it.key);
    if (why) co_return *why;
    co_return ship{"t"};
  }
  pawl::task<deliver> operator()(parcel::item<state::sent>, pawl::safe&) {
    if (delivered) delivered->push_back(api.loop.now());
    co_await api.loop.sleep(1s);
    co_return deliver{"s"};
  }
};

struct watcher {
  std::size_t written = 0, moved = 0;
  std::vector<pawl::closed_gate> closed{};
  void on_batch(pawl::batch_times const& b) { written += b.size; }
  void on_transition(pawl::transition_times const& t) { moved += t.moved ? 1u : 0u; }
  void on_gate(pawl::closed_gate const& one) { closed.push_back(one); }
};
// 50 hosts, whose items come in turn.
void fill_hosts(parcel::store& memory, int items, int hosts = 50) {
  for (int i = 0; i < items; ++i)
    memory.put("host-" + std::to_string(i % hosts) + "/" + std::to_string(i), "packed", 1);
}
struct hosts_world {
  explicit hosts_world(int items, int hosts = 50) { fill_hosts(memory, items, hosts); }
  virtual_loop loop;
  parcel::store memory{[this] { return stored_time(loop.now()); }};
  watcher seen;
  test_queue<parcel::store, virtual_loop, watcher> queue{loop, memory, seen};
  gates_test::remote api{loop};
};

TEST_CASE("a host that answers 429 for half an hour holds up its own items alone, and nothing is written for them",
          "[runner]") {
  hosts_world w(2000);
  pawl::rate const slow{.per_second = 1};
  auto const sum = pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, {.concurrency = 10, .gates = {.others = slow}});
  CHECK(sum.finished == 2000);
  CHECK(sum.taken == 2000);
  CHECK(sum.retries == 1);
  auto const others = w.api.calls_of("host-7", true);
  REQUIRE(others.size() == 1960);
  // 1,961 calls of a second each on ten slots.
  CHECK(*std::max_element(others.begin(), others.end()) == 196s);
  auto const late = w.api.calls_of("host-7");
  REQUIRE(late.size() == 41);
  CHECK(late[0] == 0s);
  for (std::size_t i = 1; i < late.size(); ++i)  // from the end of the wait on, at its rate
    CHECK(late[i] == 1s + half_an_hour + 1s * static_cast<int>(i - 1));
  CHECK(w.loop.now() == 1s + half_an_hour + 40s);
  CHECK(w.seen.written == 4000 + 1);  // the transitions, and the wait that the remote asked for
  CHECK(w.seen.moved == 4000);
}

TEST_CASE("a host without a rate is tried by one call first, and the others follow when it is well", "[runner]") {
  hosts_world w(2000);
  w.api.busy = trouble::throttled(10min);  // it is still unwell when it is tried
  auto const sum = pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, {.concurrency = 10, .seed = 3});
  CHECK(sum.finished == 2000);
  auto const others = w.api.calls_of("host-7", true);
  CHECK(*std::max_element(others.begin(), others.end()) == 196s);
  auto const late = w.api.calls_of("host-7");
  REQUIRE(late.size() == 40 + 3);
  CHECK(late[0] == 0s);
  CHECK(late[1] >= 601s);
  CHECK(late[2] >= late[1] + 601s);
  CHECK(late[3] >= late[2] + 601s);
  for (std::size_t i = 1; i < 4; ++i) CHECK(late[i] <= late[i - 1] + 602s);
  for (std::size_t i = 4; i < late.size(); ++i) CHECK(late[i] >= late[3] + 1s);
  CHECK(w.loop.now() <= late[3] + 1s + 5s);  // ten at a time
}

TEST_CASE("where all items of a busy host come first, no more calls meet it than there are slots", "[runner]") {
  hosts_world w(0);
  for (int i = 0; i < 40; ++i) w.memory.put("host-7/" + std::to_string(i), "packed", 1);
  for (int i = 0; i < 200; ++i) w.memory.put("host-1/" + std::to_string(i), "packed", 1);
  bool const limited = GENERATE(true, false);
  pawl::rate const of{.per_second = limited ? 5.0 : 0.0, .burst = 10};
  CHECK(pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, {.concurrency = 10, .gates = {.others = of}}).finished == 240);
  auto const late = w.api.calls_of("host-7");
  auto const early = std::count_if(late.begin(), late.end(), [](auto t) { return t <= half_an_hour; });
  CHECK(early <= 10);
  CHECK(late.size() == 40 + static_cast<std::size_t>(early));
}

TEST_CASE("a state's gate holds up the items of that state, and the run's all calls", "[runner]") {
  hosts_world w(100, 10);
  for (int i = 0; i < 50; ++i) w.memory.put("sent/" + std::to_string(i), "sent", 2);
  std::vector<nanoseconds> delivered;
  unnamed const steps{w.api, &delivered};
  pawl::rate_gate gate({.per_second = 1});
  enum class of { state, run };
  auto const kind = GENERATE(of::state, of::run);
  pawl::run_options options{.concurrency = 5};
  if (kind == of::run) options.gate = &gate;
  if (kind == of::state) options.gates.states = {{state::packed, {.per_second = 1}}};
  auto const sum = pawl::run(w.queue, steps, options);
  CHECK(sum.finished == 150);
  CHECK(sum.taken == 150);
  // Calls began one a second, until the first of host-7 was refused.
  auto all = w.api.calls_of("");
  for (auto const& one : w.api.calls) all.push_back(one.begun);
  if (kind == of::run) all.insert(all.end(), delivered.begin(), delivered.end());
  std::sort(all.begin(), all.end());
  auto const closed = w.api.calls_of("host-7").front() + 1s;
  std::size_t at = 0;
  for (; all[at] < closed; ++at) CHECK(all[at] == all[0] + 1s * static_cast<int>(at));
  std::size_t const early = at;
  if (all[at] == closed) ++at;  // the call that began in the same moment
  for (std::size_t i = at; i < all.size(); ++i) CHECK(all[i] == closed + half_an_hour + 1s * static_cast<int>(i - at));
  CHECK(early > 0);
  CHECK(all.size() == (kind == of::run ? 250 : 100) + static_cast<std::size_t>(sum.retries));
  auto const in_time = std::count_if(delivered.begin(), delivered.end(), [&](auto t) { return t < half_an_hour; });
  if (kind == of::state) CHECK(in_time >= 50);  // five at a time, all that can be delivered
  if (kind == of::state) CHECK(delivered[49] <= 10s + 1s * static_cast<int>(early));
  REQUIRE(sum.closed_gates.size() == 1);
  CHECK(sum.closed_gates[0].kind == (kind == of::run ? pawl::gate_kind::run : pawl::gate_kind::state));
  CHECK(sum.closed_gates[0].name == (kind == of::run ? "" : "packed"));
  CHECK(sum.closed_gates[0].until == stored_time(closed + half_an_hour));
}

TEST_CASE("without a gate a 429 delays its item alone", "[runner]") {
  hosts_world w(40, 10);
  auto const sum = pawl::run(w.queue, unnamed{w.api}, {.concurrency = 2});
  CHECK(sum.finished == 40);
  CHECK(sum.closed_gates.empty());
  auto const others = w.api.calls_of("host-7", true);
  CHECK(*std::max_element(others.begin(), others.end()) < 80s);
  auto const late = w.api.calls_of("host-7");
  REQUIRE(late.size() == 8);  // each finds out for itself, and comes back in a moment of its own
  for (std::size_t i = 4; i < 8; ++i) CHECK(late[i] >= half_an_hour);
  CHECK(std::adjacent_find(late.begin() + 4, late.end()) == late.end());
}

TEST_CASE("the gate that says most about a call is the one that is closed", "[runner]") {
  bool const named = GENERATE(true, false), of_state = GENERATE(true, false), of_run = GENERATE(true, false);
  hosts_world w(20, 10);
  pawl::rate_gate gate;
  pawl::run_options options{.concurrency = 3};
  if (of_state) options.gates.states = {state::packed};
  if (of_run) options.gate = &gate;
  auto const sum =
      named ? pawl::run(w.queue, webhooks<pawl::safe>{w.api}, options) : pawl::run(w.queue, unnamed{w.api}, options);
  CHECK(sum.finished == 20);
  REQUIRE(sum.closed_gates.size() == (named || of_state || of_run ? 1 : 0));
  CHECK(w.seen.closed.size() >= sum.closed_gates.size());
  if (sum.closed_gates.empty()) return;
  auto const& closed = sum.closed_gates[0];
  CHECK(closed.kind == (named ? pawl::gate_kind::named : of_state ? pawl::gate_kind::state : pawl::gate_kind::run));
  CHECK(closed.name == (named ? "host-7" : of_state ? "packed" : ""));
  CHECK(closed.closings == w.seen.closed.size());
  CHECK(w.seen.closed.back().until == closed.until);
  CHECK(gate.closings() == (!named && !of_state && of_run ? closed.closings : 0));
}

TEST_CASE("what a closed gate keeps waiting is not counted against the gates behind it", "[runner]") {
  hosts_world w(200, 10);
  pawl::rate_gate gate({.per_second = 5});
  pawl::run_options const options{
      .concurrency = 20,
      .gate = &gate,
      .gates = {.states = {{state::packed, {.per_second = 5}}}, .others = {.per_second = 1}}};
  CHECK(pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, options).finished == 200);
  auto const others = w.api.calls_of("host-7", true);
  // 181 calls at five a second; nine hosts at one a second could do more.
  CHECK(*std::max_element(others.begin(), others.end()) <= 37s);
  std::vector<nanoseconds> all;
  for (auto const& one : w.api.calls) all.push_back(one.begun);
  for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i] - all[i - 1] >= 200ms);
}

// Calls of a second that a rate of two a second lets through, and ones of a minute, of which one may be under way.
struct uneven_calls {
  virtual_loop& loop;
  std::vector<nanoseconds>& quick;
  std::vector<nanoseconds>& slow;
  bool named;

  std::string gate_of(parcel::item<state::packed> const&) { return named ? "one" : ""; }
  std::string gate_of(parcel::item<state::sent> const&) { return named ? "one" : ""; }
  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<parcel::lose>> operator()(parcel::item<state::packed>, pawl::safe&) {
    quick.push_back(loop.now());
    co_await loop.sleep(1s);
    co_return parcel::lose{"sold"};
  }
  pawl::task<deliver> operator()(parcel::item<state::sent>, pawl::safe&) {
    slow.push_back(loop.now());
    co_await loop.sleep(60s);
    co_return deliver{"s"};
  }
};

TEST_CASE("items of a state that is full hold up nobody behind them before a gate that several states share",
          "[runner]") {
  bool const named = GENERATE(true, false);
  virtual_loop loop;
  parcel::store memory([&loop] { return stored_time(loop.now()); });
  for (int i = 0; i < 30; ++i) memory.put("s" + std::to_string(i), "sent", 2);
  for (int i = 0; i < 400; ++i) memory.put("p" + std::to_string(i), "packed", 1);
  test_queue queue(loop, memory);
  pawl::rate const two{.per_second = 2};
  pawl::rate_gate gate(two);
  pawl::run_options options{.concurrency = 10, .limits = {{state::sent, 1}}};
  if (named)
    options.gates.others = two;
  else
    options.gate = &gate;
  std::vector<nanoseconds> quick, slow;
  auto const sum = pawl::run(queue, uneven_calls{loop, quick, slow, named}, options);
  CHECK(sum.finished == 30);
  CHECK(sum.ended == 400);
  auto all = quick;
  all.insert(all.end(), slow.begin(), slow.end());
  std::sort(all.begin(), all.end());
  // No turn is lost before the quick ones are done.
  for (std::size_t i = 0; all[i] < quick.back(); ++i) CHECK(all[i] == 500ms * static_cast<int>(i));
  CHECK(quick.back() <= 202s);
  for (std::size_t i = 1; i < slow.size(); ++i) {
    CHECK(slow[i] - slow[i - 1] >= 60s);
    CHECK(slow[i] - slow[i - 1] <= (named ? 202s : 66s));  // after those that came before it: ten, or all
  }
}

TEST_CASE("names have rates of their own, and the others a common one each", "[runner]") {
  hosts_world w(60, 3);
  w.api.busy_until = 0s;
  std::vector<pawl::named_rate> const rates{{"host-1", {.per_second = 2}}, {"host-0", {.per_second = 10, .burst = 4}}};
  pawl::run_options options{.concurrency = 30, .gates = {.names = rates, .others = {.per_second = 4}}};
  CHECK(pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, options).finished == 60);
  for (int i = 0; i < 20; ++i) {
    CHECK(w.api.calls_of("host-0")[static_cast<std::size_t>(i)] == 100ms * (std::max)(0, i - 3));
    CHECK(w.api.calls_of("host-1")[static_cast<std::size_t>(i)] == 500ms * i);
    CHECK(w.api.calls_of("host-2")[static_cast<std::size_t>(i)] == 250ms * i);
  }
}

TEST_CASE("more than may wait in memory wait in the store, keep the rate, and are all done, also by a later run",
          "[runner]") {
  hosts_world w(0);
  for (int i = 0; i < 60; ++i) w.memory.put("host-7/" + std::to_string(i), "packed", 1);
  for (int i = 0; i < 20; ++i) w.memory.put("host-1/" + std::to_string(i), "packed", 1);
  pawl::run_options options{.concurrency = 2, .gates = {.others = {.per_second = 1, .burst = 2}, .waiting = 10}};
  bool const stopped = GENERATE(true, false);
  std::stop_source source;
  if (stopped) {
    options.stop = &source;
    stop_at(w.loop, 1000s, source);
    auto const sum = pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, options);
    CHECK(sum.finished == 20);
    CHECK(sum.left == 60);
    CHECK(w.memory.count_troubles().delayed >= 40);
    options.stop = nullptr;
    CHECK(pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, options).finished == 60);
  } else {
    auto const sum = pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, options);
    CHECK(sum.finished == 80);
    CHECK(sum.taken == 80);
    CHECK(sum.left + sum.dropped == 0);
    CHECK(sum.retries == 2);
    CHECK(w.seen.written <= 160 + 2 + 80);  // each is sent off once, about
    CHECK(w.loop.now() <= 1s + half_an_hour + 70s);
  }
  auto late = w.api.calls_of("host-7");
  late.erase(late.begin(), std::find_if(late.begin(), late.end(), [](auto t) { return t >= half_an_hour; }));
  CHECK(late.size() == 60);
  for (std::size_t i = 1; i < late.size(); ++i) CHECK(late[i] - late[i - 1] >= 1s);
  CHECK(w.memory.count_troubles() == pawl::trouble_counts{});
}

TEST_CASE("an unsafe step is not marked while its item waits before a gate", "[runner]") {
  hosts_world w(20, 1);
  w.api.busy_until = 0s;
  auto const sum = pawl::run(w.queue, webhooks<pawl::step_context>{w.api},
                             {.concurrency = 5, .gates = {.others = {.per_second = 1}}});
  CHECK(sum.finished == 20);
  CHECK(w.loop.now() == 20s);
  CHECK(w.seen.written == 20 + 40);
}

TEST_CASE("an item that was moved while it waited before a gate is not called", "[runner]") {
  hosts_world w(20, 1);
  w.api.busy_until = 0s;
  w.loop.sleep(5500ms, [&w](boost::system::error_code) {
    for (auto const* key : {"host-0/10", "host-0/11"}) {
      auto const it = w.memory.get(key).item;
      REQUIRE(w.memory.apply(parcel::item<state::packed>(it->key, it->version), parcel::lose{"sold"}));
    }
  });
  auto const sum =
      pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, {.concurrency = 5, .gates = {.others = {.per_second = 1}}});
  CHECK(sum.finished == 18);
  CHECK(w.api.calls.size() == 18);
  CHECK(sum.dropped == 2);
}

TEST_CASE("a gate that cannot be named is a trouble of its item, and no gate has an empty name", "[runner]") {
  struct unsure {
    gates_test::remote& api;
    int* asked;
    std::string gate_of(parcel::item<state::packed> const& it) {
      if (it.key == "host-0/1" && ++*asked == 1) throw std::runtime_error("no column host");
      return {};
    }
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::step_context&) {
      auto const why = co_await api.post(it.key);
      if (why) co_return *why;
      co_return ship{"t"};
    }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  hosts_world w(3, 1);
  int asked = 0;
  auto const sum = pawl::run(w.queue, unsure{w.api, &asked}, {.gates = {.others = {.per_second = 0.001}}});
  CHECK(sum.finished == 3);
  CHECK(sum.retries == 1);
  CHECK(sum.parked == 0);
  CHECK(w.api.calls.size() == 3);
  CHECK(w.loop.now() < 10s);
}

TEST_CASE("the wait that comes with a passing failure or a lost answer is kept, and closes what a 429 closes",
          "[runner]") {
  hosts_world w(20, 10);
  w.api.busy = GENERATE(trouble::transient("503", half_an_hour), trouble::unknown_outcome("503", half_an_hour));
  auto const sum = pawl::run(w.queue, webhooks<pawl::keyed>{w.api},
                             {.concurrency = 1, .retry = {.attempts = 2}, .gates = {.others = {.per_second = 1}}});
  CHECK(sum.finished == 20);
  CHECK(sum.retries == 1);
  auto const late = w.api.calls_of("host-7");
  CHECK(late.size() == 3);
  CHECK(late[1] >= late[0] + 1s + half_an_hour);
  REQUIRE(sum.closed_gates.size() == 1);
  CHECK(sum.closed_gates[0].name == "host-7");
  CHECK(w.api.calls_of("host-7", true).back() < 25s);
}

TEST_CASE("a stop ends a run at once whose items wait before gates, and loses none of them", "[runner]") {
  hosts_world w(30, 3);
  std::stop_source source;
  stop_at(w.loop, 5s, source);
  pawl::run_options options{.concurrency = 4, .gates = {.others = {.per_second = 0.001}}, .stop = &source};
  auto const sum = pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, options);
  CHECK(w.loop.now() == 5s);
  CHECK(w.loop.sleepers() == 0);
  CHECK(sum.taken == 30);
  CHECK(sum.finished == 3);
  CHECK(sum.left == 27);
  CHECK(pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, {.concurrency = 4}).finished == 27);
}

// ---- the options ----

TEST_CASE("a gate's rate that is nothing, and a name that is empty or there twice, are refused by name", "[runner]") {
  hosts_world w(1);
  auto const refusal = [&w](pawl::gate_options const& gates) -> std::string {
    try {
      pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, {.gates = gates});
    } catch (pawl::error const& e) {
      CHECK(e.id() == "run.options");
      return e.what();
    }
    return {};
  };
  auto const infinite = std::numeric_limits<double>::infinity();
  for (double const wrong : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), infinite}) {
    CAPTURE(wrong);
    std::vector<pawl::named_rate> const names{{"a", {.per_second = 1}}, {"b", {.per_second = wrong}}};
    CHECK_THAT(refusal({.names = names}), ContainsSubstring("run_options::gates.names of 'b'.per_second is ") &&
                                              ContainsSubstring("it must be a finite number, more than 0"));
    CHECK_THAT(refusal({.states = {{state::packed, {.per_second = wrong}}}}),
               ContainsSubstring("run_options::gates.states of 'packed'.per_second is "));
    if (wrong != 0)
      CHECK_THAT(refusal({.others = {.per_second = wrong}}), ContainsSubstring("gates.others.per_second"));
  }
  std::vector<pawl::named_rate> const empty{{"", {.per_second = 1}}};
  CHECK(refusal({.names = empty}) == "pawl: run_options::gates.names has an empty name");
  std::vector<pawl::named_rate> const twice{
      {"a", {.per_second = 1}}, {"b", {.per_second = 1}}, {"a", {.per_second = 2}}};
  CHECK(refusal({.names = twice}) == "pawl: run_options::gates.names has 'a' more than once");
  CHECK_THAT(refusal({.others = {.burst = 0}}), ContainsSubstring("gates.others.burst is 0, it must be at least 1"));
  CHECK_THAT(refusal({.states = {state::delivered}}), ContainsSubstring("'delivered', a state that has no step"));
  CHECK_THROWS_WITH((pawl::state_gates{state::packed, state::packed}), ContainsSubstring("each state at most once"));
  for (std::size_t const wrong : {std::size_t{0}, std::size_t{1'000'001}})
    CHECK_THAT(refusal({.waiting = wrong}), ContainsSubstring("run_options::gates.waiting is "));
  CHECK(refusal({.states = {state::packed}}).empty());
}

// ---- memory ----

TEST_CASE("thousands of names take bounded memory: idle gates are forgotten, closed and rated ones are not",
          "[runner]") {
  using pawl::detail::named_gates;
  pawl::gate_options const options{.others = {.per_second = 0.01}};
  named_gates gates(options);
  auto const name = [](char const* kind, int i) { return kind + std::to_string(i); };
  pawl::detail::retry_rules rules({}, {}, 1);
  for (int i = 0; i < 100; ++i) {
    auto& closed = gates.use(name("closed ", i), 0s);
    closed.gate().close_until(1h);
    gates.leave(closed);
    auto& rated = gates.use(name("rated ", i), 0s);
    CHECK(rated.ask(0s, rules) == pawl::detail::admission::granted);
    gates.leave(rated);
    gates.use(name("used ", i), 0s);
  }
  std::size_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    gates.leave(gates.use(name("idle ", i), 50s));
    most = (std::max)(most, gates.size());
  }
  CHECK(most <= named_gates::most_idle + 300);
  for (int i = 0; i < 100; ++i) {
    CHECK(gates.use(name("closed ", i), 50s).is_closed(50s));
    CHECK(gates.use(name("rated ", i), 50s).ask(50s, rules) == pawl::detail::admission::refused);
  }
  for (int i = 0; i < 100'000; ++i) gates.leave(gates.use(name("more ", i), 150s));
  CHECK(gates.size() <= named_gates::most_idle + 300);
}

TEST_CASE("gates in use stay, however many, and each is found again by its name", "[runner]") {
  using pawl::detail::named_gates;
  named_gates gates(pawl::gate_options{});
  int const many = 5 * static_cast<int>(named_gates::most_idle);
  std::vector<pawl::detail::gate_line*> used;
  for (int i = 0; i < many; ++i) used.push_back(&gates.use("host " + std::to_string(i), 0s));
  CHECK(gates.size() == used.size());
  for (int i = 0; i < many; ++i)
    CHECK(&gates.use("host " + std::to_string(i), 1s) == used[static_cast<std::size_t>(i)]);
}

TEST_CASE("as many names as there are items, each once, are all done", "[runner]") {
  hosts_world w(5000, 5000);
  CHECK(pawl::run(w.queue, webhooks<pawl::keyed>{w.api}, {.concurrency = 100, .gates = {.others = {.per_second = 0.1}}})
            .finished == 5000);
  CHECK(w.loop.now() <= 1s + half_an_hour + 1s + 1s);
}

}  // namespace gates_test
