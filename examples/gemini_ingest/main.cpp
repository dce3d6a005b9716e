// gemini_ingest: imports all files below a folder into a File Search store of Google's Gemini API. Kill it at any time
// and run it again.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>

#include <pawl/http.hpp>
#include <pawl/pawl.hpp>
#include <pawl/report.hpp>
#include <pawl/testing/http/server.hpp>

#include "../open_file.hpp"
#include "../run_watcher.hpp"
#include "catalogue.hpp"
#include "fake_service/fake_service.hpp"
#include "gemini.hpp"
#include "listing.hpp"
#include "local_file.hpp"
#include "steps.hpp"

using namespace gemini_ingest;
namespace fs = std::filesystem;

enum exit_code : int { done = 0, fatal = 1, usage = 2, not_all = 3, refused = 4, interrupted = 130 };

struct request {
  std::string folder, db, store = "gemini_ingest";
  std::string base = "https://generativelanguage.googleapis.com", api = "v1beta", ca;
  std::size_t jobs = 50;
  double rate = 20, wait = 1, poll = 2, faults = 0;
  bool fake = false, json = false, fast = false;
};

static std::chrono::nanoseconds seconds(double s) {
  return std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(s));
}

static pawl::sqlite::options writing(request const& r) {
  pawl::sqlite::options options;
  options.durable = r.fast ? pawl::sqlite::durability::process_crash : pawl::sqlite::durability::power_loss;
  return options;
}
static pawl::sqlite::options changing() {
  pawl::sqlite::options options;
  options.create = false;
  return options;
}
static pawl::sqlite::options looking() {
  pawl::sqlite::options options;
  options.mode = pawl::sqlite::access::read_only;
  return options;
}

static fs::path folder_of(request const& r) {
  std::error_code failed;
  auto folder = fs::canonical(r.folder, failed);
  if (!failed && !fs::is_directory(folder)) failed = std::make_error_code(std::errc::not_a_directory);
  if (failed)
    throw std::runtime_error(fmt::format("cannot read the folder '{}': {}", pawl::escaped(r.folder), failed.message()));
  return folder;
}

static std::string database_of(request const& r) { return text_of_path(fs::weakly_canonical(fs::absolute(r.db))); }

// The key is in the environment, and from there in the header of each request: nowhere else.
static std::string key_of(request const& r) {
  if (r.fake) return "fake";
  for (auto const* name : {"GEMINI_API_KEY", "GOOGLE_API_KEY"})
    if (char const* const key = std::getenv(name); key != nullptr && *key != 0) return key;
  throw std::runtime_error(
      "there is no API key: set GEMINI_API_KEY to one of https://aistudio.google.com/apikey, or try it with --fake");
}

// ---- the fake ----

struct fake_remote {
  explicit fake_remote(double faults) {
    server.with([&](pawl::testing::http_remote& remote) {
      service.serve(remote, server.base());
      if (faults > 0) remote.obey([faults](std::size_t number) { return random_fault(faults, number); });
    });
  }
  fake_service service{};
  pawl::testing::http_server server{};
};

// Until a signal comes.
static int serve(request const& r) {
  ::sigset_t ends;
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGINT);
  ::sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // in the server's thread too
  fake_remote fake(r.faults);
  fmt::print("{}\n", fake.server.base());
  std::fflush(stdout);
  int signal = 0;
  ::sigwait(&ends, &signal);
  return done;
}

// ---- a run ----

// "fileSearchStores/..." as it is; a title is looked for, and a store made where there is none of that title.
static pawl::task<pawl::outcome<std::string>> resolved_store(gemini& api, std::string wanted) {
  if (wanted.rfind("fileSearchStores/", 0) == 0) {
    auto seeing = api.see_store(wanted);
    auto seen = co_await std::move(seeing);
    if (!seen) co_return seen.why();
    co_return wanted;
  }
  auto finding = api.find_store(wanted);
  auto found_it = co_await std::move(finding);
  if (!found_it) co_return found_it.why();
  if (*found_it) co_return **found_it;
  auto making = api.make_store(wanted);
  auto made = co_await std::move(making);
  co_return made;
}

// Looking first makes it harmless to try again what may have made a store.
static pawl::outcome<std::string> store_of(request const& r, pawl::loop<>& loop, gemini& api) {
  for (int attempt = 1;; ++attempt) {
    auto store = loop.wait(resolved_store(api, r.store));
    if (store) return store;
    auto const& why = store.why();
    bool const passes = why.kind == pawl::trouble_kind::transient || why.kind == pawl::trouble_kind::throttled ||
                        why.kind == pawl::trouble_kind::unknown_outcome;
    if (!passes || attempt == 8) return store;
    // As long as a run waits at most: what asks for a day may not mean it.
    auto const pause = std::clamp<std::chrono::nanoseconds>(why.after, seconds(r.wait), std::chrono::hours(1));
    if (pause >= std::chrono::seconds(1))  // shorter ones pass unnoticed
      fmt::print(stderr, "gemini_ingest: {}; waiting {} s\n", pawl::escaped(why.detail),
                 std::chrono::duration<double>(pause).count());
    loop.wait(loop.sleep(pause));
  }
}

