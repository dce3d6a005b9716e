// What becomes of an item whose attempt ended in trouble.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stop_token>

#include <pawl/loop/saturated.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace retry_test {

using namespace run_test;
using pawl::trouble;

TEST_CASE("a passing failure is repeated with the same key, and the key changes with the state's version", "[engine]") {
  world w(1);
  w.api.remote.refuse(1, trouble::transient("busy"));
  w.api.remote.lose_answer(2);
  auto const sum = w.run();
  CHECK(sum.finished == 1);
  CHECK(sum.retries == 2);
  REQUIRE(w.api.keys.size() == 3);
  CHECK(w.api.keys[0] == "memory/life/packed/1/1/parcel 0");
  CHECK(w.api.keys[1] == w.api.keys[0]);
  CHECK(w.api.keys[2] == w.api.keys[0]);
}

TEST_CASE("pending and throttled wait as long as the remote asks and count no attempt", "[engine]") {
  world w(1);
  for (std::size_t i = 1; i <= 20; ++i) w.api.remote.refuse(i, trouble::pending(30s));
  auto const sum = w.run({.retry = {.attempts = 2}});
  CHECK(sum.finished == 1);
  CHECK(sum.retries == 20);
  CHECK(w.loop.now() == 20 * (2s + 30s) + 4s);
}

TEST_CASE("when the attempts are used up, or will never succeed, the lifecycle's failure event is fired", "[engine]") {
  world w(2);
  SECTION("attempts") {
    for (std::size_t i = 1; i <= 3; ++i) w.api.remote.refuse(i, trouble::transient("down"));
    auto const sum = w.run({.retry = {.attempts = 3, .wait = {1ms, 1ms}}, .seed = 1});
    CHECK(sum.ended + sum.finished == 2);
  }
  SECTION("permanent") {
    w.api.remote.refuse(1, trouble::permanent("no such street"));
    auto const sum = w.run();
    CHECK(sum.failures == 1);
    CHECK(sum.ended == 1);
    CHECK(sum.finished == 1);
    CHECK(sum.retries == 0);
    CHECK(w.memory.recorded<lose>(*w.memory.get("parcel 0").item)->reason == "permanent: no such street");
  }
}

TEST_CASE("a state without a failure event parks its item with its trouble, and others go on", "[engine]") {
  world w(2);
  w.api.remote.refuse(2, trouble::not_found("no such door"));  // the delivery of the first parcel
  auto const sum = w.run();
  CHECK(sum.finished == 1);
  REQUIRE(sum.parked == 1);
  CHECK(sum.first_parked[0].key == "parcel 0");
  CHECK(sum.first_parked[0].state == "sent");
  CHECK(sum.first_parked[0].version == 2);
  CHECK(sum.first_parked[0].why.describe() == "not_found: no such door");
  CHECK(w.memory.get("parcel 0").item->state == state::sent);
  CHECK(w.run().taken == 0);  // no run takes it
  CHECK(w.memory.release("parcel 0"));
  CHECK(w.run().finished == 1);
}

TEST_CASE("quota and credentials stop the intake and fail nothing", "[engine]") {
  world w(10);
  w.api.remote.refuse(5, trouble::quota_exhausted("until tomorrow"));
  auto const sum = w.run({.concurrency = 2});
  REQUIRE(sum.halted);
  CHECK(sum.halted->detail == "until tomorrow");
  CHECK(sum.failures == 0);
  CHECK(sum.parked == 0);
  CHECK(sum.finished + sum.left == sum.taken);
  CHECK(w.run().finished == 10 - sum.finished);
}

TEST_CASE("a long polling is not given up for passing failures far apart", "[engine]") {
  world w(1);
  for (std::size_t i = 1; i <= 100; ++i)
    w.api.remote.refuse(i, i % 10 ? trouble::pending(5s) : trouble::transient("blip"));
  auto const sum = w.run({.retry = {.attempts = 2}});
  CHECK(sum.finished == 1);
  CHECK(sum.failures == 0);
}

TEST_CASE("attempts count over runs, and the wait between them is in the store", "[engine]") {
  world w(1);
  pawl::run_options const options{.retry = {.attempts = 3, .wait = {60s, 60s}}};
  for (std::size_t call = 1; call <= 3; ++call) w.api.remote.refuse(call, trouble::transient("down"));
  std::stop_source source;
  stop_at(w.loop, 3s, source);
  auto stoppable = options;
  stoppable.stop = &source;
  auto const first = w.run(stoppable);
  CHECK(first.left == 1);
  CHECK(w.loop.now() == 3s);
  auto const record = w.memory.trouble_of(row(w, "parcel 0"));
  REQUIRE(record);
  CHECK(record->attempts == 1);
  CHECK(record->last_error == "transient: down");
  CHECK(record->since == stored_time(0s));
  CHECK(record->next_at > stored_time(2s));

  auto const second = w.run(options);
  CHECK(w.api.keys.size() == 3);
  CHECK(second.failures == 1);
  CHECK(second.ended == 1);
  CHECK_FALSE(w.memory.trouble_of(row(w, "parcel 0")));
}

