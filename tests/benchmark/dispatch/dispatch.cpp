// The cost of a transition in memory: items in random states receive random events known only at run time, new ones
// each time so that branch predictors cannot learn them; half are accepted. Also one event known at compile time.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <pawl/fsm/machine.hpp>

#include "benchmark/measuring.hpp"
#include "contestants.hpp"
#include "fsm/file_lifecycle.hpp"

namespace dispatch_benchmark {

using measuring::at_most;

// States and events of one burst, and what comes of them by the lifecycle's rows: looked up here without any of the
// contestants' ways.
struct round {
  std::vector<state_number> before{}, after{}, after_one_event{};
  std::vector<event_number> events{};
  std::size_t accepted = 0, accepted_of_one_event = 0;
};

constexpr event_number complete_upload = pawl::id_of<fsm_test::file_lifecycle, fsm_test::complete_upload>.value;

constexpr state_number no_state = 255;
state_number next(state_number from, event_number on) {
  for (auto const& row : pawl::rows<fsm_test::file_lifecycle>)
    if (row.from == from && row.event == on) return static_cast<state_number>(row.to);
  return no_state;
}

// Moves it if a row says so, and answers whether one did.
bool move(state_number& at, event_number on) {
  auto const to = next(at, on);
  if (to != no_state) at = to;
  return to != no_state;
}

round make_round(std::size_t items, std::mt19937_64& random) {
  // Of each state, the events that it rejects and those that it accepts.
  std::array<std::array<std::vector<event_number>, 2>, state_count> choices;
  for (state_number from = 0; from < state_count; ++from)
    for (event_number on = 0; on < event_count; ++on) choices[from][next(from, on) == no_state ? 0 : 1].push_back(on);
  round result;
  for (std::size_t i = 0; i < items; ++i) {
    auto const from = static_cast<state_number>(random() % state_count);
    auto const& events = choices[from][random() % 2];
    auto const on = events[random() % events.size()];
    result.before.push_back(from);
    result.events.push_back(on);
    result.accepted += move(result.after.emplace_back(from), on);
    result.accepted_of_one_event += move(result.after_one_event.emplace_back(from), complete_upload);
  }
  return result;
}

// How a contestant is run, and what must come of it.
struct task {
  std::string name;
  std::function<std::size_t(contestant&, round const&)> fire;
  std::size_t round::*accepted;
  std::vector<state_number> round::*after;
};

void check(contestant const& by, std::string const& name, std::size_t accepted, std::size_t wanted,
           std::vector<state_number> const& after) {
  std::vector<state_number> states(after.size());
  by.get(states);
  if (accepted != wanted || states != after) throw std::runtime_error(name + " has other results than the lifecycle");
}

// Nanoseconds an event, at the best of bursts, each on states and events that it has not seen.
double once(contestant& by, task const& what, std::string const& name, std::size_t items, std::mt19937_64& random) {
  double best = (std::numeric_limits<double>::max)();
  for (int burst = 0; burst < 11; ++burst) {
    auto const given = make_round(items, random);
    by.set(given.before);
    std::size_t accepted = 0;
    auto const taken = measuring::nanoseconds_each(
        items, [&] { accepted = what.fire(by, given); }, 1);
    check(by, name, accepted, given.*what.accepted, given.*what.after);
    best = (std::min)(best, taken);
  }
  return best;
}

void measure(measuring::effort how_much) {
  std::size_t const items = how_much.small ? 256 : 4096;
  std::mt19937_64 random{42};
  std::pair<std::string, std::unique_ptr<contestant>> const contestants[] = {
      {"pawl", of_pawl()}, {"switch", of_switch()}, {"variant", of_variant()}, {"msm", of_msm()}};
  task const tasks[] = {{"random", [](contestant& by, round const& given) { return by.fire_each(given.events); },
                         &round::accepted, &round::after},
                        {"known_event", [](contestant& by, round const&) { return by.fire_one_event(); },
                         &round::accepted_of_one_event, &round::after_one_event}};

  measuring::contest all;
  for (auto const& what : tasks)
    for (auto const& [name, by] : contestants) {
      auto const entry = what.name + "." + name;
      all.enter(entry, [&, entry, by = by.get()] { return once(*by, what, entry, items, random); });
    }
  all.run(how_much.rounds);

  for (auto const& what : tasks) {
    auto const of = "dispatch." + what.name;
    for (auto const& [name, by] : contestants)
      measuring::figure(of + "." + name + "_ns", all.median_of(what.name + "." + name));
    for (std::string const peer : {"switch", "msm", "variant"}) {
      bool const has_goal = what.name == "random" && peer != "variant";
      measuring::figure(of + ".vs_" + peer, all.ratio(what.name + ".pawl", what.name + "." + peer),
                        has_goal ? at_most(0.15) : measuring::goal{});
    }
  }
}

}  // namespace dispatch_benchmark

int main(int argc, char** argv) {
  return measuring::program(
      "Measures what a transition in memory costs, beside a switch, std::variant and Boost.MSM; fails where their "
      "results differ.",
      argc, argv, {}, dispatch_benchmark::measure);
}
