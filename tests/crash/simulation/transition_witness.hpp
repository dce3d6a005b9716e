// Sees each transition from within its transaction, before and after, and whatever else may tell parents.
#ifndef PAWL_TESTS_CRASH_SIMULATION_TRANSITION_WITNESS_HPP
#define PAWL_TESTS_CRASH_SIMULATION_TRANSITION_WITNESS_HPP

#include <span>

#include <pawl/store/sql_statement.hpp>

#include "crash/simulation/family_model.hpp"

namespace crash::simulation {

class transition_witness {
 public:
  transition_witness() = default;
  transition_witness(transition_witness const&) = delete;
  transition_witness& operator=(transition_witness const&) = delete;
  virtual ~transition_witness() = default;

  virtual void moving() = 0;
  virtual void moved(family_move what, std::span<pawl::sql_statement const> with) = 0;
  virtual void gathering(looked_at which) = 0;
  virtual void gathered() = 0;
};

}  // namespace crash::simulation

#endif
