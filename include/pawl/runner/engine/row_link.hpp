// Implements store_link for the part of a store that does not know its lifecycle's type, and answers at once.
#ifndef PAWL_RUNNER_ENGINE_ROW_LINK_HPP
#define PAWL_RUNNER_ENGINE_ROW_LINK_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <pawl/runner/engine/link_to.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `Rows`: what rows() of the store returns, see serves_rows in stored_item.hpp.
template <class Rows> class row_link final : public link_to<Rows> {
  using link_to<Rows>::store_;
  using link_to<Rows>::most_due_counted;

 public:
  // `store`: what the steps' entries in a step_table expect.
  row_link(void* store, Rows& rows) : link_to<Rows>(rows), typed_(store) {}
  row_link(row_link const&) = delete;
  row_link& operator=(row_link const&) = delete;

  void* store() override { return typed_; }
  bool answers_later() const override { return false; }

  void acquire(run_owner& owner, ownership how, question<bool>& into) override { into.answer(owner.try_acquire(how)); }
  void open(stored_time now, stored_time latest_delay, bool counts_items, question<opening>& into) override {
    store_.changed_elsewhere();  // changes count from here on
    /*mutant stored_wait_is_clamped: if (!OFF)*/ store_.cut_delays(latest_delay);
    if constexpr (requires { store_.sweep_leftovers(); }) store_.sweep_leftovers();
    opening found;
    found.identity = store_.identity();
    found.unrecognised = store_.unrecognised();
    found.paused = paused();
    if (counts_items) count_now(found, now, delayed_by::anybody);
    into.answer(std::move(found));
  }
  void count(stored_time now, delayed_by who, question<opening>& into) override {
    opening found;
    count_now(found, now, who);
    into.answer(std::move(found));
  }
  void page(std::size_t state, bool restart, std::size_t limit, question<found_page>& into) override {
    if (state >= marks_.size()) marks_.resize(state + 1);
    if (restart) marks_[state] = {};
    auto page = store_.runnable_rows(state, marks_[state], limit);
    marks_[state] = page.next;
    into.answer(make_found_page(std::move(page.items), page.is_last));
  }
  void due(stored_time until, delayed_by who, std::size_t limit, question<found_page>& into) override {
    into.answer(make_found_page(store_.due_rows(until, who, limit), true));
  }
  void next_due(stored_time after, delayed_by who, question<std::optional<stored_time>>& into) override {
    into.answer(store_.next_due(after, who));
  }
  bool keeps_pauses() const override { return has_pauses<Rows>; }
  void look_around(bool for_changes, question<surroundings>& into) override {
    into.answer({for_changes && store_.changed_elsewhere(), paused()});
  }

  item_news news_of(stored_item const& it, look also) override {
    item_news news;
    news.changed_elsewhere = also.around && store_.changed_elsewhere();
    if (also.at_place) news.has_moved = !store_.is_at(it);
    if (store_.may_have_troubles()) news.record = store_.trouble_of(it);
    if constexpr (requires { store_.former_key_of(it); }) news.former = store_.former_key_of(it);
    return news;
  }
  bool note(stored_item const& it, trouble_record const& record) override { return store_.note(it, record); }

 private:
  std::uint64_t paused() {
    if constexpr (has_pauses<Rows>)
      return store_.paused_states();
    else
      return 0;
  }
  void count_now(opening& into, stored_time now, delayed_by who) {
    auto const counts = store_.count_items();
    into.items.assign(counts.begin(), counts.end());
    into.troubles = store_.count_troubles();
    if (into.troubles.delayed > 0) into.due = store_.due_rows(now, who, most_due_counted).size();
  }

  void* typed_;
  std::vector<row_mark> marks_{};  // by state
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
