// Simulates many small worlds in which processes die, freeze and resume, disks fail and a remote loses messages, while items
// wait for their children and schedules make new ones; no promise of pawl may be broken in any of them.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command_line.hpp"
#include "crash/simulation/laboratory.hpp"
#include "crash/simulation/world.hpp"
#include "proof.hpp"

namespace crash::simulation {

struct scope {
  std::uint64_t seeds = 1000, from = 1;
  std::uint64_t one = 0;
  bool twice = false;
  std::size_t jobs = (std::max)(1u, std::thread::hardware_concurrency());
};
using tallies = std::array<tally, idempotencies>;  // by what the steps are

inline tally simulate_seed(laboratory& lab, seed_request what, sentences& wrong) {
  return is_mapped(what.seed) ? simulate<files_table>(lab, what, wrong) : simulate<file_lifecycle>(lab, what, wrong);
}

inline void tell_failure(std::uint64_t seed, sentences const& wrong) {
  std::string text;
  for (auto const& sentence : wrong) text += "  seed " + std::to_string(seed) + ": " + sentence + "\n";
  text += "  again: simulate --seed " + std::to_string(seed) + "\n";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

// One worker's share: every so many-th seed. At most ten failures are told.
inline tallies simulate_share(scope const& s, std::size_t worker) {
  laboratory lab;
  tallies all{};
  int told = 0;
  for (std::uint64_t i = worker; i < s.seeds; i += s.jobs) {
    std::uint64_t const seed = s.from + i;
    sentences wrong;
    tally of_seed = simulate_seed(lab, {seed}, wrong);
    if (s.twice) {
      sentences again;
      if (simulate_seed(lab, {seed}, again).hash != of_seed.hash) {
        wrong.push_back("the second time it had another history");
        ++of_seed[tally::violations];
      }
    }
    if (!wrong.empty() && told++ < 10) tell_failure(seed, wrong);
    all[static_cast<std::size_t>(idempotency_of(seed))] += of_seed;
  }
  return all;
}

// The shares, each in a process of its own: SQLite's file system in memory is one of a process.
inline tallies simulate_all(scope const& s) {
  std::vector<int> results;
  for (std::size_t worker = 0; worker < s.jobs; ++worker) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe can be made");
    std::fflush(nullptr);
    ::pid_t const child = ::fork();
    if (child < 0) throw std::runtime_error("no process can be made");
    if (child == 0) {
      ::close(ends[0]);
      tallies const share = simulate_share(s, worker);
      bool const told = ::write(ends[1], &share, sizeof share) == static_cast<::ssize_t>(sizeof share);
      std::fflush(nullptr);
      ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    results.push_back(ends[0]);
  }
  tallies all{};
  bool whole = true;
  for (int const from : results) {
    tallies share{};
    whole = ::read(from, &share, sizeof share) == static_cast<::ssize_t>(sizeof share) && whole;
    ::close(from);
    for (std::size_t i = 0; i < idempotencies; ++i) all[i] += share[i];
  }
  while (::wait(nullptr) > 0) {}
  if (!whole) throw std::runtime_error("a worker died");
  return all;
}

inline std::string figures(tally const& t) {
  auto const text = [&t](tally::count c, char const* what) { return std::to_string(t[c]) + " " + what; };
  return std::to_string(t[tally::deaths] + t[tally::power_cuts]) + " crashes (" +
         text(tally::power_cuts, "power cuts), ") + std::to_string(t.faults()) + " faults, " +
         text(tally::zombies, "zombies, ") + text(tally::resets, "resets, ") + text(tally::conflicts, "conflicts (") +
         text(tally::told_by_version, "by the version alone), ") + text(tally::transitions, "transitions, ") +
         text(tally::lost_transitions, "of them lost with NORMAL, ") + text(tally::gathered, "gatherings of ") +
         text(tally::batches, "batches (") + text(tally::ticks, "by schedules), ") + text(tally::parked, "parked, ") +
         text(tally::failed, "failed, ") + text(tally::duplicates, "duplicates (") +
         text(tally::duplicates_with_full, "with FULL), ") + text(tally::violations, "violations");
}

inline std::string history_of(tally const& t) {
  char text[32];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(t.hash));
  return text;
}

// Whether they met what a broken simulation would have none of; `enough` seeds meet all of it.
constexpr std::uint64_t enough = 500;
inline bool has_met_everything(tally const& sum) {
  struct kind {
    tally::count what;
    char const* name;
  };
  bool all = true;
  for (auto const& [what, name] : {kind{tally::calm, "calm seeds"},
                                   kind{tally::deaths, "crashes of a process"},
                                   kind{tally::power_cuts, "power cuts"},
                                   kind{tally::broken_files, "faults of the file system"},
                                   kind{tally::stops, "requests to stop"},
                                   kind{tally::zombies, "zombies"},
                                   kind{tally::lost_requests, "lost requests"},
                                   kind{tally::lost_answers, "lost answers"},
                                   kind{tally::late_landings, "late landings"},
                                   kind{tally::slow_answers, "slow answers"},
                                   kind{tally::refusals, "refusals"},
                                   kind{tally::conflicts, "conflicts"},
                                   kind{tally::resets, "items that were led back to their beginning"},
                                   kind{tally::told_by_version, "conflicts that the version alone told"},
                                   kind{tally::lost_transitions, "transitions lost with NORMAL"},
                                   kind{tally::duplicates, "duplicates of steps that allow them"},
                                   kind{tally::parked, "parked items"},
                                   kind{tally::failed, "failed items"},
                                   kind{tally::gathered, "batches whose children had all ended"},
                                   kind{tally::left_batches, "batches that were left for another process to tell"},
                                   kind{tally::gone_children, "children that were deleted"},
                                   kind{tally::ticks, "ticks"}}) {
    if (sum[what] > 0) continue;
    std::printf("  in all of these seeds there were no %s\n", name);
    all = false;
  }
  return all;
}

inline bool report(scope const& s, tallies const& all, double seconds) {
  tally sum{};
  bool holds = true;
  for (std::size_t i = 0; i < idempotencies; ++i) {
    sum += all[i];
    holds = ::proof::report(
                std::string("simulation, ") + name_of(static_cast<idempotency>(i)),
                std::to_string(all[i][tally::seeds]) + " seeds, " + std::to_string(all[i][tally::items]) + " items",
                figures(all[i]), all[i][tally::violations] == 0) &&
            holds;
  }
  std::fprintf(stderr, "%.1f s, %.0f seeds/s on %zu cores, %.0f a core; %llu calm; %llu processes, %llu calls\n",
               seconds, static_cast<double>(s.seeds) / seconds, s.jobs,
               static_cast<double>(s.seeds) / seconds / static_cast<double>(s.jobs),
               static_cast<unsigned long long>(sum[tally::calm]),
               static_cast<unsigned long long>(sum[tally::processes]),
               static_cast<unsigned long long>(sum[tally::calls]));
  if (s.seeds >= enough) holds = has_met_everything(sum) && holds;
  return ::proof::report("simulation",
                         "seeds " + std::to_string(s.from) + " to " + std::to_string(s.from + s.seeds - 1),
                         figures(sum) + ", history " + history_of(sum), holds);
}

// Before SQLite is used: a process has one thread here, so it needs no mutexes, and nobody asks how much memory it has.
inline void hurry_sqlite() {
  if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
      sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
    throw std::runtime_error("SQLite has been used before it was set up");
}

inline bool replay(std::uint64_t seed) {
  laboratory lab;
  sentences wrong;
  tally const told = simulate_seed(lab, {seed, true}, wrong);
  std::printf("history %s\n", history_of(told).c_str());
  if (!wrong.empty()) tell_failure(seed, wrong);
  return wrong.empty();
}

}  // namespace crash::simulation

int main(int argc, char** argv) try {
  crash::simulation::scope s;
  CLI::App app{"Simulates runs on a virtual clock with all that can go wrong. Prints a line for each kind of step."};
  app.add_option("--seeds", s.seeds, "How many worlds")
      ->check(::proof::whole_number(1, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--from", s.from, "The seed of the first one")->check(::proof::a_seed())->capture_default_str();
  auto* const one =
      app.add_option("--seed", s.one, "One world alone, and all that happens in it")->check(::proof::a_seed());
  app.add_flag("--twice", s.twice, "Each of them a second time, which must tell the same history");
  app.add_option("--jobs", s.jobs, "In so many processes at once")
      ->check(::proof::whole_number(1, 256))
      ->capture_default_str();
  if (auto const ended = ::proof::read_command_line(app, argc, argv)) return *ended;
  crash::simulation::hurry_sqlite();
  if (one->count() > 0) return crash::simulation::replay(s.one) ? 0 : 1;
  auto const begun = std::chrono::steady_clock::now();
  auto const all = crash::simulation::simulate_all(s);
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return crash::simulation::report(s, all, seconds) ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
