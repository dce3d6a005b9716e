// Every option of a run at the ends of its range: refused in a sentence, or the run ends without a busy loop.
#include <algorithm>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include <pawl/loop/backoff.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"
#include "runner/patient_clock.hpp"
#include "runner/test_queue.hpp"

namespace options_test {

using namespace std::chrono_literals;
using parcel::deliver;
using parcel::pack;
using parcel::ship;
using parcel::state;
using pawl::run_options;
using pawl::stored_time;
using pawl::trouble;
using pawl::trouble_kind;
using std::chrono::nanoseconds;

constexpr auto without_end = (nanoseconds::max)();

// A remote that answers each parcel's first calls with these troubles, and notes who called before the time it named.
struct remote {
  patient_loop& loop;
  run_options const& options;
  std::vector<trouble> answers;
  std::map<std::string, nanoseconds> not_before{};
  std::map<std::string, std::size_t> calls{};
  std::vector<std::string> too_early{};

  std::optional<trouble> answer(std::string const& key) {
    auto const now = loop.now();
    if (auto const wait = not_before.find(key); wait != not_before.end() && now < wait->second)
      too_early.push_back(key);
    std::size_t const n = calls[key]++;
    if (n >= answers.size()) return std::nullopt;
    not_before[key] = pawl::detail::saturated_sum(now, wait_after(answers[n]));
    return answers[n];
  }
  // What the options make of it; a backoff may be as short as it likes.
  nanoseconds wait_after(trouble const& why) const {
    bool const is_asked = why.kind == trouble_kind::pending || why.kind == trouble_kind::throttled;
    if (!is_asked && why.after.count() <= 0) return {};
    return why.after.count() > 0 ? (std::min)(why.after, options.retry.longest) : options.retry.poll;
  }
};

struct steps {
  options_test::remote& post;
  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) {
    auto why = post.answer(it.key);
    if (why) co_return std::move(*why);
    co_return ship{"t"};
  }
  pawl::task<deliver> operator()(parcel::item<state::sent>, pawl::safe&) {
    co_await post.loop.sleep(1s);
    co_return deliver{"s"};
  }
};
struct watcher {
  std::size_t reports = 0;
  void on_progress(pawl::run_progress const&) { ++reports; }
};

// Three runs one after another, each stopped after at most 20 s, of parcels one of which starts after 5 s. Returns the
// sentence of a refusal, or nothing where every run ended as it should.
std::string run_with(run_options options, nanoseconds busy_bound, std::vector<trouble> answers) {
  patient_loop loop;
  parcel::store memory{[&loop] { return stored_time(loop.now()); }};
  parcel::fill(memory, 2);
  memory.insert_if_absent("later", stored_time(5s));
  options_test::remote post{loop, options, std::move(answers)};
  post.not_before["later"] = 5s;
  watcher watching;
  try {
    test_queue queue{loop, memory, watching, {.busy_bound = busy_bound}};
    for (int round = 1; round <= 3; ++round) {
      std::stop_source source;
      loop.sleep(20s, [source](boost::system::error_code) mutable { source.request_stop(); });
      options.stop = &source;
      options.grace = (std::min)(options.grace, nanoseconds(1h));
      auto const sum = pawl::run(queue, options_test::steps{post}, options);
      CHECK(sum.finished + sum.parked + sum.left + sum.dropped + sum.ended <= 3 * 30);
    }
  } catch (pawl::error const& e) {
    CAPTURE(e.what());
    CHECK(e.id().find(".options") != std::string_view::npos);
    CHECK(post.calls.empty());
    return e.what();
  }
  CHECK(post.too_early == std::vector<std::string>{});
  for (auto const& [key, calls] : post.calls) CHECK(calls <= post.answers.size() + 4);
  CHECK(watching.reports > 0);
  return {};
}

struct option {
  char const* name;
  bool may_be_zero;
  nanoseconds run_options::*member;
  nanoseconds pawl::retry_policy::*of_retry = nullptr;
  nanoseconds pawl::backoff::*of_wait = nullptr;

