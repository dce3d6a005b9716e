// The SQLite store with a witness: records its calls and their results in the history.
#ifndef PAWL_TESTS_CRASH_SIMULATION_WATCHED_STORE_HPP
#define PAWL_TESTS_CRASH_SIMULATION_WATCHED_STORE_HPP

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/with.hpp>

#include "crash/simulation/batches.hpp"
#include "crash/simulation/ledger.hpp"
#include "crash/simulation/transition_witness.hpp"
#include "crash/simulation/world.hpp"

namespace crash::simulation {

// Who uses it, and what becomes known by that. `seen_by`: null where there are no batches.
template <pawl::a_lifecycle L> struct store_user {
  int process = nobodys_process;
  ledger<L>& known;
  transition_witness* seen_by = nullptr;
};

// Whether a transaction is there.
enum class answered : std::uint8_t { yes, no, unknown };

// A queue's: every transition stands between try_begin() and commit() or rollback().
template <class T> class watched_store : public pawl::sqlite::store<T> {
  using base = pawl::sqlite::store<T>;
  using L = typename base::lifecycle;
  using state_type = pawl::state_of<L>;
  using any_item = pawl::any_item<L>;

 public:
  watched_store(pawl::sqlite::database& db, world& w, store_user<L> user)
      : base(db), world_(w), process_(user.process), known_(user.known), seen_by_(user.seen_by) {}

  // Its items, as the history knows them.
  ledger<L>& known() { return known_; }

  [[nodiscard]] bool try_begin() {
    moved_.clear();
    return base::try_begin();
  }
  // For another store's transaction on the same database, between its try_begin() and its end.
  void join() { moved_.clear(); }
  void end(answered how) {
    for (auto const& m : std::exchange(moved_, {}))
      if (!world_.dead) end(m, how);
    for (auto const& it : std::exchange(removed_, {})) {
      if (world_.dead || how == answered::unknown) continue;
      how == answered::yes ? known_.deleted(it) : known_.not_deleted(it);
    }
  }
  // By SQL, as a person would.
  void remove(any_item const& it) {
    known_.deleting(it);
    removed_.push_back(it);
    std::string key = "key";
    if constexpr (pawl::a_table<T>) key = T::names.key;
    this->db().execute("DELETE FROM " + std::string(base::table_name()) + " WHERE " + key + "='" + it.key + "'");
  }
  template <auto S, class Event>
  auto apply(pawl::item<L, S> const& from, Event const& event, std::span<pawl::sql_statement const> with = {}) {
    constexpr state_type to = pawl::next_state<L, S, Event>;
    std::string const name = ledger<L>::name_of(from);
    if (!world_.dead) {
      known_.told.attempted(ledger<L>::named(from), to);
      moved_.push_back({from, to});
      if constexpr (to == pawl::initial_state<L>) world_.beginnings.emplace(from.key, from.version + 1);
    }
    if (seen_by_ != nullptr) seen_by_->moving();
    auto answer = [&] {
      try {
        return with.empty() ? base::apply(from, event) : base::apply(from, event, with);
      } catch (pawl::transition_undone const& e) {  // others go on
        world_.violated("'" + from.key + "' was refused: " + e.what());
        throw;
      }
    }();
    if (world_.dead || moved_.empty()) return answer;
    if (!answer) {
      known_.told.refused(ledger<L>::named(from), to);
      moved_.pop_back();
      ++world_.counts[tally::conflicts];
      if (auto const& now = answer.why().now.item; now && now->state == S && now->version != from.version)
        ++world_.counts[tally::told_by_version];
      world_.note("process ", process_, " met a conflict over ", from.key, " at ", from.version);
      return answer;
    }
    if (known_.versions[name] > from.version)
      world_.violated("process " + std::to_string(process_) + " moved '" + from.key + "' from version " +
                      std::to_string(from.version) + ", from which another one had moved it");
    if (seen_by_ != nullptr) seen_by_->moved(family_move_of<S>(*answer), with);
    return answer;
  }
  template <auto S, class Event> auto apply(pawl::item<L, S> const& from, pawl::with<Event> const& given) {
    return apply(from, given.event, std::span<pawl::sql_statement const>(given.statements));
  }
  void sweep_leftovers() {
    witnessed(looked_at::all, [this] { base::sweep_leftovers(); });
  }
  std::size_t gather() {
    std::size_t told = 0;
    witnessed(looked_at::all, [&] { told = base::gather(); });
    return told;
  }
  bool changed_elsewhere() {
    bool changed = false;
    witnessed(looked_at::left, [&] { changed = base::changed_elsewhere(); });
    return changed;
  }
  bool note(any_item const& of, pawl::trouble_record const& record) {
    bool const kept = base::note(of, record);
    if (kept && record.is_mark()) world_.begun.emplace(of.key, of.version);
    world_.say("process ", process_, kept ? " notes that " : " cannot note that ", of.key, " at ", of.version, " is ",
               record.parked     ? "parked"
               : record.next_at  ? "put off"
               : record.in_doubt ? "begun"
                                 : "in no trouble",
               record.last_error.empty() ? "" : ": ", record.last_error);
    return kept;
  }
  void commit() {
    try {
      base::commit();
    } catch (pawl::store_error const& e) {
      if (e.what_failed() == pawl::store_failure::unknown) end(answered::unknown);
      throw;
    }
    end(answered::yes);
  }
  void rollback() noexcept {
    base::rollback();
    end(answered::no);
  }

 private:
  struct move {
    any_item from;
    state_type to;
  };

  template <class Gather> void witnessed(looked_at which, Gather gather) {
    bool const is_seen = pawl::gathers_children<L> && seen_by_ != nullptr;
    if (is_seen) seen_by_->gathering(which);
    gather();
    if (is_seen) seen_by_->gathered();
  }
  template <auto From, auto To> static family_move family_move_of(pawl::item<L, To> const& moved) {
    family_move m{.is_file = std::same_as<L, file_lifecycle>, .it = {moved.key, moved.life}};
    if constexpr (std::same_as<state_type, batch_state>) m.to = To;
    m.before = end_in(pawl::role_of<L>(From));
    m.after = end_in(pawl::role_of<L>(To));
    return m;
  }

  void end(move const& m, answered how) {
    world_.note("process ", process_, how == answered::yes ? " moved " : " did not move ", m.from.key, " from ",
                m.from.version);
    auto const from = ledger<L>::named(m.from);
    if (how == answered::unknown) known_.told.unknown(from, m.to);
    if (how == answered::no) known_.told.refused(from, m.to);
    if (how != answered::yes) return;
    known_.told.acknowledged(from, m.to);
    known_.versions[from.key] = m.from.version + 1;
    ++world_.counts[tally::transitions];
    if (m.to == pawl::initial_state<L>) note_reset(m.from.key);
  }

  // Who runs in this process hears of it at once, and the others look when they begin.
  void note_reset(std::string const& key) {
    ++world_.counts[tally::resets];
    world_.led_back[key] = process_ == nobodys_process ? nanoseconds::max() : world_.now();
  }

  world& world_;
  int process_;
  ledger<L>& known_;
  transition_witness* seen_by_;
  std::vector<move> moved_{};
  std::vector<any_item> removed_{};
};

}  // namespace crash::simulation

#endif
