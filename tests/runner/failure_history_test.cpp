// What the history tells of a failure is what its event was told: all attempts, the last one included, and the last error.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/store/store_options.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "runner/batching_store.hpp"
#include "runner/delayed_store.hpp"
#include "runner/dying_life.hpp"

namespace failure_history_test {

using namespace dying;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

struct in_memory {
  explicit in_memory(bool history) : store(pawl::store_options{.history = history}) {}
  virtual_loop loop{};
  pawl::memory_store<life> store;
  void add() { store.insert_if_absent("hook"); }
  void run(unlucky steps, pawl::run_options const& options) {
    pawl::commit_queue queue{loop, store};
    pawl::run(queue, steps, options);
  }
};
// The same at a distance, one write after the other, and in whole batches.
struct delayed : in_memory {
  using in_memory::in_memory;
  void run(unlucky steps, pawl::run_options const& options) {
    delayed_store distant(loop, store);
    pawl::commit_queue queue{loop, distant};
    pawl::run(queue, steps, options);
  }
};
struct batched : in_memory {
  using in_memory::in_memory;
  void run(unlucky steps, pawl::run_options const& options) {
    batching_store distant(loop, store);
    pawl::commit_queue queue{loop, distant};
    pawl::run(queue, steps, options);
  }
};
template <class Table> struct in_sqlite {
  explicit in_sqlite(bool history) : how{.history = history} {}
  pawl::store_options how;
  temporary_folder folder{};
  pawl::sqlite::database db{folder / "lives.db"};
  virtual_loop loop{};
  pawl::sqlite::store<Table> store = make();

  pawl::sqlite::store<Table> make() {
    db.execute(
        "CREATE TABLE lives(name TEXT PRIMARY KEY,state TEXT NOT NULL DEFAULT 'pending',version INTEGER NOT NULL "
        "DEFAULT "
        "0,error TEXT,attempts INTEGER)");
    return pawl::sqlite::store<Table>(db, how);
  }
  void add() {
    if constexpr (pawl::a_lifecycle<Table>)
      store.insert_if_absent("hook");
    else
      db.execute("INSERT INTO lives(name) VALUES('hook')");
  }
  void run(unlucky steps, pawl::run_options const& options) {
    pawl::commit_queue queue{loop, store};
    pawl::run(queue, steps, options);
  }
};
#define EVERY_STORE in_memory, delayed, batched, in_sqlite<life>, in_sqlite<lives>

TEMPLATE_TEST_CASE("the history of a failure has the attempts and the error that its event is told", "[runner]",
                   EVERY_STORE) {
  for (auto& one : all_endings()) {
    TestType w(true);
    w.add();
    std::size_t calls = 0;
    w.run(unlucky{one.meets, calls}, one.options);
    auto const it = w.store.get("hook").item;
    REQUIRE(it);
    REQUIRE(it->state == state::dead);
    auto const event = w.store.template recorded<give_up>(*it);
    REQUIRE(event);
    CAPTURE(one.error);
    CHECK(event->attempts == one.attempts);
    CHECK(event->error == one.error);
    auto const told = w.store.history("hook");
    REQUIRE(told.size() == 1);
    CHECK(told[0].event == "give_up");
    CHECK(told[0].attempts == one.attempts);
    CHECK(told[0].error == one.error);
    CHECK(told[0].run > 0);
    CHECK_FALSE(w.store.trouble_of(*it));
  }
}

TEMPLATE_TEST_CASE("without a history nothing is noted before a failure, and what cannot be noted does not keep it",
                   "[runner]", in_sqlite<life>, in_sqlite<lives>) {
  for (bool const history : {false, true}) {
    TestType w(history);
    w.add();
    w.db.execute("CREATE TRIGGER refused BEFORE INSERT ON pawl_trouble BEGIN SELECT RAISE(ABORT,'no'); END");
    std::size_t calls = 0;
    std::vector<pawl::trouble> meets{pawl::trouble::permanent("no")};
    pawl::commit_queue queue{w.loop, w.store};
    auto const summary = pawl::run(queue, unlucky{meets, calls});
    CHECK(summary.failures == 1);
    CHECK(w.store.get("hook").item->state == state::dead);
    CHECK(w.store.history("hook").size() == (history ? 1 : 0));
  }
}

}  // namespace failure_history_test
