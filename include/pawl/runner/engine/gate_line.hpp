// One gate as a run sees it: whose turn it is, and the items that wait.
#ifndef PAWL_RUNNER_ENGINE_GATE_LINE_HPP
#define PAWL_RUNNER_ENGINE_GATE_LINE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/loop/saturated.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

class gate_line;

// An item that waits before a gate. One list holds those of all gates of a run.
struct waiting_item {
  found_item found{};
  gate_line* line = nullptr;
  std::uint64_t serial = 0;  // in the order of arrival
};
using waiting_list = std::list<waiting_item>;

// First in, first out.
class waiting_row {
 public:
  using place = waiting_list::iterator;

  bool empty() const { return first_ == all_.size(); }
  std::size_t size() const { return all_.size() - first_; }
  place front() const { return all_[first_]; }
  void push(place of) { all_.push_back(of); }
  place pop() {
    auto const of = all_[first_++];
    if (2 * first_ >= all_.size()) {  // each is moved at most once, on average
      all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return of;
  }
  void remove(place of) { all_.erase(std::find(all_.begin() + static_cast<std::ptrdiff_t>(first_), all_.end(), of)); }

 private:
  std::vector<place> all_{};
  std::size_t first_ = 0;
};

// Those who wait before one gate: a row for each state, so that one whose state is full holds up nobody else.
class waiting_items {
 public:
  struct of_state {
    std::size_t state;
    waiting_row row{};
    bool is_ready = false;  // among the ready lines of this state
    bool shuts = false;     // no more items of this state are taken
  };

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  of_state& of(std::size_t state) {
    for (auto& one : states_)
      if (one.state == state) return one;
    states_.push_back({.state = state});
    return states_.back();
  }
  of_state& push(waiting_list::iterator it) {
    auto& into = of(it->found.item.state);
    into.row.push(it);
    ++size_;
    return into;
  }
  waiting_list::iterator pop(of_state& from) {
    --size_;
    return from.row.pop();
  }
  void remove(of_state& from, waiting_list::iterator it) {
    --size_;
    from.row.remove(it);
  }
  auto begin() { return states_.begin(); }
  auto end() { return states_.end(); }

 private:
  std::vector<of_state> states_{};
  std::size_t size_ = 0;
};

enum class admission : std::uint8_t {
  refused,
  granted,
  on_trial  // the first call since the gate was closed: others wait until end_trial()
};

// A gate with a rate gives out tokens, of which the first in line holds one until its turn: so runs that share a gate
// take turns, however many items each of them has. A gate without a rate that was closed is opened by one call on trial:
// whoever waited must not fall upon the remote all at once.
class gate_line {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  gate_line(gate_kind kind, rate_gate& gate, std::string_view name) : kind_(kind), name_(name), gate_(gate) {}
  gate_line(gate_line const&) = delete;
  gate_line& operator=(gate_line const&) = delete;

  gate_kind kind() const { return kind_; }
  std::string_view name() const { return name_; }
  rate_gate& gate() { return gate_; }
  rate_gate const& gate() const { return gate_; }
  bool is_closed(nanoseconds now) const { return gate_.closed_until() > now; }
  // No items, and its gate has forgotten all about earlier ones.
  bool is_idle(nanoseconds now) const { return waiting.empty() && !on_trial_ && gate_.is_idle(now); }

  // The turn of the next call. If refused, turn() is when to ask again; empty: after end_trial().
  admission ask(nanoseconds now, retry_rules& retrying) {
    if (!gate_.limited()) return ask_unlimited(now, retrying);
    if (!turn_ || turn_of_ != gate_.closings()) take_turn(gate_.reserve(now));
    if (*turn_ > now) return admission::refused;
    turn_.reset();
    return admission::granted;
  }
  std::optional<nanoseconds> turn() const { return turn_; }
  // How often it was closed: what was admitted before a closing was not admitted for good.
  std::uint32_t closings() const { return static_cast<std::uint32_t>(gate_.closings()); }
  // Without a rate: a call on trial has found the remote well since it was closed last.
  bool is_open() const { return !gate_.limited() && open_since_ == gate_.closings(); }
  // The one on trial has not called yet. It was closed since, and the time has passed: the call tries that closing.
  void renew_trial() { trial_of_ = gate_.closings(); }
  // The call on trial has ended: if the gate was not closed again, it is open. A trial that ends without a call says
  // nothing of the remote, so the next call is on trial.
  void end_trial(bool called) {
    on_trial_ = false;
    if ((called /*mutant trial_is_handed_on: || OFF*/) && trial_of_ == gate_.closings()) open_since_ = trial_of_;
  }

  // When a further item would come to its turn behind all that wait, here and in the store; counts it as one.
  nanoseconds send_away(nanoseconds now, retry_rules& retrying) {
    auto const ahead = gate_.limited() ? saturated_product(gate_.interval(), waiting.size()) : retrying.spread();
    auto const begin = (std::max)({now, turn_.value_or(now), gate_.closed_until()});
    last_away_ = saturated_sum((std::max)(last_away_, saturated_sum(begin, ahead)), gate_.interval());
    return last_away_;
  }

  waiting_items waiting{};
  // What a gatekeeper notes about it.
  bool is_listed = false;         // among its turns or its ready lines
  bool is_ready = false;          // among its ready lines, for each state whose items wait
  bool waiting_on_trial = false;  // who goes next is on trial
  std::uint32_t ready_at = 0;     // closings when its turn came

 private:
  admission ask_unlimited(nanoseconds now, retry_rules& retrying) {
    if (is_open()) return admission::granted;
    bool const has_turn = turn_ && turn_of_ == gate_.closings();
    if (!has_turn && is_closed(now)) take_turn(saturated_sum(gate_.closed_until(), retrying.spread()));
    if ((has_turn || is_closed(now)) && *turn_ > now) return admission::refused;
    turn_.reset();
    if (on_trial_ /*mutant one_on_trial: && !OFF*/) return admission::refused;
    on_trial_ = true;
    trial_of_ = gate_.closings();
    return admission::on_trial;
  }
  void take_turn(nanoseconds when) {
    turn_ = when;
    turn_of_ = gate_.closings();
  }

  gate_kind kind_;
  std::string name_;
  rate_gate& gate_;
  std::optional<nanoseconds> turn_{};
  std::uint64_t turn_of_ = 0;     // closings when the turn was taken: later ones void it
  std::uint64_t open_since_ = 0;  // without a rate: closings up to this one are over
  std::uint64_t trial_of_ = 0;
  bool on_trial_ = false;
  nanoseconds last_away_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
