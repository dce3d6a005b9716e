// Trouble records, stored beside the items: the same on every store.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace troubles_test {

using namespace filing;
using namespace sqlite_test;
using namespace std::chrono_literals;
using pawl::delayed_by;
using pawl::stored_time;
using pawl::trouble_record;

static_assert(pawl::run_port<pawl::memory_store<file_lifecycle>>);
static_assert(pawl::run_port<pawl::sqlite::store<files_table>>);
static_assert(pawl::run_port<pawl::sqlite::store<file_lifecycle>>);

stored_time at(std::chrono::nanoseconds since_epoch) { return stored_time(since_epoch); }

trouble_record delayed_until(stored_time time, std::int64_t run = 7) {
  trouble_record record;
  record.attempts = 2;
  record.next_at = time;
  record.since = at(3ns);
  record.run = run;
  record.last_error = "transient: \0 busy";
  return record;
}
trouble_record parked() {
  trouble_record record;
  record.parked = true;
  record.recoveries = 11;
  record.last_error = "permanent: no such \"street\"";
  return record;
}
trouble_record mark(std::int64_t run) {
  trouble_record record;
  record.in_doubt = true;
  record.run = run;
  return record;
}

template <class Items, class Store> std::string keys_of(Items const& items, Store&) {
  std::string keys;
  for (auto const& i : items) keys += i.key + " ";
  return keys;
}
template <class Face> std::string runnable(Face& face) {
  return keys_of(face.store.runnable(untracked, {}, 100), face.store);
}
template <class Face> std::string due(Face& face, std::chrono::nanoseconds time, std::size_t limit = 100) {
  return keys_of(face.store.due(at(time), delayed_by::anybody, limit), face.store);
}

TEMPLATE_TEST_CASE("a record is read back as it was noted", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a");
  auto const record = GENERATE(delayed_until(at(5ns)), parked(), mark(-9));
  CHECK_FALSE(t.store.trouble_of(a));
  CHECK(t.store.note(a, record));
  CHECK(t.store.trouble_of(a) == record);
}

TEMPLATE_TEST_CASE("a transition ends the troubles of its item, in the same transaction", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a");
  auto const b = fresh(t, "b");
  REQUIRE(t.store.note(a, delayed_until(at(5ns))));
  REQUIRE(t.store.note(b, parked()));

  REQUIRE(t.store.try_begin());
  auto const moved = t.store.apply(a, start_upload{});
  REQUIRE(moved);
  CHECK_FALSE(t.store.trouble_of(*moved));
  SECTION("rolled back") {
    t.store.rollback();
    CHECK(t.store.trouble_of(a) == delayed_until(at(5ns)));
  }
  SECTION("committed") {
    t.store.commit();
    CHECK_FALSE(t.store.trouble_of(a));
    CHECK(t.store.count_troubles().delayed == 0);
  }
  CHECK(t.store.count_troubles().parked == 1);
}

TEMPLATE_TEST_CASE("a rollback brings troubles back, also where they were looked for after they had ended", "[sqlite]",
                   in_mapped_table, in_own_table) {
  TestType t;
  auto const a = fresh(t, "a");
  REQUIRE(t.store.note(a, parked()));
  pawl::sqlite::database(t.db.path(), quick())
      .execute("CREATE TABLE other(x)");  // so that the table is looked at again
  REQUIRE(t.store.try_begin());
  auto const moved = t.store.apply(a, start_upload{});
  CHECK_FALSE(t.store.trouble_of(*moved));
  t.store.rollback();
  CHECK(t.store.trouble_of(a) == parked());
}

TEMPLATE_TEST_CASE("what is noted in a transaction goes with it", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a");
  REQUIRE(t.store.try_begin());
  CHECK(t.store.note(a, parked()));
  t.store.rollback();
  CHECK_FALSE(t.store.trouble_of(a));
  CHECK(runnable(t) == "a ");
}

TEMPLATE_TEST_CASE("a record belongs to one version: a stale one is refused, and an outdated one counts for nothing",
                   "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a");
  REQUIRE(t.store.note(a, parked()));
  auto const moved = *t.store.apply(a, start_upload{});
  CHECK_FALSE(t.store.note(a, parked()));
  CHECK_FALSE(t.store.note(any_file("nobody", 0, untracked), parked()));
  CHECK_FALSE(t.store.note(any_file("a", moved.version, untracked), parked()));
  CHECK_FALSE(t.store.note(any_file("a", a.version, moved.state), parked()));  // the version alone fences
  CHECK(t.store.parked(10).empty());
}

