// Shared by the benchmark programs: a command line, contestants run in turns, and the format of a result line.
#ifndef PAWL_TESTS_BENCHMARK_MEASURING_HPP
#define PAWL_TESTS_BENCHMARK_MEASURING_HPP

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace measuring {

// ---- what is printed ----

struct goal {
  char const* sign = "";
  double bound = 0;

  bool is_set() const { return *sign != '\0'; }
  bool is_reached_by(double value) const { return *sign == '>' ? value >= bound : value <= bound; }
};
constexpr goal at_least(double bound) { return {">=", bound}; }
constexpr goal at_most(double bound) { return {"<=", bound}; }

// Three significant digits, more where they stand before the point, and never an exponent.
inline std::string number(double value) {
  if (!std::isfinite(value)) throw std::runtime_error("what was measured is no number");
  int const digits = value == 0 ? 0 : 2 - static_cast<int>(std::floor(std::log10(std::abs(value))));
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", (std::clamp)(digits, 0, 9), value);
  return text;
}

// A line of four words: `store.one_by_one.vs_raw 0.97 >=0.95 PASS`. Without a goal the last two are `-`.
inline void figure(std::string const& name, double value, goal wanted = {}) {
  if (wanted.is_set())
    std::printf("%s %s %s%g %s\n", name.c_str(), number(value).c_str(), wanted.sign, wanted.bound,
                wanted.is_reached_by(std::stod(number(value))) ? "PASS" : "FAIL");  // what is printed is what is judged
  else
    std::printf("%s %s - -\n", name.c_str(), number(value).c_str());
  std::fflush(stdout);
}
// A line for people.
inline void remark(std::string const& text) {
  std::printf("# %s\n", text.c_str());
  std::fflush(stdout);
}

// ---- figures from samples ----

// The one in the middle, or the upper of two.
inline double median(std::vector<double> samples) {
  auto const middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

// The nanoseconds that one of `count` things takes, where `all` does all of them: at the best of several bursts, each
// too short to be interrupted often, because an interruption only ever adds.
template <class All> double nanoseconds_each(std::size_t count, All all, int bursts = 15) {
  double best = (std::numeric_limits<double>::max)();
  for (int burst = 0; burst < bursts; ++burst) {
    auto const begun = std::chrono::steady_clock::now();
    all();
    std::chrono::duration<double, std::nano> const taken = std::chrono::steady_clock::now() - begun;
    best = (std::min)(best, taken.count());
  }
  return best / static_cast<double>(count);
}

// Programs or ways of doing something that are measured in turn, each once a round and in another order each round:
// what disturbs the machine disturbs all of them.
class contest {
 public:
  // `once` does it, and answers what is to be compared: a rate, a time.
  void enter(std::string const& name, std::function<double()> once) { entrants_.push_back({name, std::move(once)}); }
  void run(std::size_t rounds) {
    std::vector<std::size_t> order(entrants_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t round = 0; round < rounds; ++round) {
      std::shuffle(order.begin(), order.end(), random_);
      for (auto i : order) results_[entrants_[i].name].push_back(entrants_[i].once());
    }
  }
  std::vector<double> const& of(std::string const& name) const { return results_.at(name); }
  double median_of(std::string const& name) const { return median(of(name)); }
  // The median of the rounds' ratios.
  double ratio(std::string const& name, std::string const& to) const {
    auto ratios = of(name);
    for (std::size_t round = 0; round < ratios.size(); ++round) ratios[round] /= of(to)[round];
    return median(std::move(ratios));
  }
  // The median of the rounds' differences.
  double difference(std::string const& name, std::string const& less) const {
    auto differences = of(name);
    for (std::size_t round = 0; round < differences.size(); ++round) differences[round] -= of(less)[round];
    return median(std::move(differences));
  }

 private:
  struct entrant {
    std::string name;
    std::function<double()> once;
  };
  std::vector<entrant> entrants_{};
  std::map<std::string, std::vector<double>> results_{};
  std::mt19937 random_{42};
};

class stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// ---- the program ----

struct effort {
  std::size_t rounds = 7;
  bool small = false;  // so little data that the figures mean nothing: to see that the program works
};

// The main function of a benchmark: reads the command line and runs `measure(effort)`. `add_options(CLI::App&)` may add
// options of its own. Exit codes: 0 measured, whatever the figures are; 1 it could not be measured; as CLI11 has it for
// a wrong command line.
template <class Measure, class AddOptions>
int program(std::string const& description, int argc, char** argv, effort how_much, Measure const& measure,
            AddOptions const& add_options) try {
  CLI::App app{description};
  add_options(app);
  app.add_option("--rounds", how_much.rounds, "How often each contestant has its turn; medians count")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--small", how_much.small, "Little data, to see that the program works; its figures mean nothing");
  CLI11_PARSE(app, argc, argv);
  measure(std::as_const(how_much));
  return 0;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
template <class Measure>
int program(std::string const& description, int argc, char** argv, effort how_much, Measure const& measure) {
  return program(description, argc, argv, how_much, measure, [](CLI::App&) {});
}

}  // namespace measuring

#endif
