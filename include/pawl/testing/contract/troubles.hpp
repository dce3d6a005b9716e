// A store's promises about trouble records: a record belongs to one version of its item, and no transition leaves it
// valid.
#ifndef PAWL_TESTING_CONTRACT_TROUBLES_HPP
#define PAWL_TESTING_CONTRACT_TROUBLES_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pawl/store/trouble_record.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

inline trouble_record parked_record() {
  trouble_record record;
  record.attempts = 5;
  record.parked = true;
  record.since = at(-3);
  record.run = 7;
  record.last_error = std::string("it said \0 no", 12);
  return record;
}
// A delay set by a run; run 0: a start time requested by the program.
inline trouble_record delayed_record(std::int64_t nanoseconds, std::int64_t run = 7) {
  trouble_record record;
  record.attempts = 1;
  record.next_at = at(nanoseconds);
  record.run = run;
  record.last_error = "later";
  return record;
}
inline trouble_record mark_of(std::int64_t run, std::int32_t recoveries = 0) {
  trouble_record record;
  record.in_doubt = true;
  record.run = run;
  record.recoveries = recoveries;
  return record;
}

// One record for each combination of what decides which run's record is kept.
inline std::vector<trouble_record> all_records() {
  std::vector<trouble_record> all;
  for (std::int32_t recoveries = 0; recoveries < 3; ++recoveries)
    for (unsigned bits = 0; bits < 32; ++bits) {
      trouble_record record;
      record.recoveries = recoveries;
      record.attempts = (bits & 1) != 0 ? 1 : 0;
      record.in_doubt = (bits & 2) != 0;
      record.parked = (bits & 4) != 0;
      if ((bits & 8) != 0) record.next_at = at(5);
      record.run = (bits & 16) != 0 ? 2 : 1;
      all.push_back(record);
    }
  return all;
}