TEMPLATE_TEST_CASE("somebody who moves a row without knowing of troubles ends them too", "[sqlite]", in_mapped_table,
                   in_own_table) {
  TestType t;
  any_file const a = fresh(t, "a");
  REQUIRE(t.store.note(a, parked()));
  t.db.execute("UPDATE " + std::string(TestType{}.store.table_name()) + " SET version=version+1");
  CHECK_FALSE(t.store.trouble_of(*t.store.get("a").item));
  CHECK(t.store.count_troubles() == pawl::trouble_counts{});
  CHECK(runnable(t) == "a ");
}

TEMPLATE_TEST_CASE("an empty record is none", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a");
  REQUIRE(t.store.note(a, parked()));
  trouble_record nothing;
  nothing.run = 3;
  nothing.last_error = "was";
  CHECK(t.store.note(a, nothing));
  CHECK_FALSE(t.store.trouble_of(a));
  CHECK(runnable(t) == "a ");
}

TEMPLATE_TEST_CASE("what is parked or delayed is not runnable, and what is only in doubt is", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a"), b = fresh(t, "b"), c = fresh(t, "c");
  fresh(t, "d");
  REQUIRE(t.store.note(a, parked()));
  REQUIRE(t.store.note(b, delayed_until(at(0ns))));  // a time that has passed is looked up by due()
  REQUIRE(t.store.note(c, mark(1)));
  CHECK(runnable(t) == "c d ");
  CHECK(t.store.count_troubles() == pawl::trouble_counts{1, 1, 1});
}

TEMPLATE_TEST_CASE("a parked item does not come due, whatever its time", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  trouble_record both = parked();
  both.next_at = at(5ns);
  both.run = 7;
  REQUIRE(t.store.note(fresh(t, "a"), both));
  REQUIRE(t.store.note(fresh(t, "b"), delayed_until(at(8ns))));
  CHECK(due(t, 9ns) == "b ");
  CHECK(t.store.next_due(at(0ns), delayed_by::anybody) == at(8ns));
  t.store.cut_delays(at(1ns));
  CHECK(t.store.next_due(at(0ns), delayed_by::anybody) == at(1ns));
  CHECK(t.store.parked(1).at(0).record == both);
}

TEMPLATE_TEST_CASE("delayed items come due in the order of their times", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a"), b = fresh(t, "b"), c = fresh(t, "c");
  REQUIRE(t.store.note(a, delayed_until(at(30ns))));
  REQUIRE(t.store.note(b, delayed_until(at(10ns))));
  REQUIRE(t.store.note(c, delayed_until(at(20ns), 0)));
  CHECK(due(t, 9ns).empty());
  CHECK(due(t, 10ns) == "b ");
  CHECK(due(t, 100ns) == "b c a ");
  CHECK(due(t, 100ns, 2) == "b c ");
  CHECK(t.store.next_due(at(0ns), delayed_by::anybody) == at(10ns));
  CHECK(t.store.next_due(at(10ns), delayed_by::anybody) == at(20ns));
  CHECK(t.store.next_due(at(10ns), delayed_by::runs) == at(30ns));
  CHECK_FALSE(t.store.next_due(at(30ns), delayed_by::anybody));
}

TEMPLATE_TEST_CASE("what a run delayed is cut to a latest time, what somebody asked for is not", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a"), b = fresh(t, "b"), c = fresh(t, "c");
  REQUIRE(t.store.note(a, delayed_until(at(1000ns))));
  REQUIRE(t.store.note(b, delayed_until(at(1000ns), 0)));
  REQUIRE(t.store.note(c, delayed_until(at(10ns))));
  t.store.cut_delays(at(500ns));
  CHECK(t.store.trouble_of(a)->next_at == at(500ns));
  CHECK(t.store.trouble_of(b)->next_at == at(1000ns));
  CHECK(t.store.trouble_of(c)->next_at == at(10ns));
}

TEMPLATE_TEST_CASE("parked items are listed with their records, and a release lets them run again", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a");
  any_file const b = *t.store.apply(fresh(t, "b"), start_upload{});
  REQUIRE(t.store.note(a, parked()));
  REQUIRE(t.store.note(b, parked()));
  auto const listed = t.store.parked(10);
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].item == a);
  CHECK(listed[1].item == b);
  CHECK(listed[1].record == parked());
  CHECK(t.store.parked(1).size() == 1);

  CHECK(t.store.release("a"));
  CHECK_FALSE(t.store.release("a"));
  CHECK_FALSE(t.store.release("nobody"));
  CHECK(runnable(t) == "a ");
  CHECK(t.store.parked(10).size() == 1);
}

TEMPLATE_TEST_CASE("a mark of one run is not replaced by that of another", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a");
  CHECK(t.store.note(a, mark(1)));
  CHECK(t.store.note(a, mark(1)));
  CHECK_FALSE(t.store.note(a, mark(2)));
  CHECK(t.store.trouble_of(a)->run == 1);
  CHECK(t.store.note(a, parked()));  // but who finds it left behind may park it
}

