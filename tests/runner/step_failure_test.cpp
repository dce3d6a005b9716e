// What on_failure's event is told: the trouble, and how many attempts have failed.
#include <cstddef>
#include <string>
#include <vector>

#include <pawl/adapter/step_failure.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/test_queue.hpp"

namespace step_failure_test {

using pawl::trouble;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

enum class state { pending, delivered, dead };
struct deliver {};
struct give_up {
  std::string error{};
  int attempts = 0;
  pawl::trouble_kind kind = pawl::trouble_kind::pending;

  static give_up from(pawl::step_failure const& f) { return {f.error, f.attempts, f.why.kind}; }
};
struct life : pawl::lifecycle<pawl::initial<state::pending>, pawl::goal<state::delivered>, pawl::terminal<state::dead>,
                              pawl::transition<state::pending, deliver, state::delivered>,
                              pawl::transition<state::pending, give_up, state::dead>,
                              pawl::on_failure<state::pending, give_up>> {};
static_assert(pawl::valid<life>);

// Meets the given troubles in their order, and the last one for ever.
struct unlucky {
  std::vector<trouble>& meets;
  std::size_t& calls;

  pawl::task<pawl::one_of<deliver>> operator()(pawl::item<life, state::pending>, pawl::safe&) {
    auto const at = calls++;
    co_return meets[at < meets.size() ? at : meets.size() - 1];
  }
};

struct world {
  virtual_loop loop;
  test_store<life> store;
  std::size_t calls = 0;
  std::string told;  // the event's fields, as they were recorded

  explicit world(std::vector<trouble> meets, pawl::run_options options = {}) {
    store.insert_if_absent("hook");
    test_queue queue{loop, store};
    pawl::run(queue, unlucky{meets, calls}, options);
    give_up const event = recorded();
    told = event.error + " (" + std::string(name(event.kind)) + ") after " + std::to_string(event.attempts);
  }
  give_up recorded() {
    auto const it = store.get("hook").item;
    REQUIRE(it);
    REQUIRE(it->state == state::dead);
    auto const event = store.recorded<give_up>(*it);
    REQUIRE(event);
    return *event;
  }
};

TEST_CASE("the event of a failure is told of all attempts, the last one included", "[runner]") {
  world const after_eight({trouble::transient("reset")}, {.retry = {.attempts = 8}});
  CHECK(after_eight.told == "transient: reset (transient) after 8");
  CHECK(after_eight.calls == 8);
  CHECK(world({trouble::unknown_outcome("lost")}, {.retry = {.attempts = 1}}).told ==
        "unknown_outcome: lost (unknown_outcome) after 1");
}

TEST_CASE("a final trouble is the last of the attempts that failed", "[runner]") {
  CHECK(world({trouble::permanent("refused")}).told == "permanent: refused (permanent) after 1");
  CHECK(world({trouble::transient("reset"), trouble::transient("reset"), trouble::not_found("gone")}).told ==
        "not_found: gone (not_found) after 3");
}

TEST_CASE("attempts that were throttled are no failures, and pending begins to count anew", "[runner]") {
  CHECK(world({trouble::transient("a"), trouble::throttled({}), trouble::throttled({}), trouble::conflict("b")}).told ==
        "conflict: b (conflict) after 2");
  CHECK(world({trouble::transient("a"), trouble::pending({}), trouble::transient("b"), trouble::conflict("c")}).told ==
        "conflict: c (conflict) after 2");
}

TEST_CASE("the words of a failure are as long as a store keeps them", "[runner]") {
  std::string const endless(100'000, 'x');
  world long_words({trouble::permanent(endless)});
  CHECK(long_words.recorded().error.size() <= pawl::trouble_record::longest_error);
  CHECK(long_words.recorded().attempts == 1);
}

}  // namespace step_failure_test
