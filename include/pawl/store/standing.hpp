// Where an item stands and why it does not move, in one sentence that needs none of its lifecycle's types.
#ifndef PAWL_STORE_STANDING_HPP
#define PAWL_STORE_STANDING_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

enum class standing : std::uint8_t {
  absent,        // no such row
  unrecognised,  // in a state unknown to the lifecycle: see store::migrate
  arrived,       // in a goal or terminal state
  waiting,       // for an event from outside, or for its children
  runnable,      // a run takes it, or is working on it
  delayed,       // until its next attempt, or until its start time
  in_doubt,      // its step was started and may or may not have been carried out, or is running now
  parked         // given up until released or moved
};

namespace detail {

// Of an item in a state of this role.
inline standing standing_of(role its, std::optional<trouble_record> const& record) noexcept {
  if (its == role::goal || its == role::terminal) return standing::arrived;
  if (record && record->parked) return standing::parked;
  if (its == role::waiting) return standing::waiting;
  if (!record) return standing::runnable;
  if (record->next_at) return standing::delayed;
  return record->in_doubt ? standing::in_doubt : standing::runnable;
}

// What is known of an item in a state of its lifecycle, as the sentence about it needs it.
struct situation {
  standing is = standing::runnable;
  std::string_view state{};
  std::int64_t version = 0;
  std::optional<trouble_record> const* record = nullptr;
  std::string_view arrived_by{};  // the event that brought it there; empty: not known
  std::string_view awaited{};     // the events that its state accepts
  std::span<seen_children const> children{};

  // One line: what users and remotes wrote is escaped.
  std::string text() const {
    return std::string(state).append(" at version ").append(std::to_string(version)).append(": ").append(reason());
  }

 private:
  std::string reason() const {
    switch (is) {
      case standing::arrived:
        return std::string("it has reached a final state").append(arrived_by.empty() ? "" : ", by ").append(arrived_by);
      case standing::waiting:
        if (std::string const missing = missing_children(); !missing.empty()) return "waiting for " + missing;
        if (!children.empty())
          return "waiting for an external event: " + std::string(awaited) + "; its children have all ended";
        return std::string("waiting for an external event: ").append(awaited);
      case standing::delayed:
        return "delayed until " + std::string(utc_text()(time())) + "Z" + history();
      case standing::in_doubt:
        return std::string(doubt) + history(doubt);
      case standing::parked:
        return "parked" + history();
      case standing::runnable:
      case standing::absent:
      case standing::unrecognised:
        break;
    }
    return "runnable: nothing holds it back" + history();
  }
  std::string missing_children() const {
    std::string text;
    for (seen_children const& some : children)
      if (some.missing > 0) text.append(text.empty() ? "" : "; ").append(some.missing_text());
    return text;
  }
  static constexpr std::string_view doubt = "its step was started, and it is unknown whether it was carried out";
  // `said`: what the error need not repeat.
  std::string history(std::string_view said = {}) const {
    std::string text;
    if (record == nullptr || !*record) return text;
    trouble_record const& r = **record;
    if (r.attempts > 0) text += " after " + counted(r.attempts, "attempt");
    if (r.recoveries > 0) text += " after " + counted(r.recoveries, "death") + " of its process";
    bool const repeats = !said.empty() && r.last_error.find(said) != std::string::npos;
    if (!r.last_error.empty() && !repeats) text += ": " + visible_text(r.last_error);
    return text;
  }
  static std::string counted(std::int32_t n, char const* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
  }
  std::chrono::system_clock::time_point time() const {
    return std::chrono::time_point_cast<std::chrono::system_clock::duration>(*(*record)->next_at);
  }
};

}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