static bool stops_all(pawl::trouble const& why) {
  return why.kind == pawl::trouble_kind::auth || why.kind == pawl::trouble_kind::quota_exhausted;
}
static void tell_why(pawl::trouble const& why, std::size_t left) {
  fmt::print(stderr, "gemini_ingest: stopped, {} files are left as they are: {}; run it again when that is over\n",
             left, pawl::escaped(why.detail));
}

static int tell(pawl::summary const& sum, pawl::inspection const& now, std::size_t files) {
  auto const in = [&now](file_state s) { return now.states[pawl::state_index<file_lifecycle>(s)].items; };
  auto const ended = in(indexed) + in(failed) + now.troubles.parked;
  fmt::print("{} indexed, {} failed, {} parked, {} left\n", in(indexed), in(failed), now.troubles.parked,
             now.items - ended);
  if (sum.halted)
    tell_why(*sum.halted, now.items - ended);
  else if (in(failed) + now.troubles.parked > 0)
    fmt::print(stderr, "gemini_ingest: `gemini_ingest status` says why; `retry` lets them be tried again\n");
  if (sum.halted) return refused;
  return in(indexed) == files && now.items == files ? done : not_all;
}

// What is at the service is not in the fake, which knows only what this program has sent to it.
static void refuse_other_service(request const& r, catalogue::noted_store const& noted) {
  if (r.fake == noted.is_fake) return;
  if (noted.is_fake)
    throw std::runtime_error(fmt::format(
        "{} is a database of --fake, so its files are in no store: give the service a database of its own", r.db));
  throw std::runtime_error(fmt::format(
      "{} is the database of store '{}' at the service: give --fake a database of its own", r.db, noted.name));
}

static int run(request const& r) {
  auto const folder = folder_of(r);
  auto const key = key_of(r);
  std::optional<fake_remote> fake;
  if (r.fake) fake.emplace(r.faults);
  std::string const base = fake ? fake->server.base() : r.base;

  pawl::stop_source stop;
  pawl::loop<> loop;
  pawl::http::client http(
      loop, {.base = base, .headers = {{"x-goog-api-key", key}}, .rules = gemini_rules(), .ca_file = r.ca});
  gemini api(http, pawl::http::base_url(base), r.api);

  catalogue files(r.db, writing(r));
  pawl::store_lock lock(files.store());  // also over what is done before and after the run
  job work;
  work.folder = folder;
  work.identity = files.belong_to(folder);
  auto const before = files.remote_store();
  if (before) refuse_other_service(r, *before);
  work.poll = seconds(r.poll);
  auto const seen = files.look_at(folder, database_of(r));
  for (auto const& why : seen.unreadable) fmt::print(stderr, "gemini_ingest: cannot read {}\n", why);
  fmt::print("{} files: {} new, {} changed, {} gone\n", seen.files, seen.added, seen.changed, seen.vanished);
  std::fflush(stdout);

  auto const store = store_of(r, loop, api);
  if (!store && stops_all(store.why())) {
    tell_why(store.why(), seen.files);
    return refused;
  }
  if (!store)
    throw std::runtime_error(
        fmt::format("the File Search store '{}': {}", pawl::escaped(r.store), pawl::escaped(store.why().detail)));
  work.store = *store;
  if (before && before->name != work.store && !r.fake)
    throw std::runtime_error(
        fmt::format("{} is the database of store '{}', not of '{}': give each store one of its own", r.db, before->name,
                    work.store));
  files.note_remote_store({work.store, r.fake});

  pawl::stop_on_signals const signals(loop, stop);
  boost::asio::thread_pool pool(2);
  work.read = [&loop, &pool](fs::path path) {
    return pawl::offload(loop, pool, [path = std::move(path)] { return read_content(path); });
  };
  listing documents(loop, api, work.store, seconds(r.wait));
  run_watcher progress;
  pawl::commit_queue queue(loop, files.store(), progress);
  pawl::rate_gate gate({.per_second = r.rate, .burst = 10});
  auto const sum =
      pawl::run(queue, steps(work, api, documents),
                {.concurrency = r.jobs,
                 .limits = {{found, 8}, {sending, 8}, {clearing, 8}, {removing, 8}},
                 .retry = {.attempts = 12, .wait = {.first = seconds(r.wait), .cap = seconds(r.wait) * 60}},
                 .gate = &gate,
                 .stop = &stop,
                 .lock = &lock});
  pool.join();
  progress.clear();
  files.drop_gone();
  int const code = tell(sum, pawl::inspect(files.store()), seen.files);
  return sum.stopped ? int{interrupted} : seen.unreadable.empty() || code == refused ? code : int{not_all};
}

