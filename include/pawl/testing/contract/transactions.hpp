// A store's promises about transactions: all or nothing, acknowledged means committed, and the meaning of each failure.
#ifndef PAWL_TESTING_CONTRACT_TRANSACTIONS_HPP
#define PAWL_TESTING_CONTRACT_TRANSACTIONS_HPP

#include <string>

#include <pawl/error.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/testing/contract/samples.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

template <class Promises> void check_transactions(Promises& p) {
  p.promise("a transaction that is rolled back leaves nothing", [](auto& c) {
    auto const a = c.fresh("a"), b = c.fresh("b");
    c.begin();
    c.move(c.move(a, start{}), full_load());
    c.expect(c.template read<state::checking>("a").version == 2, "inside a transaction get() does not see its changes");
    c.move(b, start{});
    c.rollback();
    c.expect(c.template read<state::ready>("a") == a, "'a' is not what it was before the transaction");
    c.expect(c.template read<state::ready>("b") == b, "'b' is not what it was before the transaction");
    c.expect(!c.template recorded<load>(a), "an event of the transaction is recorded");
  });
  p.promise("a transaction that is committed is applied as a whole", [](auto& c) {
    auto const a = c.fresh("a"), b = c.fresh("b");
    c.begin();
    c.move(a, start{});
    c.move(b, start{});
    c.commit();
    c.rollback();
    c.expect(c.version("a") == 1 && c.version("b") == 1,
             "a row is not at the version to which the transaction moved it");
  });
  p.promise("a conflict inside a transaction concerns its item alone", [](auto& c) {
    auto const a = c.fresh("a"), b = c.fresh("b");
    c.begin();
    c.move(a, start{});
    c.expect(!c.apply(a, start{}), "'a' was moved twice from the same version");
    c.expect(!c.apply(in<state::ready>("c", 0), start{}), "'c', which is not there, was moved");
    c.move(b, start{});
    c.commit();
    c.expect(c.version("a") == 1 && c.version("b") == 1, "the others of the transaction were not applied");
  });
  p.promise("a call out of order is misuse and poisons nothing", [](auto& c) {
    c.expect_failure(store_failure::misuse, "commit() without a transaction", [&] { c.commit(); });
    c.rollback();
    c.begin();
    c.expect_failure(store_failure::misuse, "try_begin() inside a transaction", [&] { c.try_begin(); });
    c.rollback();
    c.expect(!c.poisoned(), "the store is poisoned");
    c.move(c.fresh("a"), start{});
  });
  p.template promise<need::reject>(
      "a rejected transition applies nothing, poisons nothing, and the others can be replayed", [](auto& c) {
        auto const a = c.fresh("a"), bad = c.fresh("bad");
        c.begin();
        c.move(a, start{});
        c.fixture().reject("bad");
        c.expect_failure(store_failure::rejected, "a transition of 'bad'",
                         [&] { static_cast<void>(c.apply(bad, start{})); });
        c.expect(!c.poisoned(), "the store is poisoned");
        c.rollback();
        c.expect(c.version("a") == 0 && c.version("bad") == 0, "after the rollback a row is not what it was");
        c.move(a, start{});
        c.fixture().reject("bad");
        c.expect_failure(store_failure::rejected, "a transition of 'bad' that is a transaction of its own",
                         [&] { static_cast<void>(c.apply(bad, start{})); });
        c.expect(c.version("bad") == 0, "the rejected transition was applied");
      });
  p.template promise<need::fail_commit>("an error at COMMIT is unknown, and poisons the store", [](auto& c) {
    auto const a = c.fresh("a");
    c.begin();
    c.move(a, start{});
    c.fixture().fail_commit();
    c.expect_failure(store_failure::unknown, "a commit() that failed", [&] { c.commit(); });
    c.expect(c.poisoned(), "the store is not poisoned");
    c.rollback();
    c.expect(c.poisoned(), "the store is not poisoned any more after rollback()");
  });
  p.template promise<need::fail_commit>("a transition of its own is acknowledged after its COMMIT", [](auto& c) {
    auto const a = c.fresh("a");
    c.fixture().fail_commit();
    c.expect_failure(store_failure::unknown, "a transition whose COMMIT failed",
                     [&] { static_cast<void>(c.apply(a, start{})); });
    c.expect(c.poisoned(), "the store is not poisoned");
  });
  p.template promise<need::fail_commit>("a poisoned store applies and answers nothing", [](auto& c) {
    auto const a = c.fresh("a");
    c.begin();
    c.move(a, start{});
    c.fixture().fail_commit();
    c.expect_failure(store_failure::unknown, "a commit() that failed", [&] { c.commit(); });
    c.rollback();
    auto const refuses = [&c](std::string const& what, auto call) {
      c.expect_failure(store_failure::not_applied, what + " of a poisoned store", call);
    };
    refuses("try_begin()", [&] { c.try_begin(); });
    refuses("commit()", [&] { c.commit(); });
    refuses("apply()", [&] { static_cast<void>(c.apply(a, start{})); });
    refuses("get()", [&] { c.get("a"); });
    refuses("recorded()", [&] { c.template recorded<load>(a); });
  });
  p.template promise<need::fail_commit, need::runs>("a poisoned store tells a run nothing", [](auto& c) {
    auto const a = c.fresh("a");
    trouble_record parked;
    parked.parked = true;
    c.must_note(a, parked);
    c.fixture().fail_commit();
    c.expect_failure(store_failure::unknown, "a transition whose COMMIT failed",
                     [&] { static_cast<void>(c.apply(a, start{})); });
    auto const refuses = [&c](std::string const& what, auto call) {
      c.expect_failure(store_failure::not_applied, what + " of a poisoned store", call);
    };
    refuses("runnable()", [&] { c.runnable(state::ready); });
    refuses("unrecognised()", [&] { c.unrecognised(); });
    refuses("note()", [&] { c.note(a, parked); });
    refuses("trouble_of()", [&] { c.trouble_of(a); });
    refuses("due()", [&] { c.due(at(5)); });
    refuses("next_due()", [&] { c.next_due(at(5), delayed_by::anybody); });
    refuses("cut_delays()", [&] { c.cut_delays(at(5)); });
    refuses("parked()", [&] { c.parked(); });
    refuses("release()", [&] { c.release("a"); });
    refuses("count_troubles()", [&] { c.count_troubles(); });
    refuses("count_items()", [&] { c.count_items(); });
  });
  p.template promise<need::inserts>("an item is inserted once, in the initial state at version 0", [](auto& c) {
    c.expect(c.insert("a"), "insert_if_absent() found a row in an empty store");
    c.expect(c.template read<state::ready>("a").version == 0, "the item is not at version 0");
    c.move(c.template read<state::ready>("a"), start{});
    c.expect(!c.insert("a"), "insert_if_absent() inserted an item that was there");
    c.expect(c.template read<state::working>("a").version == 1, "the item that was there was not left as it is");
    c.begin();
    c.expect(c.insert("b"), "insert_if_absent() inserts nothing inside a transaction");
    c.rollback();
    c.expect(c.get("b").gone(), "an insert is there after the rollback of its transaction");
  });
  p.template promise<need::inserts>("an item needs a key that is not empty", [](auto& c) {
    c.expect_failure(store_failure::misuse, "insert_if_absent('')", [&] { c.insert(""); });
    c.expect(c.get("").gone(), "an item without a key is there");
    c.expect(!c.poisoned(), "the store is poisoned");
  });
}

