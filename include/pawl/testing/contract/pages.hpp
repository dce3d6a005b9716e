// A store's promises about pages of runnable items, and about counting items.
#ifndef PAWL_TESTING_CONTRACT_PAGES_HPP
#define PAWL_TESTING_CONTRACT_PAGES_HPP

#include <cstddef>
#include <string>
#include <tuple>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/testing/contract/samples.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

// The keys of all pages in order. Stops at a page that repeats itself endlessly.
template <class Case> std::string keys_of_pages(Case& c, std::size_t limit) {
  std::string keys;
  typename Case::page_mark mark{};
  for (int pages = 0; pages < 20; ++pages) {
    auto const page = c.runnable(state::ready, mark, limit);
    c.expect(page.size() <= limit, "a page holds more items than its limit");
    if (!page.empty()) keys += (keys.empty() ? "" : " ") + Case::keys_of(page);
    if (page.is_last) return keys;
    mark = page.next;
  }
  throw cannot_continue{"the pages of six items never end: they hold " + keys};
}

// Checks an item that a page returns together with what the store knows about it. Recorded events may be missing.
template <class Case> void check_known(Case& c, known_item<contract_lifecycle> const& found) {
  c.expect(found.record == c.trouble_of(found.item),
           "the record of '" + found.item.key + "' is another one in its page than in trouble_of()");
  auto const& loaded = std::get<event_index<contract_lifecycle, load>>(found.recorded);
  c.expect(!loaded || loaded == c.template recorded<load>(found.item),
           "the event of '" + found.item.key + "' is another one in its page than in recorded()");
}
template <class Case> void check_known(Case&, any const&) {}

template <class Promises> void check_pages(Promises& p) {
  p.template promise<need::runs>("pages hold each item of their state once, whatever their limit", [](auto& c) {
    for (char key = 'a'; key <= 'f'; ++key) c.add(std::string(1, key));
    std::string const all = c.runnable_keys();
    c.expect(all == "a b c d e f", "items are not listed in the order of their rows, but as " + all);
    for (std::size_t limit = 1; limit <= 7; ++limit) {
      std::string const paged = keys_of_pages(c, limit);
      c.expect(paged == all, "pages of " + std::to_string(limit) + " items hold " + paged + " and not " + all);
    }
    for (auto const& item : c.runnable(state::ready))
      c.expect(c.get(item.key).item == item, "an item of a page is not what get() returns for its key");
  });
  p.template promise<need::runs>("an item keeps its row, and the row is its own", [](auto& c) {
    in<state::ready> const first = c.fresh("a");
    c.add("b");
    for (auto const& item : c.runnable(state::ready))
      c.expect(item.row != 0, "'" + item.key + "' is listed without a row");
    c.expect(c.runnable(state::ready)[0].row != c.runnable(state::ready)[1].row, "two items are listed with one row");
    auto const row_of_first = c.runnable(state::ready)[0].row;
    c.move(first, start{});
    auto const moved = c.runnable(state::working);
    c.expect(moved.size() == 1 && moved[0].row == row_of_first, "the row of 'a' is another one after a transition");
  });
  p.template promise<need::runs>("pages return keys as they were given, in the order of their rows", [](auto& c) {
    auto const keys = c.awkward_keys();
    for (auto const& key : keys) c.add(key);
    auto const page = c.runnable(state::ready);
    c.expect(page.size() == keys.size(),
             std::to_string(keys.size()) + " keys were added, and " + std::to_string(page.size()) + " are listed");
    for (std::size_t i = 0; i < keys.size() && i < page.size(); ++i)
      c.expect(page[i].key == keys[i], "the key " + in_quotes(keys[i]) + " is listed as " + in_quotes(page[i].key));
  });
  p.template promise<need::runs, need::write>(
      "a row in a state that the lifecycle does not know is counted and not listed", [](auto& c) {
        c.add("known");
        c.expect(c.unrecognised() == 0, "unrecognised() counts rows that are known");
        c.fixture().write("a", "archived", 7);
        c.expect(c.unrecognised() == 1, "unrecognised() does not count the row");
        for (auto const one : states<contract_lifecycle>)
          for (auto const& item : c.runnable(one))
            c.expect(item.key == "known", "runnable() lists a row whose state the lifecycle does not know");
      });
  p.template promise<need::runs>("a page holds the items of its state alone", [](auto& c) {
    c.add("ready");
    c.move(c.fresh("working"), start{});
    auto const failed = c.move(c.move(c.fresh("failed"), start{}), fail{"x"});
    c.expect(c.runnable_keys(state::ready) == "ready", "the page of the first state holds other items");
    c.expect(c.runnable_keys(state::working) == "working", "the page of the second state holds other items");
    c.expect(c.runnable_keys(state::done).empty(), "a state without items has some");
    c.move(failed, retry{});
    c.expect(c.runnable(state::ready).size() == 2, "an item that came back to its state is not listed");
  });
  p.template promise<need::runs>(
      "a page begins after its mark, also where the items before have moved on", [](auto& c) {
        for (char key = 'a'; key <= 'f'; ++key) c.add(std::string(1, key));
        auto const first = c.runnable(state::ready, {}, 2);
        c.expect(!first.is_last, "a page of two of six items calls itself the last");
        for (auto const& item : first) c.move(*item.template as<state::ready>(), start{});
        auto const second = c.runnable(state::ready, first.next, 2);
        c.expect(c.keys_of(second) == "c d", "the second page holds '" + c.keys_of(second) + "' and not 'c d'");
        auto const third = c.runnable(state::ready, second.next, 2);
        c.expect(c.keys_of(third) == "e f", "the third page holds '" + c.keys_of(third) + "' and not 'e f'");
        c.expect(third.is_last || c.runnable(state::ready, third.next, 2).empty(),
                 "there is a page after the last item");
      });
  p.template promise<need::runs>("what a page says of its items is what the store holds", [](auto& c) {
    c.add("free");
    auto const a = c.move(c.move(c.fresh("a"), start{}), full_load());
    trouble_record in_doubt;
    in_doubt.in_doubt = true;
    in_doubt.run = 1;
    c.must_note(a, in_doubt);
    for (auto const one : {state::ready, state::checking})
      for (auto const& found : c.known_page(one).items) check_known(c, found);
    trouble_record delayed;
    delayed.next_at = at(5);
    c.must_note(a, delayed);
    for (auto const& found : c.known_due(at(9))) check_known(c, found);
  });
  p.template promise<need::runs>("items are counted by their state", [](auto& c) {
    c.add("a");
    c.add("b");
    c.move(c.fresh("c"), start{});
    auto const counts = c.count_items();
    auto const count = [&counts](state of) { return counts[state_index<contract_lifecycle>(of)]; };
    c.expect(count(state::ready) == 2 && count(state::working) == 1 && count(state::done) == 0,
             "count_items() does not count two ready items and a working one");
  });
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
