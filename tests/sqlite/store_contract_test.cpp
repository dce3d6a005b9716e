// SQLite's stores keep the whole store contract, and broken promises about other processes are detected.
#include <algorithm>
#include <string>

#include <pawl/testing/store_contract.hpp>

#include "catch.hpp"
#include "sqlite/contract_fixtures.hpp"
#include "testing/faulty_store.hpp"

namespace sqlite_contract_test {

using faulty::fault;
using pawl::testing::store_contract;
using sqlite_test::contract_in_mapped_table;
using sqlite_test::contract_in_own_table;

TEST_CASE("pawl's own table keeps every promise of a store", "[sqlite]") {
  auto const verdict = store_contract([] { return contract_in_own_table(); }, {.complete = true});
  CHECK(verdict);
}

TEST_CASE("a mapped table keeps every promise of a store, but that it inserts", "[sqlite]") {
  auto const verdict = store_contract([] { return contract_in_mapped_table(); });
  CHECK(verdict);
  CHECK(verdict.unchecked.size() == 4);
  for (auto const& one : verdict.unchecked) CHECK(one.needs.find("inserts no items") != std::string::npos);
}

// What only two processes can see; the other faults are in tests/testing.
TEST_CASE("each fault towards another process is found, and told in a sentence", "[sqlite]") {
  using faulty_store = faulty::store<pawl::sqlite::store<pawl::testing::contract_lifecycle>>;
  auto const one = GENERATE(values<faulty::finding>({
      {fault::commits_later, "what is acknowledged is seen by another process, and nothing else is",
       "a commit() returned, and another process does not see its transaction"},
      {fault::reads_a_cache, "an item that another process has moved is a conflict",
       "the row is not at the version that the other process wrote"},
      {fault::commits_without_begin, "a lock of another process is met with false, and with nothing begun",
       "commit() after try_begin() has returned false must throw 'store.misuse', but threw nothing"},
      {fault::changes_always, "a commit of another process is told once",
       "changed_elsewhere() told of one commit twice"},
      {fault::always_acquired, "a sole owner is alone, and shared owners are not", "two processes own the store alone"},
      {fault::never_given_up, "an owner that is destroyed gives its store up",
       "a store whose owners are gone could not be acquired"},
      {fault::forgets_others_troubles, "a record of another process is found",
       "trouble_of() does not return what another process has noted"},
      {fault::steps_from_anywhere, "of two processes that know the same last tick one takes the step",
       "both have taken the same step"},
  }));
  auto const verdict = store_contract([&] { return contract_in_own_table<faulty_store>(one.of); });
  CAPTURE(verdict.text());
  CHECK_FALSE(verdict);
  CHECK(faulty::tells(verdict, one));
}

}  // namespace sqlite_contract_test
