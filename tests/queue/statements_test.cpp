// Transitions with statements of their own in a queue: who shares a transaction with one that is refused is written.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/blocking.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "runner/parcel.hpp"
#include "runner/test_queue.hpp"
#include "sqlite/fixture.hpp"

namespace statements_test {

using namespace std::chrono_literals;
using parcel::life;
using parcel::pack;
using parcel::state;
using virtual_loop = pawl::loop<pawl::virtual_clock>;
using texts = std::vector<std::string>;

struct batches {
  std::vector<std::size_t> sizes;
  texts moved;
  void on_batch(pawl::batch_times const& b) { sizes.push_back(b.size); }
  void on_transition(pawl::transition_times const& t) {
    if (t.moved) moved.emplace_back(t.key);
  }
};

pawl::sql_statement note(std::string_view text) { return pawl::sql("INSERT INTO notes(text) VALUES(?1)", text); }

// `Observed`: with an observer, which in the suite of stores that answer later means one write after the other; without
// one, whole batches.
template <bool Observed> struct world {
  using observer = std::conditional_t<Observed, batches, pawl::null_observer>;
  using write = std::function<pawl::task<bool>(world&)>;

  world() {
    db.execute("CREATE TABLE notes(text UNIQUE, of REFERENCES parents(id) DEFERRABLE INITIALLY DEFERRED)");
    db.execute("CREATE TABLE parents(id PRIMARY KEY); PRAGMA foreign_keys=ON");
    for (auto const key : {"a", "b", "c", "d"}) store.insert_if_absent(key);
  }

  // All are asked for together. "moved", "conflict" or the failure's id, for each.
  texts answers_to(std::vector<write> all) {
    texts answers(all.size());
    loop.sleep({}, [&](boost::system::error_code) {
      for (std::size_t i = 0; i < all.size(); ++i)
        boost::asio::co_spawn(loop.get_executor(), answer(std::move(all[i]), answers[i]), boost::asio::detached);
    });
    loop.wait([](virtual_loop& on) -> pawl::task<void> { co_await on.sleep(1h); }(loop));
    return answers;
  }
  pawl::task<void> answer(write what, std::string& into) {
    try {
      auto asking = what(*this);
      bool const moved = co_await std::move(asking);
      into = moved ? "moved" : "conflict";
    } catch (pawl::store_error const& e) {
      into = e.id();
    }
  }
  pawl::task<bool> apply(std::string key, pawl::with<pack> event) {
    auto const moved = co_await queue.apply(parcel::item<state::ordered>(key, 0), std::move(event));
    co_return moved ? moved->version == 1 : false;
  }
  std::string notes() {
    return sqlite_test::ask(db, "SELECT ifnull(group_concat(text), '') FROM (SELECT text FROM notes ORDER BY rowid)");
  }
  std::string packed() {
    return sqlite_test::ask(db,
                            "SELECT ifnull(group_concat(key), '') FROM (SELECT key FROM life WHERE version=1 ORDER BY "
                            "key)");
  }

  temporary_folder folder;
  pawl::sqlite::database db{folder / "parcels.db", sqlite_test::quick()};
  pawl::sqlite::store<life> store{db};
  virtual_loop loop;
  observer seen;
  test_queue<pawl::sqlite::store<life>, virtual_loop, observer> queue = make();

 private:
  auto make() {
    if constexpr (Observed)
      return test_queue<pawl::sqlite::store<life>, virtual_loop, observer>(loop, store, seen);
    else
      return test_queue<pawl::sqlite::store<life>, virtual_loop, observer>(loop, store);
  }
};

template <class... Statements> auto packing(std::string key, Statements... statements) {
  return [key, event = pawl::with(pack{}, statements...)](auto& in) { return in.apply(key, event); };
}

#define PAWL_OBSERVED_OR_NOT (world<true>), (world<false>)

TEMPLATE_TEST_CASE("a transition whose statement is refused fails alone, and the others of its batch are committed",
                   "[queue]", PAWL_OBSERVED_OR_NOT) {
  TestType w;
  w.db.execute("INSERT INTO notes(text) VALUES('taken')");
  auto const answers = w.answers_to({packing("a", note("of a")), packing("b", note("of b"), note("taken")),
                                     packing("c"), packing("missing", note("of nobody"))});
  CHECK(answers == texts{"moved", "store.rejected", "moved", "conflict"});
  CHECK(w.notes() == "taken,of a");
  CHECK(w.packed() == "a,c");
  if constexpr (std::is_same_v<TestType, world<true>>) {
    CHECK(w.seen.sizes == std::vector<std::size_t>{4});
    CHECK(w.seen.moved == texts{"a", "c"});
  }
}

TEMPLATE_TEST_CASE("statements are written once where their batch is rolled back and its writes are repeated",
                   "[queue]", PAWL_OBSERVED_OR_NOT) {
  TestType w;
  w.db.execute("CREATE TRIGGER reject BEFORE UPDATE ON life WHEN old.key='b' BEGIN SELECT RAISE(ABORT,'no'); END");
  auto const plain = [](auto& in) -> pawl::task<bool> {
    auto const moved = co_await in.queue.template fire<pack>(parcel::item<state::ordered>("b", 0));
    co_return static_cast<bool>(moved);
  };
  auto const answers = w.answers_to({packing("a", note("of a")), plain, packing("c", note("of c"))});
  CHECK(answers == texts{"moved", "store.rejected", "moved"});
  CHECK(w.notes() == "of a,of c");
  CHECK(w.packed() == "a,c");
}

// The batch's COMMIT fails because of 'a', after 'b' was refused because of what 'a' had written.
TEMPLATE_TEST_CASE("what was refused in a batch that is rolled back gets another chance", "[queue]",
                   PAWL_OBSERVED_OR_NOT) {
  TestType w;
  auto const orphan = pawl::sql("INSERT INTO notes(text, of) VALUES(?1, 'no parent')", "one text");
  auto const answers = w.answers_to({packing("a", orphan), packing("b", note("one text")), packing("c", note("of c"))});
  CHECK(answers == texts{"store.rejected", "moved", "moved"});
  CHECK(w.notes() == "one text,of c");
  CHECK(w.packed() == "b,c");
}

TEMPLATE_TEST_CASE("an event and its statements may be given to fire", "[queue]", PAWL_OBSERVED_OR_NOT) {
  TestType w;
  auto const fired = [](auto& in) -> pawl::task<bool> {
    pack const event{};
    auto const moved = co_await in.queue.template fire<pawl::with<pack>>(parcel::item<state::ordered>("a", 0), event,
                                                                         note("a text that is on the heap"));
    co_return static_cast<bool>(moved);
  };
  CHECK(w.answers_to({fired}) == texts{"moved"});
  CHECK(w.notes() == "a text that is on the heap");
  CHECK(w.packed() == "a");
}

TEST_CASE("a thread that waits is told that its statement was refused", "[queue]") {
  world<false> w;
  pawl::loop<> loop;
  test_queue queue{loop, w.store};
  std::atomic<bool> done{false};
  bool moved = false;
  std::string refused;
  std::thread elsewhere([&] {
    auto const ask = [&](std::string key) {
      return static_cast<bool>(queue.apply(parcel::item<state::ordered>(std::move(key), 0),
                                           pawl::with(pack{}, note("of one")), pawl::blocking));
    };
    try {
      moved = ask("a");
      static_cast<void>(ask("b"));
    } catch (pawl::store_error const& e) {
      refused = e.id();
    }
    done = true;
  });
  loop.wait([](pawl::loop<>& on, std::atomic<bool>& until) -> pawl::task<void> {
    while (!until) co_await on.sleep(1ms);
  }(loop, done));
  elsewhere.join();
  CHECK(moved);
  CHECK(refused == "store.rejected");
  CHECK(w.notes() == "of one");
  CHECK(w.packed() == "a");
}

}  // namespace statements_test
