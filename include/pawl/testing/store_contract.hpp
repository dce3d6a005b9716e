// Checks a store against every promise of transition_store and run_port, and reports in sentences which ones it breaks.
#ifndef PAWL_TESTING_STORE_CONTRACT_HPP
#define PAWL_TESTING_STORE_CONTRACT_HPP

#include <concepts>
#include <type_traits>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/testing/contract/batches.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/leases.hpp>
#include <pawl/testing/contract/moves.hpp>
#include <pawl/testing/contract/pages.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/testing/contract/statements.hpp>
#include <pawl/testing/contract/ticks.hpp>
#include <pawl/testing/contract/transactions.hpp>
#include <pawl/testing/contract/troubles.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/testing/contract_verdict.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// `make()` returns a fixture: your struct, holding an empty store of the contract_lifecycle as `store`, and whatever
// the checks need besides it. Each promise is checked on a fresh fixture.
//
//   struct fixture {
//     my_database db{":memory:"};
//     my_store<pawl::testing::contract_lifecycle> store{db};
//
//     void add(std::string_view key);    // an item in the initial state at version 0: only if the store inserts none
//     void write(std::string_view key, std::string_view state, std::int64_t version);  // makes or replaces a row as
//     void erase(std::string_view key);                                                // another program would
//     my_store<pawl::testing::contract_lifecycle>& other();                            // what another process sees
//     void fail_commit();                // the next COMMIT fails
//     void reject(std::string_view key); // the next transition of this item is rejected, as by a constraint
//     pawl::sql_statement statement(std::string_view text);  // inserts the text into a table where it may be only once
//     bool has(std::string_view text);                       // whether it is there: if the store takes statements
//     auto wait(auto answer);            // only if the store does not return values: the value of its answer
//   };
//   auto const verdict = pawl::testing::store_contract([] { return fixture(); });
//   CHECK(verdict);
//
// A store whose database bounds its keys says so: `static constexpr std::size_t longest_key`, in bytes.
//
// Every member but `store` is optional: the verdict lists what could not be checked without it, and with
// contract_options::complete that is a failure. If the store is not a run_port, promises to runs are not checked. A
// store that answers later returns coroutines where those concepts allow it.
//
// Not part of the contract: survival of commits after a crash (for_each_crash_point kills processes; a power cut needs
// a test device), the journal of a dead owner, and speed.
//
// Throws error "testing.no_such_promise" if contract_options::only names no promise, and what make() throws.
template <class Make> contract_verdict store_contract(Make&& make, contract_options const& options = {}) {
  using promises = contract::promises<std::remove_reference_t<Make>>;
  using store = contract::store_of<typename promises::fixture>;
  static_assert(std::same_as<typename store::lifecycle, contract_lifecycle>,
                "pawl: the fixture's store must be one of pawl::testing::contract_lifecycle");
  promises all(make, options);
  contract::check_moves(all);
  contract::check_transactions(all);
  contract::check_batches(all);
  contract::check_statements(all);
  contract::check_sharing(all);
  contract::check_leases(all);
  contract::check_pages(all);
  contract::check_records(all);
  contract::check_troubles(all);
  contract::check_ticks(all);
  auto verdict = std::move(all).verdict();
  if (verdict.kept.empty() && verdict.broken.empty() && verdict.unchecked.empty())
    throw error("testing.no_such_promise", "pawl: the store contract has no promise '" + options.only + "'");
  return verdict;
}

}  // namespace pawl::inline PAWL_ABI::testing

#endif
