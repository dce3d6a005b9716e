// A store's promises about its user's own statements (store/statement_store.hpp), for stores that take them.
#ifndef PAWL_TESTING_CONTRACT_STATEMENTS_HPP
#define PAWL_TESTING_CONTRACT_STATEMENTS_HPP

#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract/promises.hpp>
#include <pawl/testing/contract/samples.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

using statements = std::vector<sql_statement>;

// As a transaction of its own: by the store, or as a batch.
template <class Case> auto start_with(Case& c, in<state::ready> const& from, statements const& all) {
  auto const event = start{};
  if constexpr (batch_store<typename Case::store>) {
    auto batch = c.make_batch();
    auto const ticket = batch.apply(from, event, all);
    c.write(batch);
    return batch.template applied<state::ready, start>(ticket);
  } else {
    return c.apply(from, event, all);
  }
}

template <class Promises> void check_statements_alone(Promises& p) {
  p.template promise<need::statements>("statements are written with their transition, in their order", [](auto& c) {
    auto& f = c.fixture();
    auto const moved = start_with(c, c.fresh("a"), {f.statement("1"), f.statement("2")});
    c.expect(bool(moved) && c.version("a") == 1, "the transition was not applied");
    c.expect(f.has("1") && f.has("2"), "a statement was not written with its transition");
  });
  p.template promise<need::statements>("a conflict runs no statement", [](auto& c) {
    auto const a = c.fresh("a");
    c.move(a, start{});
    auto const moved = start_with(c, a, {c.fixture().statement("1")});
    c.expect(!moved, "'a' was moved twice from the same version");
    c.expect(!c.fixture().has("1"), "a statement was written though its item had not moved");
  });
  p.template promise<need::statements>("a statement that is refused takes its transition back", [](auto& c) {
    auto& f = c.fixture();
    auto const a = c.fresh("a"), b = c.fresh("b");
    static_cast<void>(start_with(c, a, {f.statement("taken")}));
    c.expect_failure(store_failure::rejected, "a transition whose second statement is refused", [&] {
      static_cast<void>(start_with(c, b, {f.statement("first"), f.statement("taken")}));
    });
    c.expect(c.version("b") == 0, "the transition was applied without its statement");
    c.expect(!f.has("first"), "a statement was written without its transition");
    c.expect(!c.poisoned(), "the store is poisoned");
    c.expect(bool(start_with(c, b, {f.statement("first")})), "'b' could not be moved afterwards");
  });
}

template <class Promises> void check_statements_of_a_transaction(Promises& p) {
  p.template promise<need::statements>("a transaction that is rolled back leaves no statement", [](auto& c) {
    auto const a = c.fresh("a");
    statements const one{c.fixture().statement("1")};  // outside of the transaction: it may make the table
    c.begin();
    static_cast<void>(c.apply(a, start{}, one));
    c.rollback();
    c.expect(!c.fixture().has("1"), "a statement of the transaction was written");
  });
  p.template promise<need::statements>("what is undone alone leaves the others of its transaction", [](auto& c) {
    auto& f = c.fixture();
    auto const a = c.fresh("a"), b = c.fresh("b"), d = c.fresh("d");
    static_cast<void>(c.apply(c.fresh("before"), start{}, statements{f.statement("taken")}));
    c.begin();
    static_cast<void>(c.apply(a, start{}, statements{f.statement("of a")}));
    bool goes_on = false;
    c.expect_failure(store_failure::rejected, "a transition whose second statement is refused", [&] {
      try {
        static_cast<void>(c.apply(b, start{}, statements{f.statement("first"), f.statement("taken")}));
      } catch (transition_undone const&) {
        goes_on = true;
        throw;
      }
    });
    if (goes_on) c.move(d, start{});
    goes_on ? c.commit() : c.rollback();
    c.expect(c.version("a") == (goes_on ? 1 : 0) && f.has("of a") == goes_on && c.version("d") == (goes_on ? 1 : 0),
             "the transaction does not hold what the others wrote");
    c.expect(c.version("b") == 0 && !f.has("first"), "what was refused was written in part");
  });
}

template <class Promises> void check_statements_of_a_batch(Promises& p) {
  p.template promise<need::statements>("a batch with a statement that is refused applies nothing", [](auto& c) {
    auto& f = c.fixture();
    auto const a = c.fresh("a"), b = c.fresh("b");
    static_cast<void>(start_with(c, c.fresh("before"), {f.statement("taken")}));
    auto const event = start{};
    statements const of_a{f.statement("of a")}, of_b{f.statement("taken")};
    c.expect_failure(store_failure::rejected, "a batch with a statement that is refused", [&] {
      auto batch = c.make_batch();
      batch.apply(a, event, of_a);
      batch.apply(b, event, of_b);
      c.write(batch);
    });
    c.expect(c.version("a") == 0 && c.version("b") == 0 && !f.has("of a"), "a part of the batch was applied");
  });
}

// A store that takes no statements has nothing to keep here.
template <class Promises> void check_statements(Promises& p) {
  using store = store_of<typename Promises::fixture>;
  if constexpr (declares_statements<store>) {
    if constexpr (pawl::detail::check_statement_store<store>()) {
      check_statements_alone(p);
      if constexpr (batch_store<store>)
        check_statements_of_a_batch(p);
      else
        check_statements_of_a_transaction(p);
    }
  }
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
