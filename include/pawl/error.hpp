// The exceptions of pawl: one root with a stable id, and what a store throws when it fails.
#ifndef PAWL_ERROR_HPP
#define PAWL_ERROR_HPP

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The root of every exception that pawl throws. `what()` is for people: it names the item or the path, and what to do.
// `id()` is for programs: a word such as "store.busy" that stays the same from release to release.
class PAWL_OF_PROCESS error : public std::runtime_error {
 public:
  // `id` must live as long as the program: give a literal.
  error(std::string_view id, std::string const& message) : std::runtime_error(message), id_(id) {}
  std::string_view id() const noexcept { return id_; }

 private:
  std::string_view id_;
};

// What is known about the work when a store throws. A conflict is no failure: it is a value (conflict.hpp).
enum class store_failure : std::uint8_t {
  busy,         // another process holds the lock; nothing was applied, the same call may be made again
  rejected,     // only this item's transition (a constraint, too big); it was not applied; repeating cannot help
  not_applied,  // the store is poisoned, now or before: this was not applied; nothing will be until it is opened anew
  unknown,      // COMMIT was tried and failed: applied or not; the store is poisoned. Open it anew, read the version
  cancelled,    // withdrawn while it waited, or interrupted; nothing of it was applied, the same call may be made again
  refused,      // this database, table or lifecycle cannot be used, at open or as changed since; no item's fault
  misuse        // the call is not allowed here, for example a commit without a begin
};

// The id under which a failure is thrown: "store.busy", "store.rejected", ...
constexpr std::string_view id_of_failure(store_failure failure) noexcept {
  switch (failure) {
    case store_failure::busy:
      return "store.busy";
    case store_failure::rejected:
      return "store.rejected";
    case store_failure::not_applied:
      return "store.not_applied";
    case store_failure::unknown:
      return "store.unknown";
    case store_failure::cancelled:
      return "store.cancelled";
    case store_failure::refused:
      return "store.refused";
    case store_failure::misuse:
      break;
  }
  return "store.misuse";
}

class PAWL_OF_PROCESS store_error : public error {
 public:
  store_error(store_failure what_failed, std::string const& message)
      : error(id_of_failure(what_failed), message), what_failed_(what_failed) {}
  store_failure what_failed() const noexcept { return what_failed_; }

 private:
  store_failure what_failed_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