template <class Promises> void check_records(Promises& p) {
  p.template promise<need::runs>("a record is read back as it was noted", [](auto& c) {
    any const a = c.fresh("a");
    c.expect(!c.trouble_of(a), "an item without troubles has a record");
    for (auto const& record : {delayed_record(5), delayed_record(6, 0), parked_record(), mark_of(-9)}) {
      c.release("a");
      c.must_note(a, record);
      c.expect(c.trouble_of(a) == record, "a record came back with other fields");
      c.expect(c.may_have_troubles(), "may_have_troubles() says that there is no record");
    }
  });
  p.template promise<need::runs>("an empty record removes the one that is there", [](auto& c) {
    any const a = c.fresh("a");
    c.must_note(a, parked_record());
    trouble_record empty;
    empty.run = 3;
    empty.last_error = "was";
    c.must_note(a, empty);
    c.expect(!c.trouble_of(a), "an item with an empty record has troubles");
    c.expect(c.runnable_keys() == "a", "an item with an empty record is held back");
    c.expect(c.count_troubles() == trouble_counts{}, "count_troubles() counts an empty record");
  });
  p.template promise<need::runs>("a transition ends the troubles of its item, in its transaction", [](auto& c) {
    auto const a = c.fresh("a"), b = c.fresh("b");
    c.must_note(a, parked_record());
    c.must_note(b, parked_record());
    c.begin();
    auto const moved = c.move(a, start{});
    c.expect(!c.trouble_of(moved), "inside the transaction the moved item has the troubles of its old version");
    c.rollback();
    c.expect(c.trouble_of(a) == parked_record(), "after the rollback the record is not what it was");
    c.move(a, start{});
    c.expect(!c.trouble_of(moved), "a moved item has the troubles of its old version");
    c.expect(c.runnable_keys(state::working) == "a", "a moved item is held back by the troubles of its old version");
    c.expect(c.count_troubles().parked == 1, "count_troubles() counts a record that a transition has ended");
    c.expect(c.trouble_of(b) == parked_record(), "the record of another item has changed");
  });
  p.template promise<need::runs>("what is noted in a transaction counts from its commit on", [](auto& c) {
    any const a = c.fresh("a");
    c.begin();
    c.must_note(a, parked_record());
    c.rollback();
    c.expect(!c.trouble_of(a), "a record is there after the rollback of its transaction");
    c.expect(c.runnable_keys() == "a", "an item is held back by a record that was rolled back");
    c.begin();
    c.must_note(a, parked_record());
    c.commit();
    c.expect(c.trouble_of(a) == parked_record(), "a record is not there after the commit of its transaction");
  });
  p.template promise<need::runs>("a record belongs to one version, and a stale one is refused", [](auto& c) {
    auto const a = c.fresh("a");
    auto const moved = c.move(a, start{});
    c.expect(!c.note(a, parked_record()), "a record of a version that was left was noted");
    c.expect(!c.note(any("a", moved.version, state::ready), parked_record()), "a record of another state was noted");
    c.expect(!c.note(any("a", a.version, state::working), parked_record()), "a record of another version was noted");
    c.expect(!c.note(any("b", 0, state::ready), parked_record()), "a record was noted of an item that is not there");
    c.expect(c.parked().empty(), "a stale record is listed");
    c.must_note(moved, mark_of(1));
    c.expect(!c.note(a, trouble_record()), "an empty record of a version that was left was noted");
    c.expect(c.trouble_of(moved) == mark_of(1), "an empty record of a version that was left took the record away");
    c.expect(!c.trouble_of(a), "a version that was left has the troubles of the present one");
  });
  p.template promise<need::runs, need::inserts, need::erase>(
      "an item that is inserted anew has no troubles", [](auto& c) {
        c.must_note(c.fresh("a"), parked_record());
        c.fixture().erase("a");
        c.expect(c.count_troubles() == trouble_counts{}, "count_troubles() counts the record of a row that is gone");
        any const again = c.fresh("a");
        c.expect(!c.trouble_of(again), "the item has the troubles of the row that was removed");
        c.expect(c.runnable_keys() == "a", "the item is held back by the troubles of the row that was removed");
      });
  p.template promise<need::runs, need::erase>(
      "one row, one life: no record passes to the successor of its row", [](auto& c) {
        for (auto const& record : {parked_record(), delayed_record(5), mark_of(7)}) {
          any const first = c.fresh("a");
          c.must_note(first, record);
          c.fixture().erase("a");
          any const second = c.fresh("a");
          c.expect(!c.trouble_of(second), "a row that was written anew has the troubles of the one that was removed");
          c.expect(c.runnable_keys() == "a" && c.due_keys(9).empty() && c.parked().empty(),
                   "a row that was written anew is held back by the troubles of the one that was removed");
          c.expect(!c.note(first, record), "a record was noted of a row that was removed");
          c.must_note(second, mark_of(8));
          c.expect(!c.note(first, trouble_record()), "the end of a record was noted of a row that was removed");
          c.expect(c.trouble_of(second) == mark_of(8), "a row that was removed took the record of its successor away");
          c.release("a");
          c.fixture().erase("a");
        }
      });
  p.template promise<need::runs, need::write>(
      "a program that moves a row without knowing of troubles ends them", [](auto& c) {
        c.must_note(c.fresh("a"), parked_record());
        c.fixture().write("a", "ready", 1);
        c.expect(!c.trouble_of(c.template read<state::ready>("a")), "the new version has the troubles of the old one");
        c.expect(c.runnable_keys() == "a", "the item is held back by the troubles of its old version");
        c.expect(c.count_troubles() == trouble_counts{}, "count_troubles() counts a record of a version that was left");
        c.expect(c.parked().empty(), "parked() lists a version that was left");
      });
  p.template promise<need::runs>("of the records of two runs the one stays that yields_to() says", [](auto& c) {
    any const a = c.fresh("a");
    auto const all = all_records();
    std::size_t replaced = 0, refused = 0, others = 0;
    c.begin();
    for (auto const& before : all) {
      if (before.run != 1 || before.empty()) continue;
      for (auto const& record : all) {
        c.release("a");
        c.must_note(a, before);
        bool const stays = record.yields_to(before), noted = c.note(a, record);
        auto const expected = stays ? std::optional(before) : record.empty() ? std::nullopt : std::optional(record);
        if (stays && noted) ++replaced;
        if (!stays && !noted) ++refused;
        if (stays != noted && c.trouble_of(a) != expected) ++others;
      }
    }
    c.rollback();
    c.expect(replaced == 0, "note() replaced " + std::to_string(replaced) + " records to which the new ones yield");
    c.expect(refused == 0, "note() refused " + std::to_string(refused) + " records that yield to none");
    c.expect(others == 0, std::to_string(others) + " times the record is not the one that note() said is there");
  });
  p.template promise<need::runs, need::other>("a record of another process is found", [](auto& c) {
    any const a = c.fresh("a");
    auto other = c.other();
    c.expect(c.count_troubles() == trouble_counts{}, "an empty store has troubles");
    other.must_note(a, parked_record());
    static_cast<void>(c.changed_elsewhere());
    c.expect(c.may_have_troubles(), "may_have_troubles() says no, after changed_elsewhere()");
    c.expect(c.trouble_of(a) == parked_record(), "trouble_of() does not return what another process has noted");
    c.expect(c.runnable_keys().empty(), "an item that another process has parked is listed as runnable");
    c.expect(c.release("a"), "a record of another process could not be released");
    c.expect(!other.trouble_of(a), "another process has the record that was released");
  });
}

