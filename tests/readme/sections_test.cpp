// The C++ blocks of README.md and examples/README.md, each in its context.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

#include <pawl/calendar/zone.hpp>
#include <pawl/recurring.hpp>
#include <pawl/testing.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "first_screen_1.declarations.hpp"

// ---- The first screen ----

TEST_CASE("the README's picture of the lifecycle is the program's own", "[readme]") {
  constexpr std::string_view picture =
#include "first_screen_3.mermaid"
      ;
  STATIC_REQUIRE(pawl::mermaid<letter> == picture);
}

// ---- My own table ----

constexpr char const* schema =
#include "my_own_table_1.sql"
    ;
#include "my_own_table_2.cpp"

TEST_CASE("the README's mapping writes the columns that it names, and reads them backwards", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  db.execute(schema);
  db.execute("INSERT INTO correspondence (address, body) VALUES ('ada', 'Dear Ada')");
  pawl::sqlite::store<correspondence> letters{db};
  pawl::loop<> loop;
  pawl::commit_queue queue{loop, letters};
  CHECK(pawl::run(queue, post_office{}, {.concurrency = 10}).finished == 1);
  auto row = db.prepare(
      "SELECT status, revision, receipt, body FROM correspondence WHERE mailed_at<=status_since AND address='ada'");
  REQUIRE(row.step());
  CHECK(row.text(0) == "delivered");
  CHECK(row.integer(1) == 2);
  CHECK(row.text(2) == "receipt of ada");
  CHECK(row.text(3) == "Dear Ada");
}

namespace renamed {

enum class state { written, sent, delivered };
#include "other_words_than_the_enumerators_1.cpp"
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};

}  // namespace renamed

TEST_CASE("the README's names of states are what is stored", "[readme]") {
  STATIC_REQUIRE(pawl::valid<renamed::letter>);
  STATIC_REQUIRE(pawl::stored_names<renamed::letter> ==
                 std::array<std::string_view, 3>{"to be mailed", "on its way", "arrived"});
}

// ---- My own API ----

#include "my_own_api_1.cpp"

struct plain_courier {
  std::string mail(std::string const& address, std::string const& key) { return address + " by " + key; }
  pawl::outcome<bool> has_arrived(std::string const&) {
    if (++asked == 1) return pawl::trouble::throttled(std::chrono::minutes(1));
    return asked > 2;
  }
  int asked = 0;
};

TEST_CASE("the README's steps take an adapter of plain functions, and wait for what is pending", "[readme]") {
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> letters;
  letters.insert_if_absent("ada");
  pawl::commit_queue queue{loop, letters};
  plain_courier courier;
  CHECK(pawl::run(queue, postman{courier}).finished == 1);
  CHECK(courier.asked == 3);
  CHECK(loop.now() >= std::chrono::minutes(61));
  CHECK(loop.now() < std::chrono::minutes(62));
  CHECK(letters.recorded<mail>(*letters.get("ada").item)->receipt == "ada by memory/letter/written/0/1/ada");
}

// ---- Reading my own columns in a step ----

#include "reading_my_own_columns_in_a_step_1.cpp"

TEST_CASE("the README's step reads a column of the user's own", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  db.execute(schema);
  db.execute("INSERT INTO correspondence (address, body) VALUES ('ada', 'Dear Ada')");
  pawl::sqlite::store<correspondence> letters{db};
  auto body = db.prepare("SELECT body FROM correspondence WHERE address=?");
  CHECK(pawl::run(letters, secretary{body}).finished == 1);
  auto const ada = *letters.get("ada").item;
  CHECK(letters.recorded<mail>(ada)->receipt ==
        "Dear Ada went under " + letters.identity() + "/letter/written/0/" + std::to_string(ada.life) + "/ada");
}

// ---- Writing my own rows with a step ----

struct bookkeeper {
#include "writing_my_own_rows_with_a_step_1.cpp"
  deliver operator()(pawl::item<letter, state::sent>) { return {}; }
};

TEST_CASE("the README's step writes a row of the user's own with its transition, or neither", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  db.execute("CREATE TABLE postage(address TEXT PRIMARY KEY, cents INTEGER)");
  db.execute("INSERT INTO postage VALUES('grace', 0)");
  pawl::sqlite::store<letter> letters{db};
  for (auto to : {"ada", "grace", "alan"}) letters.insert_if_absent(to);
  CHECK(pawl::run(letters, bookkeeper{}, {.concurrency = 10}).finished == 2);
  auto row = db.prepare("SELECT count(*), sum(cents) FROM postage");
  REQUIRE(row.step());
  CHECK(row.integer(0) == 3);
  CHECK(row.integer(1) == 170);
  CHECK(letters.get("grace").item->version == 0);
  CHECK(letters.parked(9).size() == 1);
}

// ---- From another thread, from another process ----

struct stop_when_one_has_left {
  std::stop_source& stop;
  void on_leave(std::size_t, pawl::any_item<letter> const&, std::chrono::nanoseconds) { stop.request_stop(); }
};

