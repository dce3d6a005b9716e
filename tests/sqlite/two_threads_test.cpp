// A second thread in a store that is for one thread at a time: turned away in a sentence, with nothing harmed.
#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/store/trouble_record.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace two_threads_test {

using namespace filing;
using namespace sqlite_test;

// What the call throws on a thread of its own; empty: nothing.
std::string thrown_elsewhere(std::function<void()> const& call) {
  std::string id;
  std::thread([&] {
    try {
      call();
    } catch (pawl::error const& e) {
      id = e.id();
    }
  }).join();
  return id;
}

pawl::trouble_record parked() {
  pawl::trouble_record record;
  record.parked = true;
  record.run = 1;
  return record;
}

struct named_call {
  std::string name;
  std::function<void()> call;
};

// Everything that a program or a run asks of a store.
template <class Face> std::vector<named_call> calls_of(Face& t) {
  using store = decltype(t.store);
  any_file const file("a", 0, file_state::untracked);
  std::vector<named_call> all{
      {"try_begin", [&] { static_cast<void>(t.store.try_begin()); }},
      {"commit", [&] { t.store.commit(); }},
      {"apply", [&, file] { static_cast<void>(t.store.apply(*file.as<file_state::untracked>(), start_upload{})); }},
      {"get", [&] { t.store.get("a"); }},
      {"recorded", [&, file] { static_cast<void>(t.store.template recorded<complete_upload>(file)); }},
      {"runnable", [&] { t.store.runnable(file_state::untracked, {}, 10); }},
      {"unrecognised", [&] { t.store.unrecognised(); }},
      {"note", [&, file] { t.store.note(file, parked()); }},
      {"trouble_of", [&, file] { static_cast<void>(t.store.trouble_of(file)); }},
      {"due", [&] { t.store.due({}, pawl::delayed_by::anybody, 10); }},
      {"next_due", [&] { t.store.next_due({}, pawl::delayed_by::anybody); }},
      {"cut_delays", [&] { t.store.cut_delays({}); }},
      {"parked", [&] { t.store.parked(10); }},
      {"release", [&] { t.store.release("a"); }},
      {"count_troubles", [&] { t.store.count_troubles(); }},
      {"count_items", [&] { t.store.count_items(); }},
  };
  if constexpr (pawl::inserting_store<store>)
    all.push_back({"insert_if_absent", [&] { t.store.insert_if_absent("b"); }});
  return all;
}
TEMPLATE_TEST_CASE("no call of another thread gets into an open transaction", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const first = fresh(t, "a");
  t.store.note(first, parked());  // so that there are troubles to ask for
  REQUIRE(t.store.try_begin());
  auto const moved = t.store.apply(first, start_upload{});
  REQUIRE(moved);
  for (auto const& one : two_threads_test::calls_of(t)) {
    CAPTURE(one.name);
    CHECK(thrown_elsewhere(one.call) == "store.misuse");
  }
  CHECK(thrown_elsewhere([&] { t.store.rollback(); }).empty());  // harmless, as it may not throw
  t.store.commit();
  CHECK(t.store.get("a").item == any_file(*moved));
  std::string seen;
  CHECK(thrown_elsewhere([&] { seen = t.store.get("a").item->key; }).empty());
  CHECK(seen == "a");
}

TEMPLATE_TEST_CASE("two threads in one store harm nothing, and all that was acknowledged is there", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  int const files = 200;
  for (int i = 0; i < files; ++i) t.add("file " + std::to_string(i));
  std::atomic<int> acknowledged{0}, turned_away{0};
  std::atomic<bool> begun{false};
  auto const work = [&](int from) {
    while (!begun) std::this_thread::yield();
    for (int i = from; i < files; i += 2) {
      pawl::item<file_lifecycle, file_state::untracked> const file("file " + std::to_string(i), 0);
      for (bool done = false; !done;) {
        try {
          acknowledged += static_cast<bool>(t.store.apply(file, start_upload{}));
          done = true;
        } catch (pawl::store_error const& e) {
          if (e.what_failed() != pawl::store_failure::misuse) throw;
          ++turned_away;
          std::this_thread::yield();
        }
      }
    }
  };
  std::thread one([&] { work(0); }), other([&] { work(1); });
  begun = true;
  one.join();
  other.join();
  CHECK(acknowledged == files);
  CHECK_FALSE(t.store.poisoned());
  CHECK(t.store.count_items()[pawl::state_index<file_lifecycle>(file_state::uploading)] == std::size_t(files));
}

TEST_CASE("a database on a row of a statement is its thread's until the statement is reset", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "a.db", quick()};
  db.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1),(2)");
  auto rows = db.prepare("SELECT a FROM t");
  REQUIRE(rows.step());
  CHECK(thrown_elsewhere([&] { db.execute("DELETE FROM t"); }) == "store.misuse");
  CHECK(thrown_elsewhere([&] { rows.step(); }) == "store.misuse");
  CHECK(thrown_elsewhere([&] { static_cast<void>(db.prepare("SELECT 1")); }) == "store.misuse");
  CHECK(rows.integer(0) == 1);
  rows.reset();
  CHECK(thrown_elsewhere([&] { db.execute("DELETE FROM t"); }).empty());
  CHECK_FALSE(rows.step());
}

}  // namespace two_threads_test