  void set(run_options& o, nanoseconds value) const {
    (member ? o.*member : of_retry ? o.retry.*of_retry : o.retry.wait.*of_wait) = value;
  }
};
option const durations[] = {
    {"run_options::attempt_deadline", true, &run_options::attempt_deadline},
    {"run_options::item_deadline", true, &run_options::item_deadline},
    {"run_options::poll", true, &run_options::poll},
    {"run_options::grace", true, &run_options::grace},
    {"run_options::wait_for_owner", true, &run_options::wait_for_owner},
    {"run_options::progress_every", true, &run_options::progress_every},
    {"run_options::retry.poll", false, nullptr, &pawl::retry_policy::poll},
    {"run_options::retry.longest", false, nullptr, &pawl::retry_policy::longest},
    {"run_options::retry.wait.first", true, nullptr, nullptr, &pawl::backoff::first},
    {"run_options::retry.wait.cap", true, nullptr, nullptr, &pawl::backoff::cap},
};
nanoseconds const extremes[] = {(nanoseconds::min)(), -1ns, 0ns, 1ns, 1s, without_end};
std::vector<std::vector<trouble>> const scripts = {
    {},
    {trouble::pending(0s), trouble::throttled((nanoseconds::min)()), trouble::pending(-1ns)},
    {trouble::pending(1ns), trouble::throttled(1ns), trouble::transient("x"), trouble::unknown_outcome("y")},
    {trouble::pending(without_end), trouble::pending(without_end)},
    {trouble::throttled(without_end), trouble::throttled(1s)},
    {trouble::transient("x"), trouble::transient("x"), trouble::transient("x"), trouble::transient("x")},
    {trouble::transient("x", without_end), trouble::transient("x", (nanoseconds::min)())},
    {trouble::unknown_outcome("x", 2s), trouble::unknown_outcome("x", without_end), trouble::transient("x", -1ns)},
};
run_options quiet_options(pawl::until until) {
  return {.concurrency = 2, .until = until, .poll = 1h, .grace = 1s, .progress_every = 1h};
}

TEST_CASE("each duration at its extremes is refused by name, or the run ends and calls nobody too early", "[runner]") {
  auto const until = GENERATE(pawl::until::idle, pawl::until::stopped);
  for (auto const& one : durations)
    for (auto const value : extremes)
      for (auto const& answers : scripts) {
        CAPTURE(one.name, value.count(), answers.size(), until == pawl::until::idle);
        auto options = quiet_options(until);
        one.set(options, value);
        auto const refusal = run_with(options, 30s, answers);
        bool const is_wrong = value < 0ns || (value == 0ns && !one.may_be_zero);
        CHECK(refusal == (is_wrong ? std::string("pawl: ") + one.name + " is " + std::to_string(value.count()) +
                                         " ns, it must be " + (one.may_be_zero ? "0 or longer" : "longer than 0")
                                   : std::string()));
      }
}

TEST_CASE("any mixture of durations that are allowed ends and calls nobody too early", "[runner]") {
  pawl::jitter random(7);
  auto const draw = [&random](auto const& from) -> auto const& {
    return from[static_cast<std::size_t>(
        random.upto(nanoseconds(static_cast<std::int64_t>(std::size(from)) - 1)).count())];
  };
  nanoseconds const allowed[] = {0ns, 1ns, 1s, without_end};
  for (int mixture = 0; mixture < 150; ++mixture) {
    CAPTURE(mixture);
    auto options = quiet_options(mixture % 2 == 0 ? pawl::until::idle : pawl::until::stopped);
    for (auto const& one : durations) {
      auto const value = draw(allowed);
      one.set(options, value == 0ns && !one.may_be_zero ? 1ns : value);
    }
    CHECK(run_with(options, draw(allowed), draw(scripts)).empty());
  }
}

TEST_CASE("before each kind of gate a wait of any length is kept, and ends with a stop", "[runner]") {
  for (int which = 0; which < 4; ++which)
    for (auto const& answers : scripts)
      for (auto const longest : {nanoseconds(1s), nanoseconds(10s), without_end}) {
        CAPTURE(which, answers.size(), longest.count());
        auto options = quiet_options(which % 2 == 0 ? pawl::until::idle : pawl::until::stopped);
        options.retry.longest = longest;
        pawl::rate_gate of_run(which == 0 ? pawl::rate{.per_second = 1} : pawl::rate{});
        if (which < 2) options.gate = &of_run;
        if (which == 2) options.gates.states = {state::packed, {state::sent, {.per_second = 1}}};
        if (which == 3) options.gates.states = {{state::packed, {.per_second = 0.5, .burst = 3}}};
        CHECK(run_with(options, 30s, answers).empty());
      }
}

