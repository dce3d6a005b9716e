// One item in hand: what a run knows of it between taking it and putting it away.
#ifndef PAWL_RUNNER_ENGINE_JOB_HPP
#define PAWL_RUNNER_ENGINE_JOB_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <pawl/adapter/trouble.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Why an item leaves the hand.
enum class leaving : std::uint8_t {
  arrived,   // in a state without a step
  dropped,   // another writer has moved it
  passed,    // its record in the store keeps it back
  held,      // to be left alone for as long as this run lasts
  suspect,   // taken again when no other suspect is in hand
  parked,    // given up
  delayed,   // taken again at record.next_at
  no_room,   // its state is full: taken again when there is room
  run_ended  // stays in its state for a later run
};

// What a page said of an item beyond the item itself; the typed half is in attempt.hpp.
struct known_history {
  std::optional<trouble_record> record{};

  known_history() = default;
  known_history(known_history const&) = delete;
  known_history& operator=(known_history const&) = delete;
  virtual ~known_history() = default;
};

// An item that a page or the delayed ones have offered. `known` is null where the store has to be asked.
struct found_item {
  stored_item item;
  std::shared_ptr<known_history> known{};
};
struct found_page {
  std::vector<found_item> items{};
  bool is_last = true;
};

struct job {
  static constexpr std::size_t no_row = std::size_t(-1);

  stored_item item;
  std::shared_ptr<known_history> known;
  void* events = nullptr;               // event_memory<L> of the worker: what steps have recorded and answered
  trouble_record record{};              // of its state and version
  std::size_t row = no_row;             // the transition that the last attempt asks for; no_row: it ended in `why`
  trouble why{};                        // of the last attempt
  std::chrono::nanoseconds begun{};     // the last attempt, by the loop's clock
  std::chrono::nanoseconds duration{};  // of it, from the step's call to its answer
  std::optional<leaving> leaves{};      // nothing: it is in hand
  bool resumed = true;                  // found in this state, not brought into it by this run
  bool in_state = false;                // counted in the gauge of its state
  bool alone = false;                   // the one suspect in hand: see recovery
  bool stubborn = false;                // the store lists it and does not move it
  bool marked = false;                  // the store says that it is in doubt: its unsafe step has begun

  explicit job(found_item found) : item(std::move(found.item)), known(std::move(found.known)) {}

  bool in_hand() const { return !leaves; }
  // The first reason stands.
  void leave(leaving why_it_leaves) {
    if (!leaves) leaves = why_it_leaves;
  }
  int attempt() const { return record.attempts + 1; }
  void ask_for(std::size_t transition) { row = transition; }
  void fail(trouble what) {
    row = no_row;
    why = std::move(what);
  }
  // The transition is committed.
  void enter(std::size_t state, std::int64_t locator) {
    item.state = state;
    ++item.version;
    item.row = locator;
    record = {};
    known.reset();
    resumed = marked = false;
  }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
