// The gates of a run: lets items through one after another, and keeps those that wait, outside of the run's slots.
#ifndef PAWL_RUNNER_ENGINE_GATEKEEPER_HPP
#define PAWL_RUNNER_ENGINE_GATEKEEPER_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/runner/engine/gate_line.hpp>
#include <pawl/runner/engine/gate_names.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/state_gauge.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/gate_options.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A call passes its gates from the one that says most about it to the one that says least, so that it takes no token of
// the run while its host is closed. An item waits before one gate at a time, and the first whose state has room goes.
// Where as many of a state wait for it, or for the run, as there are slots, the state is shut: the backlog offers no more
// of its items. Before named gates any number may wait; see gate_options.
class gatekeeper {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  // `stirred` is raised when there may be an item to take, or a new time to wait for.
  gatekeeper(lifecycle_view const& lifecycle, step_table const& steps, run_options const& options, state_gauge& gauge,
             retry_rules& retrying, change_signal& stirred)
      : gauge_(gauge),
        retrying_(retrying),
        stirred_(stirred),
        at_most_(options.concurrency),
        most_named_(options.gates.waiting),
        states_(lifecycle.state_count()),
        named_(steps.make_gate_names(options.gates)) {
    for (auto const& one : options.gates.states) {
      auto& of = states_[lifecycle.index_of_code(one.code)];
      of.gate.reset(new rate_gate(one.allowed));
      of.line.reset(
          new gate_line(gate_kind::state, *of.gate, lifecycle.state_names[lifecycle.index_of_code(one.code)]));
      exist_ = true;
    }
    if (options.gate /*mutant gate_is_shared: && !OFF*/)
      of_run_.reset(new gate_line(gate_kind::run, *options.gate, {}));
    exist_ = exist_ || of_run_ || named_;
    for (std::size_t state = 0; state < states_.size(); ++state) nearest_first_.push_back(state);
    std::sort(nearest_first_.begin(), nearest_first_.end(), [&lifecycle](std::size_t a, std::size_t b) {
      return std::pair(lifecycle.steps_to_goal[a], a) < std::pair(lifecycle.steps_to_goal[b], b);
    });
  }
  gatekeeper(gatekeeper const&) = delete;
  gatekeeper& operator=(gatekeeper const&) = delete;

  // False: no call of this run passes any gate, and nothing below need be called.
  bool exist() const { return exist_; }
  bool has_waiting() const { return !all_.empty(); }
  // True while it keeps the backlog from offering some items.
  bool is_shut() const { return shut_ > 0; }
  // When to ask take() again; empty: not before finish(), or a slot or a state has room.
  std::optional<nanoseconds> next_turn() const {
    return turns_.empty() ? std::nullopt : std::optional(turns_.front().when);
  }

  // ---- before and after a call ----

  // The gate that the steps name for it; none if empty.
  void name(job& j, std::string_view name, nanoseconds now) {
    j.gates.is_named = true;
    if (!name.empty()) j.gates.named = &named_->use(name, now);
  }
  enum class entry : std::uint8_t { go, wait, wait_in_store };
  // Unless it is `go`, the job must be done with. With `wait` its item is kept here, with `wait_in_store` the time of its
  // turn is in `turn`.
  entry admit(job& j, nanoseconds now, nanoseconds& turn) {
    for (std::uint8_t kind = 0; kind < kinds; ++kind) {
      auto* const line = line_of(j.gates, j.item.state, kind);
      if (!line) continue;
      if (may_still_pass(*line, j.gates, kind, now)) continue;
      if (line->waiting.empty() && ask(*line, j.gates, kind, now)) continue;
      // It holds up neither this gate, if it was closed again, nor those behind it, which it must pass anew.
      end_trials(j.gates, j.item.state, kind, now, false);
      j.gates.passed = kind;
      if (kind == of_name && waiting_named_ >= most_named_) {
        turn = line->send_away(now, retrying_);
        return entry::wait_in_store;
      }
      join(*line, j, now);
      return entry::wait;
    }
    j.gates.passed = kinds;
    return entry::go;
  }
  // The remote wants no calls until then through the most particular of the gates that this call has passed. Null: it
  // has passed none.
  gate_line const* close(job const& j, std::size_t state, nanoseconds until) {
    for (std::uint8_t kind = 0; kind < kinds; ++kind)
      if (auto* const line = line_of(j.gates, state, /*mutant particular_gate: OFF ? of_run :*/ kind)) {
        line->gate().close_until(until);
        return line;
      }
    return nullptr;
  }
  // The call has ended, or is not made after all. `state`: whose step it was.
  void finish(job& j, std::size_t state, nanoseconds now, bool called) {
    end_trials(j.gates, state, 0, now, called);
    if (j.gates.named) named_->leave(*j.gates.named);
    j.gates = {};
  }

  // ---- whose turn it is ----

