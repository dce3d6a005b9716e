// What the event of pawl::on_failure may be told: why an item was given up, and after how many attempts.
#ifndef PAWL_ADAPTER_STEP_FAILURE_HPP
#define PAWL_ADAPTER_STEP_FAILURE_HPP

#include <string>
#include <utility>

#include <pawl/adapter/trouble.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// An event that has a static function `from` is made by it. That is no constructor, because an event that a store records
// is a plain struct.
//
//   struct give_up {
//     std::string error;
//     int attempts;
//
//     static give_up from(pawl::step_failure const& f) { return {f.error, f.attempts}; }
//   };
struct step_failure {
  trouble why{};  // of the last attempt
  // Attempts of the state's step that failed, the last one included, in whatever process. As retry_policy::attempts
  // counts: one that was throttled is none, and after pending they are counted anew.
  int attempts = 0;
  // why.describe(), at most as long as a store keeps a trouble (trouble_record::longest_error).
  std::string error{};

  step_failure() = default;
  step_failure(trouble w, int failed, std::string words)
      : why(std::move(w)), attempts(failed), error(std::move(words)) {}
};

}  // namespace pawl::inline PAWL_ABI

#endif
