#include "benchmark.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <pawl/report/escape.hpp>
#include <pawl/report/line_chart.hpp>

#include "failure.hpp"
#include "file_set.hpp"
#include "file_system.hpp"
#include "files_database.hpp"
#include "postgres_connection.hpp"
#include "postgres_files.hpp"
#include "private_server.hpp"
#include "progress.hpp"
#include "scratch_folder.hpp"
#include "sqlite_files.hpp"

namespace batch_benchmark {

static std::filesystem::path folder_for_databases(settings const& asked) {
  if (!asked.dir.empty()) return asked.dir;
  std::error_code failed;
  if (auto folder = std::filesystem::temp_directory_path(failed); !failed) return folder;
  auto const* const named = std::getenv("TMPDIR");
  throw failure(exit_code::fatal, fmt::format("the folder for temporary files, '{}', cannot be used: {}; name another "
                                              "one with --dir",
                                              pawl::escaped(named ? named : "/tmp"), failed.message()));
}

class benchmark_run {
 public:
  benchmark_run(settings const& asked, engine& on)
      : engine_(on),
        folder_(folder_for_databases(asked), "the databases", asked.keep_db),
        progress_(asked.progress, stages(asked)),
        files_(file_set::made_up(asked.from.empty() ? asked.files : 0)) {
    result_.asked = asked;
    result_.began = std::chrono::system_clock::now();
    result_.file_system = file_system_of(folder_.path());
    result_.in_memory = is_in_memory(result_.file_system);
  }

  benchmark_result run() {
    auto& asked = result_.asked;
    if (asked.store == store_kind::postgres) reach_server();
    if (!asked.from.empty()) files_ = read_files();
    asked.files = files_.size();
    for (auto how : asked.modes) {
      if (stopped()) break;
      result_.modes.push_back(run_mode(how, asked.kept, asked.configurations()));
    }
    for (auto [how, kept] : designs_to_compare(asked)) {
      if (stopped()) break;
      result_.compared.push_back(run_mode(how, kept, {compared_configuration}));
    }
    result_.interrupted = stopped();
    progress_.clear();
    if (asked.keep_db) fmt::print(stderr, "batch_benchmark: the databases are in {}\n", where_databases_are());
    return std::move(result_);
  }

 private:
  bool stopped() const { return engine_.signal() != 0; }

  // Starts one where none was named. No mode begins where the server cannot be used.
  void reach_server() {
    auto const& asked = result_.asked;
    if (asked.connect.empty()) server_.emplace(folder_.path());
    postgres_connection server(conninfo());
    result_.server = server.ask("SHOW server_version");
    if (asked.connect.empty()) return;
    server_name_ = server.name();
    result_.file_system = "the server's";
    result_.in_memory = false;
  }
  std::string conninfo() const { return server_ ? server_->conninfo() : result_.asked.connect; }
  std::string where_databases_are() const {
    auto const schemas = fmt::format("{}", fmt::join(schemas_, ", "));
    if (!server_name_.empty()) return fmt::format("the schemas {} of {}", schemas, server_name_);
    auto const folder = pawl::escaped(folder_.path().string());
    return server_ ? fmt::format("{}/data, in the schemas {}", folder, schemas) : folder;
  }

  // Where the original's design and pawl's store both ran, the designs between and beyond them are measured, too.
  static std::vector<std::pair<mode, durability>> designs_to_compare(settings const& asked) {
    auto const has = [](auto const& all, auto const& one) {
      return std::find(all.begin(), all.end(), one) != all.end();
    };
    std::vector<std::pair<mode, durability>> more;
    if (!has(asked.modes, mode::per_file) || !has(asked.modes, mode::grouped)) return more;
    if (!has(asked.configurations(), compared_configuration)) return more;
    if (!has(asked.modes, mode::shared)) more.emplace_back(mode::shared, asked.kept);
    if (asked.kept != durability::full) more.emplace_back(mode::grouped, durability::full);
    return more;
  }
  // What progress counts.
  static std::size_t stages(settings const& asked) {
    return (asked.from.empty() ? 0 : 1) + asked.configurations().size() * asked.modes.size() +
           designs_to_compare(asked).size();
  }

  file_set read_files() {
    spans named(result_.profile);
    auto const& asked = result_.asked;
    auto const no_more = [this] { return stopped(); };
    std::vector<source_file> found;
    timed(named, named.read, [&] {
      auto paths = paths_below(asked.from, no_more);
      paths.resize((std::min)(paths.size(), asked.files));
      progress_.begin(fmt::format("reading '{}'", pawl::escaped(asked.from.string())), paths.size());
      for (auto& path : paths) {
        if (stopped()) break;
        found.push_back(read_source(asked.from, std::move(path), no_more));
        progress_.advance();
      }
    });
    return file_set(std::move(found));
  }

