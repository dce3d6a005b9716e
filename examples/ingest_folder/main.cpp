// ingest_folder: durably stores the contents of all files below a folder and makes their texts searchable. Kill it at
// any time and run it again.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>

#include <pawl/pawl.hpp>
#include <pawl/report.hpp>

#include "../command_line.hpp"
#include "../open_file.hpp"
#include "../run_watcher.hpp"
#include "blob_store.hpp"
#include "catalogue.hpp"
#include "search_index.hpp"
#include "steps.hpp"

using namespace ingest_folder;
namespace fs = std::filesystem;

enum exit_code : int { done = 0, fatal = 1, usage = 2, not_all = 3, interrupted = 130 };

struct request {
  std::string folder, db, path;
  std::vector<std::string> words;
  std::size_t jobs = 8;
  bool json = false, fast = false;
};

static pawl::sqlite::options writing(request const& r) {
  pawl::sqlite::options options;
  options.durable = r.fast ? pawl::sqlite::durability::process_crash : pawl::sqlite::durability::power_loss;
  return options;
}
static pawl::sqlite::options changing(request const& r) {
  auto options = writing(r);
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

static int tell(pawl::summary const& sum, pawl::inspection const& now) {
  auto const in = [&now](file_state s) { return now.states[pawl::state_index<file_lifecycle>(s)].items; };
  fmt::print("{} indexed, {} failed, {} parked, {} left\n", in(indexed), in(failed), now.troubles.parked,
             now.items - in(indexed)-in(failed)-now.troubles.parked);
  if (sum.halted)
    fmt::print(stderr, "ingest_folder: stopped: {}; run it again when that is over\n", sum.halted->describe());
  return in(indexed) == now.items ? done : not_all;
}

static int run(request const& r) {
  auto const folder = folder_of(r);
  catalogue files(r.db, writing(r));
  pawl::store_lock lock(files.store());  // also over what is done before and after the run
  files.belong_to(folder);
  auto const seen = files.look_at(folder, database_of(r));
  for (auto const& why : seen.unreadable) fmt::print(stderr, "ingest_folder: cannot read {}\n", why);
  fmt::print("{} files: {} new, {} changed, {} gone\n", seen.files, seen.added, seen.changed, seen.vanished);

  blob_store const blobs(r.db + ".blobs", !r.fast);
  search_index index(r.db + ".index", writing(r));
  pawl::stop_source stop;
  pawl::loop<> loop;
  pawl::stop_on_signals const signals(loop, stop);
  run_watcher progress;
  pawl::commit_queue queue(loop, files.store(), progress);
  boost::asio::thread_pool pool(4);
  auto const sum =
      pawl::run(queue, steps{loop, pool, folder, blobs, index}, {.concurrency = r.jobs, .stop = &stop, .lock = &lock});
  pool.join();
  progress.clear();
  blobs.keep_only(files.hashes());
  files.drop_gone();
  int const code = tell(sum, pawl::inspect(files.store()));
  return sum.stopped ? int{interrupted} : seen.unreadable.empty() ? code : int{not_all};
}

static int status(request const& r) {
  catalogue files(r.db, looking());
  auto const now = pawl::inspect(files.store());
  fmt::print("{}", r.json ? pawl::dump(pawl::to_json(now)) + '\n' : pawl::to_text(now));
  return done;
}

static int why(request const& r) {
  catalogue files(r.db, looking());
  auto const found = pawl::explain(files.store(), r.path);
  fmt::print("{}: {}\n", pawl::escaped(r.path), found.text());
  return found.is == pawl::standing::absent ? not_all : done;
}

static int search(request const& r) {
  search_index index(r.db + ".index", looking());
  auto const paths = index.search(r.words);
  for (auto const& path : paths) fmt::print("{}\n", pawl::escaped(path));
  return done;
}

static int retry(request const& r) {
  catalogue files(r.db, changing(r));
  pawl::store_lock const lock(files.store());
  fmt::print("{} files are tried again by the next run\n", files.retry());
  return done;
}

static int reset(request const& r) {
  catalogue files(r.db, changing(r));
  pawl::store_lock const lock(files.store());
  fmt::print("{} files begin again with the next run\n", files.reset());
  return done;
}

static constexpr char const* footer = R"(Examples:
  ingest_folder run ~/notes --db notes.db     store and index what is new, changed or gone
  ingest_folder search durable state --db notes.db
  ingest_folder status --db notes.db --json

Beside FILE stand FILE.blobs/ (the contents, by their SHA-256) and FILE.index (their texts, FTS5).
Exit codes: 0 all files are indexed, 1 fatal, 2 usage, 3 some are not, 130 stopped by a signal.)";

static int parsed_and_done(int argc, char* argv[]) {
  request r;
  int (*command)(request const&) = nullptr;
  CLI::App app("Stores the files of a folder and makes their texts searchable; may be killed at any time.",
               "ingest_folder");
  app.footer(footer);
  app.require_subcommand(1);
  auto const add = [&](char const* name, char const* what, int (*does)(request const&)) {
    auto* const sub = app.add_subcommand(name, what);
    sub->add_option("--db", r.db, "The database")->required()->type_name("FILE");
    sub->callback([&command, does] { command = does; });
    return sub;
  };
  auto* const runs = add("run", "Brings all up to the present state of the folder", run);
  runs->add_option("DIR", r.folder, "The folder")->required()->type_name("");
  runs->add_option("--jobs", r.jobs, "Files in hand at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  runs->add_flag("--fast", r.fast, "Survives a crash of the process, but maybe not a power cut");
  add("status", "How many files are in which state", status)->add_flag("--json", r.json, "As JSON");
  add("why", "Why a file stands where it stands", why)
      ->add_option("PATH", r.path, "As `search` prints it")
      ->required()
      ->type_name("");
  add("search", "The files that hold all of these words, one path a line", search)
      ->add_option("WORDS", r.words, "The words")
      ->required()
      ->type_name("");
  add("retry", "Lets failed and parked files be tried again", retry);
  add("reset", "Lets all files begin again", reset);
  try {
    app.parse(command_line::words(app, argc, argv));
  } catch (CLI::ParseError const& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::string words = e.what();
    fmt::print(stderr, "ingest_folder: {}; see ingest_folder --help\n", pawl::escaped(words));
    return usage;
  }
  return command(r);
}

int main(int argc, char* argv[]) try { return parsed_and_done(argc, argv); } catch (std::exception const& e) {
  std::string_view words = e.what();
  if (words.starts_with("pawl: ")) words.remove_prefix(6);
  fmt::print(stderr, "ingest_folder: {}\n", words);
  return fatal;
}