TEST_CASE("a letter that the README's other thread inserts is delivered by the run that waits", "[readme]") {
  pawl::loop<> loop;
  pawl::memory_store<letter> letters;
  std::stop_source stop;
  stop_when_one_has_left watching{stop};
  pawl::commit_queue queue{loop, letters, watching};
  std::thread other([&] {
#include "from_another_thread_from_another_process_1.cpp"
  });
  auto const sum = pawl::run(queue, post_office{}, {.until = pawl::until::stopped, .stop = &stop});
  other.join();
  CHECK(sum.finished == 1);
  CHECK(letters.get("grace").item->state == state::delivered);
}

// ---- Two lifecycles in one process ----

enum class parcel_state { packed, gone };
struct parcel : pawl::lifecycle<pawl::initial<parcel_state::packed>, pawl::goal<parcel_state::gone>,
                                pawl::transition<parcel_state::packed, mail, parcel_state::gone>> {};
struct carrier {
  pawl::task<pawl::one_of<mail>> operator()(pawl::item<parcel, parcel_state::packed> it, pawl::keyed&) {
    co_return mail{"parcel of " + it.key};
  }
};

TEST_CASE("the README's two lifecycles run on one loop and one database", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  pawl::loop<> loop;
  pawl::sqlite::store<letter> letters{db};
  pawl::sqlite::store<parcel> parcels{db};
  for (int i = 0; i < 30; ++i) {
    letters.insert_if_absent("letter " + std::to_string(i));
    parcels.insert_if_absent("parcel " + std::to_string(i));
  }
#include "two_lifecycles_in_one_process_1.cpp"
  CHECK(of_letters.finished == 30);
  CHECK(of_parcels.finished == 30);
}

// ---- Items that belong together ----

#include "items_that_belong_together_1.cpp"

TEST_CASE("the README's mailing is over when its letters have arrived", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  pawl::sqlite::store<letter> letters{db};
#include "items_that_belong_together_2.cpp"
  auto const spring_now = *mailings.get("spring").item;
  CHECK(spring_now.state == mailing_state::over);
  CHECK(mailings.recorded<all_ended>(spring_now)->arrived == 2);
  CHECK(letters.count_items()[pawl::state_index<letter>(state::delivered)] == 2);
}

// ---- Test without a network ----

#include "test_without_a_network_1.cpp"

TEST_CASE("the README's random faults do no harm to the README's steps", "[readme]") {
  std::uint64_t const seed = GENERATE(range(std::uint64_t{0}, std::uint64_t{100}));
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> letters;
  for (int i = 0; i < 10; ++i) letters.insert_if_absent("letter " + std::to_string(i));
  pawl::commit_queue queue{loop, letters};
  pawl::testing::remote_objects mailed;
  mock_courier courier{loop, mailed};
#include "test_without_a_network_2.cpp"
  auto const sum = pawl::run(queue, postman{courier}, {.concurrency = 5, .retry = {.attempts = 100}});
  CHECK(sum.finished == 10);
  CHECK(faults.met() > 0);
  CHECK(mailed.size() == 10);
  CHECK(mailed.violations().empty());
}

// ---- Test every crash ----

#include "test_every_crash_1.cpp"

struct forgetful_postman {
  mock_courier& courier;
  std::size_t process;

  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::keyed&) {
    auto receipt = co_await pawl::ask(courier.mail(it.key, it.key + ", attempt of process " + std::to_string(process)));
    if (!receipt) co_return receipt.why();
    co_return mail{*receipt};
  }
  deliver operator()(pawl::item<letter, state::sent>) { return {}; }
};

TEST_CASE("what the README says that a key of each attempt's own prints is printed", "[readme]") {
  auto const verdict = pawl::testing::for_each_crash_point<post>([](post& durable, pawl::testing::process& process) {
    virtual_loop loop;
    auto letters = process.watch(durable.letters);
    letters.insert_if_absent("ada");
    pawl::commit_queue queue{loop, letters};
    mock_courier courier{loop, durable.mailed};
    process.watch(courier.remote);
    process.watch(durable.mailed);
    pawl::run(queue, forgetful_postman{courier, process.life()});
  });
  std::string const said =
      "crash in the 1st call, carried out but not answered\n"
      "    the remote made 2 objects for 'ada', under the keys 'ada, attempt of process 1' and 'ada, attempt of "
      "process 2'\n"
      "    alone again: {.only = \"call 1 unanswered\"}\n";
  CHECK_THAT(verdict.text(), ContainsSubstring(said));
  CHECK_THAT(text_of(GUIDE_FILE), ContainsSubstring(said));
}

// ---- Limits and pace ----

