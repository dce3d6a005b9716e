#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <pawl/report/escape.hpp>
#include <pawl/runner/run_options.hpp>

#include "../command_line.hpp"
#include "failure.hpp"
#include "postgres_connection.hpp"
#include "versions.hpp"

namespace batch_benchmark {
constexpr std::size_t most_files = 10'000'000;
// Of memory, for all that the driver and pawl keep about it; measured: 5.5 KB.
constexpr std::size_t bytes_of_a_file_in_flight = 6'656;
constexpr std::chrono::nanoseconds quick_delay = std::chrono::milliseconds(50);

constexpr std::string_view description =
    R"(Drives 818 files through upload and import of a mocked document search, keeps each file's state in SQLite or PostgreSQL, and measures
the six configurations: 1, 10 and 50 files in flight, with a remote that answers at once (zero) and after 2 s a call (realistic).)";

constexpr std::string_view examples = R"(Examples:
  batch_benchmark                                  all six, for the original's design and for pawl's store
  batch_benchmark --quick --clock wall             really sleep, 0.05 s a call
  batch_benchmark --mode grouped --durability full pawl's store, safe against a power cut
  batch_benchmark --concurrency 10 --json | jq .configurations
  batch_benchmark --html run.html                  and a page with charts of it
  batch_benchmark --store postgres                 on a private PostgreSQL server, which ends with the program
  batch_benchmark --store postgres --connect "host=db1 dbname=app user=app"
  batch_benchmark --files 100000 --mode grouped --profile zero --concurrency 50
  batch_benchmark --from ~/Documents --samples     the files of a folder, and which of them were slow

Exit codes: 0 done, 1 fatal error (also a folder that cannot be read or written, or that has no files, or a server that
cannot be reached or started), 2 wrong usage, 3 files not indexed at version 3, 5 the gate is missed, 130 or 143 stopped
by SIGINT or SIGTERM (what was measured until then is reported and marked as interrupted).)";

// The enumerator that is called so; `words` are in their order.
template <class Enum>
static Enum one_word(std::string const& word, std::span<std::string_view const> words, std::string const& option) {
  auto const found = std::find(words.begin(), words.end(), word);
  if (found == words.end())
    throw failure(exit_code::usage,
                  fmt::format("{} takes one of {}, not '{}'", option, fmt::join(words, ", "), pawl::escaped(word)));
  return static_cast<Enum>(found - words.begin());
}

static std::size_t whole_number(std::string const& text, std::size_t most, std::string const& option) {
  std::size_t number = 0;
  auto const* const end = text.data() + text.size();
  auto const [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number == 0 || number > most)
    throw failure(exit_code::usage,
                  fmt::format("{} takes whole numbers from 1 to {}, not '{}'", option, most, pawl::escaped(text)));
  return number;
}

// What fits in memory.
static std::size_t most_concurrency() {
  long const pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0) return pawl::run_options::most;
  auto const fit =
      static_cast<std::size_t>(pages) * (static_cast<std::size_t>(size) / 512) / (bytes_of_a_file_in_flight / 512);
  return (std::min)(fit, pawl::run_options::most);
}

