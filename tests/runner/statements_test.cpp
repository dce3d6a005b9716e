// Steps that answer with statements of their own: written with the transition, whatever happened before.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "runner/parcel.hpp"
#include "runner/test_queue.hpp"
#include "sqlite/fixture.hpp"

namespace step_statements_test {

using namespace parcel;
using pawl::sql;
using pawl::with;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

struct watcher {
  std::vector<std::string> moved;
  void on_transition(pawl::transition_times const& t) {
    if (t.moved) moved.emplace_back(t.key);
  }
};

// With an observer or without: see test_queue.hpp.
template <class Observer> struct bench {
  explicit bench(int parcels) {
    db.execute("CREATE TABLE labels(text UNIQUE)");
    for (int i = 0; i < parcels; ++i) store.insert_if_absent("parcel " + std::to_string(i));
  }
  template <class Steps> pawl::summary run(Steps steps, pawl::run_options options = {.concurrency = 8}) {
    if constexpr (std::is_same_v<Observer, watcher>) {
      test_queue queue{loop, store, seen};
      return pawl::run(queue, std::move(steps), options);
    } else {
      test_queue queue{loop, store};
      return pawl::run(queue, std::move(steps), options);
    }
  }
  std::string labels() {
    return sqlite_test::ask(db, "SELECT ifnull(group_concat(text), '') FROM (SELECT text FROM labels ORDER BY text)");
  }
  std::size_t in(state of) { return store.count_items()[static_cast<std::size_t>(of)]; }

  temporary_folder folder;
  pawl::sqlite::database db{folder / "parcels.db", sqlite_test::quick()};
  pawl::sqlite::store<life> store{db};
  virtual_loop loop;
  Observer seen;
};
#define PAWL_OBSERVERS watcher, pawl::null_observer

pawl::sql_statement label(std::string text) { return sql("INSERT INTO labels VALUES(?1)", std::move(text)); }

// One step of each kind: at once, a coroutine with several answers, and one that reads what was recorded.
struct labelling {
  with<pack> operator()(item<state::ordered> it) { return with(pack{}, label(it.key + " packed")); }
  pawl::task<pawl::one_of<with<ship>, lose>> operator()(item<state::packed> it, pawl::keyed&) {
    if (it.key == "parcel 2") co_return lose{"nobody knows where it is"};
    co_return with(ship{"tracking of " + it.key}, label(it.key + " sent"), label(it.key + " billed"));
  }
  pawl::task<with<deliver>> operator()(item<state::sent> it, ship const& recorded, pawl::safe&) {
    co_return with(deliver{"signed"}, label(it.key + " under " + recorded.tracking));
  }
};

TEMPLATE_TEST_CASE("what each kind of step answers with its event is written with the transition", "[runner]",
                   PAWL_OBSERVERS) {
  bench<TestType> b(3);
  auto const sum = b.run(labelling{});
  CHECK(sum.finished == 2);
  CHECK(sum.transitions == 8);
  CHECK(b.in(state::lost) == 1);
  CHECK(b.labels() ==
        "parcel 0 billed,parcel 0 packed,parcel 0 sent,parcel 0 under tracking of parcel 0,"
        "parcel 1 billed,parcel 1 packed,parcel 1 sent,parcel 1 under tracking of parcel 1,parcel 2 packed");
  auto const delivered = *b.store.get("parcel 0").item;
  CHECK(b.store.template recorded<ship>(delivered)->tracking == "tracking of parcel 0");
  if constexpr (std::is_same_v<TestType, watcher>) CHECK(b.seen.moved.size() == 8);
}

// The call fails, and its answer is lost, before it succeeds; the probe answers for what was carried out.
struct retrying {
  std::map<std::string, int>& calls;
  with<pack> operator()(item<state::ordered>) { return with(pack{}); }
  pawl::task<pawl::one_of<with<ship>>> operator()(item<state::packed> it, pawl::probeable&) {
    if (++calls[it.key] == 1) co_return pawl::trouble::transient("busy");
    co_return pawl::trouble::unknown_outcome("the answer was lost");
  }
  std::optional<pawl::one_of<with<ship>>> probe(item<state::packed> it, pawl::probeable&) {
    if (calls[it.key] < 2) return std::nullopt;
    return with(ship{"found"}, label(it.key + " found"));
  }
  with<deliver> operator()(item<state::sent> it) { return with(deliver{"signed"}, label(it.key + " delivered")); }
};

TEMPLATE_TEST_CASE("an answer after retries, or of a probe, is written once with its statements", "[runner]",
                   PAWL_OBSERVERS) {
  bench<TestType> b(2);
  std::map<std::string, int> calls;
  CHECK(b.run(retrying{calls}).finished == 2);
  CHECK(calls == std::map<std::string, int>{{"parcel 0", 2}, {"parcel 1", 2}});
  CHECK(b.labels() == "parcel 0 delivered,parcel 0 found,parcel 1 delivered,parcel 1 found");
}

// Of parcel 3 the label is refused: once where a failure event is fired, which must not come with the refused statement,
// and once where none is.
struct refused_at {
  state where;
  with<pack> operator()(item<state::ordered> it) { return answer(pack{}, state::ordered, it.key); }
  with<ship> operator()(item<state::packed> it) { return answer(ship{"tracking"}, state::packed, it.key); }
  with<deliver> operator()(item<state::sent> it) { return answer(deliver{"signed"}, state::sent, it.key); }
  template <class E> with<E> answer(E event, state at, std::string const& key) const {
    if (at != where) return with(std::move(event));
    return with(std::move(event), label(key), label(key == "parcel 3" ? "taken" : key + " too"));
  }
};

TEMPLATE_TEST_CASE("a refused statement fails or parks its own item, and is told; the others go on", "[runner]",
                   PAWL_OBSERVERS) {
  bench<TestType> b(6);
  b.db.execute("INSERT INTO labels VALUES('taken')");
  state const where = GENERATE(state::ordered, state::packed);
  auto const sum = b.run(refused_at{where});
  CHECK(sum.finished == 5);
  CHECK(b.labels() ==
        "parcel 0,parcel 0 too,parcel 1,parcel 1 too,parcel 2,parcel 2 too,parcel 4,parcel 4 too,parcel 5,"
        "parcel 5 too,taken");
  auto const item = *b.store.get("parcel 3").item;
  std::string told;
  if (where == state::packed) {
    CHECK(item.state == state::lost);
    told = b.store.template recorded<lose>(item)->reason;
  } else {
    CHECK(item.state == state::ordered);
    CHECK(item.version == 0);
    REQUIRE(b.store.parked(9).size() == 1);
    told = b.store.parked(9).front().record.last_error;
  }
  CAPTURE(told);
  CHECK(told.find("UNIQUE constraint failed: labels.text") != std::string::npos);
  CHECK(told.find("of 'parcel 3'") != std::string::npos);
}

struct to_nowhere {
  with<pack> operator()(item<state::ordered>) { return with(pack{}, sql("INSERT INTO nowhere VALUES(1)")); }
  ship operator()(item<state::packed>) { return {"tracking"}; }
  deliver operator()(item<state::sent>) { return {"signed"}; }
};

TEMPLATE_TEST_CASE("a statement that fits no table ends the run, and no item is blamed", "[runner]", PAWL_OBSERVERS) {
  bench<TestType> b(2);
  CHECK(sqlite_test::failure_of([&] { static_cast<void>(b.run(to_nowhere{})); }) == pawl::store_failure::refused);
  CHECK(b.in(state::ordered) == 2);
  CHECK(b.store.parked(9).empty());
}

}  // namespace step_statements_test