static int status(request const& r) {
  catalogue files(r.db, looking());
  auto const now = pawl::inspect(files.store());
  fmt::print("{}", r.json ? pawl::dump(pawl::to_json(now)) + '\n' : pawl::to_text(now));
  return done;
}

static int retry(request const& r) {
  catalogue files(r.db, changing());
  pawl::store_lock const lock(files.store());
  fmt::print("{} files are tried again by the next run\n", files.retry());
  return done;
}

static constexpr char const* footer = R"(Examples:
  gemini_ingest run ~/notes --db notes.db --fake               try it: the service is inside the program
  GEMINI_API_KEY=... gemini_ingest run ~/notes --db notes.db --store "my notes"
  gemini_ingest status --db notes.db --json

The key is read from GEMINI_API_KEY, or else GOOGLE_API_KEY, and kept nowhere. Beside FILE stands its lock while a run
is at work. Exit codes: 0 all files are indexed, 1 fatal, 2 usage, 3 some are not, 4 the service has stopped the run (the
key is refused, a quota is spent; no file has failed for that), 130 stopped by a signal.)";

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

static void add_options_of_run(CLI::App& sub, request& r) {
  sub.add_option("DIR", r.folder, "The folder")->required()->type_name("");
  sub.add_option("--store", r.store,
                 "Title of the File Search store, made where there is none; or fileSearchStores/...")
      ->capture_default_str()
      ->type_name("NAME");
  auto* const base = sub.add_option("--base", r.base, "Where the API is")->capture_default_str()->type_name("URL");
  sub.add_option("--api", r.api, "Version of the API")->capture_default_str()->check(CLI::IsMember({"v1", "v1beta"}));
  sub.add_option("--ca", r.ca, "Certificates (PEM) that are trusted instead of the system's")->type_name("FILE");
  sub.add_option("--jobs", r.jobs, "Files in hand at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  sub.add_option("--rate", r.rate, "Steps begun a second at most; 0: no limit")
      ->capture_default_str()
      ->check(between(0, 1e6));
  sub.add_option("--wait", r.wait, "Seconds to wait after a first failure, doubled after each further one")
      ->capture_default_str()
      ->check(between(0.001, 3600));
  sub.add_option("--poll", r.poll, "Seconds until an import under way is asked for again")
      ->capture_default_str()
      ->check(between(0.001, 3600));
  sub.add_flag("--fast", r.fast, "Survives a crash of the process, but maybe not a power cut");
  auto* const fake =
      sub.add_flag("--fake", r.fake, "Against a service inside the program, without a key")->excludes(base);
  sub.add_option("--faults", r.faults, "Share of the requests that the fake lets fail")
      ->check(between(0, 0.9))
      ->needs(fake);
}

static int parsed_and_done(int argc, char* argv[]) {
  request r;
  int (*command)(request const&) = nullptr;
  CLI::App app("Imports the files of a folder into a File Search store of Gemini; may be killed at any time.",
               "gemini_ingest");
  app.footer(footer);
  app.require_subcommand(1);
  auto const add = [&](char const* name, char const* what, int (*does)(request const&)) {
    auto* const sub = app.add_subcommand(name, what);
    sub->callback([&command, does] { command = does; });
    return sub;
  };
  auto const with_db = [&r](CLI::App* sub) {
    sub->add_option("--db", r.db, "The database")->required()->type_name("FILE");
    return sub;
  };
  add_options_of_run(*with_db(add("run", "Brings all up to the present state of the folder", run)), r);
  with_db(add("status", "How many files are in which state, and what is wrong", status))
      ->add_flag("--json", r.json, "As JSON");
  with_db(add("retry", "Lets failed and parked files be tried again", retry));
  add("serve", "The fake service alone: prints its URL and serves until a signal", serve)
      ->add_option("--faults", r.faults, "Share of the requests that fail")
      ->check(between(0, 0.9));
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::string words = e.what();
    fmt::print(stderr, "gemini_ingest: {}; see gemini_ingest --help\n", pawl::escaped(words));
    return usage;
  }
  return command(r);
}

int main(int argc, char* argv[]) try { return parsed_and_done(argc, argv); } catch (std::exception const& e) {
  std::string_view words = e.what();
  if (words.starts_with("pawl: ")) words.remove_prefix(6);
  fmt::print(stderr, "gemini_ingest: {}\n", words);
  return fatal;
}
