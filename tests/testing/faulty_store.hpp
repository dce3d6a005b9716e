// A store that breaks one promise, which the store contract must find.
#ifndef PAWL_TESTS_TESTING_FAULTY_STORE_HPP
#define PAWL_TESTS_TESTING_FAULTY_STORE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/names.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/testing/store_contract.hpp>

namespace faulty {

using L = pawl::testing::contract_lifecycle;
namespace contract = pawl::testing::contract;
using contract::any;
using contract::state;
using pawl::trouble_record;

enum class fault {
  none,
  // of a move
  answers_old_version,
  empty_conflict,
  ignores_version,
  ignores_state,
  ignores_key,
  invents_rows,
  remembers_the_gone,
  needs_row_numbers,
  moves_successors,
  casts_unknown,
  ends_at_a_version,
  folds_keys,
  cuts_texts,
  keeps_recorded,
  stores_nan,
  // of transactions
  commits_at_rollback,
  drops_at_commit,
  conflict_rolls_back,
  nests,
  rejection_is_a_conflict,
  unknown_is_a_no,
  acknowledges_before_commit,
  answers_poisoned,
  counts_poisoned,
  inserts_over,
  inserts_without_a_key,
  // of other processes
  commits_later,
  reads_a_cache,
  commits_without_begin,
  signals_nothing,
  changes_always,
  never_acquired,
  never_shared,
  always_acquired,
  never_given_up,
  forgets_others_troubles,
  // of pages
  repeats_an_item,
  lists_cut_keys,
  counts_no_unknown,
  mixes_states,
  marks_by_count,
  renumbers_rows,
  counts_wrongly,
  // of troubles
  loses_the_error,
  keeps_empty_records,
  keeps_troubles_of_moved,
  notes_outside_of_transactions,
  notes_for_successors,
  notes_for_any_version,
  keeps_troubles_of_removed,
  keeps_troubles_of_other_versions,
  replaces_every_record,
  runs_what_is_parked,
  due_in_reverse,
  due_of_anybody,
  next_due_of_anybody,
  due_without_a_step,
  due_though_parked,
  cuts_nothing,
  parked_without_limit,
  releases_anything,
  inserts_at_once,
  // of schedules
  has_one_schedule,
  counts_what_is_there,
  steps_from_anywhere,
  never_forgets_ticks,
  keeps_steps_rolled_back
};

// A fault, the promise that it breaks, and one sentence of the verdict.
struct finding {
  fault of;
  std::string promise;
  std::string sentence;
};
inline bool tells(pawl::testing::contract_verdict const& verdict, finding const& one) {
  for (auto const& broken : verdict.broken)
    if (broken.promise == one.promise)
      return std::find(broken.violations.begin(), broken.violations.end(), one.sentence) != broken.violations.end();
  return false;
}

// An owner that does not give its store up when it is destroyed.
class lingering_owner final : public pawl::run_owner {
 public:
  explicit lingering_owner(std::shared_ptr<run_owner> real) : real_(std::move(real)) {}
  bool try_acquire(pawl::ownership how) override { return real_->try_acquire(how); }
  pawl::ownership how() const override { return real_->how(); }
  std::string describe_holder() const override { return real_->describe_holder(); }
  void begin_journal(std::size_t slots) override { real_->begin_journal(slots); }
  void end_journal() override { real_->end_journal(); }
  void hold(std::size_t slot, std::int64_t row, std::int64_t version) override { real_->hold(slot, row, version); }
  void let_go(std::size_t slot) override { real_->let_go(slot); }
  bool knows_of_deaths() const override { return real_->knows_of_deaths(); }
  bool was_held(std::int64_t row, std::int64_t version) override { return real_->was_held(row, version); }