TEMPLATE_TEST_CASE("what is in doubt since an earlier run is no mark against who counts a death of its process",
                   "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a");
  auto delayed = mark(1);
  delayed.next_at = at(5ns);
  CHECK(t.store.note(a, delayed));
  auto died = mark(2);
  died.recoveries = 1;
  CHECK(t.store.note(a, died));
  died.run = 3;
  died.recoveries = 2;
  CHECK(t.store.note(a, died));
  CHECK(t.store.trouble_of(a)->recoveries == 2);
  CHECK_FALSE(t.store.note(a, mark(1)));  // the process that was taken for dead
  CHECK(t.store.trouble_of(a)->run == 3);
}

TEMPLATE_TEST_CASE("a process that was taken for dead puts no mark over what its successor counts", "[sqlite]",
                   PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a");
  trouble_record died;
  died.recoveries = 1;
  CHECK(t.store.note(a, died));
  CHECK_FALSE(t.store.note(a, mark(1)));
  CHECK(t.store.trouble_of(a) == died);
  auto successor = mark(2);
  successor.recoveries = 1;
  CHECK(t.store.note(a, successor));
}

TEMPLATE_TEST_CASE("who has not seen the mark of another run does not take it away", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  any_file const a = fresh(t, "a");
  CHECK(t.store.note(a, mark(1)));
  trouble_record died;
  died.recoveries = 1;
  CHECK_FALSE(t.store.note(a, died));
  trouble_record none;
  none.run = 2;
  CHECK_FALSE(t.store.note(a, none));
  CHECK(t.store.trouble_of(a) == mark(1));
  none.run = 1;
  CHECK(t.store.note(a, none));
  CHECK_FALSE(t.store.trouble_of(a));
}

// Two processes may be the judges of one record, one of them by SQL.
TEMPLATE_TEST_CASE("whose record stands where two runs note one is the same on every store", "[sqlite]",
                   PAWL_EVERY_STORE) {
  std::vector<trouble_record> all;
  for (std::int32_t recoveries = 0; recoveries < 3; ++recoveries)
    for (unsigned bits = 0; bits < 32; ++bits) {
      trouble_record record;
      record.recoveries = recoveries;
      record.attempts = (bits & 1) != 0 ? 1 : 0;
      record.in_doubt = (bits & 2) != 0;
      record.parked = (bits & 4) != 0;
      if ((bits & 8) != 0) record.next_at = at(5ns);
      record.run = (bits & 16) != 0 ? 2 : 1;
      all.push_back(record);
    }
  TestType t;
  any_file const a = fresh(t, "a");
  std::size_t yielded = 0, wrong = 0;
  REQUIRE(t.store.try_begin());
  for (auto const& before : all) {
    if (before.run != 1 || before.empty()) continue;
    for (auto const& record : all) {
      t.store.release("a");
      REQUIRE(t.store.note(a, before));
      bool const stays = record.yields_to(before);
      auto const expected = stays ? std::optional(before) : record.empty() ? std::nullopt : std::optional(record);
      yielded += stays;
      wrong += t.store.note(a, record) == stays || t.store.trouble_of(a) != expected;
    }
  }
  t.store.commit();
  CHECK(wrong == 0);
  CHECK(yielded > 300);
}

TEMPLATE_TEST_CASE("an empty record of a version that is left takes nothing away", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a");
  auto const moved = t.store.apply(a, start_upload{});
  REQUIRE(t.store.note(*moved, mark(1)));
  REQUIRE(t.store.try_begin());
  CHECK_FALSE(t.store.note(a, trouble_record()));
  t.store.commit();
  CHECK(t.store.trouble_of(*moved) == mark(1));
}

TEMPLATE_TEST_CASE("an item may be inserted that is not to begin before a time", "[sqlite]", in_memory, in_own_table) {
  TestType t;
  CHECK(t.store.insert_if_absent("later", at(50ns)));
  CHECK_FALSE(t.store.insert_if_absent("later", at(60ns)));
  CHECK(runnable(t).empty());
  CHECK(due(t, 50ns) == "later ");
  CHECK_FALSE(t.store.next_due(at(0ns), delayed_by::runs));
  CHECK(t.store.next_due(at(0ns), delayed_by::anybody) == at(50ns));
}

