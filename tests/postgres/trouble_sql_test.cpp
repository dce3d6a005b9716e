// Trouble records and pages, as their statements write and read them on a server.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/store/trouble_record.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"

namespace trouble_sql_test {

using namespace postgres_test;
using pawl::delayed_by;

enum class task_state { todo, done, given_up };
struct finish {
  std::string result;
};
struct give_up {};
struct task_lifecycle : pawl::lifecycle<pawl::initial<task_state::todo>, pawl::goal<task_state::done>,
                                        pawl::terminal<task_state::given_up>,
                                        pawl::transition<task_state::todo, finish, task_state::done>,
                                        pawl::transition<task_state::todo, give_up, task_state::given_up>> {};
struct tasks_table : pawl::table<task_lifecycle> {
  static constexpr pawl::names names{.table = "tasks", .priority = "urgency"};
  static constexpr auto columns = pawl::columns(pawl::on<finish>(pawl::set("result", &finish::result)));
};
static_assert(pawl::valid<tasks_table>);

// The same on a table of each kind of key; `bytes` is a key as records have it.
struct tasks {
  explicit tasks(std::string const& key_type) {
    in.sql.script("CREATE TABLE tasks(key " + key_type +
                  " UNIQUE,state text NOT NULL,version bigint NOT NULL,urgency integer,result text,id bigint GENERATED "
                  "ALWAYS AS IDENTITY PRIMARY KEY)");
    of = check_table<tasks_table>(in.sql);
    make_records(in.sql, of);
  }
  void add(std::string const& key, std::string const& state = "todo", int version = 0,
           std::string const& urgency = "NULL") {
    in.sql.must("INSERT INTO tasks(key,state,version,urgency) VALUES('" + key + "','" + state + "'," +
                std::to_string(version) + "," + urgency + ")");
  }
  // One record; true if it was written.
  bool note(std::string const& key, pawl::trouble_record const& r, int version = 0, int life = 0,
            std::string const& state = "todo") {
    auto const time = [](std::optional<pawl::stored_time> at) {
      return at ? cell(std::to_string(at->time_since_epoch().count())) : cell();
    };
    auto const one = [](cell const& value) { return cell(array_of({value})); };
    std::vector<cell> all = {one(key), one(std::to_string(version)), one(std::to_string(life)), one(state)};
    if (r.empty()) {
      all.push_back(one(std::to_string(r.run)));
      return in.sql.must(pg::note_nothing_sql(of), all).rows.size() == 1;
    }
    for (cell const& value :
         {cell(std::to_string(r.attempts)), cell(std::to_string(r.recoveries)), time(r.next_at), time(r.since),
          cell(r.parked ? "t" : "f"), cell(r.in_doubt ? "t" : "f"), cell(std::to_string(r.run)), cell(r.last_error)})
      all.push_back(one(value));
    return in.sql.must(pg::note_sql(of), all).rows.size() == 1;
  }
  std::vector<std::string> first_column(std::string const& statement, std::vector<cell> const& parameters) {
    std::vector<std::string> all;
    for (auto const& row : in.sql.must(statement, parameters).rows) all.push_back(row.at(0).value());
    return all;
  }

