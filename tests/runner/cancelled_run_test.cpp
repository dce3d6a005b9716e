// A run whose waiter is cancelled: how it was cancelled x until when it runs x what is under way.
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"
#include "runner/shipping.hpp"

namespace cancelled_run_test {

using namespace run_test;
using pawl::trouble;
namespace asio = boost::asio;

struct waiting {
  pawl::summary sum{};
  bool has_summary = false;
  bool ended = false;
};

pawl::task<void> store_summary(pawl::task<pawl::summary> run, waiting& into) {
  into.sum = co_await std::move(run);
  into.has_summary = true;
}
void end_wait(std::exception_ptr failure, waiting& of) {
  of.ended = true;
  if (failure) std::rethrow_exception(failure);
}

// ---- how it is cancelled, five seconds after it began ----

constexpr auto soon = 5s;

void by_or(virtual_loop& loop, pawl::task<pawl::summary> run, waiting& into) {
  auto const job = [](virtual_loop& on, pawl::task<pawl::summary> running, waiting& to) -> pawl::task<void> {
    using namespace asio::experimental::awaitable_operators;
    auto storing = store_summary(std::move(running), to);
    auto const nap = [](virtual_loop& in) -> pawl::task<int> {
      co_await in.sleep(soon);
      co_return 1;
    };
    auto limit = nap(on);
    auto both = std::move(storing) || std::move(limit);
    co_await std::move(both);
  };
  asio::co_spawn(loop.get_executor(), job(loop, std::move(run), into),
                 [&into](std::exception_ptr failure) { end_wait(failure, into); });
}

template <asio::cancellation_type Type, class Filter>
void by_slot(virtual_loop& loop, pawl::task<pawl::summary> run, waiting& into) {
  auto const signal = std::make_shared<asio::cancellation_signal>();
  auto const job = [](pawl::task<pawl::summary> running, waiting& to) -> pawl::task<void> {
    co_await asio::this_coro::reset_cancellation_state(Filter());
    auto storing = store_summary(std::move(running), to);
    co_await std::move(storing);
  };
  asio::co_spawn(loop.get_executor(), job(std::move(run), into),
                 asio::bind_cancellation_slot(
                     signal->slot(), [&into, signal](std::exception_ptr failure) { end_wait(failure, into); }));
  loop.sleep(soon, [signal](boost::system::error_code) { signal->emit(Type); });
}

// The run itself is spawned, as a program with callbacks does.
void by_spawned_slot(virtual_loop& loop, pawl::task<pawl::summary> run, waiting& into) {
  auto const signal = std::make_shared<asio::cancellation_signal>();
  asio::co_spawn(
      loop.get_executor(), std::move(run),
      asio::bind_cancellation_slot(signal->slot(), [&into, signal](std::exception_ptr failure, pawl::summary sum) {
        into.sum = std::move(sum);
        into.has_summary = true;
        end_wait(failure, into);
      }));
  loop.sleep(soon, [signal](boost::system::error_code) {
    signal->emit(asio::cancellation_type::terminal);
    signal->emit(asio::cancellation_type::terminal);  // once more changes nothing
  });
}

using kind = asio::cancellation_type;
struct way {
  char const* name;
  void (*begin)(virtual_loop& loop, pawl::task<pawl::summary> run, waiting& into);
};
constexpr way ways[] = {{"||", &by_or},
                        {"a terminal slot", &by_slot<kind::terminal, asio::enable_terminal_cancellation>},
                        {"a partial slot", &by_slot<kind::partial, asio::enable_partial_cancellation>},
                        {"a total slot", &by_slot<kind::total, asio::enable_total_cancellation>},
                        {"all kinds at once", &by_slot<kind::all, asio::enable_total_cancellation>},
                        {"the slot of a spawned run", &by_spawned_slot}};

// ---- what is under way then, and what must have become of it ----

struct store_with_lock : parcel::store {
  using parcel::store::store;
  int refusals = 0;
  bool try_begin() { return refusals-- <= 0 && parcel::store::try_begin(); }
};

struct world {
  virtual_loop loop;
  store_with_lock memory{[this] { return pawl::stored_time(loop.now()); }};
  test_queue<store_with_lock, virtual_loop> queue{loop, memory, {.busy_bound = 24h}};
  pawl::rate_gate gate{{.per_second = 0.001}};
};

struct situation {
  char const* name;
  bool for_idle;  // an idle run would end by itself
  void (*prepare)(world& w, pawl::run_options& options);
  pawl::task<pawl::one_of<ship>> (*ship_it)(world& w);
  std::chrono::nanoseconds earliest, latest;  // when the run has ended
  state becomes;
};
void insert_one(world& w, pawl::run_options&) { w.memory.insert_if_absent("parcel"); }
template <int Seconds> pawl::task<pawl::one_of<ship>> ship_after(world& w) {
  co_await w.loop.sleep(std::chrono::seconds(Seconds));
  co_return ship{"t"};
}
pawl::task<pawl::one_of<ship>> refuse(world&) { co_return trouble::transient("busy"); }
pawl::task<pawl::one_of<ship>> ship_while_locked(world& w) {
  co_await w.loop.sleep(4s);
  w.memory.refusals = 200;
  co_return ship{"t"};
}

situation const situations[] = {
    {"a step that ends within grace", true, &insert_one, &ship_after<20>, 20s, 20s, state::sent},
    {"a step that is cut off", true, &insert_one, &ship_after<3600>, 35s, 35s, state::packed},
    {"a step without grace", true,
     [](world& w, pawl::run_options& options) {
       insert_one(w, options);
       options.grace = 0s;
     },
     &ship_after<20>, 5s, 5s, state::packed},
    {"the wait for a retry", true,
     [](world& w, pawl::run_options& options) {
       insert_one(w, options);
       options.retry.wait = {1h, 1h};
     },
     &refuse, 5s, 5s, state::packed},
    {"the write of a result, which waits for a lock", true, &insert_one, &ship_while_locked, 5s + 1ns, 60s,
     state::sent},
    {"the wait for a gate", true,
     [](world& w, pawl::run_options& options) {
       insert_one(w, options);
       w.gate.close_until(1h);
       options.gate = &w.gate;
     },
     &ship_after<0>, 5s, 5s, state::packed},
    {"nothing but looking for work", false,
     [](world& w, pawl::run_options& options) {
       insert_one(w, options);
       options.poll = 1s;
     },
     &ship_after<0>, 5s, 5s, state::delivered},
    {"nothing at all", false,
     [](world& w, pawl::run_options& options) {
       insert_one(w, options);
       options.poll = 0s;
     },
     &ship_after<0>, 5s, 5s, state::delivered},
    {"the wait for a start time", false,
     [](world& w, pawl::run_options&) { w.memory.insert_if_absent("parcel", pawl::stored_time(24h)); }, &ship_after<0>,
     5s, 5s, state::ordered},
    {"the wait for another owner", true,
     [](world& w, pawl::run_options& options) {
       insert_one(w, options);
       options.wait_for_owner = 24h;
     },
     &ship_after<0>, 5s, 6s, state::ordered}};

TEST_CASE("to cancel what awaits a run is to stop it: steps in flight are written, and the summary arrives",
          "[runner]") {
  auto const& how = GENERATE(from_range(std::begin(ways), std::end(ways)));
  auto const& what = GENERATE(from_range(std::begin(situations), std::end(situations)));
  auto const until = GENERATE(pawl::until::idle, pawl::until::stopped);
  if (until == pawl::until::idle && !what.for_idle) return;
  CAPTURE(how.name, what.name, until == pawl::until::idle);
  world w;
  pawl::run_options options;
  options.until = until;
  what.prepare(w, options);
  auto const owner = options.wait_for_owner > 0s ? pawl::owner_handle(w.memory.make_owner()).release() : nullptr;
  std::unique_ptr<pawl::run_owner> const kept(owner);
  if (owner) REQUIRE(w.memory.acquire(*owner, pawl::ownership::sole));
  waiting into;
  auto const shipping = [&](parcel::item<state::packed>) { return what.ship_it(w); };
  how.begin(w.loop, pawl::async_run(w.queue, safe_steps{shipping}, options), into);
  w.loop.run_until(into.ended);
  CHECK(into.has_summary);
  CHECK(into.sum.stopped);
  CHECK(w.loop.now() >= what.earliest);
  CHECK(w.loop.now() <= what.latest);
  CHECK(w.memory.get("parcel").item->state == what.becomes);
  CHECK(w.loop.sleepers() == 0);
}

TEST_CASE("a cancellation that comes when the run has ended finds nobody", "[runner]") {
  asio::cancellation_signal signal;
  world w;
  w.memory.insert_if_absent("parcel");
  waiting into;
  auto const shipping = [&](parcel::item<state::packed>) { return ship_after<1>(w); };
  asio::co_spawn(
      w.loop.get_executor(), store_summary(pawl::async_run(w.queue, safe_steps{shipping}), into),
      asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr failure) { end_wait(failure, into); }));
  w.loop.run_until(into.ended);
  CHECK(into.sum.finished == 1);
  CHECK_FALSE(into.sum.stopped);
  signal.emit(kind::terminal);
  w.loop.wait(w.loop.sleep(std::chrono::seconds(1)));
  CHECK_FALSE(into.sum.stopped);
}

}  // namespace cancelled_run_test
