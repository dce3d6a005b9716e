// Implements what store_body.hpp does for items that belong together: children that end, and parents that wait for them.
#ifndef PAWL_SQLITE_STORE_CHILDREN_IMPL_HPP
#define PAWL_SQLITE_STORE_CHILDREN_IMPL_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <new>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/gathered.hpp>
#include <pawl/sqlite/child_table.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/store_body.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

template <class Layout> bool store_body<Layout>::begin_gathering() {
  if (rules_.empty() || db_->reads_only()) return false;
  bool const made = !children_.exists() && write([this] { return children_.make(); });
  auto const tell = [](void* store, std::int64_t parent, std::string_view key, std::int64_t life) {
    static_cast<store_body*>(store)->gather(parent, key, life);
  };
  entry_.enter(*shared_, {this, tell}, history_.writes());
  return made;
}
template <class Layout>
void store_body<Layout>::settle(std::size_t row, item_view from, transition_result const& moved) {
  auto const& changed = lifecycle_->rows[row];
  ending const before = ending_of(lifecycle_->roles[changed.from]), after = ending_of(lifecycle_->roles[changed.to]);
  if (before != after /*mutant child_tells_parents: && !OFF*/ && children_.may_have_parents())
    /*mutant child_at_work_again: if (!(OFF && after == ending::none))*/ tell_parents(moved_to(from, moved), after);
  auto const waits = [&changed](auto const& rule) { return rule.state == changed.to; };
  if (std::none_of(rules_.begin(), rules_.end(), waits)) return;
  item_view it = moved_to(from, moved);
  it.state = changed.to;
  /*mutant parent_goes_on_at_once: if (!OFF)*/ gather(children_.parent_of(it.key, it.life), it);
}
template <class Layout> void store_body<Layout>::tell_parents(item_view child, ending how) {
  for (parent_row const& parent : children_.note(child, how)) {
    auto const* const table = db_->shared(parent.table);
    if (table == nullptr || table->gatherers.empty()) {
      /*mutant complete_is_left: if (!OFF)*/ children_.leave_complete(parent.id);
      continue;
    }
    /*mutant parent_is_told_within: if (OFF) { db_->commit(); db_->begin(); }*/
    auto const& told = table->gatherers.front();
    told.gather(told.store, parent.id, parent.key, parent.life);
  }
}
template <class Layout> void store_body<Layout>::gather(std::int64_t parent, std::string_view key, std::int64_t life) {
  stored_row const row = layout_.get(key);
  if (row.holds == stored_row::content::item && (life == 0 || row.item.life == life))
    gather(std::optional(parent), item_view::of(row.item));
  else if (row.holds != stored_row::content::unknown_state)
    /*mutant deleted_parent_is_forgotten: if (!OFF)*/ children_.forget(parent);  // it was deleted
}
template <class Layout> bool store_body<Layout>::gather(std::optional<std::int64_t> parent, item_view it) {
  for (auto const& rule : rules_) {
    if (rule.state != it.state) continue;
    if (!parent) return fire(rule, it, {});
    return (/*mutant parent_waits_for_all: OFF ||*/ !children_.waits_for(*parent, rule.children)) &&
           fire(rule, it, children_.count(*parent, rule.children));
  }
  return false;
}
// The children have ended whatever becomes of their parent: if its table refuses the event, it is parked, and they are not kept
// from ending. (What refuses an entry of the history, as a trigger there, is not asked before a batch is committed.)
template <class Layout>
bool store_body<Layout>::fire(gather_rule<store_body> const& rule, item_view it, gathered const& children) {
  std::size_t const kept = history_.kept();
  statements_.begin(*db_);
  try {
    rule.fire(*this, it, children);
    statements_.end(*db_);
    return true;
  } catch (std::bad_alloc const&) {
    throw;  // which says nothing of the event
  } catch (std::exception const& e) {
    if (!db_->in_transaction() || db_->poisoned()) throw;
    statements_.undo(*db_);
    history_.drop_after(kept);
    troubles().assume_some();
    trouble_record parked;
    parked.parked = true;
    parked.last_error = text({"its children have ended, but the event could not be written: ", e.what()});
    /*mutant refused_parent_is_parked: if (!OFF)*/ troubles().note(it, parked);
    return false;
  }
}
template <class Layout> void store_body<Layout>::gather_released(std::string_view key) {
  if (rules_.empty()) return;
  stored_row const row = layout_.get(key);
  if (row.holds == stored_row::content::item) gather(children_.parent_of(key, row.item.life), item_view::of(row.item));
}
template <class Layout> std::vector<seen_children> store_body<Layout>::children_of(stored_item const& parent) {
  auto const mine = db_->on_this_thread();
  auto const id = children_.parent_of(parent.key, parent.life);
  auto all = id ? children_.seen(*id) : std::vector<seen_children>();
  for (auto& some : all) children_.see_parked(*id, some);
  return all;
}
template <class Layout>
void store_body<Layout>::apply_gathered(std::size_t row, item_view from, event_view const& event) {
  auto const result = move(row, from, event, false, nullptr);
  if (result.moved) settle(row, from, result);
}
// Within a run's poll, which does not wait for the lock: what it finds locked it looks at again the next time.
template <class Layout> void store_body<Layout>::gather_unseen() {
  gathers_later_ = false;
  if (rules_.empty() || db_->reads_only() || !children_.has_complete()) return;
  gathers_later_ = !db_->try_begin();
  if (gathers_later_) return;
  transaction alone(*db_, troubles());
  for (parent_row const& parent : children_.take_complete()) gather(parent.id, parent.key, parent.life);
  alone.commit();
}
template <class Layout> std::size_t store_body<Layout>::gather_all() {
  auto const mine = db_->on_this_thread();
  std::size_t told = 0;
  if (!rules_.empty())
    write([&] {
      told = tell_all();
      return true;
    });
  return told;
}
template <class Layout> std::size_t store_body<Layout>::tell_all() {
  children_.forget_gone(layout_.items());
  for (auto const& rule : rules_)
    children_.reconcile(
        layout_.items(),
        in_states(*lifecycle_, layout_.items(), [&rule](std::size_t state) { return state == rule.state; }),
        rule.children);
  children_.take_complete();
  std::vector<stored_item> waiting;
  for (auto const& rule : rules_) {
    row_mark after;
    for (auto page = runnable(rule.state, after, 1000); !page.empty(); page = runnable(rule.state, after, 1000))
      std::move(page.begin(), page.end(), std::back_inserter(waiting));
  }
  std::size_t told = 0;
  for (stored_item const& it : waiting)
    if (gather(children_.parent_of(it.key, it.life), item_view::of(it))) ++told;
  return told;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
