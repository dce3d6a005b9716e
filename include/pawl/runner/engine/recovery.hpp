// What a run does about processes that died: the journal of items in hand, the count of deaths, suspects, and the marks
// of unsafe steps.
#ifndef PAWL_RUNNER_ENGINE_RECOVERY_HPP
#define PAWL_RUNNER_ENGINE_RECOVERY_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pawl/adapter/trouble.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The store holds the truth about an item: its trouble record counts the deaths and says whether an unsafe step is in
// doubt. The owner's journal only says which items to ask about.
//
// Invariant: at most one suspect is in hand. A suspect is an item with which processes have died more than once; taken
// one at a time, the item that kills its process is known by its own deaths, and its neighbours are not blamed.
class recovery {
 public:
  // `owner` must outlive this. `most_deaths`: an item with which processes have died more often is parked.
  recovery(run_owner& owner, int most_deaths, std::int64_t run) : owner_(owner), most_deaths_(most_deaths), run_(run) {}

  bool is_shared() const { return owner_.how() == ownership::shared; }

  // ---- the journal ----

  void begin_journal(std::size_t slots) { owner_.begin_journal(slots); }
  void end_journal() { owner_.end_journal(); }
  void hold(std::size_t slot, job const& j) { owner_.hold(slot, j.item.row, j.item.version); }
  void let_go(std::size_t slot) { owner_.let_go(slot); }

  // ---- deaths ----

  enum class death : std::uint8_t { none, counted, too_many };

  bool knows_of_deaths() const { return owner_.knows_of_deaths(); }
  // Counts the death of a process that had this item in hand, once, in the item's record, which is still to be written.
  // The record stays the earlier run's: this run has tried nothing yet.
  death count_death(job& j) {
    if (!owner_.was_held(j.item.row, j.item.version)) return death::none;
    if (++j.record.recoveries <= most_deaths_ /*mutant deaths_are_bounded: || OFF*/) return death::counted;
    j.fail(trouble::permanent("the process died " + std::to_string(j.record.recoveries) +
                              " times with this item in hand"));
    return death::too_many;
  }

  // ---- suspects ----

  // False: another suspect is in hand; this one is kept for free_suspects().
  bool take_turn(job& j) {
    if (j.record.recoveries <= 1 /*mutant suspects_go_alone: || OFF*/) return true;
    if (suspect_in_hand_) {
      suspects_.push_back({j.item, nullptr});
      return false;
    }
    suspect_in_hand_ = j.alone = true;
    return true;
  }
  // The suspects that may be taken again now that this item is no suspect any more, or has left the hand.
  std::vector<found_item> free_suspects(job& j) {
    if (!std::exchange(j.alone, false)) return {};
    suspect_in_hand_ = false;
    return std::exchange(suspects_, {});
  }

  // ---- marks ----

  // Whether the record, as the store holds it, says that an unsafe step was begun and nothing is known of its end.
  bool is_in_doubt(job const& j, step_nature step) const {
    return j.record.in_doubt && !step.repeatable /*mutant marked_parks: && !OFF*/;
  }
  // A shared run cannot tell a dead run from one that is at work on this item.
  bool may_be_alive(job const& j) const { return is_shared() && j.record.run != run_; }
  // The record says from its write on that an unsafe step begins.
  void mark(job& j) const {
    j.record.in_doubt = true;
    j.record.run = run_;
  }
  // It has not begun after all.
  static void take_back_mark(job& j) { j.record.in_doubt = false; }

 private:
  run_owner& owner_;
  int most_deaths_;
  std::int64_t run_;
  std::vector<found_item> suspects_{};
  bool suspect_in_hand_ = false;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
