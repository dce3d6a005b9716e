// Judges what became of items: whether what a store answered, what was found in it after a crash, and what a remote made
// of it all can be true together.
#ifndef PAWL_TESTING_HISTORY_CHECKER_HPP
#define PAWL_TESTING_HISTORY_CHECKER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// What a crash may take away of what was acknowledged: nothing, or the latest transitions (a power cut of a database
// that is only safe from crashes of the process).
enum class loss : std::uint8_t { none, of_latest };

namespace detail {

enum class answer : std::uint8_t { none_yet, applied, unknown, refused };

// One try to move an item away from a version.
template <class State> struct attempt {
  State from{}, to{};
  answer answered = answer::none_yet;
};

// What is known of one item: for each version the attempts to move it away from there.
template <class State> struct item_history {
  bool inserted = false;  // its insert was acknowledged
  std::vector<std::vector<attempt<State>>> moves{};
  std::size_t acknowledged = 0;     // the version that it is known to have had
  mutable std::size_t seen_in = 0;  // the last look that met a row of it
};

}  // namespace detail

// Tell it what is done, in the order in which it happens; it answers in sentences what cannot have happened if the store
// keeps its promises: a version is left at most once, versions grow one by one, every move is in the lifecycle's table,
// a recovered row is at a version between what was acknowledged and what was attempted, and in the state that the move
// to it led to; what was answered as not applied is not there; a remote has one object for an idempotency key.
//
//   history_checker<letter> history;
//   history.attempted(before, state::sent);
//   if (auto moved = letters.apply(*before.as<state::written>(), mail{receipt})) history.acknowledged(before, state::sent);
//   ...
//   history.crashed();
//   history.recovered(rows);  // any range of any_item<letter>
//   CHECK(history.violations().empty());
//
// One item is one register whose version only grows, so these checks are all that linearisability asks. Each call costs
// what one look into a hash table costs. Belongs to one thread.
template <a_lifecycle L> class history_checker {
  static_assert(valid<L>);

 public:
  using state_type = state_of<L>;
  using sentences = std::vector<std::string>;

  // ---- what is done ----

  // An item of this key is to be inserted, in the initial state at version 0; and it has been. An item that is moved
  // without either was there from the beginning.
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
  // The store's answer to that: the item moved,
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
  // it did not and never will (a conflict, rejected, busy, not applied),
  void refused(any_item<L> const& from, state_type to) { settle(from, to, detail::answer::refused); }
  // or nobody knows.
  void unknown(any_item<L> const& from, state_type to) { settle(from, to, detail::answer::unknown); }

  // The process ended: what has no answer yet gets none, and may have been applied.
  void crashed() {
    each_attempt([](attempt& a) {
      if (a.answered == detail::answer::none_yet) a.answered = detail::answer::unknown;
    });
  }

  // The remote has made an object for this item, under an idempotency key.
  void remote_object(std::string_view item, std::string_view idempotency_key) {
    if (remote_.emplace(idempotency_key).second) return;
    ++duplicates_;
    violated("the remote made another object for " + quoted(item) + " under the key " + quoted(idempotency_key));
  }

  // ---- what is found ----

  // What is wrong with these rows, all that there are, if the process ended here. Changes nothing: for a look at one of
  // several ways in which a crash may end.
  template <class Rows> sentences check(Rows const& rows, loss allowed = loss::none) const {
    sentences wrong;
    std::size_t present = 0;
    ++looks_;
    for (any_item<L> const& row : rows) {
      auto const found = items_.find(row.key);
      if (found == items_.end()) {
        wrong.push_back("there is a row " + quoted(row.key) + " that nobody inserted");
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

  // How many transitions were acknowledged that these rows do not have.
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

  // The rows that are there after a crash, or after a store was opened anew: judges them, and takes them for the truth
  // from here on. What was unknown is applied or is not, and stays so.
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

  // Once all faults have stopped and the work is said to be done: every item is in a state without a step, or parked.
  // `parked` is anything that answers contains(key).
  template <class Rows, class Keys> void finished(Rows const& rows, Keys const& parked) {
    for (auto& sentence : check(rows)) violated(std::move(sentence));
    for (any_item<L> const& row : rows)
      if (role_of<L>(row.state) == role::step && !parked.contains(row.key))
        violated(quoted(row.key) + " was left in " + name(row.state) + " at version " + digits(row.version) +
                 ", neither done nor parked");
  }
  template <class Rows> void finished(Rows const& rows) { finished(rows, std::set<std::string>{}); }

  // ---- the verdict ----

  // All that was found, in the order in which it was found.
  sentences const& violations() const noexcept { return violations_; }
  // Transitions that were acknowledged and that a recovery with loss::of_latest did not find.
  std::size_t lost() const noexcept { return lost_; }
  // Remote objects under a key that had one already.
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

  // The attempt that this answers; nothing, and a violation, where there was none.
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
             name(to) + ", which nobody attempted");
    return nullptr;
  }

  void judge_move(any_item<L> const& from, state_type to) {
    std::size_t const from_index = state_index<L>(from.state), to_index = state_index<L>(to);
    for (auto const& row : rows<L>)
      if (row.from == from_index && row.to == to_index) return;
    violated(quoted(from.key) + " moved from " + name(from.state) + " at version " + digits(from.version) + " to " +
             name(to) + ", which is in no row of " + std::string(lifecycle_name<L>()));
  }

  // Whether the item can have been in this state at this version.
  static bool can_have_come_to(history const& item, std::size_t version, state_type state) {
    if (version == 0) return state == initial_state<L>;
    if (version > item.moves.size()) return false;
    auto const& moves = item.moves[version - 1];
    bool const known = std::any_of(moves.begin(), moves.end(), is_applied);
    return std::any_of(moves.begin(), moves.end(),
                       [&](attempt const& a) { return a.to == state && (known ? is_applied(a) : may_be_applied(a)); });
  }

  static void judge_row(any_item<L> const& row, history const& item, loss allowed, sentences& wrong) {
    auto const version = static_cast<std::size_t>(row.version);
    std::string why;  // a sentence costs more than all the rest, and is rarely needed
    if (row.version < 0 || version > item.moves.size())
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

  // Of the moves to this version one that leads there was applied; beyond it none was.
  void take_for_true(any_item<L> const& row, history& item) {
    item.inserted = true;
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
