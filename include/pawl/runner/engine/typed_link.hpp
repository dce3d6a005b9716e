// Implements store_link for a store of items with types: calls it if it answers at once, awaits it if it answers later.
#ifndef PAWL_RUNNER_ENGINE_TYPED_LINK_HPP
#define PAWL_RUNNER_ENGINE_TYPED_LINK_HPP

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <pawl/adapter/lifting.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/queue/store_writer.hpp>
#include <pawl/runner/engine/attempt.hpp>
#include <pawl/runner/engine/link_to.hpp>
#include <pawl/runner/engine/row_link.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class Store> class typed_link final : public link_to<Store> {
  using L = typename Store::lifecycle;
  using page_mark = typename Store::page_mark;
  using link_to<Store>::store_;
  using link_to<Store>::most_due_counted;

 public:
  typed_link(Store& store, event_loop& loop) : link_to<Store>(store), loop_(loop) {}

  void* store() override { return &store_; }
  bool answers_later() const override { return answers_later_; }

  void acquire(run_owner& owner, ownership how, question<bool>& into) override {
    if constexpr (leases_items<Store>) this->leasing_ = how == ownership::sole ? &owner : nullptr;
    put(into, store_.acquire(owner, how), [](bool acquired) { return acquired; });
  }
  void open(stored_time now, stored_time latest_delay, bool counts_items, question<opening>& into) override {
    if constexpr (answers_later_)
      put(into, open_later(store_, now, latest_delay, counts_items), [](opening found) { return found; });
    else
      into.answer(open_now(now, latest_delay, counts_items));
  }
  void count(stored_time now, delayed_by who, question<opening>& into) override {
    if constexpr (answers_later_) {
      put(into, count_later(store_, now, who), [](opening found) { return found; });
    } else {
      opening found;
      count_now(found, now, who);
      into.answer(std::move(found));
    }
  }
  void page(std::size_t state, bool restart, std::size_t limit, question<found_page>& into) override {
    if (restart) marks_[state] = page_mark();
    auto const to_found_page = [this, state](auto page) {
      marks_[state] = page.next;
      return found(std::move(page.items), page.is_last);
    };
    if constexpr (leases_items<Store>)
      if (auto* const by = this->leasing_)
        return put(into, store_.claim(*by, states<L>[state], marks_[state], limit), to_found_page);
    put(into, store_.runnable(states<L>[state], marks_[state], limit), to_found_page);
  }
  void due(stored_time until, delayed_by who, std::size_t limit, question<found_page>& into) override {
    auto const to_found_page = [](auto items) { return found(std::move(items), true); };
    if constexpr (leases_items<Store>)
      if (auto* const by = this->leasing_) return put(into, store_.claim_due(*by, until, who, limit), to_found_page);
    put(into, store_.due(until, who, limit), to_found_page);
  }
  void next_due(stored_time after, delayed_by who, question<std::optional<stored_time>>& into) override {
    put(into, store_.next_due(after, who), [](std::optional<stored_time> time) { return time; });
  }
  bool keeps_pauses() const override { return has_pauses<Store>; }
  void look_around(bool for_changes, question<surroundings>& into) override {
    if constexpr (answers_later_)
      put(into, look_around_later(store_, for_changes), [](surroundings found) { return found; });
    else
      into.answer(look_around_now(for_changes));
  }

  void leave(question<bool>& into) override {
    if constexpr (leases_items<Store>)
      if (this->leasing_ != nullptr) try {
          return put(into, leave_later(store_, *this->leasing_), [](bool left) { return left; });
        } catch (std::bad_alloc const&) {}  // then the claim ends as that of a run that was killed
    into.answer(true);
  }
  task<void> begin_item(stored_item const& it, bool& ours) override {
    if constexpr (leases_items<Store>)
      return begin_leased(store_, *this->leasing_, it, ours);
    else
      return store_link::begin_item(it, ours);
  }

  item_news news_of(stored_item const& it, look also) override {
    item_news news;
    if constexpr (!answers_later_) {
      news.changed_elsewhere = also.around && store_.changed_elsewhere();
      if (also.at_place) news.has_moved = !is_at(store_.get(it.key), it);
      auto const of = to_any_item<L>(it);
      if (store_.may_have_troubles()) news.record = store_.trouble_of(of);
      if constexpr (requires { store_.former_key_of(of); }) news.former = store_.former_key_of(of);
    }
    return news;
  }
  task<void> news_of_later(stored_item const& it, look also, item_news& into) override {
    if constexpr (answers_later_)
      return ask_news(store_, it, also, into);
    else
      return store_link::news_of_later(it, also, into);
  }
  bool note(stored_item const& it, trouble_record const& record) override {
    if constexpr (!notes_later<Store>) return store_.note(to_any_item<L>(it), record);
    return false;
  }
  task<void> note_later(stored_item const& it, trouble_record const& record, bool& noted) override {
    if constexpr (answers_later_)
      return write_note(store_, it, record, noted);
    else
      return store_link::note_later(it, record, noted);
  }
  batch_place append_note(void* batch, stored_item const& it, trouble_record const& record) override {
    if constexpr (batch_store<Store>) {
      auto const of = std::make_shared<any const>(to_any_item<L>(it));
      return {static_cast<typename Store::batch*>(batch)->note(*of, record), of};
    } else {
      return store_link::append_note(batch, it, record);
    }
  }
  bool noted(void* batch, std::size_t ticket) override {
    if constexpr (batch_store<Store>)
      return static_cast<typename Store::batch*>(batch)->noted(ticket);
    else
      return store_link::noted(batch, ticket);
  }

 private:
  using any = any_item<L>;
  template <class Answer> static constexpr bool comes_later = coroutine_type<Answer>;
  // True if any member returns a coroutine; then all are treated as if they did.
  static constexpr bool answers_later_ =
      writes_later<Store> || comes_later<decltype(std::declval<Store&>().trouble_of(std::declval<any>()))> ||
      comes_later<decltype(std::declval<Store&>().changed_elsewhere())> ||
      comes_later<decltype(std::declval<Store&>().unrecognised())> ||
      comes_later<decltype(std::declval<Store&>().count_items())> ||
      comes_later<decltype(std::declval<Store&>().count_troubles())> ||
      comes_later<decltype(std::declval<Store&>().cut_delays(stored_time()))> ||
      comes_later<decltype(std::declval<Store&>().due(stored_time(), delayed_by::runs, 1))>;

  // Puts the answer into the question, at once or when it arrives.
  template <class T, class Answer, class Convert> void put(question<T>& into, Answer answer, Convert convert) {
    if constexpr (coroutine_type<Answer>) {
      auto const asked = this->begin_question();
      spawn(loop_.get_executor(), collect(*this, this->run.lock(), into, std::move(answer), std::move(convert)),
            {&rethrow, asked, asked->slot()});
    } else {
      into.answer(convert(std::move(answer)));
    }
  }
  template <class T, class Answer, class Convert>
  static task<void> collect(store_link& self, std::shared_ptr<void>, question<T>& into, Answer answer,
                            Convert convert) {
    // Who is given up may go on: only what waits is told.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
      auto given = co_await std::move(answer);
      into.answer(convert(std::move(given)));
    } catch (...) {
      into.fail(std::current_exception());
    }
    self.on_answer();
  }

  surroundings look_around_now(bool for_changes) {
    surroundings found;
    if constexpr (!answers_later_) {
      found.changed = for_changes && store_.changed_elsewhere();
      if constexpr (has_pauses<Store>) found.paused = store_.paused_states();
    }
    return found;
  }
  static task<surroundings> look_around_later(Store& store, bool for_changes) {
    surroundings found;
    if (for_changes) {
      auto looking = await_answer(store.changed_elsewhere());
      found.changed = co_await std::move(looking);
    }
    if constexpr (has_pauses<Store>) {
      auto asking = await_answer(store.paused_states());
      found.paused = co_await std::move(asking);
    }
    co_return found;
  }
  opening open_now(stored_time now, stored_time latest_delay, bool counts_items) {
    opening found;
    if constexpr (!answers_later_) {
      store_.changed_elsewhere();  // changes count from here on
      store_.cut_delays(latest_delay);
      if constexpr (requires { store_.sweep_leftovers(); }) store_.sweep_leftovers();
      if constexpr (has_identity<Store>) found.identity = store_.identity();
      found.unrecognised = store_.unrecognised();
      found.paused = look_around_now(false).paused;
      if (counts_items) count_now(found, now, delayed_by::anybody);
    }
    return found;
  }
  void count_now(opening& into, stored_time now, delayed_by who) {
    if constexpr (!answers_later_) {
      take_counts(into, store_.count_items());
      into.troubles = store_.count_troubles();
      if (into.troubles.delayed > 0) into.due = store_.due(now, who, most_due_counted).size();
    }
  }
  static task<opening> open_later(Store& store, stored_time now, stored_time latest_delay, bool counts_items) {
    opening found;
    auto looking = await_answer(store.changed_elsewhere());
    co_await std::move(looking);
    if constexpr (coroutine_type<decltype(store.cut_delays(latest_delay))>)
      co_await store.cut_delays(latest_delay);
    else
      store.cut_delays(latest_delay);
    if constexpr (requires { store.sweep_leftovers(); }) {
      auto sweeping = await_answer(store.sweep_leftovers());
      co_await std::move(sweeping);
    }
    if constexpr (has_identity<Store>) {
      auto asking = await_answer(store.identity());
      found.identity = co_await std::move(asking);
    }
    auto counting_others = await_answer(store.unrecognised());
    found.unrecognised = co_await std::move(counting_others);
    auto looking_for_pauses = look_around_later(store, false);
    auto const around = co_await std::move(looking_for_pauses);
    found.paused = around.paused;
    if (counts_items) {
      auto counting = count_later(store, now, delayed_by::anybody);
      auto counted = co_await std::move(counting);
      counted.identity = std::move(found.identity);
      counted.unrecognised = found.unrecognised;
      counted.paused = found.paused;
      found = std::move(counted);
    }
    co_return found;
  }
  static task<opening> count_later(Store& store, stored_time now, delayed_by who) {
    opening found;
    auto counting = await_answer(store.count_items());
    auto const counts = co_await std::move(counting);
    take_counts(found, counts);
    auto counting_troubles = await_answer(store.count_troubles());
    found.troubles = co_await std::move(counting_troubles);
    if (found.troubles.delayed > 0) {
      auto listing = await_answer(store.due(now, who, most_due_counted));
      auto const due = co_await std::move(listing);
      found.due = due.size();
    }
    co_return found;
  }
  static bool is_at(stored<L> const& row, stored_item const& it) {
    return row.item && is_still(it, row.item->version, state_index<L>(row.item->state), row.item->life);
  }
  static task<void> ask_news(Store& store, stored_item const& it, look also, item_news& into) {
    if (also.around) {
      auto looking = await_answer(store.changed_elsewhere());
      into.changed_elsewhere = co_await std::move(looking);
    }
    if (also.at_place) {
      auto asking = await_answer(store.get(it.key));
      auto const row = co_await std::move(asking);
      into.has_moved = !is_at(row, it);
    }
    if (store.may_have_troubles()) {
      auto const of = to_any_item<L>(it);  // named: the store may refer to it until it has answered
      auto asking = await_answer(store.trouble_of(of));
      into.record = co_await std::move(asking);
    }
  }
  static task<void> write_note(Store& store, stored_item const& it, trouble_record const& record, bool& noted) {
    auto const of = to_any_item<L>(it);
    auto noting = await_answer(store.note(of, record));
    noted = co_await std::move(noting);
  }
  static task<void> begin_leased(Store& store, run_owner& by, stored_item const& it, bool& ours) {
    if constexpr (leases_items<Store>) {
      auto const of = to_any_item<L>(it);
      auto beginning = await_answer(store.begin(by, of));
      ours = co_await std::move(beginning);
    }
    co_return;
  }
  static task<bool> leave_later(Store& store, run_owner& by) {
    if constexpr (leases_items<Store>) {
      if constexpr (coroutine_type<decltype(store.leave(by))>)
        co_await store.leave(by);
      else
        store.leave(by);
    }
    co_return true;
  }
  static void take_counts(opening& into, std::array<std::size_t, state_count<L>> const& counts) {
    into.items.assign(counts.begin(), counts.end());
  }

  static found_page found(std::vector<any> items, bool is_last) {
    found_page page{{}, is_last};
    page.items.reserve(items.size());
    for (auto& it : items) page.items.push_back({to_stored_item(std::move(it)), nullptr});
    return page;
  }
  static found_page found(std::vector<known_item<L>> items, bool is_last) {
    found_page page{{}, is_last};
    page.items.reserve(items.size());
    for (auto& it : items) {
      auto known = std::shared_ptr<typed_history<L>>(new typed_history<L>);
      known->record = std::move(it.record);
      known->recorded = std::move(it.recorded);
      page.items.push_back({to_stored_item(std::move(it.item)), std::move(known)});
    }
    return page;
  }

  event_loop& loop_;
  std::array<page_mark, state_count<L>> marks_{};
};

// A store of pawl's own is reached without its lifecycle's type, by code that all lifecycles share.
template <class Store> std::unique_ptr<store_link> make_link(Store& store, event_loop& loop) {
  if constexpr (serves_rows<Store>)
    return std::unique_ptr<store_link>(
        new row_link<std::remove_reference_t<decltype(store.rows())>>(&store, store.rows()));
  else
    return std::unique_ptr<store_link>(new typed_link<Store>(store, loop));
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