TEST_CASE("a queue's options are refused by name", "[runner]") {
  CHECK(run_with(quiet_options(pawl::until::idle), -1ns, {}) ==
        "pawl: commit_queue_options::busy_bound is -1 ns, it must be 0 or longer");
  CHECK(run_with(quiet_options(pawl::until::idle), (nanoseconds::min)(), {}).find("busy_bound") != std::string::npos);
  CHECK(run_with(quiet_options(pawl::until::idle), without_end, {}).empty());
  patient_loop loop;
  parcel::store memory;
  CHECK_THROWS_WITH((test_queue{loop, memory, pawl::commit_queue_options{.batch = 0}}),
                    "pawl: commit_queue_options::batch is 0, it must be at least 1");
}

TEST_CASE("each count out of its range is refused by name", "[runner]") {
  auto const refusal = [](auto set) {
    auto options = quiet_options(pawl::until::idle);
    set(options);
    return run_with(options, 30s, {trouble::transient("x")});
  };
  for (std::size_t const page : {std::size_t{0}, std::size_t{1'000'001}, SIZE_MAX})
    CHECK(refusal([&](auto& o) { o.page = page; }) ==
          "pawl: run_options::page is " + std::to_string(page) + ", it must be at least 1 and at most 1000000");
  for (std::size_t const page : {std::size_t{1}, std::size_t{2}, std::size_t{1} * 1000 * 1000})
    CHECK(refusal([&](auto& o) { o.page = page; }).empty());
  for (int const attempts : {INT_MIN, -1, 0})
    CHECK(refusal([&](auto& o) { o.retry.attempts = attempts; }) ==
          "pawl: run_options::retry.attempts is " + std::to_string(attempts) + ", it must be at least 1");
  for (int const attempts : {1, 2, INT_MAX}) CHECK(refusal([&](auto& o) { o.retry.attempts = attempts; }).empty());
  for (int const recoveries : {INT_MIN, -1})
    CHECK(refusal([&](auto& o) { o.retry.recoveries = recoveries; }) ==
          "pawl: run_options::retry.recoveries is " + std::to_string(recoveries) + ", it must be 0 or more");
  for (int const recoveries : {0, INT_MAX}) CHECK(refusal([&](auto& o) { o.retry.recoveries = recoveries; }).empty());
}

TEST_CASE("a concurrency of zero, or above a million, is refused in words", "[runner]") {
  parcel::store memory;
  patient_loop loop;
  auto const options = quiet_options(pawl::until::idle);
  options_test::remote post{loop, options, {}};
  test_queue queue{loop, memory};
  for (std::size_t const concurrency : {std::size_t{0}, std::size_t{1'000'001}, SIZE_MAX / 3, SIZE_MAX})
    CHECK_THROWS_WITH(pawl::run(queue, options_test::steps{post}, {.concurrency = concurrency}),
                      "pawl: run_options::concurrency is " + std::to_string(concurrency) +
                          ", it must be at least 1 and at most 1000000");
}

