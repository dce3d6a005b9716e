// One item in progress: what a run knows about it from taking it until it is done with it.
#ifndef PAWL_RUNNER_ENGINE_JOB_HPP
#define PAWL_RUNNER_ENGINE_JOB_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/adapter/trouble.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Why a run is done with an item.
enum class leaving : std::uint8_t {
  arrived,         // reached a state without a step
  dropped,         // moved by another writer
  passed,          // its record in the store holds it back
  with_other_run,  // left to the run that is at work on it
  suspect,         // taken again when no other suspect is in progress
  parked,          // given up
  delayed,         // taken again at record.next_at
  no_room,         // its state is full; taken again when there is room
  gated,           // waits before a gate
  sent_off,        // the same, in the store: too many wait
  run_ended        // stays in its state for a later run
};

// What a page read about an item besides the item itself; the typed half is in attempt.hpp.
struct known_history {
  std::optional<trouble_record> record{};

  known_history() = default;
  known_history(known_history const&) = delete;
  known_history& operator=(known_history const&) = delete;
  virtual ~known_history() = default;
};

class gate_line;

// How far an item has come through the gates of its step.
struct gate_pass {
  gate_line* named = nullptr;  // the gate that its steps named; null: none
  bool is_named = false;       // they were asked
  std::uint8_t passed = 0;     // how many of its gates
  std::uint8_t on_trial = 0;   // one bit for each: its call decides whether that gate opens
  // How often each gate had been closed when it was passed.
  std::array<std::uint32_t, 3> closings{};
  bool waited = false;  // it comes from before a gate, not from the backlog
};

// An item found by the backlog, or one that has waited before a gate. `known` is null if the store must be asked about
// it.
struct found_item {
  stored_item item{};
  std::shared_ptr<known_history> known{};
  gate_pass gates{};
  bool resumed = true;   // as in job
  bool is_look = false;  // it still waits before its gate, and is only looked up
};
struct found_page {
  std::vector<found_item> items{};
  bool is_last = true;
};

struct job {
  static constexpr std::size_t no_transition = std::size_t(-1);

  stored_item item;
  std::shared_ptr<known_history> known;
  gate_pass gates;
  void* events = nullptr;              // event_memory<L> of the worker: the recorded event and the step's answer
  trouble_record record{};             // for its current state and version
  std::string_view key_root{};         // of the run
  std::optional<former_key> former{};  // at this version its idempotency key is one of before an upgrade
  std::uint64_t found_record = 0;      // digest() of the record it was found with; 0: none
  std::size_t transition =
      no_transition;                 // the transition asked for by the last attempt; no_transition: it ended in `why`
  trouble why{};                     // of the last attempt
  std::chrono::nanoseconds begun{};  // start of the last attempt, loop's clock
  std::chrono::nanoseconds duration{};  // of the last attempt, from the step's call to its return
  std::optional<leaving> leaves{};      // empty while in progress
  bool resumed;                         // found in this state, not brought into it by this run
  bool in_state = false;                // counted in the gauge of its state
  bool lone_suspect = false;            // the one suspect in progress: see recovery
  bool is_look = false;                 // it waits before its gate, and is only looked up
  bool may_call = false;                // its step is called: its gate is named, and what it reads is there
  bool stubborn = false;                // listed as runnable by a store that will not move it
  bool marked = false;                  // the stored record says that its unsafe step has started

  job(job const&) = delete;
  job& operator=(job const&) = delete;
  explicit job(found_item found)
      : item(std::move(found.item)),
        known(std::move(found.known)),
        gates(found.gates),
        resumed(found.resumed),
        is_look(found.is_look) {}

  bool in_progress() const { return !leaves; }
  // The first reason is kept.
  void leave(leaving why_it_leaves) {
    if (!leaves) leaves = why_it_leaves;
  }
  int attempt() const { return record.attempts + 1; }
  // See step_context. A record has `since` from the first attempt that ended in trouble; this run's own mark says nothing
  // of earlier ones.
  bool repeated() const {
    return resumed || (record.since /*mutant pending_is_remembered: && !OFF*/) || (record.in_doubt && !marked);
  }
  void ask_for(std::size_t row) { transition = row; }
  void set_trouble(trouble what) {
    transition = no_transition;
    why = std::move(what);
  }
  // The transition was committed.
  void enter(std::size_t state, transition_result const& moved) {
    item.state = state;
    ++item.version;
    if (moved.row != 0) item.row = moved.row;
    if (moved.life != 0) item.life = moved.life;
    record = {};
    found_record = 0;
    known.reset();
    former.reset();
    resumed = marked = false;
  }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
