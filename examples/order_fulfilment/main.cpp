// A shop that may be killed at any time and started again. Orders wait for a courier; couriers, and customers who
// cancel, act on the same database, from this process or another one.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>

#include "../command_line.hpp"
#include "fulfilment.hpp"
#include "storyteller.hpp"
#include "toy_shop.hpp"

using namespace std::chrono_literals;
using fulfilment::state;
using orders = pawl::sqlite::store<fulfilment::lifecycle>;

// Orders that something will still happen to.
static std::size_t under_way(orders& all) {
  auto const counts = all.count_items();
  std::size_t sum = 0;
  for (auto s : {state::ordered, state::paid, state::packed, state::collected, state::cancelled})
    sum += counts[pawl::state_index<fulfilment::lifecycle>(s)];
  return sum - all.count_troubles().parked;
}

// Comes every two seconds and takes the parcels that wait; applying the event is what sets the run to work on them.
// A conflict means that the customer was faster. Closes the shop when there is nothing left to do.
static pawl::task<void> courier(pawl::loop<>& loop, orders& all, pawl::stop_source& closing) {
  while (under_way(all) > 0) {
    co_await loop.sleep(2s);
    for (auto const& waiting : all.runnable(state::packed, {}, 1000))
      if (auto const parcel = waiting.as<state::packed>())
        static_cast<void>(all.apply(*parcel, fulfilment::collect{"track-" + parcel->key}));
  }
  closing.request_stop();
}

static int fulfil(pawl::sqlite::database& db, std::string const& file, std::vector<std::string> const& names) {
  orders all{db};
  for (auto const& name : names) all.insert_if_absent(name);

  pawl::loop<> loop;
  storyteller story;
  pawl::commit_queue queue{loop, all, story};
  toy_shop shop{loop, file + ".shop"};
  pawl::stop_source closing;
  pawl::stop_on_signals const signals{loop, closing};
  boost::asio::co_spawn(loop.get_executor(), courier(loop, all, closing), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });

  auto const sum =
      pawl::run(queue, fulfilment::steps{shop}, {.concurrency = 10, .until = pawl::until::stopped, .stop = &closing});

  std::printf("%zu shipped, %zu refunded or declined, %zu parked\n", sum.finished, sum.ended, sum.parked);
  std::printf("the bank has made %lld charges and %lld refunds\n", static_cast<long long>(shop.count("charge")),
              static_cast<long long>(shop.count("refund")));
  return signals.signal() != 0 ? 128 + signals.signal() : sum.parked == 0 ? 0 : 3;
}

// A customer, while the shop works or is closed. Only a packed order can be cancelled from outside.
static int cancel(pawl::sqlite::database& db, std::string const& name) {
  orders all{db};
  auto const row = all.get(name);
  auto const packed = row.item ? row.item->as<state::packed>() : std::nullopt;
  if (packed && all.apply(*packed, fulfilment::cancel{"the customer changed their mind"})) return 0;
  std::fprintf(stderr, "order_fulfilment: %s cannot be cancelled: %s\n", name.c_str(), row.describe().c_str());
  return 1;
}

int main(int argc, char* argv[]) try {
  CLI::App app{"Fulfils orders, durably: kill it at any time and run it again. \"unicorn...\" is out of stock."};
  app.require_subcommand(1);
  std::string file = "orders.db", name;
  std::vector<std::string> names;
  app.add_option("--db", file, "The database; the shop's own stands beside it")->capture_default_str();
  auto* const run = app.add_subcommand("run", "Takes the orders, and goes on with those of before")->fallthrough();
  run->add_option("ORDER", names, "Names of new orders");
  auto* const stop = app.add_subcommand("cancel", "Cancels an order that waits for the courier")->fallthrough();
  stop->add_option("ORDER", name)->required();
  try {
    app.parse(command_line::words(app, argc, argv));
  } catch (CLI::ParseError const& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }

  pawl::sqlite::database db{file};
  return *run ? fulfil(db, file, names) : cancel(db, name);
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
