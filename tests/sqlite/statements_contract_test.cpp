// The store contract on statements of the user's own: a broken promise is named, one by one and in whole batches.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/testing/store_contract.hpp>

#include "catch.hpp"
#include "runner/batching_store.hpp"
#include "sqlite/contract_fixtures.hpp"

namespace statements_contract_test {

using pawl::testing::contract_lifecycle;
using pawl::testing::store_contract;
using pawl::testing::contract::in;
using sqlite_test::contract_in_own_table;
using base = pawl::sqlite::store<contract_lifecycle>;
using statements = std::span<pawl::sql_statement const>;

enum class fault {
  none,
  drops_statements,
  runs_those_of_conflicts,
  runs_the_first_before,
  moves_without_them,
  rolls_the_others_back,
  outlives_a_rollback
};

struct careless_store : base {
  careless_store(fault has, pawl::sqlite::database& on) : base(on), its(has) {}

  void rollback() noexcept {
    base::rollback();
    if (its == fault::outlives_a_rollback) run(statements(kept));
    kept.clear();
  }
  template <auto S, class Event> auto apply(in<S> const& from, Event const& event) { return base::apply(from, event); }
  template <auto S, class Event> auto apply(in<S> const& from, Event const& event, statements all) {
    if (its == fault::drops_statements) all = {};
    if (its == fault::runs_the_first_before && !db().in_transaction()) {
      run(all.first(1));
      all = all.subspan(1);
    }
    kept.assign(all.begin(), all.end());
    try {
      auto moved = base::apply(from, event, all);
      if (!moved && its == fault::runs_those_of_conflicts) run(all);
      return moved;
    } catch (pawl::store_error const&) {
      if (its == fault::moves_without_them) static_cast<void>(base::apply(from, event));
      if (its == fault::rolls_the_others_back && db().in_transaction()) {
        base::rollback();
        static_cast<void>(base::try_begin());
      }
      throw;
    }
  }
  void run(statements all) {
    for (auto const& one : all) {
      auto s = db().prepare(one.text());
      s.bind(1, one.values()[0].text());
      s.step();
    }
  }

  fault its;
  std::vector<pawl::sql_statement> kept{};
};
static_assert(pawl::statement_store<careless_store>);

std::vector<std::string> broken_by(fault one) {
  auto const verdict = store_contract([one] { return contract_in_own_table<careless_store>(one); });
  std::vector<std::string> titles;
  for (auto const& each : verdict.broken) titles.push_back(each.promise);
  return titles;
}

TEST_CASE("a broken promise about statements is named, and no other", "[sqlite]") {
  using titles = std::vector<std::string>;
  std::string const written = "statements are written with their transition, in their order",
                    conflict = "a conflict runs no statement",
                    refused = "a statement that is refused takes its transition back",
                    rolled_back = "a transaction that is rolled back leaves no statement",
                    undone = "what is undone alone leaves the others of its transaction";
  CHECK(broken_by(fault::none).empty());
  CHECK(broken_by(fault::drops_statements) == titles{written, refused, undone});
  CHECK(broken_by(fault::runs_those_of_conflicts) == titles{conflict});
  CHECK(broken_by(fault::runs_the_first_before) == titles{conflict, refused});
  CHECK(broken_by(fault::moves_without_them) == titles{refused, undone});
  CHECK(broken_by(fault::rolls_the_others_back) == titles{undone});
  CHECK(broken_by(fault::outlives_a_rollback) == titles{rolled_back});
}

// A store that is given whole batches of SQLite's.
struct batches {
  contract_in_own_table<> file{};
  pawl::loop<pawl::virtual_clock> loop{};
  batching_store<base> store{loop, file.store};

  pawl::sql_statement statement(std::string_view text) { return file.statement(text); }
  bool has(std::string_view text) { return file.has(text); }
  template <class T> T wait(pawl::task<T> answer) { return loop.wait(std::move(answer)); }
};
// What is rejected is left out, and the rest committed.
struct lenient_batches : batches {
  struct lenient_store : batching_store<base> {
    struct batch : batching_store<base>::batch {
      explicit batch(lenient_store& of) : batching_store<base>::batch(of), store(of.file) {}
      template <auto S, class E> std::size_t apply(in<S> const& from, E const& event) {
        return batching_store<base>::batch::apply(from, event);
      }
      template <auto S, class E> std::size_t apply(in<S> const& from, E const& event, statements all) {
        try {
          static_cast<void>(store.apply(from, event, all));
        } catch (pawl::store_error const&) {}
        return batching_store<base>::batch::apply(from, event, all);
      }
      base& store;
    };
    lenient_store(pawl::event_loop& loop, base& of) : batching_store<base>(loop, of), file(of) {}
    batch make_batch() { return batch(*this); }
    base& file;
  };
  lenient_store store{loop, file.store};
};

// Only what it promises about statements: delayed_store lets several queues share one store, against the contract.
TEST_CASE("statements in whole batches keep the contract, and a part that stays of a refused batch is named",
          "[sqlite]") {
  std::string const refused = "a batch with a statement that is refused applies nothing";
  for (std::string const& promise : {std::string("statements are written with their transition, in their order"),
                                     std::string("a conflict runs no statement"),
                                     std::string("a statement that is refused takes its transition back"), refused}) {
    CAPTURE(promise);
    CHECK(store_contract([] { return batches(); }, {.complete = true, .only = promise}));
  }
  CHECK_FALSE(store_contract([] { return lenient_batches(); }, {.only = refused}));
}

}  // namespace statements_contract_test