TEST_CASE("a wait that another run began is waited for to its end, and no longer than the policy's longest",
          "[engine]") {
  world w(1);
  w.api.remote.refuse(1, trouble::pending(50min));
  std::stop_source source;
  stop_at(w.loop, 3s, source);
  REQUIRE(w.run({.stop = &source}).left == 1);
  SECTION("to its end") {
    CHECK(w.run().finished == 1);
    CHECK(w.loop.now() == 2s + 50min + 4s);
  }
  SECTION("no longer: the system's clock may have been set back since") {
    CHECK(w.run({.retry = {.wait = {1s, 1s}, .poll = 5s, .longest = 1min}}).finished == 1);
    CHECK(w.loop.now() == 3s + 1min + 1s + 4s);
  }
}

TEST_CASE("an item without a failure event is parked when its attempts are used up, and others go on", "[engine]") {
  world w(2);
  auto const shipping = [&w](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    co_await w.loop.sleep(1s);
    co_return ship{"track " + it.key};
  };
  struct undeliverable {
    decltype(shipping)& ship_it;
    pack operator()(parcel::item<state::ordered>) { return {}; }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) { return ship_it(it); }
    pawl::one_of<deliver> operator()(parcel::item<state::sent> it) {
      if (it.key == "parcel 0") return trouble::transient("nobody at home");
      return deliver{"s"};
    }
  };
  auto const sum = pawl::run(w.queue, undeliverable{shipping}, {.retry = {.attempts = 4, .wait = {1ms, 1ms}}});
  CHECK(sum.finished == 1);
  CHECK(sum.parked == 1);
  CHECK(sum.retries == 3);
  auto const parked = w.memory.parked(10);
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].item.key == "parcel 0");
  CHECK(parked[0].record.attempts == 4);
  CHECK(pawl::explain(w.memory, "parcel 0").text() ==
        "sent at version 2: parked after 4 attempts: transient: nobody at home");

  SECTION("a release begins anew") {
    CHECK(w.memory.release("parcel 0"));
    CHECK(w.run().finished == 1);
  }
  SECTION("an event of the lifecycle ends it too") {
    CHECK(w.memory.apply(parcel::item<state::sent>("parcel 0", 2), lose{"sold"}));
    CHECK(w.memory.parked(10).empty());
    CHECK(w.run().taken == 0);
  }
}

TEST_CASE("explanations say where an item stands, and why", "[engine]") {
  world w(1);
  auto const said = [&w](char const* key) { return pawl::explain(w.memory, key).text(); };
  CHECK(said("parcel 0") == "ordered at version 0: runnable: nothing holds it back");
  CHECK(said("nothing") == "there is no such row");
  CHECK(pawl::explain(w.memory, "nothing").is == standing::absent);
  w.memory.put("strange", "teleported", 4);
  CHECK(pawl::explain(w.memory, "strange").is == standing::unrecognised);
  CHECK(w.memory.insert_if_absent("later", stored_time(1h)));
  CHECK(said("later") == "ordered at version 0: delayed until 1970-01-01T01:00:00.000000Z");
  w.memory.put("done", "delivered", 3);
  CHECK(said("done") == "delivered at version 3: it has reached a final state");
  pawl::trouble_record died;
  died.recoveries = 2;
  CHECK(w.memory.note(row(w, "parcel 0"), died));
  CHECK(said("parcel 0") == "ordered at version 0: runnable: nothing holds it back after 2 deaths of its process");
}

TEST_CASE("an item's deadline ends its attempts, with their waits, over all runs", "[engine]") {
  world w(1);
  for (std::size_t call = 1; call <= 1000; ++call) w.api.remote.refuse(call, trouble::pending(10s));
  auto const sum = w.run({.item_deadline = 1min});
  CHECK(sum.failures == 1);
  CHECK(w.memory.recorded<lose>(row(w, "parcel 0"))->reason == "pending: the item's deadline has passed");
  CHECK(w.api.keys.size() == 5);  // at 0, 12, 24, 36 and 48 s; the next would begin at 60 s
  CHECK(w.loop.now() == 50s);
}

// ---- the rules alone ----

using pawl::detail::retry_rules;
using pawl::detail::step_nature;
using pawl::detail::verdict;

constexpr step_nature safe_nature{true, true, false}, unsafe_nature{true, false, false},
    failing_nature{true, true, true};