 private:
  std::shared_ptr<run_owner> real_;
};

// `Base` with one fault, and otherwise as it is.
template <class Base> class store : public Base {
 public:
  template <class... Arguments>
  explicit store(fault f, Arguments&&... arguments) : Base(std::forward<Arguments>(arguments)...), fault_(f) {}

  bool try_begin() {
    if (is(fault::nests) && open_) return true;
    if (!Base::try_begin()) return false;
    return open_ = true;
  }
  void commit() {
    if (is(fault::nests) && !open_) return;
    if (is(fault::commits_later)) return;
    if (is(fault::drops_at_commit)) return rollback();
    try {
      Base::commit();
      open_ = false;
    } catch (pawl::store_error const& e) {
      if (is(fault::commits_without_begin) && e.what_failed() == pawl::store_failure::misuse) return;
      if (!is(fault::unknown_is_a_no)) throw;
      throw pawl::store_error(pawl::store_failure::not_applied, e.what());
    }
  }
  void rollback() noexcept {
    if (is(fault::commits_at_rollback) && open_ && !Base::poisoned())
      Base::commit();
    else
      Base::rollback();
    if (is(fault::keeps_steps_rolled_back) && std::exchange(open_, false) && !Base::poisoned())
      Base::advance_ticks({.schedule = "nightly", .from = {}, .to = pawl::stored_time(), .keys = {}});
    open_ = false;
    if (is(fault::notes_outside_of_transactions) && !Base::poisoned())
      for (auto const& [key, noted] : noted_) Base::note(noted.first, noted.second);
  }

  template <auto S, class Event> auto apply(contract::in<S> const& from, Event const& event) {
    using answer = pawl::applied_to<L, S, Event>;
    constexpr auto to = pawl::next_state<L, S, Event>;
    auto source = from;
    if (is(fault::ignores_key) && Base::get(from.key).gone())
      for (auto const& item : Base::runnable(S, {}, 100))
        if (item.row == from.row) source.key = item.key;
    if (auto const now = Base::get(from.key); now.item) {
      if (is(fault::moves_successors)) source.life = now.item->life;
      if (is(fault::ignores_version)) source.version = now.item->version;
      if (is(fault::ignores_state) && now.item->version == from.version && now.item->state != S) {
        if constexpr (requires { Base::put("", "", 0); })
          Base::put(from.key, pawl::state_name_of<L>(to), from.version + 1);
        return answer(contract::in<to>(from.key, from.version + 1, from.row));
      }
    }
    if (is(fault::needs_row_numbers) && from.row == 0) return answer(pawl::conflict<L>());
    if (is(fault::ends_at_a_version) && from.version > 1'000'000) return answer(pawl::conflict<L>());
    auto const troubles = is(fault::keeps_troubles_of_moved) ? Base::trouble_of(from) : std::nullopt;
    try {
      auto moved = Base::apply(source, event);
      if (!moved) return failed_to_move(from, answer(std::move(moved)));
      if (is(fault::answers_old_version)) --moved->version;
      if (troubles) Base::note(*moved, *troubles);
      if constexpr (std::is_same_v<Event, contract::load>) loads_[from.key] = event;
      return moved;
    } catch (pawl::store_error const& e) {
      if (is(fault::rejection_is_a_conflict) && e.what_failed() == pawl::store_failure::rejected)
        return answer(pawl::conflict<L>());
      if (is(fault::acknowledges_before_commit) && e.what_failed() == pawl::store_failure::unknown)
        return answer(contract::in<to>(from.key, from.version + 1, from.row));
      if (is(fault::stores_nan) && e.what_failed() == pawl::store_failure::rejected)
        return Base::apply(source, Event{});
      throw;
    }
  }
  template <auto S, class Event>
  auto apply(contract::in<S> const& from, Event const& event, std::span<pawl::sql_statement const> statements) {
    return Base::apply(from, event, statements);
  }
  pawl::stored<L> get(std::string_view key) {
    if (is(fault::answers_poisoned) && Base::poisoned()) return {};
    auto const cached = seen_.find(std::string(key));
    if (is(fault::reads_a_cache) && cached != seen_.end()) return cached->second;
    auto now = Base::get(key);
    if (is(fault::remembers_the_gone) && now.gone() && cached != seen_.end()) return cached->second;
    if (is(fault::casts_unknown) && !now.item && !now.gone()) return any(std::string(key), 0, state::ready);
    seen_[std::string(key)] = now;
    return now;
  }
  template <class Event> std::optional<Event> recorded(any const& of) {
    auto last = Base::template recorded<Event>(of);
    if constexpr (std::is_same_v<Event, contract::load>) {
      auto const kept = loads_.find(of.key);
      if (is(fault::keeps_recorded) && !last && kept != loads_.end()) return kept->second;
      if (is(fault::cuts_texts) && last) last->text.resize((std::min)(last->text.size(), last->text.find(char{})));
    }
    return last;
  }

  using page_mark = typename Base::page_mark;
  auto runnable(state of, page_mark after, std::size_t limit) {
    if (is(fault::repeats_an_item) && after.row > 0) --after.row;
    if (is(fault::marks_by_count)) return page_by_count(of, after, limit);
    auto page = Base::runnable(of, after, limit);
    if (is(fault::lists_cut_keys))
      for (auto& item : page.items) item.key.resize((std::min)(item.key.size(), item.key.find(char{})));
    if (is(fault::mixes_states))
      for (auto const& item : Base::runnable(of == state::ready ? state::working : state::ready, after, limit))
        page.items.push_back(item);
    if (is(fault::renumbers_rows) && of == state::working)
      for (auto& item : page.items) item.row += 100;
    if (is(fault::runs_what_is_parked))
      for (auto const& one : Base::parked(limit)) page.items.push_back(one.item);
    return page;
  }
  std::size_t unrecognised() { return is(fault::counts_no_unknown) ? 0 : Base::unrecognised(); }
  bool insert_if_absent(std::string_view key) {
    std::string written(key);
    if (is(fault::folds_keys))
      std::transform(written.begin(), written.end(), written.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (is(fault::inserts_without_a_key) && key.empty()) return Base::insert_if_absent("?");
    bool const made = Base::insert_if_absent(written);
    auto const kept = noted_.find(written);
    if (is(fault::keeps_troubles_of_removed) && kept != noted_.end())
      Base::note(*Base::get(key).item, kept->second.second);
    return made || is(fault::inserts_over);
  }
  bool insert_if_absent(std::string_view key, pawl::stored_time start_at) {
    return is(fault::inserts_at_once) ? Base::insert_if_absent(key) : Base::insert_if_absent(key, start_at);
  }
  std::optional<pawl::stored_time> last_tick(std::string_view schedule) {
    return Base::last_tick(is(fault::has_one_schedule) ? "" : schedule);
  }
  std::optional<std::size_t> advance_ticks(pawl::tick_advance step) {
    if (is(fault::has_one_schedule)) step.schedule = "";
    if (is(fault::steps_from_anywhere)) step.from = Base::last_tick(step.schedule);
    auto const made = Base::advance_ticks(step);
    return made && is(fault::counts_what_is_there) ? step.keys.size() : made;
  }
  bool forget_ticks(std::string_view schedule) {
    return !is(fault::never_forgets_ticks) && Base::forget_ticks(schedule);
  }

  bool note(any const& of, trouble_record record) {
    if (is(fault::loses_the_error)) record.last_error.clear();
    if (is(fault::keeps_empty_records) && record.empty()) return true;
    if (is(fault::replaces_every_record)) Base::release(of.key);
    if (is(fault::notes_for_successors))
      if (auto const now = Base::get(of.key);
          now.item && now.item->version == of.version && now.item->state == of.state)
        return Base::note(*now.item, record);
    if (is(fault::notes_for_any_version))
      if (auto const now = Base::get(of.key); now.item) return Base::note(*now.item, record);
    bool const noted = Base::note(of, record);
    if (noted) noted_[of.key] = {of, record};
    return noted;
  }
  std::optional<trouble_record> trouble_of(any const& of) {
    auto const kept = noted_.find(of.key);
    if (is(fault::keeps_troubles_of_other_versions) && kept != noted_.end()) return kept->second.second;
    if (is(fault::forgets_others_troubles) && kept == noted_.end()) return std::nullopt;
    return Base::trouble_of(of);
  }
  std::vector<any> due(pawl::stored_time time, pawl::delayed_by by, std::size_t limit) {
    auto items = Base::due(time, is(fault::due_of_anybody) ? pawl::delayed_by::anybody : by, limit);
    if (is(fault::due_in_reverse)) std::reverse(items.begin(), items.end());
    if (is(fault::due_without_a_step))
      for (auto const& [key, noted] : noted_)
        if (noted.first.state == state::failed) items.push_back(noted.first);
    if (is(fault::due_though_parked))
      for (auto const& one : Base::parked(limit)) items.push_back(one.item);
    return items;
  }
  auto next_due(pawl::stored_time time, pawl::delayed_by by) {
    return Base::next_due(time, is(fault::next_due_of_anybody) ? pawl::delayed_by::anybody : by);
  }
  void cut_delays(pawl::stored_time time) {
    if (!is(fault::cuts_nothing)) Base::cut_delays(time);
  }
  auto parked(std::size_t limit) { return Base::parked(is(fault::parked_without_limit) ? 100 : limit); }
  bool release(std::string_view key) { return Base::release(key) || is(fault::releases_anything); }
  auto count_troubles() {
    return is(fault::counts_poisoned) && Base::poisoned() ? pawl::trouble_counts{} : Base::count_troubles();
  }
  auto count_items() {
    auto counts = Base::count_items();
    if (is(fault::counts_wrongly)) std::rotate(counts.begin(), counts.begin() + 1, counts.end());
    return counts;
  }
  pawl::change_signal& changes() { return is(fault::signals_nothing) ? silent_ : Base::changes(); }
  bool changed_elsewhere() {
    bool const changed = Base::changed_elsewhere();
    return changed || is(fault::changes_always);
  }
  pawl::owner_handle make_owner() {
    if (!is(fault::never_given_up)) return Base::make_owner();
    owners_.emplace_back(Base::make_owner().release());
    return std::make_unique<lingering_owner>(owners_.back());
  }
  bool acquire(pawl::run_owner& owner, pawl::ownership how) {
    if (is(fault::never_acquired)) return false;
    if (is(fault::never_shared) && how == pawl::ownership::shared) return false;
    return Base::acquire(owner, how) || is(fault::always_acquired);
  }

 private:
  bool is(fault one) const { return fault_ == one; }

  template <class Item, class Answer> Answer failed_to_move(Item const& from, Answer answer) {
    if (is(fault::conflict_rolls_back) && open_) {
      rollback();
      open_ = try_begin();
    }
    if (is(fault::empty_conflict)) return pawl::conflict<L>();
    if (is(fault::invents_rows) && answer.why().now.gone()) return pawl::conflict<L>(pawl::stored<L>(any(from)));
    return answer;
  }
  // The mark is how many items were handed out, which is wrong once some of them have left the state.
  auto page_by_count(state of, page_mark after, std::size_t limit) {
    auto page = Base::runnable(of, {}, 1000);
    std::size_t const given = after.row < 0 ? 0 : static_cast<std::size_t>(after.row);
    page.items.erase(page.items.begin(),
                     page.items.begin() + static_cast<std::ptrdiff_t>((std::min)(given, page.size())));
    page.is_last = page.size() <= limit;
    if (!page.is_last) page.items.resize(limit);
    page.next.row = static_cast<std::int64_t>(given + page.size());
    return page;
  }

  fault fault_;
  bool open_ = false;
  std::map<std::string, pawl::stored<L>> seen_{};
  std::map<std::string, contract::load> loads_{};
  std::map<std::string, std::pair<any, trouble_record>> noted_{};
  std::vector<std::shared_ptr<pawl::run_owner>> owners_{};
  pawl::change_signal silent_{};
};

}  // namespace faulty

#endif
