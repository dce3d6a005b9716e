// webhooks: sends what is in the table `webhooks` to its receivers, each once. Kill it at any time and run it again.
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <pawl/http.hpp>
#include <pawl/pawl.hpp>
#include <pawl/report.hpp>
#include <pawl/testing/http/server.hpp>

#include "../command_line.hpp"
#include "delivery_watcher.hpp"
#include "fake_receiver.hpp"
#include "live_page.hpp"
#include "message_lines.hpp"
#include "outbox.hpp"
#include "steps.hpp"

using namespace webhooks;

enum exit_code : int { done = 0, fatal = 1, usage = 2, not_all = 3, stopped = 128 };  // stopped + the signal's number

struct request {
  std::string db, url, payload = "{}", event, file, ca;
  std::vector<std::string> ids;
  std::size_t count = 1, hosts = 3;
  webhooks::pace pace;
  double wait = 10, faults = 0;
  int days = 30;
  std::optional<std::uint16_t> page{};
  bool all = false, follow = false, json = false;
};

static pawl::sqlite::options changing() {
  pawl::sqlite::options options;
  options.create = false;  // a mistyped name is not a new database
  return options;
}
static pawl::sqlite::options looking() {
  pawl::sqlite::options options;
  options.mode = pawl::sqlite::access::read_only;
  return options;
}

// ---- add ----

static std::vector<message> messages_of(request const& r) {
  if (r.file == "-") return read_messages(std::cin);
  if (!r.file.empty()) {
    std::ifstream lines(r.file);
    if (!lines.is_open() || lines.peek() == std::ifstream::traits_type::eof())
      throw std::runtime_error(fmt::format("cannot read '{}', or it is empty", pawl::escaped(r.file)));
    return read_messages(lines);
  }
  expect_address(r.url);
  if (!nlohmann::json::accept(r.payload))
    throw std::invalid_argument(fmt::format("the payload '{}' is no JSON", pawl::escaped(r.payload, 60)));
  return std::vector<message>(r.count, {r.url, r.payload, r.event});
}

static int add(request const& r) {
  auto const all = messages_of(r);
  outbox rows(r.db, {});
  auto const added = rows.add(all);
  fmt::print("{} added", added);
  if (added < all.size()) fmt::print(", {} were there already", all.size() - added);
  fmt::print("\n");
  return done;
}

// ---- run ----

static int tell(pawl::inspection const& now) {
  auto const in = [&now](state s) { return now.states[pawl::state_index<webhook_lifecycle>(s)].items; };
  fmt::print("{} delivered, {} dead, {} parked, {} pending\n", in(delivered), in(dead), now.troubles.parked,
             in(pending)-now.troubles.parked);
  if (in(dead) + now.troubles.parked > 0)
    fmt::print(stderr, "webhooks: `webhooks dead` says why; `revive` lets them be tried again\n");
  return in(dead) + in(pending) == 0 ? done : not_all;
}

static int run(request const& r) {
  outbox rows(r.db, changing());
  pawl::loop<> loop;
  pawl::stop_source stop;
  pawl::stop_on_signals const signals(loop, stop);
  receivers to([&](pawl::http::origin const& host) {
    return std::make_unique<pawl::http::client>(loop, pawl::http::client_options{.base = host.text(), .ca_file = r.ca});
  });
  delivery_watcher watcher;
  pawl::commit_queue queue(loop, rows.store(), watcher);
  std::optional<live_page> page;
  if (r.page) {
    page.emplace(loop, rows.db(), *r.page);
    fmt::print("the page is on {}\n", page->url());
    std::fflush(stdout);
  }
  auto pace = r.pace;
  pace.wait = std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(r.wait));
  auto options = options_of(pace);
  options.until = r.follow ? pawl::until::stopped : pawl::until::idle;
  options.stop = &stop;
  auto const sum = pawl::run(queue, steps(rows, to, pace, loop), options);
  watcher.clear();
  int const code = tell(pawl::inspect(rows.store()));
  return sum.stopped ? stopped + signals.signal() : code;
}

// ---- what became of them ----

static int status(request const& r) {
  outbox rows(r.db, looking());
  auto const now = pawl::inspect(rows.store());
  fmt::print("{}", r.json ? pawl::dump(pawl::to_json(now)) + '\n' : pawl::to_text(now));
  return done;
}

