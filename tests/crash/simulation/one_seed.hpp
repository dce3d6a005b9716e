// Simulates one seed. The seed determines the idempotency of its steps; the caller chooses the table.
#ifndef PAWL_TESTS_CRASH_SIMULATION_ONE_SEED_HPP
#define PAWL_TESTS_CRASH_SIMULATION_ONE_SEED_HPP

#include <exception>
#include <string>

#include "crash/simulation/laboratory.hpp"
#include "crash/simulation/simulated_seed.hpp"

namespace crash::simulation {

template <class T, idempotency Kind> tally simulate_kind(laboratory& lab, seed_request what, sentences& wrong) {
  simulated_seed<T, Kind> one(lab, what);
  try {
    one.run();
  } catch (std::exception const& e) {
    one.of().violated(std::string("an exception came out: ") + e.what());
  }
  tally counts = one.of().counts;
  sentences all = one.wrong();
  counts[tally::violations] += all.size();
  counts.hash = one.of().hash();
  wrong.insert(wrong.end(), all.begin(), all.end());
  return counts;
}

template <class T> tally simulate(laboratory& lab, seed_request what, sentences& wrong) {
  switch (idempotency_of(what.seed)) {
    case idempotency::keyed:
      return simulate_kind<T, idempotency::keyed>(lab, what, wrong);
    case idempotency::safe:
      return simulate_kind<T, idempotency::safe>(lab, what, wrong);
    case idempotency::probeable:
      return simulate_kind<T, idempotency::probeable>(lab, what, wrong);
    case idempotency::unsafe:
      break;
  }
  return simulate_kind<T, idempotency::unsafe>(lab, what, wrong);
}

}  // namespace crash::simulation

#endif
