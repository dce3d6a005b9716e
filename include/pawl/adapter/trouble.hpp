// How a remote call can fail.
#ifndef PAWL_ADAPTER_TROUBLE_HPP
#define PAWL_ADAPTER_TROUBLE_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The kinds differ in what a caller should do next; the runner's rule is beside each.
enum class trouble_kind : std::uint8_t {
  pending,          // the remote is still at work: ask again later; no attempt is counted
  transient,        // a passing failure, surely without effect: repeat with backoff, not before the remote's wait
  throttled,        // too many requests: wait as long as the remote asks; no attempt is counted
  quota_exhausted,  // nothing will succeed for a long while: stop taking items
  auth,             // our credentials are refused: stop taking items
  not_found,        // what was asked for does not exist: final
  conflict,         // the remote's state contradicts the request: final
  permanent,        // it will never succeed: final
  unknown_outcome,  // sent, but the answer was lost: repeat, as transient, only what may be repeated
  cancelled         // given up on our side: the item stays as it is
};

// The enumerator's name.
constexpr std::string_view name(trouble_kind kind) noexcept {
  constexpr std::array<std::string_view, 10> names{
      "pending",   "transient", "throttled", "quota_exhausted", "auth",
      "not_found", "conflict",  "permanent", "unknown_outcome", "cancelled"};
  auto const index = static_cast<std::size_t>(kind);
  return index < names.size() ? names[index] : "?";
}

// A kind, a text from the code that reported it, and how long the remote asked us to wait (0: unspecified).
struct trouble {
  using duration = std::chrono::nanoseconds;

  trouble_kind kind = trouble_kind::permanent;
  std::string detail{};
  duration after{};

  trouble() = default;
  // Constructors on purpose: g++ 12 copies the bytes of an aggregate in a co_await expression.
  explicit trouble(trouble_kind k, std::string words = {}, duration wait = {})
      : kind(k), detail(std::move(words)), after(wait) {}

  // One for each kind. `after` is how long to wait before the next attempt, 0 (or less) if the remote did not say;
  // `detail` is for people, and may hold whatever the remote wrote. A wait that comes with throttled, transient or
  // unknown_outcome (an overloaded server's Retry-After, say) is one for the whole remote: it closes the gate that the
  // call has passed (gate_options.hpp).
  static trouble pending(duration after) { return trouble(trouble_kind::pending, {}, after); }
  static trouble transient(std::string detail, duration after = {}) {
    return trouble(trouble_kind::transient, std::move(detail), after);
  }
  static trouble throttled(duration after) { return trouble(trouble_kind::throttled, {}, after); }
  static trouble quota_exhausted(std::string detail) {
    return trouble(trouble_kind::quota_exhausted, std::move(detail));
  }
  static trouble auth(std::string detail) { return trouble(trouble_kind::auth, std::move(detail)); }
  static trouble not_found(std::string detail) { return trouble(trouble_kind::not_found, std::move(detail)); }
  static trouble conflict(std::string detail) { return trouble(trouble_kind::conflict, std::move(detail)); }
  static trouble permanent(std::string detail) { return trouble(trouble_kind::permanent, std::move(detail)); }
  static trouble unknown_outcome(std::string detail, duration after = {}) {
    return trouble(trouble_kind::unknown_outcome, std::move(detail), after);
  }
  static trouble cancelled(std::string detail = {}) { return trouble(trouble_kind::cancelled, std::move(detail)); }

  // One line for a log or an error column: "transient: connection reset".
  std::string describe() const {
    std::string text(name(kind));
    if (!detail.empty()) text.append(": ").append(detail);
    return text;
  }
};

}  // namespace pawl::inline PAWL_ABI

#endif
