#include "benchmark.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/vfs.h>

#include <pawl/report/escape.hpp>

#include "progress.hpp"
#include "workload.hpp"

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

// The name of the file system, by the number that statfs gives it.
static std::string file_system_of(std::filesystem::path const& folder) {
  struct statfs found {};
  if (::statfs(folder.c_str(), &found) != 0) return "unknown";
  switch (static_cast<unsigned long>(found.f_type) & 0xffffffffUL) {
    case 0xEF53:
      return "ext2/3/4";
    case 0x01021994:
      return "tmpfs";
    case 0x858458F6:
      return "ramfs";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x794C7630:
      return "overlayfs";
    case 0x2FC12FC1:
      return "zfs";
    case 0x6969:
      return "nfs";
    default:
      return fmt::format("0x{:x}", static_cast<unsigned long>(found.f_type) & 0xffffffffUL);
  }
}

class benchmark_run {
 public:
  benchmark_run(settings const& asked, engine& on)
      : engine_(on),
        folder_(folder_for_databases(asked), "the databases", asked.keep_db),
        progress_(asked.progress, asked.configurations().size() * asked.modes.size() + comparisons(asked)) {
    result_.asked = asked;
    result_.began = std::chrono::system_clock::now();
    result_.file_system = file_system_of(folder_.path());
    result_.in_memory = result_.file_system == "tmpfs" || result_.file_system == "ramfs";
  }

  benchmark_result run() {
    auto const& asked = result_.asked;
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
    if (asked.keep_db)
      fmt::print(stderr, "batch_benchmark: the databases are in {}\n", pawl::escaped(folder_.path().string()));
    return std::move(result_);
  }

 private:
  bool stopped() const { return engine_.signal() != 0; }

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
  static std::size_t comparisons(settings const& asked) { return designs_to_compare(asked).size(); }

  // A fresh database for each.
  mode_result run_mode(mode how, durability kept, std::vector<configuration> const& configurations) {
    mode_result result{how, kept, {}};
    spans named(result.profile);
    pawl::sqlite::options options;
    options.durable =
        kept == durability::full ? pawl::sqlite::durability::power_loss : pawl::sqlite::durability::process_crash;
    options.busy_timeout = std::chrono::seconds(30);
    auto const file = folder_.path() / fmt::format("{}{}.db", name(how), kept == durability::full ? "-full" : "");
    auto const began = engine_.now();
    workload work(file, result_.asked.files, options, [this] { return stopped(); });
    named.recorder.add(named.insert, began, engine_.now() - began);
    for (auto const& what : configurations) {
      if (stopped()) break;
      run_request const request{how, what, result_.asked.files, result_.asked.delay(what.remote), work.path(), options};
      result.configurations.push_back(run_one(request, work, named));
    }
    result_.profile.merge(result.profile);
    return result;
  }

  configuration_result run_one(run_request const& request, workload& work, spans& named) {
    timed(named, named.reset, [&] { work.reset(); });  // many rows take seconds, which are none of the rate's
    progress_.begin(fmt::format("{} ({}, {})", name(request.how), request.what.concurrency, name(request.what.remote)),
                    request.files);
    measurements to(request.files, request.what.concurrency, result_.asked.samples, named, progress_);
    configuration_result r;
    r.what = request.what;
    r.ideal = 2 * request.delay *
              static_cast<std::int64_t>((request.files + request.what.concurrency - 1) / request.what.concurrency);
    auto const outcome = engine_.run(request, to);
    r.log_before = outcome.log_before;
    r.log_after = outcome.log_after;
    r.elapsed = outcome.elapsed;
    r.jumped = outcome.jumped;
    r.interrupted = outcome.stopped;
    workload::verdict found;
    timed(named, named.verify, [&] { found = work.verify(); });
    r.indexed = found.indexed;
    if (!r.interrupted) insist(request, found, outcome.why_not_all);
    r.committed = to.committed();
    r.segments = to.by_segment();
    r.events = to.by_event();
    r.samples = to.take_samples();
    return r;
  }

  // Every file is indexed at version 3, and holds what the remote answered.
  static void insist(run_request const& request, workload::verdict const& found, std::string const& why) {
    if (found.right == request.files) return;
    auto const where =
        fmt::format("in {} ({}, {})", name(request.how), request.what.concurrency, name(request.what.remote));
    if (found.indexed != request.files)
      throw failure(
          exit_code::not_indexed,
          fmt::format("{} of {} files are not indexed at version {} {}{}{}", request.files - found.indexed,
                      request.files, transitions_of_a_file, where, why.empty() ? "" : ": ", pawl::escaped(why)));
    throw failure(exit_code::not_indexed,
                  fmt::format("{} of {} files are indexed, but hold other contents than the remote answered, {}",
                              request.files - found.right, request.files, where));
  }

  template <class F> void timed(spans& named, pawl::span_id what, F run) {
    auto const began = engine_.now();
    run();
    named.recorder.add(what, began, engine_.now() - began);
  }

  engine& engine_;
  scratch_folder folder_;
  progress progress_;
  benchmark_result result_;
};

benchmark_result run_benchmark(settings const& asked, engine& on) { return benchmark_run(asked, on).run(); }

}  // namespace batch_benchmark
