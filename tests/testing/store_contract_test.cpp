// The store contract: memory_store keeps it, and for a store that breaks a promise the verdict names it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <pawl/store/memory_store.hpp>
#include <pawl/testing/store_contract.hpp>

#include "catch.hpp"
#include "testing/faulty_store.hpp"

namespace store_contract_test {

using faulty::fault;
using pawl::testing::contract_lifecycle;
using pawl::testing::store_contract;

template <class Store> struct in_memory {
  Store store;

  void write(std::string_view key, std::string_view state, std::int64_t version) { store.put(key, state, version); }
  void erase(std::string_view key) { store.erase(key); }
  void reject(std::string_view) { store.fail_next(pawl::store_failure::rejected); }
  void fail_commit() { store.fail_next(pawl::store_failure::unknown); }
};
using memory_store = pawl::memory_store<contract_lifecycle>;

pawl::testing::contract_verdict verdict_with(fault one) {
  return store_contract([one] { return in_memory<faulty::store<memory_store>>{faulty::store<memory_store>(one)}; });
}

TEST_CASE("the store in memory keeps every promise that one process can see", "[testing]") {
  auto const verdict = store_contract([] { return in_memory<memory_store>(); });
  CHECK(verdict);
  for (auto const& one : verdict.unchecked) CHECK(one.needs.find("other()") != std::string::npos);
}

// Every promise that one process can see, and a store that breaks it.
std::vector<faulty::finding> const& findings() {
  static std::vector<faulty::finding> const all{
      {fault::answers_old_version, "a transition moves its item and counts the version up by one",
       "the first transition did not return 'a' at version 1"},
      {fault::empty_conflict, "a stale version changes nothing, and the conflict holds what the row holds",
       "the conflict does not hold the item that the row holds"},
      {fault::ignores_version, "the version alone fences, where the state is the same again",
       "'a' was moved from version 0, while its row was at version 3 in the same state"},
      {fault::ignores_state, "the state alone fences, where the version is the same",
       "'a' was moved from a state in which it was not"},
      {fault::ignores_key, "the key alone fences, where the row's number is another item's",
       "'b', which is not there, was moved in the row of 'a'"},
      {fault::invents_rows, "an item whose row is not there meets a conflict that says so",
       "the conflict does not say that there is no row"},
      {fault::remembers_the_gone, "an item whose row was removed meets a conflict that says so",
       "get() does not say that the row is gone"},
      {fault::moves_successors, "one row, one life: no item moves the successor of its row",
       "an item of the row that was removed moved its successor"},
      {fault::needs_row_numbers, "an item without a row's number is found by its key",
       "a transition of 'a' from version 0 was refused as a conflict, although no other writer had moved it: there is "
       "no such row"},
      {fault::casts_unknown, "a state that the lifecycle does not know is reported and left alone",
       "get() does not return the text of the state"},
      {fault::ends_at_a_version, "the largest version is not the last that can be reached",
       "a transition of 'a' from version 9223372036854775806 was refused as a conflict, although no other writer had "
       "moved it: there is no such row"},
      {fault::folds_keys, "keys are bytes: each is a row of its own",
       "insert_if_absent('a') found a row of this key in an empty store"},
      {fault::cuts_texts, "what an event records comes back as it was",
       "an event with the text 'nul ? inside' came back with other fields"},
      {fault::keeps_recorded, "an event is recorded until its item is in its initial state again",
       "an item in its initial state has recorded events"},
      {fault::stores_nan, "a NaN is rejected, and nothing of its transition is applied",
       "an event with a NaN must throw 'store.rejected', but threw nothing"},
      {fault::commits_at_rollback, "a transaction that is rolled back leaves nothing",
       "get('a') did not return the item in its state: it is checking at version 2"},
      {fault::drops_at_commit, "a transaction that is committed is applied as a whole",
       "a row is not at the version to which the transaction moved it"},
      {fault::conflict_rolls_back, "a conflict inside a transaction concerns its item alone",
       "the others of the transaction were not applied"},
      {fault::nests, "a call out of order is misuse and poisons nothing",
       "try_begin() inside a transaction must throw 'store.misuse', but threw nothing"},
      {fault::rejection_is_a_conflict,
       "a rejected transition applies nothing, poisons nothing, and the others can be replayed",
       "a transition of 'bad' must throw 'store.rejected', but threw nothing"},
      {fault::unknown_is_a_no, "an error at COMMIT is unknown, and poisons the store",
       "a commit() that failed must throw 'store.unknown', but threw 'store.not_applied'"},
      {fault::acknowledges_before_commit, "a transition of its own is acknowledged after its COMMIT",
       "a transition whose COMMIT failed must throw 'store.unknown', but threw nothing"},
      {fault::answers_poisoned, "a poisoned store applies and answers nothing",
       "get() of a poisoned store must throw 'store.not_applied', but threw nothing"},
      {fault::counts_poisoned, "a poisoned store tells a run nothing",
       "count_troubles() of a poisoned store must throw 'store.not_applied', but threw nothing"},
      {fault::inserts_over, "an item is inserted once, in the initial state at version 0",
       "insert_if_absent() inserted an item that was there"},
      {fault::inserts_without_a_key, "an item needs a key that is not empty",
       "insert_if_absent('') must throw 'store.misuse', but threw nothing"},
      {fault::signals_nothing, "every commit of this process is signalled, and nothing else is",
       "a commit was not signalled once, but 0 times"},
      {fault::always_acquired, "a sole owner is alone in its process", "two runs of one process own the store alone"},
      {fault::never_acquired, "a store without an owner can be acquired",
       "a store without an owner could not be acquired"},
      {fault::never_shared, "a store without an owner can be acquired to share it",
       "a store without an owner could not be acquired"},
      {fault::repeats_an_item, "pages hold each item of their state once, whatever their limit",
       "the pages of six items never end: they hold a a a a a a a a a a a a a a a a a a a a"},
      {fault::lists_cut_keys, "pages return keys as they were given, in the order of their rows",
       "the key 'nul ? inside' is listed as 'nul '"},
      {fault::counts_no_unknown, "a row in a state that the lifecycle does not know is counted and not listed",
       "unrecognised() does not count the row"},
      {fault::mixes_states, "a page holds the items of its state alone",
       "the page of the first state holds other items"},
      {fault::marks_by_count, "a page begins after its mark, also where the items before have moved on",
       "the second page holds 'e f' and not 'c d'"},
      {fault::renumbers_rows, "an item keeps its row, and the row is its own",
       "the row of 'a' is another one after a transition"},
      {fault::counts_wrongly, "items are counted by their state",
       "count_items() does not count two ready items and a working one"},
      {fault::loses_the_error, "a record is read back as it was noted", "a record came back with other fields"},
      {fault::keeps_empty_records, "an empty record removes the one that is there",
       "an item with an empty record has troubles"},
      {fault::keeps_troubles_of_moved, "a transition ends the troubles of its item, in its transaction",
       "a moved item has the troubles of its old version"},
      {fault::notes_outside_of_transactions, "what is noted in a transaction counts from its commit on",
       "a record is there after the rollback of its transaction"},
      {fault::notes_for_any_version, "a record belongs to one version, and a stale one is refused",
       "a record of a version that was left was noted"},
      {fault::notes_for_successors, "one row, one life: no record passes to the successor of its row",
       "a record was noted of a row that was removed"},
      {fault::keeps_troubles_of_removed, "an item that is inserted anew has no troubles",
       "the item has the troubles of the row that was removed"},
      {fault::keeps_troubles_of_other_versions, "a program that moves a row without knowing of troubles ends them",
       "the new version has the troubles of the old one"},
      {fault::replaces_every_record, "of the records of two runs the one stays that yields_to() says",
       "note() replaced 436 records to which the new ones yield"},
      {fault::runs_what_is_parked, "what is parked or delayed is not runnable, what is in doubt is",
       "runnable() lists 'doubt free parked', not 'doubt free'"},
      {fault::due_in_reverse, "delayed items come due in the order of their times",
       "due() lists 'a c b' and not 'b c a'"},
      {fault::due_of_anybody, "the delays of runs and start times come due apart",
       "due() lists 'b c a' as delayed by runs, and not 'b a'"},
      {fault::next_due_of_anybody, "next_due() is the earliest time that is still to come",
       "a delay that no run has set counts as set by a run"},
      {fault::due_without_a_step, "only an item whose state has a step comes due",
       "an item that waits for an external event came due"},
      {fault::due_though_parked, "a parked item does not come due, whatever its time", "a parked item came due"},
      {fault::cuts_nothing, "a delay of a run can be cut, and a start that was asked for cannot",
       "a delay beyond the latest time was not cut to it"},
      {fault::parked_without_limit, "parked items are listed with their records",
       "parked() lists more items than its limit"},
      {fault::releases_anything, "a released item runs again as if nothing had been",
       "release() found a record that was released before"},
      {fault::inserts_at_once, "an item can be inserted with a time to begin", "it runs before its time"},
      {fault::has_one_schedule, "a schedule that was never advanced has no last tick, and one that was has",
       "another schedule has the last tick too"},
      {fault::counts_what_is_there, "the items of a step are there once, and what is there already stays as it is",
       "not two items of the step were new"},
      {fault::steps_from_anywhere, "a step from elsewhere than the last tick writes nothing",
       "a step that was refused has inserted an item"},
      {fault::never_forgets_ticks, "a schedule that is forgotten is as one that never was, and its items stay",
       "the schedule was not forgotten"},
      {fault::signals_nothing, "a step changes the store for those who wait",
       "changes() was not raised by a step with an item"},
      {fault::keeps_steps_rolled_back, "a step in a transaction is written with it, or not at all",
       "a step that was rolled back is there"},
  };
  return all;
}

TEST_CASE("each fault of a store is found, and told in a sentence", "[testing]") {
  auto const one = GENERATE(from_range(findings()));
  auto const verdict = verdict_with(one.of);
  CAPTURE(verdict.text());
  CHECK_FALSE(verdict);
  CHECK(faulty::tells(verdict, one));
}

// Its pages say of each item that it has no troubles and has recorded an empty event.
struct mistaken_pages : memory_store {
  auto runnable(pawl::testing::contract::state of, page_mark after, std::size_t limit) {
    auto const page = memory_store::runnable(of, after, limit);
    pawl::item_page<pawl::known_item<contract_lifecycle>, page_mark> known{.next = page.next, .is_last = page.is_last};
    for (auto const& item : page) {
      known.items.push_back({item, {}, {}});
      std::get<pawl::event_index<contract_lifecycle, pawl::testing::contract::load>>(known.items.back().recorded)
          .emplace();
    }
    return known;
  }
};
std::string const known_pages = "what a page says of its items is what the store holds";

TEST_CASE("a page that says of an item what the store does not hold is found", "[testing]") {
  auto const verdict = store_contract([] { return in_memory<mistaken_pages>(); });
  CAPTURE(verdict.text());
  CHECK(faulty::tells(verdict,
                      {fault::none, known_pages, "the record of 'a' is another one in its page than in trouble_of()"}));
  CHECK(faulty::tells(verdict,
                      {fault::none, known_pages, "the event of 'a' is another one in its page than in recorded()"}));
}

TEST_CASE("for each promise of the contract there is a store that breaks it", "[testing]") {
  auto const verdict = verdict_with(fault::none);
  CHECK(verdict);
  for (auto const& promise : verdict.kept) {
    if (promise == known_pages) continue;
    CAPTURE(promise);
    CHECK(std::any_of(findings().begin(), findings().end(), [&](auto const& one) { return one.promise == promise; }));
  }
}

struct bare {
  memory_store store;
};

TEST_CASE("a verdict lists what the fixture does not let it check, and is none if it must be complete", "[testing]") {
  auto const verdict = store_contract([] { return bare(); });
  CHECK(verdict);
  CHECK(verdict.unchecked.size() == 21);
  CHECK(verdict.text().find("not checked: an error at COMMIT is unknown, and poisons the store\n"
                            "    the fixture has no fail_commit(), after which the next commit fails") !=
        std::string::npos);
  CHECK_FALSE(store_contract([] { return bare(); }, {.complete = true}));
}

TEST_CASE("one promise can be checked alone, by its title", "[testing]") {
  auto const verdict = store_contract([] { return bare(); }, {.only = "an empty record removes the one that is there"});
  CHECK(verdict);
  CHECK(verdict.kept == std::vector<std::string>{"an empty record removes the one that is there"});
  auto const none = [] { static_cast<void>(store_contract([] { return bare(); }, {.only = "nothing"})); };
  CHECK_THROWS_WITH(none(), "pawl: the store contract has no promise 'nothing'");
  CHECK_FALSE(store_contract([] { return bare(); }, {.only = "an error at COMMIT is unknown, and poisons the store"}));
}

// Answers not the value, but something from which it must be fetched.
template <class Value> struct answer { Value value; };
struct later_store : memory_store {
  answer<bool> try_begin() { return {memory_store::try_begin()}; }
  answer<pawl::stored<contract_lifecycle>> get(std::string_view key) { return {memory_store::get(key)}; }
};
struct answers_later {
  later_store store;
  template <class Value> Value wait(answer<Value> given) { return std::move(given.value); }
};

TEST_CASE("what a store answers later goes through the fixture's wait", "[testing]") {
  CHECK(store_contract([] { return answers_later(); }));
}

}  // namespace store_contract_test
