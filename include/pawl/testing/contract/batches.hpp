// A store's promises about whole batches (store/batch_store.hpp), for stores that take them.
#ifndef PAWL_TESTING_CONTRACT_BATCHES_HPP
#define PAWL_TESTING_CONTRACT_BATCHES_HPP

#include <optional>
#include <string>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/testing/contract/samples.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

template <class Promises> void check_batch_moves(Promises& p) {
  p.promise("a batch applies nothing before it is written", [](auto& c) {
    auto const a = c.fresh("a");
    auto const event = start{};
    {
      auto dropped = c.make_batch();
      dropped.apply(a, event);
    }
    c.expect(c.version("a") == 0, "a batch that was never written was applied");
    c.move(a, event);
  });
  p.promise("a batch is applied as a whole, and tells each of its moves", [](auto& c) {
    auto const first = c.fresh("a"), b = c.fresh("b");
    auto const a = c.move(first, start{});
    auto const begin = start{};
    auto const loaded = full_load();
    auto batch = c.make_batch();
    auto const of_b = batch.apply(b, begin), of_a = batch.apply(a, loaded);
    c.write(batch);
    auto const moved_a = batch.template applied<state::working, load>(of_a);
    auto const moved_b = batch.template applied<state::ready, start>(of_b);
    c.expect(moved_a && *moved_a == c.template read<state::checking>("a"),
             "the answer for 'a' is not what its row holds");
    c.expect(moved_b && *moved_b == c.template read<state::working>("b"),
             "the answer for 'b' is not what its row holds");
    c.expect(c.version("a") == 2 && c.version("b") == 1, "a row is not at the version to which the batch moved it");
    c.expect(c.template recorded<load>(c.template read<state::checking>("a")) == loaded,
             "the event of the batch is not recorded as it was given");
  });
  p.promise("a conflict inside a batch concerns its write alone", [](auto& c) {
    auto const a = c.fresh("a"), b = c.fresh("b");
    auto const missing = in<state::ready>("c", 0);
    auto const event = start{};
    c.move(a, event);
    auto batch = c.make_batch();
    auto const of_a = batch.apply(a, event), of_c = batch.apply(missing, event), of_b = batch.apply(b, event);
    c.write(batch);
    auto const stale = batch.template applied<state::ready, start>(of_a);
    c.expect(!stale, "'a' was moved twice from the same version");
    c.expect(stale || (stale.why().now.item && stale.why().now.item->version == 1),
             "the conflict of 'a' does not hold what its row contains");
    c.expect(!batch.template applied<state::ready, start>(of_c), "'c', which is not there, was moved");
    c.expect(bool(batch.template applied<state::ready, start>(of_b)), "'b' was not moved");
    c.expect(c.version("a") == 1 && c.version("b") == 1, "the others of the batch were not applied");
  });
  p.promise("a later write of a batch sees an earlier one of the same key", [](auto& c) {
    auto const a = c.fresh("a");
    auto const next = in<state::working>("a", 1, a.row, a.life);
    auto const begin = start{};
    auto const loaded = full_load();
    auto batch = c.make_batch();
    auto const first = batch.apply(a, begin), twice = batch.apply(a, begin), second = batch.apply(next, loaded);
    c.write(batch);
    c.expect(bool(batch.template applied<state::ready, start>(first)), "the first write was not applied");
    c.expect(!batch.template applied<state::ready, start>(twice), "'a' was moved twice from the same version");
    c.expect(bool(batch.template applied<state::working, load>(second)),
             "the write from its new version was not applied");
    c.expect(c.version("a") == 2, "'a' is not at the version to which the batch moved it");
  });
}

