// The result of checking a store against its contract.
#ifndef PAWL_TESTING_CONTRACT_VERDICT_HPP
#define PAWL_TESTING_CONTRACT_VERDICT_HPP

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

struct contract_options {
  // Requires a complete fixture: a promise that cannot be checked counts as broken.
  bool complete = false;
  // Checks only the promise with this title.
  std::string only{};
};

// A promise that the store breaks, and what was observed instead.
struct broken_promise {
  std::string promise{};
  std::vector<std::string> violations{};
};

// A promise that could not be checked, and what the fixture would need.
struct unchecked_promise {
  std::string promise{};
  std::string needs{};
};

struct contract_verdict {
  std::vector<std::string> kept{};
  std::vector<broken_promise> broken{};
  std::vector<unchecked_promise> unchecked{};
  bool complete = false;  // contract_options::complete

  // True if no checked promise is broken and at least one was checked. For `CHECK(verdict)` and the like, which also
  // print it.
  explicit operator bool() const noexcept {
    return broken.empty() && !kept.empty() && (unchecked.empty() || !complete);
  }

  std::string text() const {
    std::string all = std::to_string(kept.size()) + " promises kept, " + std::to_string(broken.size()) + " broken, " +
                      std::to_string(unchecked.size()) + " not checked";
    for (auto const& one : broken) {
      all += "\nbroken: " + one.promise;
      for (auto const& sentence : one.violations) all += "\n    " + sentence;
    }
    for (auto const& one : unchecked) all += "\nnot checked: " + one.promise + "\n    " + one.needs;
    return all;
  }
  friend std::ostream& operator<<(std::ostream& out, contract_verdict const& verdict) { return out << verdict.text(); }
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