// What other processes see of a store, and what it sees of them.
template <class Promises> void check_sharing(Promises& p) {
  p.template promise<need::other>("what is acknowledged is seen by another process, and nothing else is", [](auto& c) {
    auto const a = c.fresh("a");
    auto other = c.other();
    auto const working = c.move(a, start{});
    c.expect(other.version("a") == 1, "a transition was acknowledged, and another process does not see it");
    c.begin();
    c.move(working, full_load());
    c.expect(other.version("a") == 1, "another process sees a transition that is not committed");
    c.commit();
    c.expect(other.version("a") == 2, "a commit() returned, and another process does not see its transaction");
  });
  p.template promise<need::other>("an item that another process has moved is a conflict", [](auto& c) {
    auto const a = c.fresh("a");
    auto other = c.other();
    c.expect(c.template read<state::ready>("a") == a, "get() does not return the item");
    other.move(other.template read<state::ready>("a"), start{});
    auto const stale = c.apply(a, start{});
    c.expect(!stale, "'a' was moved from a version that another process had moved it from");
    if (!stale) c.expect(stale.why().now == c.get("a"), "the conflict does not hold what the row holds");
    c.expect(c.version("a") == 1, "the row is not at the version that the other process wrote");
  });
  p.template promise<need::other>("a lock of another process is met with false, and with nothing begun", [](auto& c) {
    auto const a = c.fresh("a");
    auto other = c.other();
    other.begin();
    other.move(other.template read<state::ready>("a"), start{});
    if (!c.try_begin()) {
      c.expect(c.version("a") == 0, "get() does not work while another process holds the lock");
      c.expect_failure(store_failure::misuse, "commit() after try_begin() has returned false", [&] { c.commit(); });
    }
    other.rollback();
    c.rollback();
    c.begin();
    c.move(a, start{});
    c.commit();
    c.expect(c.version("a") == 1, "the transaction after the lock was not applied");
  });
  p.template promise<need::runs>("every commit of this process is signalled, and nothing else is", [](auto& c) {
    auto const a = c.fresh("a");
    int heard = 0;
    change_signal::listener const listener(c.changes(), [&heard] { ++heard; });
    c.begin();
    c.move(a, start{});
    c.expect(heard == 0, "a transition was signalled before its commit");
    c.rollback();
    c.expect(heard == 0, "a transaction that was rolled back was signalled");
    c.begin();
    auto const working = c.move(a, start{});
    c.commit();
    c.expect(heard == 1, "a commit was not signalled once, but " + std::to_string(heard) + " times");
    trouble_record parked;
    parked.parked = true;
    c.must_note(working, parked);
    c.expect(heard == 2, "a note was not signalled once");
    c.release("a");
    c.expect(heard == 3, "a release was not signalled once");
    c.move(working, fail{"x"});
    c.expect(heard == 4, "a transition of its own was not signalled once");
  });
  p.template promise<need::runs, need::other>("a commit of another process is told once", [](auto& c) {
    auto other = c.other();
    c.fresh("a");
    static_cast<void>(c.changed_elsewhere());
    c.expect(!c.changed_elsewhere(), "changed_elsewhere() told of a change where nothing was written");
    c.move(c.template read<state::ready>("a"), start{});
    c.expect(!c.changed_elsewhere(), "changed_elsewhere() told of a change that this process made");
    other.move(other.template read<state::working>("a"), fail{"x"});
    c.expect(c.changed_elsewhere(), "changed_elsewhere() did not tell of a commit of another process");
    c.expect(!c.changed_elsewhere(), "changed_elsewhere() told of one commit twice");
  });
  auto const is_acquired = [](auto& c, ownership how) {
    auto const owner = c.make_owner();
    c.expect(c.acquire(*owner, how), "a store without an owner could not be acquired");
    c.expect(owner->how() == how, "the owner does not know how it was acquired");
  };
  p.template promise<need::runs>("a store without an owner can be acquired",
                                 [is_acquired](auto& c) { is_acquired(c, ownership::sole); });
  p.template promise<need::runs>("a store without an owner can be acquired to share it",
                                 [is_acquired](auto& c) { is_acquired(c, ownership::shared); });
  p.template promise_of<kind_of_store::not_leasing, need::runs>("a sole owner is alone in its process", [](auto& c) {
    auto const second = c.make_owner(), third = c.make_owner();
    {
      auto const first = c.make_owner();
      c.expect(c.acquire(*first, ownership::sole), "a store without an owner could not be acquired");
      c.expect(!c.acquire(*second, ownership::sole), "two runs of one process own the store alone");
      c.expect(!c.acquire(*second, ownership::shared), "a store that one run owns alone was shared with another");
    }
    c.expect(c.acquire(*second, ownership::shared), "an owner that was destroyed did not give its store up");
    c.expect(c.acquire(*third, ownership::shared), "two runs of one process could not share the store");
    auto const fourth = c.make_owner();
    c.expect(!c.acquire(*fourth, ownership::sole), "a store that is shared was acquired by one run alone");
  });
  p.template promise_of<kind_of_store::not_leasing, need::runs, need::other>(
      "a sole owner is alone, and shared owners are not", [](auto& c) {
        auto other = c.other();
        auto const mine = c.make_owner(), theirs = other.make_owner();
        c.expect(other.acquire(*theirs, ownership::sole), "a store without an owner could not be acquired");
        c.expect(!c.acquire(*mine, ownership::sole), "two processes own the store alone");
        c.expect(!c.acquire(*mine, ownership::shared), "a store that one process owns alone was shared");
        c.expect(!mine->describe_holder().empty(), "describe_holder() says nothing");
      });
  p.template promise_of<kind_of_store::not_leasing, need::runs, need::other>(
      "an owner that is destroyed gives its store up", [](auto& c) {
        auto other = c.other();
        auto const theirs = other.make_owner();
        {
          auto const mine = c.make_owner();
          c.expect(c.acquire(*mine, ownership::shared), "a store without an owner could not be acquired");
          auto const second = other.make_owner();
          c.expect(other.acquire(*second, ownership::shared), "a shared store could not be acquired a second time");
          c.expect(!other.acquire(*theirs, ownership::sole), "a store that is shared was acquired by one owner alone");
        }
        c.expect(other.acquire(*theirs, ownership::sole), "a store whose owners are gone could not be acquired");
      });
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