static std::chrono::nanoseconds seconds(std::string const& text, std::string const& option) {
  double number = -1;
  auto const* const end = text.data() + text.size();
  auto const [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || !(number >= 0 && number <= 86'400))
    throw failure(exit_code::usage,
                  fmt::format("{} takes seconds from 0 to 86400, not '{}'", option, pawl::escaped(text)));
  return std::chrono::nanoseconds(std::llround(number * 1e9));
}

// Splits at commas, and keeps the first of what is named twice.
template <class T, class Parse> static std::vector<T> list_of(std::string const& text, Parse parse) {
  std::vector<T> all;
  for (std::size_t at = 0; at <= text.size();) {
    auto const comma = (std::min)(text.find(',', at), text.size());
    T const value = parse(text.substr(at, comma - at));
    if (std::find(all.begin(), all.end(), value) == all.end()) all.push_back(value);
    at = comma + 1;
  }
  return all;
}

static std::string version_text() {
  std::string text;
  for (auto const& [what, version] : versions()) text += fmt::format("{:<9}{}\n", what, version);
  text.pop_back();
  return text;
}

// The texts as they stand on the command line. They are read after CLI11 has found them, so that all sentences are of
// one kind.
struct texts {
  std::string concurrency = "1,10,50", profile = "zero,realistic", clock = "warp", store = "sqlite",
              mode = "per-file,grouped", progress = "auto", out = "benchmarks";
  std::optional<std::string> from, files, delay, connect, durability, dir, html;
};

static void declare(CLI::App& app, texts& t, settings& s) {
  app.footer(std::string(examples));
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->disable_flag_override();
  app.set_version_flag("--version", version_text,
                       "Print the versions of pawl, SQLite, libpq, Boost, fmt and the compiler");
  app.add_option("--from", t.from,
                 "The regular files below DIR (symbolic links are not followed) are the items, with their size and "
                 "SHA-256; they are only read, and the remote stays the mock [made-up files]")
      ->type_name("DIR");
  app.add_option("--files", t.files, "Files to process; with --from the first N by name [818; with --from all]")
      ->type_name("N");
  app.add_option("--concurrency", t.concurrency, "Files in flight, as many as fit in memory (5 KB each)")
      ->capture_default_str()
      ->type_name("N,..");
  app.add_option("--profile", t.profile, "How the remote answers: zero, realistic")
      ->capture_default_str()
      ->type_name("NAME,..");
  app.add_flag("--quick", s.quick, "The realistic profile takes 0.05 s a call instead of 2 s");
  app.add_option("--realistic-delay", t.delay, "The realistic profile takes S seconds a call")->type_name("S");
  app.add_option("--clock", t.clock, "warp jumps over idle waiting, wall really sleeps")
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--store", t.store, "Where the states are kept: sqlite, postgres")
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--connect", t.connect,
                 "With --store postgres: the server itself, no pooler, as libpq has it; each mode gets a schema of its "
                 "own there, which is dropped at the end [a private server in --dir: that of the PATH, or of Debian's "
                 "package postgresql]")
      ->type_name("CONNINFO");
  app.add_option("--mode", t.mode,
                 "per-file: a connection a file (the original); shared: one connection, a commit a transition; "
                 "grouped: group commit")
      ->capture_default_str()
      ->type_name("NAME,..");
  app.add_option("--durability", t.durability,
                 "normal survives a crash of this program, full a power cut as well; on PostgreSQL these are "
                 "synchronous_commit off and on [normal; of PostgreSQL full]")
      ->type_name("NAME");
  app.add_option("--dir", t.dir, "Where the databases are made, in a folder of their own [temporary files]")
      ->type_name("DIR");
  app.add_option("--out", t.out, "Where results-*.json and profile-* are written")
      ->capture_default_str()
      ->type_name("DIR");
  app.add_option(
         "--html", t.html,
         "Also write a page with charts to this file, in a folder that is made if need be; it needs no network and no "
         "script")
      ->type_name("FILE");
  app.add_flag("--json", s.json, "Print the JSON alone on stdout");
  app.add_flag("--samples", s.samples, "The JSON gets one row a file, and the text the slowest files");
  app.add_flag("--keep-db", s.keep_db, "Leave the databases, and say where they are");
  app.add_flag("--gate", s.gate,
               "Exit with 5 unless both thresholds PASS in every mode and, where per-file and grouped both ran, "
               "grouped commits more "
               "transitions a second than per-file at (10, zero)");
  app.add_option("--progress", t.progress, "On stderr: auto, bar, plain, none")
      ->capture_default_str()
      ->type_name("NAME");
}

static std::filesystem::path folder(std::string const& text, std::string const& option) {
  if (text.empty()) throw failure(exit_code::usage, fmt::format("{} takes a folder, not ''", option));
  return text;
}

static void read_input(texts const& t, settings& s) {
  if (t.from) {
    s.from = folder(*t.from, "--from");
    s.files = (std::numeric_limits<std::size_t>::max)();
  }
  if (t.files) s.files = whole_number(*t.files, most_files, "--files");
}

// As it was given, but of several hosts the first that is a primary is taken, and none is waited for without end.
static std::string readable(std::string const& conninfo) {
  auto parts = settings_of(conninfo);
  if (parts.empty())  // what was given is not repeated, for it may hold a password
    throw failure(exit_code::usage,
                  "--connect takes a connection string of PostgreSQL, such as \"host=db1 dbname=app user=app\" or "
                  "\"postgresql://app@db1/app\"; what it was given cannot be read");
  for (auto const& [name, usual] : {std::pair{"connect_timeout", "10"}, std::pair{"target_session_attrs", "primary"}})
    if (std::none_of(parts.begin(), parts.end(), [name = name](auto const& part) { return part.first == name; }))
      parts.emplace_back(name, usual);
  return conninfo_of(parts);
}

static void read_store(texts const& t, settings& s) {
  s.store = one_word<store_kind>(t.store, store_names, "--store");
  bool const on_a_server = s.store == store_kind::postgres;
  if (t.connect) {
    if (!on_a_server) throw failure(exit_code::usage, "--connect names a server: give --store postgres with it");
    s.connect = readable(*t.connect);
  }
  auto const usual = on_a_server ? durability::full : durability::normal;
  s.kept = t.durability ? one_word<durability>(*t.durability, durability_names, "--durability") : usual;
}

static void read(texts const& t, settings& s) {
  read_input(t, s);
  auto const most = most_concurrency();
  s.concurrency = list_of<std::size_t>(t.concurrency,
                                       [most](auto const& word) { return whole_number(word, most, "--concurrency"); });
  s.profiles = list_of<remote_profile>(
      t.profile, [](auto const& word) { return one_word<remote_profile>(word, profile_names, "--profile"); });
  s.modes = list_of<mode>(t.mode, [](auto const& word) { return one_word<mode>(word, mode_names, "--mode"); });
  if (s.quick) s.realistic_delay = quick_delay;
  if (t.delay) s.realistic_delay = seconds(*t.delay, "--realistic-delay");
  s.clock = one_word<clock_kind>(t.clock, clock_names, "--clock");
  read_store(t, s);
  s.progress = one_word<progress_kind>(t.progress, progress_names, "--progress");
  s.out = folder(t.out, "--out");
  if (t.dir) s.dir = folder(*t.dir, "--dir");
  if (t.html && t.html->empty()) throw failure(exit_code::usage, "--html takes a file, not ''");
  if (t.html) s.html = *t.html;
  auto const all = s.configurations();
  auto const is_there = [&](remote_profile p) {
    return std::find(all.begin(), all.end(), configuration{10, p}) != all.end();
  };
  if (s.gate && !(is_there(remote_profile::zero) && is_there(remote_profile::realistic)))
    throw failure(exit_code::usage,
                  "--gate judges (10, zero) and (10, realistic): name both with --concurrency and --profile");
}

// The option that a misspelt one may be meant for: it begins like that, or has another ending.
static std::string meant(CLI::App const& app, std::string const& word) {
  std::string nearest;
  std::size_t most = 3;  // "--" and a letter
  for (auto const* option : app.get_options()) {
    std::string const name = option->get_name();
    auto const [end, unused] = std::mismatch(word.begin(), word.end(), name.begin(), name.end());
    auto const shared = static_cast<std::size_t>(end - word.begin());
    if (shared > most) {
      most = shared;
      nearest = name;
    }
  }
  return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

static std::string unknown(CLI::App const& app) {
  auto const words = app.remaining();
  auto const option = std::find_if(words.begin(), words.end(), [](auto const& w) { return w.starts_with('-'); });
  if (option == words.end())
    return fmt::format("'{}' is no option, and there is nothing else to name here", pawl::escaped(words.front()));
  return fmt::format("unknown option '{}'{}", pawl::escaped(*option), meant(app, *option));
}

static std::string first_line(std::string text) { return text.substr(0, text.find('\n')); }

std::optional<settings> parse_options(int argc, char const* const* argv) {
  CLI::App app{std::string(description), "batch_benchmark"};
  texts t;
  settings s;
  declare(app, t, s);
  try {
    app.parse(command_line::words(app, argc, argv));
  } catch (CLI::Success const& answered) {
    app.exit(answered);
    return std::nullopt;
  } catch (CLI::ExtrasError const&) {
    throw failure(exit_code::usage, unknown(app));
  } catch (CLI::ArgumentMismatch const& missing) {
    std::string const what =
        missing.what();  // "--out: 1 required DIR missing", "json was given a disallowed flag override"
    if (what.find("flag override") != std::string::npos)
      throw failure(exit_code::usage,
                    fmt::format("--{} takes no value", pawl::escaped(what.substr(0, what.find(' ')))));
    if (what.find("needs a value") != std::string::npos) throw failure(exit_code::usage, pawl::escaped(what));
    throw failure(exit_code::usage, pawl::escaped(what.substr(0, what.find(':'))) + " needs a value");
  } catch (CLI::ParseError const& wrong) {
    throw failure(exit_code::usage, pawl::escaped(first_line(wrong.what())));
  }
  read(t, s);
  return s;
}

}  // namespace batch_benchmark