// Calls `f` for each, page after page, so that a million of them need no memory.
template <class F> static void for_each_dead(outbox& rows, F f) {
  constexpr std::size_t page = 1000;
  std::string after = "0";
  for (;;) {
    auto const letters = rows.dead_letters(after, page);
    for (auto const& one : letters) f(one);
    if (letters.size() < page) return;
    after = letters.back().id;
  }
}

static int list_dead(request const& r) {
  outbox rows(r.db, looking());
  for_each_dead(rows, [](dead_letter const& one) {
    fmt::print("{}\t{} attempts\t{}\t{}\n", one.id, one.attempts, pawl::escaped(one.url), pawl::escaped(one.error));
  });
  for (auto const& one : rows.store().parked(1000))  // ten processes have died while they sent it
    fmt::print("{}\tparked\t{}\n", one.item.key, pawl::escaped(one.record.last_error));
  return done;
}

static int send_again(request const& r) {
  outbox rows(r.db, changing());
  auto const again = [&rows](std::string const& id) { return rows.revive(id) || rows.store().release(id); };
  std::size_t count = 0;
  bool all_were = true;
  if (r.all) {
    for_each_dead(rows, [&](dead_letter const& one) { count += again(one.id) ? 1U : 0U; });
    for (auto const& one : rows.store().parked(1000)) count += again(one.item.key) ? 1U : 0U;
  }
  for (auto const& id : r.ids) {
    if (again(id)) {
      ++count;
      continue;
    }
    fmt::print(stderr, "webhooks: no webhook '{}' is dead or parked\n", pawl::escaped(id));
    all_were = false;
  }
  fmt::print("{} are sent again by the run that is at work, or else the next one\n", count);
  return all_were ? done : fatal;
}

static int prune(request const& r) {
  outbox rows(r.db, changing());
  fmt::print("{} delivered webhooks dropped\n", rows.prune(r.days));
  return done;
}

// ---- the fake receiver ----

struct fake_host {
  fake_host(double faults, std::size_t seed) {
    server.with([&](pawl::testing::http_remote& remote) {
      receives.serve(remote);
      if (faults > 0) remote.obey([=](std::size_t number) { return random_fault(faults, seed + number); });
    });
  }
  fake_receiver receives{};
  pawl::testing::http_server server{};
};

// Until a signal comes.
static int receive(request const& r) {
  ::sigset_t ends;
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGINT);
  ::sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // in the servers' threads too
  std::deque<fake_host> hosts;
  for (std::size_t i = 0; i < r.hosts; ++i) fmt::print("{}\n", hosts.emplace_back(r.faults, i << 32U).server.base());
  std::fflush(stdout);
  int signal = 0;
  ::sigwait(&ends, &signal);
  for (auto& host : hosts)
    host.server.with([&host](pawl::testing::http_remote& remote) {
      fmt::print("{}: {} webhooks, by {} requests\n", host.server.base(), host.receives.deliveries().size(),
                 remote.requests());
    });
  return done;
}

// ---- the command line ----

static constexpr char const* footer = R"(Examples:
  webhooks receive --hosts 2 --faults 0.2          in another terminal: receivers to try it with; prints their URLs
  webhooks add --db hooks.db --url http://127.0.0.1:PORT/hook --payload '{"order":7}' --count 100
  webhooks run --db hooks.db

Ctrl-C lets what is being sent end, a second one ends at once; nothing is lost either way. Exit codes: 0 all was
delivered, 1 fatal, 2 usage, 3 some are dead, parked or pending, 130 and 143 stopped by SIGINT and SIGTERM.)";

static CLI::Validator between(double least, double most) {
  return CLI::Validator(
      [=](std::string& words) {
        double number = 0;
        bool const is_number = CLI::detail::lexical_cast(words, number);
        return is_number && number >= least && number <= most
                   ? std::string()
                   : fmt::format("'{}' is no number from {} to {}", words, least, most);
      },
      fmt::format("{} to {}", least, most));
}