TEST_CASE("the README's options run to the end", "[readme]") {
  using namespace std::chrono_literals;
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> letters;
  for (int i = 0; i < 40; ++i) letters.insert_if_absent("letter " + std::to_string(i));
  pawl::commit_queue queue{loop, letters};
  pawl::testing::remote_objects mailed;
  mock_courier courier{loop, mailed};
  std::stop_source stop;
  loop.sleep(2h, [&](boost::system::error_code) { stop.request_stop(); });
#include "limits_and_pace_1.cpp"
  CHECK(summary.finished == 0);  // every call takes a minute, and a deadline of 30 s cuts it off
  CHECK(summary.parked == 40);
  CHECK(loop.now() == 2h);
}

// ---- Observing a run ----

#include "observing_a_run_1.cpp"

TEST_CASE("the README's watcher hears of progress, and its explanation is there", "[readme]") {
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<letter> letters;
  letters.insert_if_absent("ada");
#include "where_is_this_item_1.cpp"
  watcher watching;
  pawl::commit_queue queue{loop, letters, watching};
  pawl::testing::remote_objects mailed;
  mock_courier courier{loop, mailed};
  CHECK(pawl::run(queue, postman{courier}).finished == 1);
  CHECK(pawl::explain(letters, "ada").is == pawl::standing::arrived);
}

// ---- When the lifecycle changes ----

TEST_CASE("the README's migration moves rows of a state that is gone", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  pawl::sqlite::store<letter> letters{db};
  letters.insert_if_absent("ada");
  db.execute("INSERT INTO pawl_states(table_name,code,name) VALUES('letter',77,'drafted'); UPDATE letter SET state=77");
  CHECK(letters.unrecognised() == 1);
#include "when_the_lifecycle_changes_1.cpp"
  REQUIRE(moves.size() == 1);
  CHECK(moves[0].rows == 1);
  CHECK(letters.get("ada").item->state == state::written);
}

// ---- Many rows at once ----

TEST_CASE("many rows are inserted in one call", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  pawl::sqlite::store<letter> letters{db};
  db.execute(
      "CREATE TABLE customers(address TEXT, since INTEGER);INSERT INTO customers "
      "VALUES('mary',2025),('ada',2025),('jean',2020)");
  std::vector<std::string> const addresses{"ada", "grace", "ada"};
#include "many_rows_at_once_1.cpp"
  CHECK(letters.count_items()[0] == 3);
  CHECK_FALSE(db.in_transaction());
}

// ---- List items ----

TEST_CASE("items are listed in pages", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
  pawl::sqlite::store<letter> letters{db};
  for (auto const* to : {"ada", "bob"}) letters.insert_if_absent(to);
  pawl::trouble_record parked;
  parked.parked = true;
  parked.last_error = "permanent: no such address";
  for (auto const* to : {"ada", "bob"}) REQUIRE(letters.note(*letters.get(to).item, parked));
#include "list_items_1.cpp"
  CHECK(list == "ada: permanent: no such address\n");
}

// ---- What has become of an item, and what is finished ----

TEST_CASE("an item's history is kept, and what is finished is removed", "[readme]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "letters.db"};
#include "what_has_become_of_an_item_and_what_is_finished_1.cpp"
  CHECK(letters.history("ada").size() == 2);
#include "what_has_become_of_an_item_and_what_is_finished_2.cpp"
  CHECK(letters.get("ada").item);  // too young
}

// ---- Pause a state, and change limits, while a run works ----

TEST_CASE("the README's run is paused, and goes on", "[readme]") {
  virtual_loop loop;
  pawl::memory_store<letter> letters;
  letters.insert_if_absent("ada");
  pawl::commit_queue queue{loop, letters};
  pawl::testing::remote_objects mailed;
  mock_courier courier{loop, mailed};
#include "pause_a_state_and_change_limits_while_a_run_works_1.cpp"
  CHECK(summary.finished == 1);
  CHECK(loop.now() >= std::chrono::hours(3));
}

TEST_CASE("the schedules of the examples' page make the items that it names", "[readme]") {
  pawl::loop<pawl::virtual_clock> loop;
  auto const begin = std::chrono::sys_days(std::chrono::year(2026) / 12 / 6) + std::chrono::hours(20);
  pawl::memory_store<letter> letters([&] { return pawl::stored_time(begin) + loop.now(); });
  pawl::commit_queue queue{loop, letters};
  pawl::stop_source stop;
  boost::asio::co_spawn(
      loop.get_executor(),
      [](pawl::loop<pawl::virtual_clock>& clock, pawl::stop_source& of_run) -> pawl::task<void> {
        co_await clock.sleep(std::chrono::minutes(12 * 60 + 30));
        of_run.request_stop();
      }(loop, stop),
      boost::asio::detached);
#include "what_recurs_1.cpp"
  CHECK(summary.finished == 13);
  auto const monday = letters.get("newsletter 2026-12-07T07:00:00Z");
  REQUIRE(monday.item);
  CHECK(pawl::tick_of(monday.item->key)->schedule == "newsletter");
  CHECK(letters.get("reminder 2026-12-06T21:00:00Z").item);
}

TEST_CASE("a machine is as big as RESULTS.md says", "[readme]") { STATIC_REQUIRE(sizeof(pawl::machine<letter>) == 1); }
