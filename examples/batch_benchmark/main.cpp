// The six configurations of the 818-file benchmark, using pawl's machine, store, adapter and runner.
//
// What a user of pawl writes for items, table and API of his own: lifecycle.hpp, files_table.hpp, search_api.hpp and
// steps.hpp. engine.cpp runs it; per_file.hpp does the same work as the original did. The rest is the benchmark:
//   options, settings         what is asked for
//   file_set, files_database  the files, their rows, and what must stand in these at the end: sqlite_files, postgres_files
//   private_server            a PostgreSQL server of the program's own
//   benchmark                 every mode, every configuration; progress shows how far it is
//   measurements, file_times  what is measured while it runs
//   results                   the figures and the verdicts on them; text and json print them (report.hpp)
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <pawl/error.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/report/write_file.hpp>

#include "benchmark.hpp"
#include "engine.hpp"
#include "failure.hpp"
#include "options.hpp"
#include "report.hpp"
#include "scratch_folder.hpp"
#include "utc.hpp"

namespace batch_benchmark {

// Now, and not after two minutes of work.
static void insist_on_writable(std::filesystem::path const& folder, std::string const& what) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    throw failure(exit_code::fatal, fmt::format("cannot make the folder '{}' for {}: {}",
                                                pawl::escaped(folder.string()), what, failed.message()));
  scratch_folder(folder, what, false);
}

// The same for a file. What is there and no regular file, such as a pipe, is written to as it is.
static void insist_on_writable_file(std::filesystem::path const& file) {
  std::error_code ignored;
  auto const there = std::filesystem::status(file, ignored);
  if (std::filesystem::is_directory(there))
    throw failure(exit_code::fatal,
                  fmt::format("--html takes a file, and '{}' is a folder", pawl::escaped(file.string())));
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) return;
  insist_on_writable(std::filesystem::absolute(file).parent_path(), "the page");
}

static void print(std::string const& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw failure(exit_code::fatal, fmt::format("cannot write to standard output: {}; the reports are written",
                                                std::generic_category().message(errno)));
}

// The time that the reports are called by, and their file of results, which is made: the beginning, or the first second
// after it that no other driver's reports have.
static std::pair<std::string, std::filesystem::path> take_name(std::filesystem::path const& out,
                                                               std::chrono::system_clock::time_point began) {
  for (;; began += std::chrono::seconds(1)) {
    auto const stamp = utc_stamp(began);
    auto const file = out / fmt::format("results-{}.json", stamp);
    auto* const made = std::fopen(file.c_str(), "wx");
    if (made == nullptr && errno == EEXIST) continue;
    if (made != nullptr) std::fclose(made);
    return {stamp, file};  // what else is wrong will be said when it is written
  }
}

// Writes the reports, and prints them only then: a reader that is gone costs no result. Making them is a span of its own, which the profile shows.
static void deliver(benchmark_result& result, engine& on) {
  auto const began = on.now();
  auto const fit = fit_for_stdout();
  auto text = to_text(result, fit);
  spans named(result.profile);
  named.recorder.add(named.report, began, on.now() - began, spans::program_lane);
  auto const json = to_json(result);
  auto const& out = result.asked.out;
  auto const [stamp, results_file] = take_name(out, result.began);
  auto const beside = [&out, &stamp = stamp](std::string_view ending) {
    return out / fmt::format("profile-{}.{}", stamp, ending);
  };
  auto const profile_file = beside("txt");
  try {
    pawl::write_json(results_file, json);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(results_file, ignored);
    throw;
  }
  pawl::write_file(profile_file, profile_text(result, {}));
  pawl::write_json(beside("json"), profile_json(result));
  pawl::write_file(beside("trace.json"), chrome_trace(result));
  pawl::write_file(beside("folded"), folded_stacks(result));
  pawl::write_file(beside("speedscope.json"), speedscope(result));
  if (!result.asked.html.empty()) pawl::write_file(result.asked.html, to_html(result));
  if (result.asked.json)
    print(pawl::dump(json) + '\n');
  else
    print(fmt::format("{}\n{}\nWritten: {}{} and {} (and .json, .trace.json, .folded, .speedscope.json)\n", text,
                      profile_summary(result, fit),
                      result.asked.html.empty() ? "" : pawl::escaped(result.asked.html.string()) + ", ",
                      pawl::escaped(results_file.string()), pawl::escaped(profile_file.string())));
}

static int run(settings const& asked) {
  insist_on_writable(asked.out, "the reports");
  if (!asked.html.empty()) insist_on_writable_file(asked.html);
  auto const on = make_engine(asked.clock);
  auto result = run_benchmark(asked, *on);
  deliver(result, *on);
  if (result.interrupted) return static_cast<int>(exit_code::signal) + on->signal();
  if (!asked.gate) return 0;
  auto const missed = missed_gate(result);
  if (!missed.empty()) throw failure(exit_code::gate, "the gate is missed: " + missed);
  return 0;
}

}  // namespace batch_benchmark

int main(int argc, char** argv) {
  using namespace batch_benchmark;
  auto const complain = [](exit_code code, std::string const& sentence) {
    fmt::print(stderr, "batch_benchmark: {}\n", sentence);
    return static_cast<int>(code);
  };
  try {
    auto const asked = parse_options(argc, argv);
    return asked ? run(*asked) : 0;
  } catch (failure const& e) {
    return complain(e.code, e.what() + std::string(e.code == exit_code::usage ? "; see --help" : ""));
  } catch (pawl::store_error const& e) {  // names paths and keys as they are
    return complain(exit_code::fatal, pawl::escaped(e.what()));
  } catch (std::exception const& e) {
    return complain(exit_code::fatal, e.what());
  }
}
