// Recovery from processes that died: marks, doubts, suspects.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <map>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include <pawl/runner/run.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace recovery_test {

using namespace run_test;
using pawl::trouble;

TEST_CASE("items with which processes have died more than once go one at a time, delayed ones too", "[engine]") {
  world w(4);
  pawl::trouble_record died;
  died.recoveries = 2;
  for (auto const* key : {"parcel 0", "parcel 1", "parcel 2"}) {
    if (key != std::string("parcel 0")) died.next_at = stored_time(1s);
    CHECK(w.memory.note(row(w, key), died));
  }
  std::size_t suspects = 0, most = 0;
  shipping_step const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    co_await w.loop.sleep(1s);
    co_return ship{"t"};
  };
  struct careful {
    world& w;
    shipping_step ship_it;
    std::size_t &suspects, &most;
    pawl::task<pack> operator()(parcel::item<state::ordered> it, pawl::safe&) {
      bool const suspect = it.key != "parcel 3";
      if (suspect) most = (std::max)(most, ++suspects);
      co_await w.loop.sleep(5s);
      if (suspect) --suspects;
      co_return pack{};
    }
    pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, pawl::safe&) { return ship_it(it); }
    deliver operator()(parcel::item<state::sent>) { return {"s"}; }
  };
  w.loop.wait([](virtual_loop& loop) -> pawl::task<void> { co_await loop.sleep(2s); }(w.loop));
  auto const sum = pawl::run(w.queue, careful{w, shipping, suspects, most}, {.concurrency = 4});
  CHECK(sum.finished == 4);
  CHECK(sum.taken == 4);
  CHECK(most == 1);
}

TEST_CASE("an unsafe step is marked before it begins, and nothing is left of the mark when it has succeeded",
          "[engine]") {
  world w(2);
  int marked = 0;
  auto const shipping = [&](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    auto const record = w.memory.trouble_of(row(w, it.key.c_str()));
    marked += record && record->is_mark() ? 1 : 0;
    CHECK(pawl::explain(w.memory, it.key).is == standing::in_doubt);
    co_await w.loop.sleep(1s);
    co_return ship{"t"};
  };
  CHECK(pawl::run(w.queue, unsafe_steps{shipping}, {.concurrency = 2}).finished == 2);
  CHECK(marked == 2);
  CHECK(w.memory.count_troubles() == pawl::trouble_counts{});
}

TEST_CASE("an unsafe step whose process died is in doubt: parked, not repeated, until somebody releases it",
          "[engine]") {
  world w(1);
  REQUIRE(w.memory.apply(parcel::item<state::ordered>("parcel 0", 0), pack{}));
  pawl::trouble_record mark;
  mark.in_doubt = true;
  mark.run = 4711;  // of a run that is no more
  REQUIRE(w.memory.note(row(w, "parcel 0"), mark));
  int calls = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    ++calls;
    co_return ship{"t"};
  };
  auto const sum = pawl::run(w.queue, unsafe_steps{shipping});
  CHECK(calls == 0);
  CHECK(sum.parked == 1);
  CHECK(sum.first_parked[0].why.describe() ==
        "unknown_outcome: its step was started, and it is unknown whether it was carried out");
  CHECK(pawl::run(w.queue, unsafe_steps{shipping}).taken == 0);
  CHECK(w.memory.release("parcel 0"));
  CHECK(pawl::run(w.queue, unsafe_steps{shipping}).finished == 1);
  CHECK(calls == 1);
}

TEST_CASE("an unsafe step that answered with a trouble is in doubt no more, and may be repeated", "[engine]") {
  world w(1);
  int calls = 0;
  auto const shipping = [&](parcel::item<state::packed>) -> pawl::task<pawl::one_of<ship>> {
    if (++calls == 1) co_return trouble::transient("refused before it did anything");
    co_return ship{"t"};
  };
  CHECK(pawl::run(w.queue, unsafe_steps{shipping}).finished == 1);
  CHECK(calls == 2);
}

TEST_CASE("of several runs that share a store one alone calls an unsafe step", "[engine]") {
  world w(20);
  std::map<std::string, int> calls;
  auto const shipping = [&](parcel::item<state::packed> it) -> pawl::task<pawl::one_of<ship>> {
    ++calls[it.key];
    co_await w.loop.sleep(1s);
    co_return ship{"t"};
  };
  test_queue second{w.loop, w.memory};
  pawl::run_options const options{.concurrency = 4, .owner = pawl::ownership::shared};
  std::size_t finished = 0, parked = 0;
  auto const note = [&](std::exception_ptr failure, pawl::summary sum) {
    CHECK_FALSE(failure);
    finished += sum.finished;
    parked += sum.parked;
  };
  boost::asio::co_spawn(w.loop.get_executor(), pawl::async_run(w.queue, unsafe_steps{shipping}, options), note);
  auto other = pawl::async_run(second, unsafe_steps{shipping}, options);
  auto const sum = w.loop.wait(std::move(other));
  w.loop.wait([](virtual_loop& loop) -> pawl::task<void> { co_await loop.sleep(1h); }(w.loop));
  CHECK(finished + sum.finished == 20);
  CHECK(parked + sum.parked == 0);
  for (auto const& [key, count] : calls) CHECK(count == 1);
  CHECK(calls.size() == 20);
}

}  // namespace recovery_test