TEST_CASE("a concurrency of a million costs nothing where there are three items", "[runner]") {
  auto const resident = [] {
    ::rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;  // KiB on Linux
  };
  auto const before = resident();
  auto options = quiet_options(pawl::until::idle);
  options.concurrency = 1'000'000;
  CHECK(run_with(options, 30s, {}).empty());
  CHECK(resident() - before < 50'000);
}

enum class other_state { ordered, packed };

TEST_CASE("a limit names a state with a step, of this lifecycle's enum, once, and lets at least one in", "[runner]") {
  parcel::store memory;
  patient_loop loop;
  auto const options = quiet_options(pawl::until::idle);
  options_test::remote post{loop, options, {}};
  test_queue queue{loop, memory};
  auto const run = [&](pawl::state_limits limits) { pawl::run(queue, options_test::steps{post}, {.limits = limits}); };
  CHECK_THROWS_WITH(run({{state::delivered, 3}}), ContainsSubstring("'delivered', a state that has no step"));
  CHECK_THROWS_WITH(run({{other_state::packed, 3}}), ContainsSubstring("a state of another enum than that of life"));
  CHECK_THROWS_WITH(run({{static_cast<state>(77), 3}}), ContainsSubstring("the value 77, which is no state of life"));
  CHECK_THROWS_WITH(run({{state::packed, 0}}), ContainsSubstring("at least 1"));
  CHECK_THROWS_WITH(run({{state::packed, 1}, {state::packed, 2}}), ContainsSubstring("at most once"));
  CHECK_NOTHROW(run({{state::packed, 1}, {state::ordered, SIZE_MAX}}));
}

TEST_CASE("a gate of any rate and burst lets calls start in order, or is refused in words", "[runner]") {
  for (double const rate : {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_WITH(pawl::rate_gate({.per_second = rate}), ContainsSubstring("a finite number of calls per second"));
  CHECK_THROWS_WITH(pawl::rate_gate({.per_second = 1, .burst = 0}), "pawl: rate::burst is 0, it must be at least 1");
  for (double const rate : {1e-320, 1e-10, 1.0, 1e9, 1e300})
    for (std::size_t const burst : {std::size_t{1}, std::size_t{3}, SIZE_MAX}) {
      CAPTURE(rate, burst);
      pawl::rate_gate gate({.per_second = rate, .burst = burst});
      CHECK(gate.limited());
      auto last = gate.reserve(0s);
      CHECK(last == 0s);
      for (int i = 0; i < 5; ++i) {
        auto const next = gate.reserve(1s);
        CHECK(next >= last);
        last = next;
      }
      gate.close_until(without_end);
      CHECK(gate.reserve(2s) == without_end);
    }
}

TEST_CASE("a start time at the end of all time is waited for, and one at its beginning is over", "[runner]") {
  patient_loop loop;
  parcel::store memory{[&loop] { return stored_time(loop.now()); }};
  CHECK(memory.insert_if_absent("never", (stored_time::max)()));
  CHECK(memory.insert_if_absent("long ago", (stored_time::min)()));
  auto options = quiet_options(GENERATE(pawl::until::idle, pawl::until::stopped));
  options_test::remote post{loop, options, {}};
  std::stop_source source;
  loop.sleep(20s, [source](boost::system::error_code) mutable { source.request_stop(); });
  options.stop = &source;
  test_queue queue{loop, memory};
  CHECK(pawl::run(queue, options_test::steps{post}, options).finished == 1);
  CHECK(memory.get("never").item->state == state::ordered);
}

TEST_CASE("a wait of any length is kept over the starts of later runs", "[runner]") {
  auto const [longest, cap, why] = GENERATE(std::tuple(nanoseconds(100h), nanoseconds(1s), trouble::pending(72h)),
                                            std::tuple(without_end, nanoseconds(1s), trouble::pending(72h)),
                                            std::tuple(without_end, nanoseconds(1s), trouble::pending(without_end)),
                                            std::tuple(nanoseconds(1s), without_end, trouble::transient("down")));
  patient_loop loop;
  auto const epoch = GENERATE(stored_time(0s), stored_time(-48h), stored_time(std::chrono::hours(24 * 365 * 50)));
  parcel::store memory{[&loop, epoch] { return epoch + loop.now(); }};
  parcel::fill(memory, 1);
  run_options options = quiet_options(pawl::until::idle);
  options.retry = {.attempts = 1000, .wait = {(std::max)(nanoseconds(1s), cap), cap}, .longest = longest};
  options_test::remote post{loop, options, {why}};
  test_queue queue{loop, memory};
  for (int round = 0; round < 4; ++round) {
    std::stop_source source;
    loop.sleep(1ms, [source](boost::system::error_code) mutable { source.request_stop(); });
    options.stop = &source;
    options.seed = 7;
    pawl::run(queue, options_test::steps{post}, options);
  }
  CHECK(post.calls["parcel 0"] == 1);
}

TEST_CASE("an item needs a key that is not empty", "[runner]") {
  parcel::store memory;
  CHECK_THROWS_WITH(memory.insert_if_absent(""), ContainsSubstring("a key that is not empty"));
  CHECK_THROWS_WITH(memory.insert_if_absent("", stored_time()), ContainsSubstring("a key that is not empty"));
  CHECK(memory.size() == 0);
}

}  // namespace options_test