static void add_options_of_add(CLI::App& sub, request& r) {
  auto* const url = sub.add_option("--url", r.url, "Where it is posted")->type_name("URL");
  auto* const payload = sub.add_option("--payload", r.payload, "What is posted")->type_name("JSON");
  auto* const count = sub.add_option("--count", r.count, "So many of them")->check(between(1, 1e6))->type_name("N");
  auto* const event =
      sub.add_option("--event", r.event, "Its own name, which is added once only")->excludes(count)->type_name("NAME");
  auto* const file =
      sub.add_option("--file", r.file, "Of lines {\"url\":..., \"payload\":..., \"event\":...}; - is stdin")
          ->type_name("FILE");
  for (auto* const one : {url, payload, count, event}) file->excludes(one);
}

static void add_options_of_run(CLI::App& sub, request& r) {
  sub.add_option("--workers", r.pace.workers, "Requests at once")
      ->capture_default_str()
      ->check(between(1, 10'000))
      ->type_name("N");
  sub.add_option("--host-workers", r.pace.at_once, "Requests at once to one host")
      ->capture_default_str()
      ->check(between(1, 10'000))
      ->type_name("N");
  sub.add_option("--rate", r.pace.per_second, "Requests a second to one host")
      ->capture_default_str()
      ->check(between(0.001, 1e6));
  sub.add_option("--wait", r.wait, "Seconds to wait after a first failure at most, doubled after each further one")
      ->capture_default_str()
      ->check(between(0.001, 3600));
  sub.add_option("--ca", r.ca, "Certificates (PEM) that are trusted instead of the system's")->type_name("FILE");
  sub.add_option("--page", r.page, "Shows a live page on this port of this machine; 0: a free one")->type_name("PORT");
  sub.add_flag("--follow", r.follow, "Waits for further webhooks until it is stopped");
}

static int parsed_and_done(int argc, char* argv[]) {
  request r;
  int (*command)(request const&) = nullptr;
  CLI::App app("Sends webhooks, each once, and keeps those that cannot be delivered; may be killed at any time.",
               "webhooks");
  app.footer(footer);
  app.require_subcommand(1);
  auto const offer = [&](char const* name, char const* what, int (*does)(request const&)) {
    auto* const sub = app.add_subcommand(name, what);
    sub->callback([&command, does] { command = does; });
    return sub;
  };
  auto const with_db = [&r](CLI::App* sub) {
    sub->add_option("--db", r.db, "The database")->required()->type_name("FILE");
    return sub;
  };
  add_options_of_add(*with_db(offer("add", "Adds webhooks, and makes the database where there is none", add)), r);
  add_options_of_run(*with_db(offer("run", "Sends what is pending", run)), r);
  with_db(offer("status", "How many are in which state, and what is wrong", status))
      ->add_flag("--json", r.json, "As JSON");
  with_db(offer("dead", "Lists what was given up: id, attempts, URL, last error", list_dead));
  auto* const again = with_db(offer("revive", "Lets dead and parked webhooks be tried again", send_again));
  auto* const all = again->add_flag("--all", r.all, "All of them");
  again->add_option("ID", r.ids, "These")->excludes(all)->type_name("");
  with_db(offer("prune", "Drops what was delivered long ago, and its history", prune))
      ->add_option("--days", r.days, "How long ago")
      ->capture_default_str()
      ->check(between(1, 36'500));
  auto* const fake = offer("receive", "Receivers to try it with, until a signal comes", receive);
  fake->add_option("--hosts", r.hosts, "How many")->capture_default_str()->check(between(1, 100))->type_name("N");
  fake->add_option("--faults", r.faults, "Share of the requests that fail")->check(between(0, 0.9));
  try {
    app.parse(command_line::words(app, argc, argv));
    if (command == add && r.url.empty() && r.file.empty()) throw CLI::RequiredError("--url or --file");
    if (*again && !r.all && r.ids.empty()) throw CLI::RequiredError("ID or --all");
  } catch (CLI::ParseError const& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::string const words = e.what();
    fmt::print(stderr, "webhooks: {}; see webhooks --help\n", pawl::escaped(words));
    return usage;
  }
  return command(r);
}

int main(int argc, char* argv[]) try { return parsed_and_done(argc, argv); } catch (std::invalid_argument const& e) {
  fmt::print(stderr, "webhooks: {}\n", e.what());
  return usage;
} catch (std::exception const& e) {
  std::string_view words = e.what();
  if (words.starts_with("pawl: ")) words.remove_prefix(6);
  fmt::print(stderr, "webhooks: {}\n", words);
  return fatal;
}
