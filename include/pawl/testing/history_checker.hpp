// Checks the history of items: whether a store's answers, its contents after a crash, and a remote's objects are
// consistent.
#ifndef PAWL_TESTING_HISTORY_CHECKER_HPP
#define PAWL_TESTING_HISTORY_CHECKER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/diagnosis.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/part.hpp>
#include <pawl/fsm/shape.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// What a crash may lose of what was acknowledged: nothing, or the latest transitions (after a power cut, with a
// database that survives only crashes of the process).
enum class loss : std::uint8_t { none, of_latest };

namespace detail {

enum class answer : std::uint8_t { none_yet, applied, unknown, refused };

// One attempt to move an item away from a version.
template <class State> struct attempt {
  State from{}, to{};
  answer answered = answer::none_yet;
};

// What is known about one item: for each version, the attempts to move it from there.
template <class State> struct item_history {
  bool inserted = false;  // its insert was acknowledged
  std::vector<std::vector<attempt<State>>> moves{};
  std::size_t acknowledged = 0;     // lower bound of its version
  mutable std::size_t seen_in = 0;  // the last check that found a row of it
};

}  // namespace detail

// Report events to it in the order in which they happen; it lists, in sentences, what cannot have happened if the store
// keeps its promises. A version is left at most once. Versions grow by 1. Every move is in the lifecycle's table. For a
// recovered row, acknowledged <= version <= attempted, and its state is the one that the move to this version leads to; where
// an item waits for its children (pawl::gathers) the store may have moved it on.
// What was refused is not applied. A remote has one object per idempotency key.
//
//   history_checker<letter> history;
//   history.attempted(before, state::sent);
//   if (auto moved = letters.apply(*before.as<state::written>(), mail{receipt})) history.acknowledged(before, state::sent);
//   ...
//   history.crashed();
//   history.recovered(rows);  // any range of any_item<letter>
//   CHECK(history.violations().empty());
//
// An item is a single register whose version only grows, so these checks suffice for linearisability. Each call costs
// one hash table lookup. Use it on one thread.
template <a_lifecycle L> class history_checker {
  static_assert(valid<L>);

 public:
  using state_type = state_of<L>;
  using sentences = std::vector<std::string>;

  // ---- what is done ----

  // Call inserting() before and inserted() after an item with this key is inserted, in the initial state at version 0.
  // An item moved without either is taken to have existed from the start.
  void inserting(std::string const& key) { items_[key]; }
  void inserted(std::string const& key) { items_[key].inserted = true; }

  // Before the store is asked to move the item to a state.
  void attempted(any_item<L> const& from, state_type to) {
    if (from.version < 0) return violated(quoted(from.key) + " was to be moved from version " + digits(from.version));
    auto const [found, is_new] = items_.try_emplace(from.key);
    history& item = found->second;
    if (is_new) item.inserted = true;
    auto const version = static_cast<std::size_t>(from.version);
    if (item.moves.size() <= version) item.moves.resize(version + 1);
    item.moves[version].push_back({from.state, to});
  }
  // The store's answer to that: the item moved;
  void acknowledged(any_item<L> const& from, state_type to) {
    attempt* const it = settle(from, to, detail::answer::applied);
    if (!it) return;
    judge_move(from, to);
    auto const version = static_cast<std::size_t>(from.version);
    history& item = items_[from.key];
    for (auto const& other : item.moves[version])
      if (&other != it && other.answered == detail::answer::applied)
        violated(quoted(from.key) + " left version " + digits(from.version) + " twice: to " + name(other.to) +
                 " and to " + name(to));
    if (!can_have_come_to(item, version, from.state))
      violated(quoted(from.key) + " moved from " + name(from.state) + " at version " + digits(from.version) +
               ", and nothing had brought it there");
    item.acknowledged = (std::max)(item.acknowledged, version + 1);
  }
  // it did not move and never will (a conflict, rejected, busy, not applied);
  void refused(any_item<L> const& from, state_type to) { settle(from, to, detail::answer::refused); }
  // or the result is unknown.
  void unknown(any_item<L> const& from, state_type to) { settle(from, to, detail::answer::unknown); }

  // The process ended: pending attempts get no answer, and may have been applied.
  void crashed() {
    each_attempt([](attempt& a) {
      if (a.answered == detail::answer::none_yet) a.answered = detail::answer::unknown;
    });
  }

  // The remote has made an object for this item under an idempotency key.
  void remote_object(std::string_view item, std::string_view idempotency_key) {
    if (remote_.emplace(idempotency_key).second) return;
    ++duplicates_;
    violated("the remote made another object for " + quoted(item) + " under the key " + quoted(idempotency_key));
  }

  // ---- what is found ----

  // What would be wrong with these rows, which must be complete, if the process ended here. Changes nothing: use it to
  // examine one of several possible outcomes of a crash.
  template <class Rows> sentences check(Rows const& rows, loss allowed = loss::none) const {
    sentences wrong;
    std::size_t present = 0;
    ++looks_;
    for (any_item<L> const& row : rows) {
      auto const found = items_.find(row.key);
      if (found == items_.end()) {
        wrong.push_back("there is a row " + quoted(row.key) + " that was never inserted");
        continue;
      }
      if (std::exchange(found->second.seen_in, looks_) == looks_)
        wrong.push_back("there are two rows " + quoted(row.key));
      else
        ++present;
      judge_row(row, found->second, allowed, wrong);
    }
    if (present != items_.size() && allowed == loss::none) judge_missing(wrong);
    return wrong;
  }

  // Number of acknowledged transitions that these rows lack.
  template <class Rows> std::size_t count_lost(Rows const& rows) const {
    std::size_t lost = 0, acknowledged = 0;
    for (auto const& [key, item] : items_) acknowledged += item.acknowledged;
    for (any_item<L> const& row : rows) {
      auto const found = items_.find(row.key);
      if (found == items_.end()) continue;
      acknowledged -= found->second.acknowledged;
      lost +=
          found->second.acknowledged - (std::min)(found->second.acknowledged, static_cast<std::size_t>(row.version));
    }
    return lost + acknowledged;
  }

  // The complete rows after a crash or after reopening the store: checks them, and takes them as the truth from here
  // on. This settles what was unknown.
  template <class Rows> void recovered(Rows const& rows, loss allowed = loss::none) {
    for (auto& sentence : check(rows, allowed)) violated(std::move(sentence));
    for (any_item<L> const& row : rows) {
      auto const found = items_.find(row.key);
      if (found != items_.end() && row.version >= 0) take_for_true(row, found->second);
    }
    std::erase_if(items_, [this](auto const& known) {
      if (known.second.seen_in == looks_) return false;
      lost_ += known.second.acknowledged;
      return true;
    });
  }

  // Call when all faults have stopped and the work is claimed to be done: every item must be in a state without a step,
  // or parked. `parked` is anything with contains(key).
  template <class Rows, class Keys> void finished(Rows const& rows, Keys const& parked) {
    for (auto& sentence : check(rows)) violated(std::move(sentence));
    for (any_item<L> const& row : rows)
      if (role_of<L>(row.state) == role::step && !parked.contains(row.key))
        violated(quoted(row.key) + " was left in " + name(row.state) + " at version " + digits(row.version) +
                 ", neither done nor parked");
  }
  template <class Rows> void finished(Rows const& rows) { finished(rows, std::set<std::string>{}); }

  // ---- the verdict ----

  // All violations, in the order in which they were found.
  sentences const& violations() const noexcept { return violations_; }
  // Acknowledged transitions missing after a recovery with loss::of_latest.
  std::size_t lost() const noexcept { return lost_; }
  // Remote objects under a key that already had one.
  std::size_t duplicates() const noexcept { return duplicates_; }

 private:
  using attempt = detail::attempt<state_type>;
  using history = detail::item_history<state_type>;

  static std::string quoted(std::string_view key) { return "'" + std::string(key) + "'"; }
  static std::string digits(std::int64_t number) { return std::to_string(number); }
  static std::string name(state_type state) {
    return state_index<L>(state) < state_count<L> ? std::string(state_name_of<L>(state)) : "no state of the lifecycle";
  }
  static bool may_be_applied(attempt const& a) { return a.answered != detail::answer::refused; }
  static bool is_applied(attempt const& a) { return a.answered == detail::answer::applied; }

  void violated(std::string sentence) { violations_.push_back(std::move(sentence)); }

  template <class F> void each_attempt(F f) {
    for (auto& [key, item] : items_)
      for (auto& version : item.moves)
        for (auto& a : version) f(a);
  }

  // The attempt that this answers; null, and a violation, if there was none.
  attempt* settle(any_item<L> const& from, state_type to, detail::answer answered) {
    auto const found = items_.find(from.key);
    auto const version = static_cast<std::size_t>(from.version);
    if (found != items_.end() && from.version >= 0 && version < found->second.moves.size()) {
      for (auto& a : found->second.moves[version]) {
        if (a.answered != detail::answer::none_yet || a.from != from.state || a.to != to) continue;
        a.answered = answered;
        return &a;
      }
    }
    violated("there is an answer for " + quoted(from.key) + " from version " + digits(from.version) + " to " +
             name(to) + ", which was never attempted");
    return nullptr;
  }

  void judge_move(any_item<L> const& from, state_type to) {
    std::size_t const from_index = state_index<L>(from.state), to_index = state_index<L>(to);
    for (auto const& row : rows<L>)
      if (row.from == from_index && row.to == to_index) return;
    violated(quoted(from.key) + " moved from " + name(from.state) + " at version " + digits(from.version) + " to " +
             name(to) + ", which is in no row of " + std::string(lifecycle_name<L>()));
  }

  // True if the item can have been in this state at this version.
  static bool can_have_come_to(history const& item, std::size_t version, state_type state) {
    if (version == 0) return state == initial_state<L>;
    return can_have_moved_to(item, version, state) || gathered_in(item, version, state).has_value();
  }
  // The state, if any, of pawl::gathers in which its children can have ended, so that the store itself moved it on.
  static std::optional<state_type> gathered_in(history const& item, std::size_t version, state_type state) {
    if constexpr (gathers_children<L>) {
      bool const left = version <= item.moves.size() &&
                        std::any_of(item.moves[version - 1].begin(), item.moves[version - 1].end(), is_applied);
      for (auto const from : states<L>)
        if (!left && gathers_to(from, state) && can_have_come_to(item, version - 1, from)) return from;
    }
    return std::nullopt;
  }
  static bool gathers_to(state_type from, state_type to) {
    for (auto const& facts : pawl::detail::facts_of<typename L::parts>)
      if (facts.kind == pawl::detail::part_kind::gathers &&
          pawl::detail::index_of_ref<L>(facts.states[0]) == state_index<L>(from))
        return pawl::detail::led_to<L>(state_index<L>(from), facts.event) == state_index<L>(to);
    return false;
  }
  static bool can_have_moved_to(history const& item, std::size_t version, state_type state) {
    if (version > item.moves.size()) return false;
    auto const& moves = item.moves[version - 1];
    bool const known = std::any_of(moves.begin(), moves.end(), is_applied);
    return std::any_of(moves.begin(), moves.end(),
                       [&](attempt const& a) { return a.to == state && (known ? is_applied(a) : may_be_applied(a)); });
  }

  static void judge_row(any_item<L> const& row, history const& item, loss allowed, sentences& wrong) {
    auto const version = static_cast<std::size_t>(row.version);
    std::string why;  // built only when needed: a sentence costs more than all the rest
    if (row.version < 0 || (version > item.moves.size() && !can_have_come_to(item, version, row.state)))
      why = ", and no more than " + std::to_string(item.moves.size()) + " moves were attempted";
    else if (version < item.acknowledged && allowed == loss::none)
      why = ", and version " + std::to_string(item.acknowledged) + " was acknowledged";
    else if (!can_have_come_to(item, version, row.state))
      why = ", and no move to it was acknowledged, unknown or under way";
    if (!why.empty())
      wrong.push_back(quoted(row.key) + " is " + name(row.state) + " at version " + digits(row.version) + why);
  }
  void judge_missing(sentences& wrong) const {
    for (auto const& [key, item] : items_)
      if (item.inserted && item.seen_in != looks_)
        wrong.push_back("there is no row " + quoted(key) + ", and it was inserted");
  }

  // The moves on the way there that the store has made itself.
  static void record_gathering(history& item, std::size_t version, state_type state) {
    if (version == 0 || can_have_moved_to(item, version, state)) return;
    auto const before = gathered_in(item, version, state);
    if (!before) return;
    record_gathering(item, version - 1, *before);
    if (item.moves.size() < version) item.moves.resize(version);
    item.moves[version - 1].push_back({*before, state, detail::answer::applied});
  }

  // Marks one move to this version and state as applied, and every later move as not applied.
  void take_for_true(any_item<L> const& row, history& item) {
    item.inserted = true;
    record_gathering(item, static_cast<std::size_t>(row.version), row.state);
    auto const version = (std::min)(static_cast<std::size_t>(row.version), item.moves.size());
    state_type reached = row.state;
    for (std::size_t v = version; v-- > 0;) {
      if (!std::any_of(item.moves[v].begin(), item.moves[v].end(), is_applied)) {
        for (auto& a : item.moves[v]) {
          if (a.to != reached || !may_be_applied(a)) continue;
          a.answered = detail::answer::applied;
          break;
        }
      }
      for (auto& a : item.moves[v]) {
        if (is_applied(a)) reached = a.from;
        if (a.answered == detail::answer::unknown) a.answered = detail::answer::refused;
      }
    }
    if (item.acknowledged > version) lost_ += item.acknowledged - version;
    item.acknowledged = version;
    for (std::size_t v = version; v < item.moves.size(); ++v)
      for (auto& a : item.moves[v])
        if (a.answered != detail::answer::none_yet) a.answered = detail::answer::refused;
  }

  std::unordered_map<std::string, history> items_{};
  mutable std::size_t looks_ = 0;
  std::set<std::string, std::less<>> remote_{};
  sentences violations_{};
  std::size_t lost_ = 0;
  std::size_t duplicates_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
