// Keeps the faults of the world from whoever only looks at it.
#ifndef PAWL_TESTS_CRASH_SIMULATION_ONLOOKER_HPP
#define PAWL_TESTS_CRASH_SIMULATION_ONLOOKER_HPP

#include <functional>
#include <utility>

#include "crash/fault_vfs.hpp"

namespace crash::simulation {

// Whoever looks is no part of the world: no disk breaks meanwhile, and nobody dies.
class onlooker {
 public:
  explicit onlooker(fault_vfs& vfs)
      : vfs_(vfs), faults_(std::exchange(vfs.faults, {})), before_(std::exchange(vfs.before, {})) {}
  onlooker(onlooker const&) = delete;
  onlooker& operator=(onlooker const&) = delete;
  ~onlooker() {
    vfs_.faults = faults_;
    vfs_.before = std::move(before_);
  }

 private:
  fault_vfs& vfs_;
  fault_plan faults_;
  std::function<void(change const*)> before_;
};

}  // namespace crash::simulation

#endif