  own_schema in{};
  pg::layout of{};
};
constexpr pawl::stored_time at(int nanoseconds) { return pawl::stored_time(std::chrono::nanoseconds(nanoseconds)); }

using keys = std::vector<std::string>;

TEST_CASE("a page has the items of a state in order of priority and key, without what is held back", "[postgres]") {
  tasks t("text");
  t.add("a");
  t.add("b", "todo", 0, "5");
  t.add("c", "todo", 0, "-1");
  t.add("d", "done");
  t.add("e", "todo", 0, "5");
  t.add("f", "todo", 3, "0");
  t.add("g");
  CHECK(t.note("g", {.attempts = 1, .next_at = at(9), .run = 1}));
  CHECK(t.note("a", {.in_doubt = true, .run = 1}));
  auto const first = pg::page_sql(t.of, pg::page_begins::at_the_beginning),
             next = pg::page_sql(t.of, pg::page_begins::after_a_mark);
  CHECK(t.first_column(first, {"todo", "3"}) == keys{"b", "e", "a"});
  CHECK(t.first_column(next, {"todo", "3", "1", "0"}) == keys{"f", "c"});
  CHECK(t.first_column(next, {"todo", "3", "3", "-1"}).empty());
  auto const row =
      t.in.sql.must(first, {"todo", "3"}).rows.at(2);  // key, priority, row, state, version, life, record, result
  CHECK(row == std::vector<cell>{"a", "0", "1", "todo", "0", "1", "0", "0", {}, {}, "f", "t", "1", "", {}});
}

TEST_CASE("a record that a transition left behind holds nothing back, nor one of a former row", "[postgres]") {
  pawl::detail::item_filter parked;
  parked.trouble = pawl::trouble_is::parked;
  tasks t("text");
  t.add("a");
  t.add("b");
  CHECK(t.note("a", {.parked = true, .run = 1}));
  CHECK(t.note("b", {.parked = true, .run = 1}));
  auto const page = pg::page_sql(t.of, pg::page_begins::at_the_beginning);
  CHECK(t.first_column(page, {"todo", "9"}).empty());
  CHECK(t.first_column(pg::list_sql(t.of, parked, pg::page_begins::at_the_beginning), {"9"}) == keys{"a", "b"});
  CHECK(t.in.sql.must(pg::count_troubles_sql(t.of)).rows.at(0) == std::vector<cell>{"2", "0", "0"});
  t.in.sql.script("UPDATE tasks SET version=1 WHERE key='a';DELETE FROM tasks WHERE key='b'");
  t.add("b");
  CHECK(t.first_column(page, {"todo", "9"}) == keys{"a", "b"});
  CHECK(t.first_column(pg::list_sql(t.of, parked, pg::page_begins::at_the_beginning), {"9"}).empty());
  CHECK(t.in.sql.must(pg::count_troubles_sql(t.of)).rows.at(0) == std::vector<cell>{"0", "0", "0"});
  CHECK(t.in.sql.must(pg::forget_leftovers_sql(t.of), {"{\"\\\\x61\",\"\\\\x62\"}"}).tag == "DELETE 2");
}

TEST_CASE("only leftovers are forgotten", "[postgres]") {
  tasks t("text");
  t.add("a");
  CHECK(t.note("a", {.parked = true, .run = 1}));
  CHECK(t.in.sql.must(pg::forget_leftovers_sql(t.of), {"{\"\\\\x61\"}"}).tag == "DELETE 0");
}

TEST_CASE("a note is refused where the item is at another version, state or life", "[postgres]") {
  tasks t("text");
  t.add("a", "todo", 4);
  pawl::trouble_record const parked{.parked = true, .run = 1, .last_error = "it's"};
  CHECK_FALSE(t.note("a", parked, 3));
  CHECK_FALSE(t.note("a", parked, 4, 2));
  CHECK_FALSE(t.note("a", parked, 4, 1, "done"));
  CHECK_FALSE(t.note("b", parked, 4));
  CHECK_FALSE(t.note("a", {.run = 1}, 3));
  CHECK(t.in.sql.must(pg::any_trouble_sql(t.of)).rows.empty());
  CHECK(t.note("a", parked, 4, 1));
  auto const found = t.in.sql.must(pg::trouble_of_sql(t.of), {"\\x61", "4", "1"});
  CHECK(found.rows.at(0) == std::vector<cell>{"0", "0", {}, {}, "t", "f", "1", "it's"});
  CHECK(t.in.sql.must(pg::trouble_of_sql(t.of), {"\\x61", "4", "2"}).rows.empty());
  CHECK(t.in.sql.must(pg::trouble_of_sql(t.of), {"\\x61", "5", "0"}).rows.empty());
  CHECK(t.in.sql.must(pg::release_sql(t.of), {"\\x61"}).rows.size() == 1);
  CHECK(t.in.sql.must(pg::release_sql(t.of), {"\\x61"}).rows.empty());
}

TEST_CASE("a record yields in SQL to the one before exactly where trouble_record says so", "[postgres]") {
  tasks t("text");
  t.add("a");
  std::vector<pawl::trouble_record> all;
  for (int const recoveries : {0, 1, 2})
    for (bool const parked : {false, true})
      for (bool const in_doubt : {false, true})
        for (int const next : {0, 1})
          for (int const run : {1, 2}) {
            pawl::trouble_record r{.recoveries = recoveries, .parked = parked, .in_doubt = in_doubt, .run = run};
            if (next != 0) r.next_at = at(7);
            all.push_back(r);
          }
  std::size_t yielded = 0;
  for (auto const& before : all) {
    if (before.empty()) continue;
    for (auto const& after : all) {
      t.in.sql.must("BEGIN");  // and never committed: thousands of commits would wait for the disk
      REQUIRE(t.note("a", before));
      bool const yields = after.yields_to(before);
      yielded += yields ? 1 : 0;
      CAPTURE(before.recoveries, before.parked, before.in_doubt, before.run, after.recoveries, after.parked,
              after.in_doubt, after.run, after.next_at.has_value());
      CHECK(t.note("a", after) != yields);
      auto const left = t.in.sql.must("SELECT recoveries,parked,in_doubt,next_at,run FROM pawl_trouble");
      auto const& stands = yields ? before : after;
      if (stands.empty()) {
        CHECK(left.rows.empty());
      } else {
        REQUIRE(left.rows.size() == 1);
        CHECK(left.rows[0] == std::vector<cell>{std::to_string(stands.recoveries), stands.parked ? "t" : "f",
                                                stands.in_doubt ? "t" : "f", stands.next_at ? cell("7") : cell(),
                                                std::to_string(stands.run)});
      }
      t.in.sql.must("ROLLBACK");
    }
  }
  CHECK(yielded > 50);
}

TEST_CASE("delayed items are due earliest first, by whom they wait, in states with a step", "[postgres]") {
  tasks t("text");
  for (char const* const key : {"a", "b", "c", "d"}) t.add(key);
  t.add("e", "done");
  CHECK(t.note("a", {.attempts = 1, .next_at = at(30), .run = 7}));
  CHECK(t.note("b", {.attempts = 1, .next_at = at(10), .run = 7}));
  CHECK(t.note("c", {.next_at = at(20)}));
  CHECK(t.note("d", {.next_at = at(5), .parked = true, .run = 7}));
  CHECK(t.note("e", {.next_at = at(1), .run = 7}, 0, 0, "done"));
  CHECK(t.first_column(pg::due_sql(t.of, delayed_by::runs), {"30", "9"}) == keys{"b", "a"});
  CHECK(t.first_column(pg::due_sql(t.of, delayed_by::runs), {"30", "1"}) == keys{"b"});
  CHECK(t.first_column(pg::due_sql(t.of, delayed_by::program), {"30", "9"}) == keys{"c"});
  CHECK(t.first_column(pg::due_sql(t.of, delayed_by::anybody), {"29", "9"}) == keys{"b", "c"});
  CHECK(t.first_column(pg::next_due_sql(t.of, delayed_by::anybody), {"10"}) == keys{"20"});
  CHECK(t.first_column(pg::next_due_sql(t.of, delayed_by::runs), {"10"}) == keys{"30"});
  t.in.sql.must(pg::cut_delays_sql(t.of), {"15"});
  CHECK(t.first_column(pg::next_due_sql(t.of, delayed_by::runs), {"10"}) == keys{"15"});
  CHECK(t.first_column(pg::due_sql(t.of, delayed_by::program), {"19", "9"}).empty());
}

TEST_CASE("keys of each type are found by items, pages and records alike", "[postgres]") {
  struct known {
    std::string type, a, b, bytes_of_b;
  };
  auto const [type, a, b, bytes_of_b] = GENERATE(values<known>({
      {"text", "Ada", "\xc3\xa9\xc3\xa9", "\\xc3a9c3a9"},
      {"varchar(9)", "7", "8 ", "\\x3820"},
      {"integer", "-3", "11", "\\x3131"},
      {"bigint", "-3", "9007199254740993", "\\x39303037313939323534373430393933"},
      {"uuid", "00000000-0000-0000-0000-000000000001", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
       "\\x61306565626339392d396330622d346566382d626236642d366262396264333830613131"},
      {"bytea", "\\x00", "\\xff00", "\\xff00"},
  }));
  CAPTURE(type);
  tasks t(type);
  t.add(a);
  t.add(b);
  CHECK(t.in.sql.must(pg::get_sql(t.of), {b}).rows.at(0) == std::vector<cell>{"2", "todo", "0", "2"});
  CHECK(t.first_column(pg::page_sql(t.of, pg::page_begins::at_the_beginning), {"todo", "9"}) == keys{a, b});
  CHECK(t.first_column(pg::page_sql(t.of, pg::page_begins::after_a_mark), {"todo", "9", "1", "0"}) == keys{b});
  pg::layout without_number = t.of;
  without_number.row.clear();
  CHECK(t.first_column(pg::page_sql(without_number, pg::page_begins::after_a_mark), {"todo", "9", a, "0"}) == keys{b});
  CHECK(t.note(b, {.next_at = at(3), .run = 1}));
  CHECK(t.in.sql.must("SELECT key FROM pawl_trouble").at(0, 0) == bytes_of_b);
  CHECK(t.first_column(pg::due_sql(t.of, delayed_by::runs), {"3", "9"}) == keys{b});
  CHECK(t.first_column(pg::page_sql(t.of, pg::page_begins::at_the_beginning), {"todo", "9"}) == keys{a});
  auto const moved = t.in.sql.must(pg::move_sql(t.of), {"2026-11-28T00:00:00Z", "1", array_of({a, b}), "{0,0}", "{0,0}",
                                                        "{todo,todo}", "{done,given_up}", "{0,1}", "{words,NULL}"});
  CHECK(moved.at(0, 0) == "{1,2}");
  auto const again = t.in.sql.must(pg::read_again_sql(t.of), {array_of({a, b})});
  CHECK(again.rows.at(0) == std::vector<cell>{"1", "t", "1", "done", "1", "1"});
  CHECK(again.rows.at(1) == std::vector<cell>{"2", "t", "2", "given_up", "1", "2"});
  CHECK(t.in.sql.must(pg::forget_leftovers_sql(t.of), {array_of({bytes_of_b})}).tag == "DELETE 1");
}

TEST_CASE("items are counted by state, and what no item can be apart from them", "[postgres]") {
  tasks t("text");
  t.add("a");
  t.add("b", "done");
  t.add("c", "done");
  t.add("d", "forgotten");
  t.in.sql.must("INSERT INTO tasks(key,state,version) VALUES(NULL,'todo',0)");
  auto const counts = t.in.sql.must(pg::count_items_sql(t.of) + " ORDER BY 1");
  CHECK(counts.rows == std::vector<std::vector<cell>>{{"done", "2"}, {"forgotten", "1"}, {"todo", "1"}});
  CHECK(t.in.sql.must(pg::unrecognised_sql(t.of)).at(0, 0) == "2");
  CHECK(t.first_column(pg::page_sql(t.of, pg::page_begins::at_the_beginning), {"todo", "9"}) == keys{"a"});
}

}  // namespace trouble_sql_test
