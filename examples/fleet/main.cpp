// The shop of order_fulfilment with any number of workers: each is a process, on any host, on one PostgreSQL server. Kill
// one, and the others take over what it had in hand.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <pawl/pawl.hpp>
#include <pawl/postgres.hpp>

#include "../command_line.hpp"
#include "../order_fulfilment/fulfilment.hpp"
#include "../order_fulfilment/storyteller.hpp"
#include "../order_fulfilment/toy_shop.hpp"

using fulfilment::state;
using orders = pawl::postgres::store<fulfilment::lifecycle>;

struct shop_settings {
  std::string connect{}, books = "fleet.shop";
};

// For how long the server may be out of reach; whoever waits is told why.
static pawl::postgres::options waiting_for(std::chrono::seconds outage) {
  return {.outage_bound = outage, .on_outage = [](std::string_view what) {
            std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
          }};
}

struct work_settings {
  std::size_t concurrency = 10;
  std::chrono::seconds::rep outage = 30;
  bool until_idle = false;
};
// Works until it is stopped, or until nothing is left to do for any worker.
static int work(shop_settings const& at, work_settings const& how) {
  pawl::loop<> loop;
  pawl::postgres::database db(loop, at.connect, waiting_for(std::chrono::seconds(how.outage)));
  orders all(db);
  storyteller story;
  pawl::commit_queue queue{loop, all, story};
  toy_shop shop{loop, at.books};
  pawl::stop_source closing;
  pawl::stop_on_signals const signals{loop, closing};
  auto const sum = pawl::run(queue, fulfilment::steps{shop},
                             {.concurrency = how.concurrency,
                              .until = how.until_idle ? pawl::until::idle : pawl::until::stopped,
                              .stop = &closing});
  std::printf("%zu shipped, %zu refunded or declined, %zu parked\n", sum.finished, sum.ended, sum.parked);
  return signals.signal() != 0 ? 128 + signals.signal() : sum.parked == 0 ? 0 : 3;
}

static pawl::task<int> add(orders& all, std::vector<std::string> const& names) {
  for (auto const& name : names) {
    auto inserting = all.insert_if_absent(name);
    if (!co_await std::move(inserting)) std::fprintf(stderr, "fleet: there is an order %s already\n", name.c_str());
  }
  co_return 0;
}
// The courier takes the parcels that wait. A conflict means that a customer was faster.
static pawl::task<int> collect(orders& all) {
  std::size_t taken = 0;
  for (bool more = true; more;) {
    auto finding = all.runnable(state::packed, {}, 100);
    auto const page = co_await std::move(finding);
    more = false;
    for (auto const& waiting : page.items)
      if (auto const parcel = waiting.item.as<state::packed>()) {
        fulfilment::collect const event{"track-" + parcel->key};
        auto applying = all.apply(*parcel, event);
        more = bool(co_await std::move(applying)) || more;
        ++taken;
      }
  }
  std::printf("%zu collected\n", taken);
  co_return 0;
}
static pawl::task<int> cancel(orders& all, std::string const& name) {
  auto reading = all.get(name);
  auto const row = co_await std::move(reading);
  auto const packed = row.item ? row.item->as<state::packed>() : std::nullopt;
  if (packed) {
    fulfilment::cancel const event{"the customer changed their mind"};
    auto applying = all.apply(*packed, event);
    if (co_await std::move(applying)) co_return 0;
  }
  std::fprintf(stderr, "fleet: %s cannot be cancelled: %s\n", name.c_str(), row.describe().c_str());
  co_return 1;
}

static pawl::task<int> status(orders& all) {
  auto looking = all.inspect();
  auto const seen = co_await std::move(looking);
  for (auto const& one : seen.states)
    if (one.items > 0) std::printf("%-10s %zu\n", std::string(one.name).c_str(), one.items);
  for (auto const& one : seen.parked)
    std::printf("parked: %s in %s: %s\n", one.key.c_str(), std::string(one.state).c_str(),
                one.record.last_error.c_str());
  auto asking = all.workers();
  auto const workers = co_await std::move(asking);
  for (auto const& one : workers)
    std::printf("worker %s has claimed %zu, and was heard of %.1f s ago\n", one.name.c_str(), one.claimed,
                std::max(0.0, std::chrono::duration<double>(all.now() - one.last_sign).count()));
  co_return 0;
}

// A person waits for the answer.
template <class Do> static int with_orders(shop_settings const& at, Do what) {
  pawl::loop<> loop;
  pawl::postgres::database db(loop, at.connect, waiting_for(std::chrono::seconds(5)));
  orders all(db);
  return loop.wait(what(all));
}

int main(int argc, char* argv[]) try {
  CLI::App app{"Fulfils orders with any number of workers on one PostgreSQL server: kill one, and the others go on."};
  app.require_subcommand(1);
  shop_settings at;
  std::string name;
  std::vector<std::string> names;
  work_settings how;
  app.add_option(
      "--connect", at.connect,
      "The server, as libpq has it: \"host=db1,db2 dbname=shop user=shop\" [libpq's environment, as PGHOST]");
  app.add_option("--shop", at.books,
                 "The books of the toy bank, warehouse and post office: a file, which is on one host")
      ->capture_default_str();
  auto const command = [&app](char const* called, char const* does) {
    return app.add_subcommand(called, does)->fallthrough();
  };
  auto* const adds = command("add", "Takes orders");
  adds->add_option("ORDER", names, "Names; \"unicorn...\" is out of stock, and of \"broke...\" the card is refused")
      ->required();
  auto* const works = command("work", "Works on all orders, until it is stopped: start it in several terminals");
  works->add_option("--concurrency", how.concurrency, "Orders at a time, 1 to 1000")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  works->add_option("--outage", how.outage, "Seconds for which the server may be out of reach, 0 to 86400")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  works->add_flag("--until-idle", how.until_idle, "End when nothing is left to do, for the other workers either");
  auto* const collects = command("collect", "The courier takes the parcels that wait");
  auto* const cancels = command("cancel", "Cancels an order that waits for the courier");
  cancels->add_option("ORDER", name)->required();
  auto* const tells = command("status", "How many orders are where, what is parked, and which workers are alive");
  try {
    app.parse(command_line::words(app, argc, argv));
  } catch (CLI::ParseError const& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  if (*works) return work(at, how);
  return with_orders(at, [&](orders& all) {
    if (*adds) return add(all, names);
    if (*collects) return collect(all);
    if (*cancels) return cancel(all, name);
    static_cast<void>(tells);
    return status(all);
  });
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
