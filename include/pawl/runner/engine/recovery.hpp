// How a run recovers from processes that died: the journal of items in progress, the count of deaths, suspects, and the
// marks of unsafe steps.
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
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The store is the truth about an item: its trouble record counts the deaths and says whether an unsafe step is in
// doubt. The owner's journal only says which items to look at.
//
// Invariant: at most one suspect is in progress. A suspect is an item with record.recoveries > 1. Taken one at a time,
// the item that kills its process is identified by its own count, and its neighbours are not blamed.
class recovery {
 public:
  // `owner` must outlive this. An item with more than `most_deaths` deaths is parked.
  recovery(run_owner& owner, int most_deaths, std::int64_t run) : owner_(owner), most_deaths_(most_deaths), run_(run) {}

  bool is_shared() const { return owner_.how() == ownership::shared; }

  // ---- the journal ----

  void begin_journal(std::size_t capacity) { owner_.begin_journal(capacity); }
  void grow_journal(std::size_t capacity) { owner_.grow_journal(capacity); }
  void end_journal() { owner_.end_journal(); }
  void hold(std::size_t slot, job const& j) { owner_.hold(slot, number_of(j.item), j.item.version); }
  void let_go(std::size_t slot) { owner_.let_go(slot); }

  // ---- deaths ----

  enum class death : std::uint8_t { none, counted, too_many };

  bool knows_of_deaths() const { return owner_.knows_of_deaths(); }
  // If a process died while working on this item, counts that death, once, in the item's record, which the caller must
  // then write. record.run stays the earlier run's, since this run has not tried anything yet.
  death count_death(job& j) {
    if (!owner_.was_held(number_of(j.item), j.item.version)) return death::none;
    ++j.record.recoveries;
    return was_fatal_too_often(j) ? death::too_many : death::counted;
  }
  // True if more deaths than allowed are counted in its record, by whomever; then it is to be parked.
  bool was_fatal_too_often(job& j) const {
    if (j.record.recoveries <= most_deaths_ /*mutant deaths_are_bounded: || OFF*/) return false;
    j.set_trouble(trouble::permanent("the process died " + std::to_string(j.record.recoveries) +
                                     " times while working on this item"));
    return true;
  }

  // ---- suspects ----

  // False if another suspect is in progress; this one is then kept for free_suspects().
  bool take_turn(job& j) {
    if (j.record.recoveries <= 1 /*mutant suspects_go_alone: || OFF*/) return true;
    if (suspect_in_progress_) {
      suspects_.push_back({j.item, nullptr});
      return false;
    }
    suspect_in_progress_ = j.lone_suspect = true;
    return true;
  }
  // Ends this item's turn as a suspect, and returns the suspects that may be taken again.
  std::vector<found_item> free_suspects(job& j) {
    if (!std::exchange(j.lone_suspect, false)) return {};
    suspect_in_progress_ = false;
    return std::exchange(suspects_, {});
  }

  // ---- marks ----

  // True if the stored record says that an unsafe step was started, with nothing known about its end.
  bool is_in_doubt(job const& j, step_nature step) const {
    return j.record.in_doubt && !step.repeatable /*mutant marked_parks: && !OFF*/;
  }
  // A shared run cannot tell whether the run that started the step is dead or still working on it.
  bool may_be_alive(job const& j) const { return is_shared() && j.record.run != run_; }
  // Once written, the record says that an unsafe step is about to start.
  void mark(job& j) const {
    j.record.in_doubt = true;
    j.record.run = run_;
  }
  // The step was not started after all.
  static void take_back_mark(job& j) { j.record.in_doubt = false; }

 private:
  // What the journal knows an item by: a row that was written anew is not to blame for a death with its predecessor.
  static std::int64_t number_of(stored_item const& it) {
    return it.life != 0 /*mutant journal_of_a_life: && !OFF*/ ? it.life : it.row;
  }

  run_owner& owner_;
  int most_deaths_;
  std::int64_t run_;
  std::vector<found_item> suspects_{};
  bool suspect_in_progress_ = false;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
