// A store's promises about the items that it leases to runs.
#ifndef PAWL_TESTING_CONTRACT_LEASES_HPP
#define PAWL_TESTING_CONTRACT_LEASES_HPP

#include <string>

#include <pawl/store/ownership.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

template <class Case> owner_handle acquired_owner(Case& c) {
  auto owner = c.make_owner();
  if (!c.acquire(*owner, ownership::sole))
    throw cannot_continue{"a store that leases its items refused a second owner, or a first one"};
  return owner;
}

template <class Promises> void check_leases(Promises& p) {
  using enum kind_of_store;
  p.template promise_of<leasing, need::other>("an owner is given what no other one has claimed", [](auto& c) {
    auto other = c.other();
    for (auto const* const key : {"a", "b", "c", "d", "e"}) c.fresh(key);
    auto const mine = acquired_owner(c);
    auto const theirs = acquired_owner(other);
    auto const first = c.claim(*mine, state::ready, {}, 2);
    c.expect(c.keys_of(first) == "a b", "the first page claimed is " + c.keys_of(first) + " where a and b come first");
    auto const second = other.claim(*theirs, state::ready, {}, 2);
    c.expect(c.keys_of(second) == "c d", "beside a and b another owner claimed " + c.keys_of(second));
    auto const third = c.claim(*mine, state::ready, first.next, 9);
    c.expect(c.keys_of(third) == "e", "after its page an owner claimed " + c.keys_of(third) + " and not e");
    c.expect(other.claim(*theirs, state::ready).empty(), "an item was claimed twice");
  });
  p.template promise_of<leasing>("a claim changes no version", [](auto& c) {
    c.fresh("a");
    auto const before = c.version("a");
    auto const mine = acquired_owner(c);
    auto const page = c.claim(*mine, state::ready);
    c.expect(page.size() == 1 && page.items[0].version == before && c.version("a") == before,
             "a claim changed the version, which is a part of the idempotency key");
  });
  p.template promise_of<leasing>("what is given back may be claimed again", [](auto& c) {
    c.fresh("a");
    c.fresh("b");
    auto const mine = acquired_owner(c);
    auto const page = c.claim(*mine, state::ready);
    c.expect(page.size() == 2, "of two items an owner claimed " + c.keys_of(page));
    c.expect(c.claim(*mine, state::ready).empty(), "an owner was given twice what it has claimed");
    mine->give_back(page.items.at(0).row);
    auto const again = c.claim(*mine, state::ready);
    c.expect(c.keys_of(again) == "a", "after a was given back, this was claimed: " + c.keys_of(again));
  });
  p.template promise_of<leasing, need::other>(
      "what an owner has left is nobody's, and no death is counted", [](auto& c) {
        auto other = c.other();
        c.fresh("a");
        c.fresh("b");
        auto const mine = acquired_owner(c);
        auto const theirs = acquired_owner(other);
        auto const page = c.claim(*mine, state::ready);
        for (auto const& one : page.items)
          c.expect(c.begin_item(*mine, one), "an item that was claimed could not be begun");
        c.leave(*mine);
        auto const given = other.claim(*theirs, state::ready);
        c.expect(c.keys_of(given) == "a b", "of what an owner had left another one claimed " + c.keys_of(given));
        for (auto const& one : given.items)
          c.expect(!other.trouble_of(one), "an owner that left in order was counted as one that has died");
      });
  p.template promise_of<leasing, need::other>("an owner begins what it has claimed, and nothing else", [](auto& c) {
    auto other = c.other();
    c.fresh("a");
    c.fresh("b");
    auto const mine = acquired_owner(c);
    auto const theirs = acquired_owner(other);
    auto const page = c.claim(*mine, state::ready, {}, 1);
    c.expect(c.begin_item(*mine, page.items.at(0)), "an item that was claimed could not be begun");
    c.expect(c.begin_item(*mine, page.items.at(0)), "an item that is begun could not be begun for its next step");
    c.expect(!other.begin_item(*theirs, page.items.at(0)), "an owner began what another one has claimed");
    mine->give_back(page.items.at(0).row);
    c.expect(!c.begin_item(*mine, page.items.at(0)), "an owner began what it had given back");
  });
  p.template promise_of<leasing, need::other>(
      "a delayed item whose time has come is claimed by one owner", [](auto& c) {
        auto other = c.other();
        trouble_record waits;
        waits.run = 1;
        waits.next_at = at(1000);
        c.must_note(any(c.fresh("a")), waits);
        auto const mine = acquired_owner(c);
        auto const theirs = acquired_owner(other);
        c.expect(c.claim_due(*mine, at(999), delayed_by::runs).empty(), "an item was claimed before its time");
        c.expect(c.claim_due(*mine, at(1000), delayed_by::runs).size() == 1, "an item was not claimed at its time");
        c.expect(other.claim_due(*theirs, at(1000), delayed_by::runs).empty(), "a delayed item was claimed twice");
      });
  p.template promise_of<leasing, need::other>(
      "an owner that is gone without a word has its items taken by others, "
      "and a death is counted for those that it ran",
      [](auto& c) {
        auto other = c.other();
        c.fresh("a");
        c.fresh("b");
        auto const theirs = acquired_owner(other);
        {
          auto const mine = acquired_owner(c);
          auto const page = c.claim(*mine, state::ready);
          c.expect(page.size() == 2 && c.begin_item(*mine, page.items.at(0)), "an item could not be claimed and begun");
        }
        std::string keys;
        for (int looks = 0; keys.size() < 3 && looks < 2000; ++looks) {
          if (looks > 0) other.pause();
          auto const given = other.claim(*theirs, state::ready);
          if (!given.empty()) keys += (keys.empty() ? "" : " ") + c.keys_of(given);
          for (auto const& one : given.items) {
            auto const record = other.trouble_of(one);
            c.expect((record ? record->recoveries : 0) == (one.key == "a" ? 1 : 0),
                     "deaths counted for '" + one.key + "': " + std::to_string(record ? record->recoveries : 0));
          }
        }
        c.expect(keys == "a b" || keys == "b a", "of what a dead owner had claimed others took: " + keys);
      });
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
