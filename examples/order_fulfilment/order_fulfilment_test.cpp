// Tests of the shop without its remotes: every path of an order, on an in-memory store and a jumping clock.
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include <boost/system/error_code.hpp>

#include <pawl/loop/stop.hpp>
#include <pawl/testing.hpp>

#include "catch.hpp"
#include "fulfilment.hpp"

using namespace std::chrono_literals;
using fulfilment::state;
using pawl::trouble;
using pawl::testing::remote_objects;

namespace order_fulfilment_test {

using virtual_loop = pawl::loop<pawl::virtual_clock>;
using orders = pawl::memory_store<fulfilment::lifecycle>;

// What the shop has done. It outlives whoever asked for it.
struct deeds {
  remote_objects charges, refunds;
  std::map<std::string, std::string> parcels;  // by order
  int packings = 0;
  std::map<std::string, std::chrono::nanoseconds> announced;  // by tracking number: when
};

// Every call takes a second. The bank knows its keys; the warehouse counts what it is told, and has no unicorns.
struct mock_shop {
  mock_shop(virtual_loop& on, deeds& all)
      : loop(on), done(all), bank(on, takes), warehouse(on, takes), mail(on, takes) {}

  pawl::task<pawl::outcome<std::string>> charge(std::string order, std::string key) {
    return bank.call([this, order, key] { return done.charges.once(order, key, "charge of " + order); });
  }
  pawl::task<pawl::outcome<std::string>> refund(std::string charge, std::string key) {
    return bank.call([this, charge, key] { return done.refunds.once(charge, key, charge + ", refunded"); });
  }
  pawl::task<pawl::outcome<std::string>> pack(std::string order) {
    return warehouse.call([this, order]() -> pawl::outcome<std::string> {
      if (order == "unicorn") return trouble::not_found("out of stock");
      ++done.packings;
      return done.parcels[order] = "parcel of " + order;
    });
  }
  pawl::task<pawl::outcome<std::optional<std::string>>> find_parcel(std::string order) {
    return warehouse.call([this, order]() -> std::optional<std::string> {
      auto const found = done.parcels.find(order);
      if (found == done.parcels.end()) return std::nullopt;
      return found->second;
    });
  }
  pawl::task<pawl::outcome<pawl::done_t>> unpack(std::string order) {
    return warehouse.call([this, order] {
      done.parcels.erase(order);
      return pawl::done;
    });
  }
  pawl::task<pawl::outcome<pawl::done_t>> announce(std::string, std::string tracking) {
    return mail.call([this, tracking] {
      done.announced[tracking] = loop.now();
      return pawl::done;
    });
  }

  static constexpr auto takes = pawl::mock_profile::constant(1s);
  virtual_loop& loop;
  deeds& done;
  pawl::mock_adapter<virtual_loop> bank, warehouse, mail;
};

struct world {
  explicit world(int count = 1) {
    for (int i = 0; i < count; ++i) store.insert_if_absent("order " + std::to_string(i));
  }
  pawl::summary run(pawl::run_options options = {.retry = {.wait = {0s, 0s}}}) {
    return pawl::run(queue, fulfilment::steps{shop}, options);
  }
  // Until this time of the loop, whatever comes.
  pawl::summary run_until(std::chrono::nanoseconds end) {
    pawl::stop_source stop;
    loop.sleep(end - loop.now(), [&stop](boost::system::error_code) { stop.request_stop(); });
    return run({.until = pawl::until::stopped, .poll = 1h, .stop = &stop});
  }
  // What somebody outside does to an order that is packed.
  template <class Event> bool tell(std::string const& order, Event const& event) {
    auto const packed = store.get(order).item->as<state::packed>();
    return packed && store.apply(*packed, event);
  }
  state where(std::string const& order = "order 0") { return store.get(order).item->state; }
  template <class Event> std::optional<Event> recorded(std::string const& order = "order 0") {
    return store.recorded<Event>(*store.get(order).item);
  }

  virtual_loop loop;
  orders store{[this] { return pawl::stored_time(loop.now()); }};
  pawl::commit_queue<orders, virtual_loop> queue{loop, store};
  deeds done;
  mock_shop shop{loop, done};
};

// What outlives a process.
struct survivors {
  orders store;
  deeds done;
};

}  // namespace order_fulfilment_test

using order_fulfilment_test::deeds;
using order_fulfilment_test::mock_shop;
using order_fulfilment_test::survivors;
using order_fulfilment_test::world;

TEST_CASE("orders are paid and packed, wait for the courier, and are shipped when they were picked up",
          "[order_fulfilment]") {
  world w(100);
  auto const first = w.run({.concurrency = 10});
  CHECK(first.waiting == 100);
  CHECK(w.loop.now() == 10 * (1s + 1s));
  CHECK(w.run().taken == 0);  // a run does not wait for couriers

  CHECK(w.tell("order 7", fulfilment::collect{"track 7"}));
  CHECK_FALSE(w.tell("order 7", fulfilment::cancel{"too late"}));
  CHECK(w.run().finished == 1);
  CHECK(w.where("order 7") == state::shipped);
  CHECK(w.done.announced.size() == 1);
  CHECK(w.done.announced.contains("track 7"));
  CHECK(w.done.charges.size() == 100);
  CHECK(w.recorded<fulfilment::pay>("order 7")->charge == "charge of order 7");
  CHECK(w.recorded<fulfilment::pack>("order 7")->parcel == "parcel of order 7");
}

