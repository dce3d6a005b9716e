// Switches off one rule of the library at a time and checks that the proof named for it fails, by a violation and not
// by a crash; with all rules on, it must pass.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "command_line.hpp"
#include "mutants/child.hpp"
#include "proof.hpp"

namespace mutants {

struct mutant {
  std::string name, rule, proof, test;
  bool may_hang = false;

  bool is_test() const { return proof.ends_with("_test"); }
  std::string proof_text() const { return is_test() ? proof + ": " + test : proof + " " + test; }
};

std::vector<mutant> read_table(std::string const& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<mutant> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream parts(line);
    mutant m;
    std::string hang;
    for (auto* part : {&m.name, &m.rule, &m.proof, &m.test, &hang}) std::getline(parts, *part, '\t');
    m.may_hang = hang == "TRUE";
    all.push_back(std::move(m));
  }
  return all;
}

// What makes a pattern in the names of tests is taken as it stands. Of a template all instances are run.
std::string as_filter(std::string_view test) {
  std::string filter;
  for (char c : test) {
    if (std::string_view("\\,[]\"*").find(c) != std::string_view::npos) filter += '\\';
    filter += c;
  }
  return filter + "*";
}

std::vector<std::string> command_of(mutant const& m) {
  if (m.is_test()) return {m.proof.starts_with("postgres/") ? POSTGRES_PROGRAM : TESTS_PROGRAM, as_filter(m.test)};
  std::vector<std::string> words{m.proof == "crash/simulate" ? SIMULATE_PROGRAM : CRASH_PROGRAM};
  std::istringstream arguments(m.test);
  for (std::string word; arguments >> word;) words.push_back(word);
  return words;
}

enum class result { green, red, neither, no_end };

// Neither: it crashed, or there was nothing to run. A program of the laboratory ends with 1 where a promise is broken.
result judge(mutant const& m, child_end const& end) {
  auto const says = [&](std::string_view words) { return end.output.find(words) != std::string::npos; };
  if (end.how == child_end::timed_out) return result::no_end;
  if (end.how == child_end::by_signal) return result::neither;
  if (end.code == 0) return !m.is_test() || says("All tests passed") ? result::green : result::neither;
  return (m.is_test() ? says(" failed") : end.code == 1) ? result::red : result::neither;
}

char const* text_of(result r) {
  constexpr char const* texts[] = {"green", "red", "neither red nor green: it crashed or ran nothing",
                                   "without an end"};
  return texts[static_cast<int>(r)];
}

struct options {
  std::vector<std::string> only;
  unsigned jobs = (std::max)(1u, std::thread::hardware_concurrency());
};

class laboratory {
 public:
  explicit laboratory(std::vector<mutant> all) : all_(std::move(all)) {}

  bool run(options const& o) {
    each(o.jobs, first_of_each_proof(), [this](mutant const& m) { see_green(m); });
    each(o.jobs, pointers(), [this](mutant const& m) { see_red(m); });
    std::string const total = std::to_string(all_.size());
    std::string figure = std::to_string(killed_) + "/" + total + " killed by the proof named for them";
    if (!green_) figure += "; not every proof is green with all rules kept";
    return proof::report("mutants", total + " rules of the library, each switched off", figure,
                         green_ && killed_ == all_.size());
  }

 private:
  using mutant_list = std::vector<mutant const*>;

  mutant_list pointers() const {
    mutant_list list;
    for (auto const& m : all_) list.push_back(&m);
    return list;
  }
  mutant_list first_of_each_proof() const {
    mutant_list list;
    for (auto const& m : all_) {
      auto const same = [&m](mutant const* seen) { return seen->proof_text() == m.proof_text(); };
      if (std::none_of(list.begin(), list.end(), same)) list.push_back(&m);
    }
    return list;
  }
  template <class Do> static void each(unsigned jobs, mutant_list const& list, Do what) {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < jobs; ++i)
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < list.size(); at = next++) what(*list[at]);
      });
  }

  void see_green(mutant const& m) {
    auto const end = run_child(command_of(m), {}, longest);
    auto const seen = judge(m, end);
    std::lock_guard const lock(mutex_);
    took_[m.proof_text()] = end.seconds;
    if (seen == result::green) return;
    green_ = false;
    std::printf("with all rules kept %s: %s\n%s\n", text_of(seen), m.proof_text().c_str(), end.output.c_str());
  }
  // Where a proof may hang it is given twenty times as long as it took without the mutant.
  void see_red(mutant const& m) {
    auto const end =
        run_child(command_of(m), "PAWL_MUTANT=" + m.name, m.may_hang ? 10 + 20 * took_[m.proof_text()] : longest);
    auto const seen = judge(m, end);
    bool const killed = seen == result::red || (seen == result::no_end && m.may_hang);
    std::lock_guard const lock(mutex_);
    killed_ += killed ? 1 : 0;
    std::printf("%s %s: %s (%s: %s)\n", killed ? "killed  " : "SURVIVED", m.name.c_str(), m.rule.c_str(), text_of(seen),
                m.proof_text().c_str());
    if (seen == result::neither) std::printf("%s\n", end.output.c_str());
    std::fflush(stdout);
  }

  static constexpr double longest = 600;

  std::vector<mutant> all_;
  std::mutex mutex_{};
  std::map<std::string, double> took_{};
  std::size_t killed_ = 0;
  bool green_ = true;
};

}  // namespace mutants

int main(int argc, char** argv) try {
  mutants::options options;
  CLI::App app{"Switches off one rule of the library at a time and runs the proof that is to find it."};
  app.add_option("mutant", options.only, "Only these");
  app.add_option("--jobs", options.jobs, "So many at a time")->check(proof::whole_number(1, 64))->capture_default_str();
  if (auto const ended = proof::read_command_line(app, argc, argv)) return *ended;

  auto all = mutants::read_table(MUTANTS);
  for (auto const& name : options.only)
    if (std::none_of(all.begin(), all.end(), [&](auto const& m) { return m.name == name; }))
      throw std::runtime_error("there is no mutant " + name);
  if (!options.only.empty())
    std::erase_if(all, [&](auto const& m) {
      return std::find(options.only.begin(), options.only.end(), m.name) == options.only.end();
    });
  return mutants::laboratory(std::move(all)).run(options) ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