  // The next item whose turn has come and whose state has room, or one that is to be looked up: these take turns with all
  // others. False if there is none.
  bool take(nanoseconds now, found_item& into) {
    if ((looked_ = !looked_) && next_look(into)) return true;
    while (!turns_.empty() && turns_.front().when <= now) look_at(pop_turn(), now);
    for (std::size_t const state : nearest_first_)
      // Those that have come farthest first: they make room for the others.
      for (std::size_t kind = kinds; kind-- > 0;)
        if (take_ready(states_[state].ready[kind], state, now, into)) return true;
    return false;
  }

  // The store has changed: whoever waits now may have been moved, and is to be looked up.
  void hear_of_change() {
    looks_again_ = has_waiting() /*mutant moved_while_waiting: && !OFF*/;
    has_changed_ = true;
  }
  // The next to be looked up, which keeps its place. False if there is none.
  bool next_look(found_item& into) {
    if (look_ == all_.end() && std::exchange(looks_again_, false)) look_ = all_.begin();
    if (look_ == all_.end()) return false;
    into = {look_->found.item, nullptr, {}, true, true};
    ++look_;
    return true;
  }
  // It was looked up and has moved. False if it does not wait any more.
  bool forget(stored_item const& it, nanoseconds now) {
    auto const place = std::find_if(all_.begin(), all_.end(), [&it](waiting_item const& one) {
      return one.found.item.row == it.row && one.found.item.version == it.version;
    });
    if (place == all_.end()) return false;
    auto& line = *place->line;
    auto& of = line.waiting.of(it.state);
    line.waiting.remove(of, place);
    auto gone = take_out(line, place);
    if (of.row.empty()) unlist_ready(line, of);
    if (line.waiting.empty()) withdraw(line);
    shut_or_open(line, of);
    end_trials(gone.gates, it.state, 0, now, false);
    if (gone.gates.named) named_->leave(*gone.gates.named);
    return true;
  }

 private:
  static constexpr std::uint8_t of_name = 0, of_state = 1, of_run = 2, kinds = 3;
  struct listed_turn {
    nanoseconds when;
    std::uint64_t serial;
    gate_line* line;
    // The heap has its least element in front.
    friend bool operator<(listed_turn const& a, listed_turn const& b) {
      return a.when != b.when ? a.when > b.when : a.serial > b.serial;
    }
  };
  struct state_lines {
    std::unique_ptr<rate_gate> gate{};
    std::unique_ptr<gate_line> line{};
    // Lines whose turn has come, with items of this state; by their kind.
    std::array<std::vector<gate_line*>, kinds> ready{};
  };

  gate_line* line_of(gate_pass const& gates, std::size_t state, std::uint8_t kind) const {
    return kind == of_name ? gates.named : kind == of_state ? states_[state].line.get() : of_run_.get();
  }
  bool ask(gate_line& line, gate_pass& gates, std::uint8_t kind, nanoseconds now) {
    auto const answer = line.ask(now, retrying_);
    if (answer == admission::on_trial) gates.on_trial |= bit(kind);
    gates.closings[kind] = line.closings();
    return answer != admission::refused;
  }
  static std::uint8_t bit(std::uint8_t kind) { return static_cast<std::uint8_t>(1u << kind); }
  // It has passed this gate, and that still holds. The one on trial may also try a gate that was closed again, and whose
  // wait is over.
  static bool may_still_pass(gate_line& line, gate_pass& gates, std::uint8_t kind, nanoseconds now) {
    if (kind >= gates.passed) return false;
    if (gates.closings[kind] == line.closings()) return true;
    if (line.is_closed(now)) return false;
    if (!(gates.on_trial & bit(kind))) return line.is_open();
    line.renew_trial();
    gates.closings[kind] = line.closings();
    return true;
  }
  // From this kind of gate on, those whose trial it was.
  void end_trials(gate_pass& gates, std::size_t state, std::uint8_t from, nanoseconds now, bool called) {
    for (std::uint8_t kind = from; kind < kinds && gates.on_trial >> kind; ++kind) {
      if (!(gates.on_trial & bit(kind))) continue;
      gates.on_trial ^= bit(kind);
      auto& line = *line_of(gates, state, kind);
      line.end_trial(called);
      look_at(line, now);
    }
  }

  bool take_ready(std::vector<gate_line*>& ready, std::size_t state, nanoseconds now, found_item& into) {
    while (!ready.empty() && has_room(*ready.front(), state)) {
      auto& line = *ready.front();
      unlist_ready(line);
      if (line.ready_at == line.closings()) {
        into = leave(line, now);
        return true;
      }
      if (std::exchange(line.waiting_on_trial, false)) line.end_trial(false);  // closed since its turn came
      look_at(line, now);
    }
    return false;
  }