TEMPLATE_TEST_CASE("items are counted by state", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  fresh(t, "a");
  fresh(t, "b");
  REQUIRE(t.store.apply(fresh(t, "c"), start_upload{}));
  t.write("stranger", "teleported", 3);
  auto const counts = t.store.count_items();
  CHECK(counts[pawl::state_index<file_lifecycle>(untracked)] == 2);
  CHECK(counts[pawl::state_index<file_lifecycle>(uploading)] == 1);
  CHECK(counts[pawl::state_index<file_lifecycle>(indexed)] == 0);
}

TEMPLATE_TEST_CASE("every commit in this process is told, and none that did not happen", "[sqlite]", PAWL_EVERY_STORE) {
  TestType t;
  auto const a = fresh(t, "a");
  int heard = 0;
  pawl::change_signal::listener const listener(t.store.changes(), [&heard] { ++heard; });
  REQUIRE(t.store.try_begin());
  REQUIRE(t.store.apply(a, start_upload{}));
  CHECK(heard == 0);
  SECTION("committed") {
    t.store.commit();
    CHECK(heard == 1);
    CHECK(t.store.note(any_file("a", 1, uploading), parked()));
    CHECK(heard == 2);
  }
  SECTION("rolled back") {
    t.store.rollback();
    CHECK(heard == 0);
  }
}

TEST_CASE("changes by another connection are seen when they are asked for, troubles too", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database mine{folder / "own.db", quick()}, theirs{folder / "own.db", quick()};
  pawl::sqlite::store<file_lifecycle> store{mine}, other{theirs};
  static_cast<void>(store.changed_elsewhere());
  CHECK_FALSE(store.changed_elsewhere());
  REQUIRE(store.insert_if_absent("a"));
  CHECK_FALSE(store.changed_elsewhere());  // that was here
  REQUIRE(other.note(*other.get("a").item, parked()));
  CHECK(store.changed_elsewhere());
  CHECK(store.trouble_of(*store.get("a").item) == parked());
  CHECK_FALSE(store.changed_elsewhere());
}

TEST_CASE("a store that was opened before the first trouble sees it, and may release it", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database mine{folder / "own.db", quick()}, theirs{folder / "own.db", quick()};
  pawl::sqlite::store<file_lifecycle> store{mine}, other{theirs};
  REQUIRE(store.insert_if_absent("a"));
  CHECK(store.count_troubles().parked == 0);
  REQUIRE(other.note(*other.get("a").item, parked()));
  CHECK(store.count_troubles().parked == 1);
  CHECK(store.trouble_of(*store.get("a").item) == parked());
  CHECK(store.release("a"));
  CHECK(other.count_troubles().parked == 0);
}

TEST_CASE("an item that was deleted and inserted anew has no troubles, and none are left behind", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "own.db", quick()};
  pawl::sqlite::store<file_lifecycle> store{db};
  REQUIRE(store.insert_if_absent("a"));
  REQUIRE(store.note(*store.get("a").item, parked()));
  db.execute("DELETE FROM file_lifecycle");
  REQUIRE(store.insert_if_absent("a"));
  CHECK_FALSE(store.trouble_of(*store.get("a").item));
  auto records = db.prepare("SELECT count(*) FROM pawl_trouble");
  REQUIRE(records.step());
  CHECK(records.integer(0) == 0);
}

namespace neighbour {
enum class state { a, b };
struct go {};
struct neighbours
    : pawl::lifecycle<pawl::initial<state::a>, pawl::goal<state::b>, pawl::transition<state::a, go, state::b>> {};
}  // namespace neighbour

TEST_CASE("of stores on one database each hears of its own table's changes, whoever makes them", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "own.db", quick()};
  pawl::sqlite::store<file_lifecycle> store{db};
  pawl::sqlite::store<neighbour::neighbours> next{db};
  int heard = 0;
  pawl::change_signal::listener const listener(store.changes(), [&heard] { ++heard; });
  REQUIRE(next.insert_if_absent("b"));
  CHECK(heard == 0);
  REQUIRE(store.insert_if_absent("a"));
  CHECK(heard == 1);
  db.execute("UPDATE file_lifecycle SET changed_at=0");
  CHECK(heard == 2);
  REQUIRE(store.note(*store.get("a").item, parked()));
  CHECK(heard == 3);
  REQUIRE(store.release("a"));
  CHECK(heard == 4);
}

TEST_CASE("nothing is written of troubles while all goes well", "[sqlite]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "own.db", quick()};
  pawl::sqlite::store<file_lifecycle> store{db};
  REQUIRE(store.insert_if_absent("a"));
  auto const before = ask(db, "SELECT total_changes()");
  auto const up = *store.apply(read<untracked>(store, "a"), start_upload{});
  REQUIRE(store.apply(up, fail_upload{"x"}));
  CHECK(std::stoi(ask(db, "SELECT total_changes()")) == std::stoi(before) + 2);
}

}  // namespace troubles_test