TEST_CASE("a run until stopped goes on with an order at the moment at which it is picked up", "[order_fulfilment]") {
  world w;
  w.loop.sleep(1min, [&w](boost::system::error_code) { w.tell("order 0", fulfilment::collect{"track 0"}); });

  auto const sum = w.run_until(1h);
  CHECK(sum.finished == 1);
  CHECK(w.done.announced.at("track 0") == 1min + 1s);
  CHECK(w.loop.now() == 1h);
}

TEST_CASE("what is out of stock is refunded, once, even when the answer to the refund is lost", "[order_fulfilment]") {
  world w(2);
  w.shop.warehouse.refuse(1, trouble::not_found("out of stock"));
  w.shop.bank.lose_answer(2);  // the first order's refund

  auto const sum = w.run();
  CHECK(sum.failures == 1);
  CHECK(sum.ended == 1);
  CHECK(sum.waiting == 1);
  CHECK(w.where() == state::refunded);
  CHECK(w.shop.bank.calls() == 4);  // two charges; the refund, and again
  CHECK(w.done.charges.size() == 2);
  CHECK(w.done.refunds.size() == 1);
  CHECK(w.recorded<fulfilment::cancel>()->reason == "not_found: out of stock");
  CHECK(w.recorded<fulfilment::refund>()->receipt == "charge of order 0, refunded");
}

TEST_CASE("an order is packed once although the warehouse's answer is lost", "[order_fulfilment]") {
  world w;
  w.shop.warehouse.lose_answer(1);
  CHECK(w.run().waiting == 1);
  CHECK(w.done.packings == 1);
  CHECK(w.recorded<fulfilment::pack>()->parcel == "parcel of order 0");
}

TEST_CASE("after a crash in the middle of packing the warehouse is asked first", "[order_fulfilment]") {
  world w;
  // what a killed process left behind
  REQUIRE(w.store.apply(fulfilment::order<state::ordered>("order 0", 0), fulfilment::pay{"charge of the dead"}));
  w.done.parcels["order 0"] = "parcel of the dead";

  CHECK(w.run().waiting == 1);
  CHECK(w.done.packings == 0);
  CHECK(w.shop.bank.calls() == 0);
  CHECK(w.recorded<fulfilment::pack>()->parcel == "parcel of the dead");
}

TEST_CASE("a customer may cancel until the courier comes: the parcel is unpacked, then the money refunded",
          "[order_fulfilment]") {
  world w;
  w.run();
  REQUIRE(w.done.parcels.size() == 1);
  CHECK(w.tell("order 0", fulfilment::cancel{"changed my mind"}));
  CHECK(w.run().ended == 1);
  CHECK(w.where() == state::refunded);
  CHECK(w.done.parcels.empty());
  CHECK(w.done.refunds.size() == 1);
}

TEST_CASE("a refused card declines the order, and there is nothing to refund", "[order_fulfilment]") {
  world w;
  w.shop.bank.refuse(1, trouble::permanent("card expired"));
  CHECK(w.run().ended == 1);
  CHECK(w.where() == state::declined);
  CHECK(w.recorded<fulfilment::decline>()->reason == "card expired");
  CHECK(w.shop.bank.calls() == 1);
}

TEST_CASE("a refund that does not get through is parked, and made when somebody releases it", "[order_fulfilment]") {
  world w;
  w.shop.warehouse.refuse(1, trouble::not_found("out of stock"));
  for (std::size_t call = 2; call <= 6; ++call) w.shop.bank.refuse(call, trouble::transient("the bank is closed"));

  CHECK(w.run().parked == 1);
  CHECK(w.done.refunds.size() == 0);
  CHECK(pawl::explain(w.store, "order 0").text() ==
        "cancelled at version 2: parked after 5 attempts: transient: the bank is closed");
  CHECK(w.run().taken == 0);

  CHECK(w.store.release("order 0"));
  CHECK(w.run().ended == 1);
  CHECK(w.done.refunds.size() == 1);
}

TEST_CASE("wherever the process dies, money is charged once and refunded once, and parcels are packed once",
          "[order_fulfilment]") {
  auto const verdict = pawl::testing::for_each_crash_point<survivors>([](survivors& durable,
                                                                         pawl::testing::process& process) {
    order_fulfilment_test::virtual_loop loop;
    auto store = process.watch(durable.store);
    for (auto const* order : {"shipped", "cancelled", "unicorn"}) store.insert_if_absent(order);
    pawl::commit_queue queue{loop, store};
    mock_shop shop{loop, durable.done};
    for (auto* remote : {&shop.bank, &shop.warehouse, &shop.mail}) process.watch(*remote);
    for (auto const* objects : {&durable.done.charges, &durable.done.refunds}) process.watch(*objects);
    auto const run = [&] {
      pawl::run(queue, fulfilment::steps{shop}, {.concurrency = 2, .retry = {.wait = {0s, 0s}}});
    };

    run();
    if (auto const packed = store.get("shipped").item->as<state::packed>())
      (void)store.apply(*packed, fulfilment::collect{"track"});
    if (auto const packed = store.get("cancelled").item->as<state::packed>())
      (void)store.apply(*packed, fulfilment::cancel{"changed my mind"});
    run();

    deeds const& done = durable.done;
    process.expect(done.charges.size() == 3, "three orders are charged");
    process.expect(done.refunds.size() == 2, "two of them are refunded");
    process.expect(done.packings == 2 && done.parcels.size() == 1, "two were packed, and one of them again unpacked");
    process.expect(done.announced.size() == 1, "one is announced");
  });
  CHECK(verdict);
  CHECK(verdict.scenarios > 60);
}
