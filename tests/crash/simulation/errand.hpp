// What somebody has in mind to do by hand, to which items.
#ifndef PAWL_TESTS_CRASH_SIMULATION_ERRAND_HPP
#define PAWL_TESTS_CRASH_SIMULATION_ERRAND_HPP

#include <cstddef>
#include <string>
#include <vector>

#include "crash/simulation/world.hpp"

namespace crash::simulation {

// To a batch: it is deleted, or else done again if it is at its end, or given more files while it waits for some.
struct batch_deed {
  std::string key{};
  bool removes = false;
};

// Which files are to be moved back, if they are at rest, or if a run should be at them.
struct errand {
  std::vector<std::string> keys{};
  bool at_rest = true, at_work = false;
  std::vector<batch_deed> batches{};
  bool gathers = false;  // looks for children that have ended unseen

  static errand drawn(world& w, std::size_t items) {
    errand some;
    some.at_work = w.one_in(2);
    for (std::size_t i = 0; i < items; ++i)
      if (w.one_in(3)) some.keys.push_back(key_of(i));
    if (w.has_batches) some.draw_batches(w);
    return some;
  }
  static errand of_batches(world& w) {
    errand some;
    some.at_work = true;
    some.draw_batches(w);
    return some;
  }
  // All that a process has in hand, for it hangs.
  static errand of_what_hangs(std::size_t items) {
    errand all;
    all.at_rest = false;
    all.at_work = true;
    for (std::size_t i = 0; i < items; ++i) all.keys.push_back(key_of(i));
    return all;
  }
  void draw_batches(world& w) {
    auto const one_in = [&w](std::size_t n) { return w.family_random()() % n == 0; };
    for (std::size_t i = 0; i < 4; ++i)
      if (one_in(3)) keys.push_back("sheet " + std::to_string(i));
    for (auto const* kind : {"batch ", "part "})
      for (std::size_t i = 0; i < 3; ++i)
        if (one_in(2)) batches.push_back({kind + std::to_string(i), one_in(3)});
    gathers = one_in(4);
  }
  bool concerns(any_file const& row) const {
    bool const rests = row.state == indexed || row.state == failed;
    return rests ? at_rest : at_work && row.state != untracked;
  }
};

}  // namespace crash::simulation

#endif