// The effect of a record: it holds its item back until its time or a release.
template <class Promises> void check_troubles(Promises& p) {
  p.template promise<need::runs>("what is parked or delayed is not runnable, what is in doubt is", [](auto& c) {
    c.must_note(c.fresh("parked"), parked_record());
    c.must_note(c.fresh("delayed"), delayed_record(0));
    c.must_note(c.fresh("doubt"), mark_of(1));
    c.add("free");
    c.expect(c.runnable_keys() == "doubt free", "runnable() lists '" + c.runnable_keys() + "', not 'doubt free'");
    c.expect(c.count_troubles() == trouble_counts{1, 1, 1},
             "count_troubles() does not count one item parked, one delayed and one in doubt");
  });
  p.template promise<need::runs>("delayed items come due in the order of their times", [](auto& c) {
    c.must_note(c.fresh("a"), delayed_record(30));
    c.must_note(c.fresh("b"), delayed_record(10));
    c.must_note(c.fresh("c"), delayed_record(20, 0));
    c.expect(c.due_keys(9).empty(), "an item came due before its time");
    c.expect(c.due_keys(10) == "b", "an item did not come due at its time");
    c.expect(c.due_keys(100) == "b c a", "due() lists '" + c.due_keys(100) + "' and not 'b c a'");
    c.expect(c.due_keys(100, delayed_by::anybody, 2) == "b c",
             "due() does not list the two earliest where it is asked for two");
    c.expect(c.due(at(10)).at(0) == any(c.template read<state::ready>("b")), "due() returns another item than get()");
  });
  p.template promise<need::runs>("the delays of runs and start times come due apart", [](auto& c) {
    c.must_note(c.fresh("a"), delayed_record(30));
    c.must_note(c.fresh("b"), delayed_record(10));
    c.must_note(c.fresh("c"), delayed_record(20, 0));
    c.expect(c.due_keys(100, delayed_by::runs) == "b a",
             "due() lists '" + c.due_keys(100, delayed_by::runs) + "' as delayed by runs, and not 'b a'");
    c.expect(c.due_keys(100, delayed_by::program) == "c",
             "due() lists '" + c.due_keys(100, delayed_by::program) + "' as start times, and not 'c'");
    c.expect(c.next_due(at(0), delayed_by::program) == at(20), "a delay that a run has set counts as a start time");
  });
  p.template promise<need::runs>("next_due() is the earliest time that is still to come", [](auto& c) {
    c.must_note(c.fresh("a"), delayed_record(30));
    c.must_note(c.fresh("b"), delayed_record(10));
    c.must_note(c.fresh("c"), delayed_record(20, 0));
    c.expect(c.next_due(at(0), delayed_by::anybody) == at(10), "the earliest time was not returned");
    c.expect(c.next_due(at(10), delayed_by::anybody) == at(20), "a time that has come was not passed over");
    c.expect(c.next_due(at(10), delayed_by::runs) == at(30), "a delay that no run has set counts as set by a run");
    c.expect(!c.next_due(at(30), delayed_by::anybody), "there is a next time after the last one");
  });
  p.template promise<need::runs>("only an item whose state has a step comes due", [](auto& c) {
    c.must_note(c.move(c.move(c.fresh("a"), start{}), fail{"x"}), delayed_record(5));
    c.expect(c.due_keys(9).empty(), "an item that waits for an external event came due");
  });
  p.template promise<need::runs>("a parked item does not come due, whatever its time", [](auto& c) {
    auto both = parked_record();
    both.next_at = at(5);
    c.must_note(c.fresh("a"), both);
    c.must_note(c.fresh("b"), delayed_record(8));
    c.expect(c.due_keys(9) == "b", "a parked item came due");
    c.expect(c.next_due(at(0), delayed_by::anybody) == at(8), "next_due() counts a parked item");
    c.cut_delays(at(1));
    c.expect(c.parked(1).at(0).record == both, "cut_delays() changed a parked item");
  });
  p.template promise<need::runs>("a delay of a run can be cut, and a start that was asked for cannot", [](auto& c) {
    any const a = c.fresh("a"), b = c.fresh("b"), d = c.fresh("d");
    c.must_note(a, delayed_record(1000));
    c.must_note(b, delayed_record(1000, 0));
    c.must_note(d, delayed_record(10));
    c.cut_delays(at(500));
    c.expect(c.trouble_of(a) == delayed_record(500), "a delay beyond the latest time was not cut to it");
    c.expect(c.trouble_of(b) == delayed_record(1000, 0), "a requested start time was cut");
    c.expect(c.trouble_of(d) == delayed_record(10), "a delay that ends before the latest time was changed");
  });
  p.template promise<need::runs>("parked items are listed with their records", [](auto& c) {
    any const a = c.fresh("a"), b = c.move(c.fresh("b"), start{});
    c.must_note(b, parked_record());
    c.must_note(a, parked_record());
    auto const listed = c.parked();
    c.expect(listed.size() == 2 && listed[0].item == a && listed[1].item == b,
             "parked() does not list 'a' and 'b' as they are");
    for (auto const& one : listed) c.expect(one.record == parked_record(), "parked() lists another record");
    c.expect(c.parked(1).size() == 1, "parked() lists more items than its limit");
  });
  p.template promise<need::runs>("a released item runs again as if nothing had been", [](auto& c) {
    any const a = c.fresh("a");
    c.must_note(a, parked_record());
    c.must_note(c.fresh("b"), parked_record());
    c.expect(c.release("a"), "release() found no record where there is one");
    c.expect(!c.release("a"), "release() found a record that was released before");
    c.expect(!c.release("c"), "release() found a record of an item that is not there");
    c.expect(!c.trouble_of(a) && c.runnable_keys() == "a",
             "the released item is still held back, or another one is not");
    c.begin();
    c.release("b");
    c.rollback();
    c.expect(c.parked().size() == 1, "a release that was rolled back has released its item");
  });
  p.template promise<need::runs, need::inserts>("an item can be inserted with a time to begin", [](auto& c) {
    c.expect(c.insert("a", at(50)), "it was not inserted");
    c.expect(!c.insert("a", at(60)), "it was inserted twice");
    c.expect(c.runnable_keys().empty(), "it runs before its time");
    c.expect(c.due_keys(50, delayed_by::program) == "a", "it did not come due at its time");
    c.expect(!c.next_due(at(0), delayed_by::runs), "it counts as delayed by a run");
    c.expect(c.next_due(at(0), delayed_by::anybody) == at(50), "its time is not the next one");
  });
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