template <class Promises> void check_batch_failures(Promises& p) {
  p.template promise<need::reject>(
      "a batch that is rejected applies nothing, poisons nothing, and the others can be "
      "written in another",
      [](auto& c) {
        auto const a = c.fresh("a"), bad = c.fresh("bad"), b = c.fresh("b");
        auto const event = start{};
        c.fixture().reject("bad");
        c.expect_failure(store_failure::rejected, "a batch with a transition of 'bad'", [&] {
          auto batch = c.make_batch();
          batch.apply(a, event);
          batch.apply(bad, event);
          batch.apply(b, event);
          c.write(batch);
        });
        c.expect(!c.poisoned(), "the store is poisoned");
        c.expect(c.version("a") == 0 && c.version("bad") == 0 && c.version("b") == 0,
                 "a row is not what it was before the batch");
        auto others = c.make_batch();
        auto const of_a = others.apply(a, event);
        c.write(others);
        c.expect(bool(others.template applied<state::ready, start>(of_a)), "the others were not applied");
      });
  p.template promise<need::fail_commit>("an error at the COMMIT of a batch is unknown", [](auto& c) {
    auto const a = c.fresh("a");
    auto const event = start{};
    auto batch = c.make_batch();
    batch.apply(a, event);
    c.fixture().fail_commit();
    c.expect_failure(store_failure::unknown, "a batch whose COMMIT failed", [&] { c.write(batch); });
  });
}

template <class Promises> void check_batch_troubles(Promises& p) {
  p.template promise<need::inserts>("a batch inserts what is not there, and leaves what is", [](auto& c) {
    auto const a = c.fresh("a");
    c.move(a, start{});
    auto batch = c.make_batch();
    auto const of_a = batch.insert("a", std::nullopt), of_b = batch.insert("b", std::nullopt);
    auto const again = batch.insert("b", std::nullopt), later = batch.insert("later", at(9));
    c.write(batch);
    c.expect(!batch.inserted(of_a) && c.version("a") == 1, "the insert of 'a', which is there, changed it or says so");
    c.expect(batch.inserted(of_b) && c.version("b") == 0, "'b' was not inserted");
    c.expect(!batch.inserted(again), "'b' was inserted twice");
    c.expect(batch.inserted(later) && c.version("later") == 0, "'later' was not inserted");
  });
  p.template promise<need::inserts, need::runs>("an insert of a batch is delayed as it says", [](auto& c) {
    auto batch = c.make_batch();
    batch.insert("later", at(9));
    c.write(batch);
    c.expect(c.runnable_keys().empty() && c.due_keys(9) == "later", "'later' is not due when it should be");
  });
  p.template promise<need::runs>("a record that a batch notes is there, unless its item has moved", [](auto& c) {
    auto const a = c.fresh("a"), b = c.fresh("b");
    c.move(b, start{});
    any const of_a = a, of_b = b;
    trouble_record parked;
    parked.parked = true;
    auto batch = c.make_batch();
    auto const noted = batch.note(of_a, parked), yields = batch.note(of_b, parked);
    c.write(batch);
    c.expect(batch.noted(noted) && c.trouble_of(of_a), "the record of 'a' was not noted");
    c.expect(!batch.noted(yields), "a record was noted for a version that 'b' has left");
    c.expect(c.count_troubles().parked == 1, "there is not exactly one record");
  });
  p.template promise<need::runs>("a transition of a batch removes the record that the batch noted before", [](auto& c) {
    auto const a = c.fresh("a");
    any const of_a = a;
    trouble_record parked;
    parked.parked = true;
    auto const event = start{};
    auto batch = c.make_batch();
    auto const noted = batch.note(of_a, parked), moved = batch.apply(a, event);
    c.write(batch);
    c.expect(batch.noted(noted), "the record was not noted");
    c.expect(bool(batch.template applied<state::ready, start>(moved)), "'a' was not moved");
    c.expect(c.count_troubles().parked == 0, "the record is still there");
  });
}

// A store that is no batch_store has nothing to keep here.
template <class Promises> void check_batches(Promises& p) {
  if constexpr (batch_store<store_of<typename Promises::fixture>>) {
    check_batch_moves(p);
    check_batch_failures(p);
    check_batch_troubles(p);
  }
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