TEST_CASE("each kind of trouble has its rule", "[engine]") {
  using pawl::trouble_kind;
  struct rule {
    trouble_kind kind;
    verdict of_safe, of_unsafe, with_failure_event;
  };
  auto const [kind, of_safe, of_unsafe, with_failure_event] = GENERATE(
      values<rule>({{trouble_kind::pending, verdict::delayed, verdict::delayed, verdict::delayed},
                    {trouble_kind::transient, verdict::delayed, verdict::delayed, verdict::delayed},
                    {trouble_kind::throttled, verdict::delayed, verdict::delayed, verdict::delayed},
                    {trouble_kind::quota_exhausted, verdict::run_ended, verdict::run_ended, verdict::run_ended},
                    {trouble_kind::auth, verdict::run_ended, verdict::run_ended, verdict::run_ended},
                    {trouble_kind::not_found, verdict::parked, verdict::parked, verdict::failing},
                    {trouble_kind::conflict, verdict::parked, verdict::parked, verdict::failing},
                    {trouble_kind::permanent, verdict::parked, verdict::parked, verdict::failing},
                    {trouble_kind::unknown_outcome, verdict::delayed, verdict::parked, verdict::delayed},
                    {trouble_kind::cancelled, verdict::run_ended, verdict::run_ended, verdict::run_ended}}));
  auto const decided = [kind = kind](step_nature nature) {
    retry_rules rules({}, {}, 1);
    trouble why(kind, "words");
    pawl::trouble_record record;
    auto const answer = rules.decide(why, record, nature, stored_time(1s), stored_time(2s));
    CHECK(record.since == stored_time(1s));
    CHECK(record.next_at.has_value() == (answer == verdict::delayed));
    CHECK(record.last_error.find("words") != std::string::npos);
    return answer;
  };
  CHECK(decided(safe_nature) == of_safe);
  CHECK(decided(unsafe_nature) == of_unsafe);
  CHECK(decided(failing_nature) == with_failure_event);
}

TEST_CASE("the wait that a remote names with a passing failure counts where it is longer than the backoff",
          "[engine]") {
  auto const longest = GENERATE(std::chrono::nanoseconds(1h), (std::chrono::nanoseconds::max)());
  auto const asked = GENERATE((std::chrono::nanoseconds::min)(), -1ns, 0ns, 1ns, 10s, std::chrono::nanoseconds(30min),
                              std::chrono::nanoseconds(2h), (std::chrono::nanoseconds::max)());
  auto const why = GENERATE_COPY(trouble::transient("503", asked), trouble::unknown_outcome("503", asked));
  retry_rules rules({.attempts = 100, .wait = {20s, 20s}, .longest = longest}, {}, 1);
  auto const wanted = (std::max)(std::chrono::nanoseconds(0), (std::min)(asked, longest));
  CHECK(rules.closing_wait(why) == wanted);
  pawl::trouble_record record;
  bool is_backoff = false;
  for (int i = 0; i < 50; ++i) {
    auto copy = why;
    CHECK(rules.decide(copy, record, safe_nature, stored_time(0s), stored_time(100s)) == verdict::delayed);
    auto const wait = pawl::detail::saturated_difference(*record.next_at, stored_time(100s));
    CHECK(wait >= pawl::detail::saturated_difference(pawl::detail::saturated_sum(wanted, 100s), 100s));
    CHECK(wait <= (std::max)(wanted, std::chrono::nanoseconds(20s)));
    is_backoff = is_backoff || wait != wanted;
  }
  CHECK(is_backoff == (asked < 20s || wanted == (std::chrono::nanoseconds::max)()));
}

TEST_CASE("a trouble of each kind closes gates, or does not", "[engine]") {
  using pawl::trouble_kind;
  retry_rules const rules({.poll = 5s, .longest = 1h}, {}, 1);
  for (auto const kind :
       {trouble_kind::pending, trouble_kind::quota_exhausted, trouble_kind::auth, trouble_kind::not_found,
        trouble_kind::conflict, trouble_kind::permanent, trouble_kind::cancelled})
    CHECK(rules.closing_wait(trouble(kind, "words", 10s)) == 0s);
  for (auto const kind : {trouble_kind::transient, trouble_kind::unknown_outcome, trouble_kind::throttled})
    CHECK(rules.closing_wait(trouble(kind, "words", 10s)) == 10s);
  CHECK(rules.closing_wait(trouble::throttled(0s)) == 5s);
  CHECK(rules.closing_wait(trouble::transient("words")) == 0s);
}

TEST_CASE("a wait is as long as the remote asked, and no longer than the policy's longest", "[engine]") {
  retry_rules const rules({.poll = 5s, .longest = 1h}, {}, 1);
  CHECK(rules.asked_wait(trouble::throttled(30s)) == 30s);
  CHECK(rules.asked_wait(trouble::throttled(2h)) == 1h);
  CHECK(rules.asked_wait(trouble::throttled(0s)) == 5s);
}

}  // namespace retry_test