  // Its item waits in this line from now on; the job gives up what it holds.
  void join(gate_line& line, job& j, nanoseconds now) {
    auto pass = std::exchange(j.gates, {});
    bool const is_known = std::exchange(pass.waited, true);
    all_.push_back({{j.item, nullptr, pass, j.resumed}, &line, ++serial_});
    auto const place = std::prev(all_.end());
    auto& of = line.waiting.push(place);
    // The page that it was found in may have been read before a change.
    if (has_changed_ && !is_known && look_ == all_.end()) look_ = place;
    waiting_named_ += line.kind() == gate_kind::named;
    if (line.is_ready) list_ready(line, of);
    shut_or_open(line, of);
    look_at(line, now);
  }
  // The first in line goes, of those whose state has room.
  found_item leave(gate_line& line, nanoseconds now) {
    waiting_items::of_state* first = nullptr;
    for (auto& of : line.waiting) {
      if (of.row.empty() || (first && first->row.front()->serial < of.row.front()->serial)) continue;
      if (has_room(line, of.state)) first = &of;
    }
    auto const place = line.waiting.pop(*first);
    auto it = take_out(line, place);
    if (std::exchange(line.waiting_on_trial, false)) it.gates.on_trial |= bit(it.gates.passed);
    it.gates.closings[it.gates.passed++] = line.ready_at;
    shut_or_open(line, *first);
    look_at(line, now);
    return it;
  }

  found_item take_out(gate_line const& line, waiting_list::iterator place) {
    if (place == look_) ++look_;
    auto it = std::move(place->found);
    all_.erase(place);
    waiting_named_ -= line.kind() == gate_kind::named;
    return it;
  }

  // Lists a line with items under the next time when one of them may go.
  void look_at(gate_line& line, nanoseconds now) {
    if (line.waiting.empty() || line.is_listed) return;
    auto const answer = line.ask(now, retrying_);
    if (answer == admission::refused) {
      if (!line.turn()) return;
      turns_.push_back({*line.turn(), ++serial_, &line});
      std::push_heap(turns_.begin(), turns_.end());
    } else {
      line.waiting_on_trial = answer == admission::on_trial;
      line.ready_at = line.closings();
      line.is_ready = true;
      for (auto& of : line.waiting) list_ready(line, of);
    }
    line.is_listed = true;
    stirred_.raise();
  }
  std::vector<gate_line*>& ready_lines(gate_line const& line, std::size_t state) {
    return states_[state].ready[static_cast<std::size_t>(line.kind())];
  }
  void list_ready(gate_line& line, waiting_items::of_state& of) {
    if (of.row.empty() || std::exchange(of.is_ready, true)) return;
    ready_lines(line, of.state).push_back(&line);
  }
  void unlist_ready(gate_line& line, waiting_items::of_state& of) {
    if (!std::exchange(of.is_ready, false)) return;
    auto& lines = ready_lines(line, of.state);
    lines.erase(std::find(lines.begin(), lines.end(), &line));
  }
  void unlist_ready(gate_line& line) {
    for (auto& of : line.waiting) unlist_ready(line, of);
    line.is_ready = line.is_listed = false;
  }
  // Nobody waits for its turn any more.
  void withdraw(gate_line& line) {
    if (std::exchange(line.waiting_on_trial, false)) line.end_trial(false);
    if (line.is_listed && !line.is_ready) {
      std::erase_if(turns_, [&line](listed_turn const& one) { return one.line == &line; });
      std::make_heap(turns_.begin(), turns_.end());
    }
    line.is_listed = line.is_ready = false;
  }
  gate_line& pop_turn() {
    std::pop_heap(turns_.begin(), turns_.end());
    auto& line = *turns_.back().line;
    turns_.pop_back();
    line.is_listed = false;
    return line;
  }

  // An item must not go where it would have to wait again, if that can be avoided.
  bool has_room(gate_line const& line, std::size_t state) const {
    if (line.kind() == gate_kind::named) return gauge_.has_room(state);
    return gauge_.is_below_limit(state) &&
           (line.kind() == gate_kind::run || !of_run_ || !of_run_->waiting.of(state).shuts);
  }
  void shut_or_open(gate_line const& line, waiting_items::of_state& of) {
    bool const shuts = line.kind() != gate_kind::named && of.row.size() >= at_most_;
    if (std::exchange(of.shuts, shuts) == shuts) return;
    shuts ? ++shut_ : --shut_;
    shuts ? gauge_.shut(of.state) : gauge_.open(of.state);
    if (!shuts) stirred_.raise();
  }

  state_gauge& gauge_;
  retry_rules& retrying_;
  change_signal& stirred_;
  std::size_t at_most_, most_named_;
  std::vector<state_lines> states_;
  std::unique_ptr<gate_line> of_run_{};
  std::unique_ptr<gate_names> named_;
  std::vector<std::size_t> nearest_first_{};
  std::vector<listed_turn> turns_{};  // a heap
  std::uint64_t serial_ = 0;
  waiting_list all_{};
  waiting_list::iterator look_ = all_.end();  // the next to be looked up
  bool looks_again_ = false, looked_ = false, has_changed_ = false;
  std::size_t waiting_named_ = 0, shut_ = 0;
  bool exist_ = false;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
