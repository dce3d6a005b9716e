// Finds the gate of a name.
#ifndef PAWL_RUNNER_ENGINE_GATE_NAMES_HPP
#define PAWL_RUNNER_ENGINE_GATE_NAMES_HPP

#include <chrono>
#include <memory>
#include <string_view>

#include <pawl/runner/gate_options.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

class gate_line;

// A run has one if its steps have gate_of(); other programs do not contain what it is made of.
class gate_names {
 public:
  gate_names() = default;
  gate_names(gate_names const&) = delete;
  gate_names& operator=(gate_names const&) = delete;
  virtual ~gate_names() = default;
  // The gate of this name. It is kept until leave().
  virtual gate_line& use(std::string_view name, std::chrono::nanoseconds now) = 0;
  virtual void leave(gate_line& line) = 0;
};

std::unique_ptr<gate_names> make_named_gates(gate_options const& options);

}  // namespace pawl::inline PAWL_ABI::detail

#endif