  // A fresh database for each.
  mode_result run_mode(mode how, durability kept, std::vector<configuration> const& configurations) {
    mode_result result{how, kept, {}};
    spans named(result.profile);
    auto const began = engine_.now();
    auto const database = make_database(how, kept);
    named.recorder.add(named.insert, began, engine_.now() - began, spans::program_lane);
    for (auto const& what : configurations) {
      if (stopped()) break;
      run_request const request{how, what, files_, result_.asked.delay(what.remote), *database};
      result.configurations.push_back(run_one(request));
      result.profile.merge(result.configurations.back().profile);
    }
    result_.profile.merge(result.profile);
    return result;
  }

  std::unique_ptr<files_database> make_database(mode how, durability kept) {
    auto const no_more = [this] { return stopped(); };
    if (result_.asked.store == store_kind::postgres) {
      auto made = std::make_unique<postgres_files>(conninfo(), files_, kept, result_.asked.keep_db, no_more);
      schemas_.push_back(made->schema());
      return made;
    }
    pawl::sqlite::options options;
    options.durable =
        kept == durability::full ? pawl::sqlite::durability::power_loss : pawl::sqlite::durability::process_crash;
    options.busy_timeout = std::chrono::seconds(30);
    auto const file = folder_.path() / fmt::format("{}{}.db", name(how), kept == durability::full ? "-full" : "");
    return std::make_unique<sqlite_files>(file, files_, options, no_more);
  }

  configuration_result run_one(run_request const& request) {
    auto& database = request.database;
    configuration_result r;
    spans named(r.profile);
    timed(named, named.reset, [&] { database.reset(); });  // many rows take seconds, which are none of the rate's
    progress_.begin(fmt::format("{} ({}, {})", name(request.how), request.what.concurrency, name(request.what.remote)),
                    files_.size());
    measurements to(files_.size(), request.what.concurrency, result_.asked.samples, named, progress_);
    r.what = request.what;
    r.ideal = 2 * request.delay *
              static_cast<std::int64_t>((files_.size() + request.what.concurrency - 1) / request.what.concurrency);
    auto const outcome = engine_.run(request, to);
    r.log_before = outcome.log_before;
    r.log_after = outcome.log_after;
    r.elapsed = outcome.elapsed;
    r.jumped = outcome.jumped;
    r.interrupted = outcome.stopped;
    files_database::verdict found;
    timed(named, named.verify, [&] { found = database.verify(); });
    r.indexed = found.indexed;
    if (!r.interrupted) insist(request, found, outcome.why_not_all);
    r.committed = to.committed();
    r.segments = to.by_segment();
    r.events = to.by_event();
    r.samples = to.take_samples();
    r.writes = to.at_quantiles(segment::db_total, pawl::curve_quantiles(r.of(segment::db_total).count));
    r.progress = to.progress_over_time();
    return r;
  }

  // Every file is indexed at version 3, and holds what the remote answered.
  static void insist(run_request const& request, files_database::verdict const& found, std::string const& why) {
    auto const all = request.files.size();
    if (found.right == all) return;
    auto const where =
        fmt::format("in {} ({}, {})", name(request.how), request.what.concurrency, name(request.what.remote));
    if (found.indexed != all)
      throw failure(exit_code::not_indexed,
                    fmt::format("{} of {} files are not indexed at version {} {}{}{}", all - found.indexed, all,
                                transitions_of_a_file, where, why.empty() ? "" : ": ", pawl::escaped(why)));
    throw failure(exit_code::not_indexed,
                  fmt::format("{} of {} files are indexed, but hold other contents than the remote answered, {}",
                              all - found.right, all, where));
  }

  template <class F> void timed(spans& named, pawl::span_id what, F run) {
    auto const began = engine_.now();
    run();
    named.recorder.add(what, began, engine_.now() - began, spans::program_lane);
  }

  engine& engine_;
  scratch_folder folder_;
  std::optional<private_server> server_;
  std::string server_name_;           // of one that was named
  std::vector<std::string> schemas_;  // that were made on a server
  progress progress_;
  file_set files_;
  benchmark_result result_;
};

benchmark_result run_benchmark(settings const& asked, engine& on) { return benchmark_run(asked, on).run(); }

}  // namespace batch_benchmark
