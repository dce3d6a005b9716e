// A table that is changed under a run: the run ends with the reason, and no item is blamed for it.
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/runner/run.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "runner/test_queue.hpp"

namespace changed_schema_test {

using namespace std::chrono_literals;

enum class state { open, paid, closed };
struct pay {
  std::string receipt;
};
struct close {
  std::string remark;
};
struct bill : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::closed>,
                              pawl::transition<state::open, pay, state::paid>,
                              pawl::transition<state::paid, close, state::closed>> {};
struct bills : pawl::table<bill> {
  static constexpr pawl::names names{.table = "bills", .key = "id", .state = "status", .version = "version"};
  static constexpr auto columns = pawl::columns(pawl::on<pay>(pawl::set("receipt", &pay::receipt)),
                                                pawl::on<close>(pawl::set("remark", &close::remark)));
};

constexpr std::size_t rows = 40;

// What the steps do, and what happens when the step of a row is called.
struct script {
  std::function<void()> change{};
  std::string at{};           // in the step that pays this row
  bool answers_busy = false;  // with trouble, which is noted
  int calls = 0;
};
struct cashier {
  script* of;
  pawl::task<pawl::one_of<pay>> operator()(pawl::item<bill, state::open> it, pawl::keyed&) {
    ++of->calls;
    if (it.key == of->at) of->change();
    if (of->answers_busy) co_return pawl::trouble::transient("busy");
    co_return pay{"receipt " + it.key};
  }
  pawl::task<pawl::one_of<close>> operator()(pawl::item<bill, state::paid>, pay const& recorded, pawl::keyed&) {
    co_return close{recorded.receipt};
  }
};

struct office {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "a.db", {.durable = pawl::sqlite::durability::process_crash}};
  std::optional<pawl::sqlite::store<bills>> store;
  pawl::loop<pawl::virtual_clock> loop;
  script happens;

  office() {
    db.execute(
        "CREATE TABLE bills(id TEXT NOT NULL,status TEXT DEFAULT 'open',version INTEGER NOT NULL DEFAULT 0,receipt "
        "TEXT,"
        "remark TEXT);CREATE UNIQUE INDEX by_id ON bills(id);CREATE TABLE log(x)");
    for (std::size_t i = 0; i < rows; ++i) db.execute("INSERT INTO bills(id) VALUES('" + std::to_string(i) + "')");
    store.emplace(db);
  }
  std::string ask(std::string const& sql) {
    auto s = db.prepare(sql);
    return s.step() ? std::string(s.text(0)) : "(none)";
  }
  // What the run ended with.
  std::string run(std::size_t batch, pawl::run_options options) {
    test_queue queue(loop, *store, pawl::commit_queue_options{.batch = batch});
    try {
      auto const sum = pawl::run(queue, cashier{&happens}, options);
      return std::to_string(sum.finished) + " finished, " + std::to_string(sum.parked) + " parked";
    } catch (pawl::error const& e) {
      return std::string(e.id()) + " " + e.what();
    }
  }
};

struct change {
  char const* what;
  char const* sql;
  char const* words;
};
// Changes that concern every row that is paid.
auto const changes = {
    change{"a column is renamed", "ALTER TABLE bills RENAME COLUMN receipt TO note", "receipt"},
    change{"a column is dropped", "ALTER TABLE bills DROP COLUMN receipt", "receipt"},
    change{"the table is dropped", "DROP TABLE bills", "no such table"},
    change{"the key is not unique any more", "DROP INDEX by_id", "column id is not unique"},
    change{"a trigger raises", "CREATE TRIGGER t BEFORE UPDATE ON bills BEGIN SELECT RAISE(ABORT,'closed'); END",
           "closed"},
    change{"a trigger needs a table", "CREATE TRIGGER t AFTER UPDATE ON bills BEGIN INSERT INTO gone VALUES(1); END",
           "no such table: main.gone"},
    change{"pawl's own table is dropped", "DROP TABLE pawl_trouble", "no such table: pawl_trouble"}};

TEST_CASE("a table that is changed under a run ends it with the reason, and no item is blamed", "[runner]") {
  auto const c = GENERATE(values<change>(changes));
  bool const grouped = GENERATE(true, false), noted = GENERATE(true, false);
  std::size_t const page = GENERATE(std::size_t{5}, std::size_t{256});
  CAPTURE(c.what, grouped, noted, page);
  office o;
  o.happens.at = "11";
  o.happens.answers_busy = noted;
  o.happens.change = [&] { pawl::sqlite::database(o.db.path()).execute(c.sql); };
  auto const ended = o.run(grouped ? 256 : 1, {.concurrency = grouped ? std::size_t{4} : std::size_t{1},
                                               .retry = {.attempts = 2, .wait = {.first = 1ms}},
                                               .page = page});
  bool const only_updates_fail = std::string(c.sql).find("TRIGGER") != std::string::npos;
  bool const only_pages_fail = std::string(c.sql).find("INDEX") != std::string::npos;
  INFO(ended);
  if (noted && only_updates_fail) return;  // nothing is updated
  CHECK(ended.find("store.refused") == 0);
  CHECK(ended.find(c.words) != std::string::npos);
  CHECK(ended.find(o.db.path()) != std::string::npos);
  bool const is_trouble_table = std::string(c.sql).find("pawl_trouble") != std::string::npos;
  if (!only_pages_fail && noted == is_trouble_table) CHECK(o.happens.calls < 20);  // the next write meets it
  CHECK_FALSE(o.db.poisoned());
  if (std::string(c.sql).find("DROP TABLE") != std::string::npos) return;
  CHECK(o.ask("SELECT count(*) FROM pawl_trouble WHERE parked") == "0");
  if (noted) return;
  CHECK(o.ask("SELECT count(*) FROM pawl_trouble") == "0");
  CHECK(o.ask("SELECT count(*) FROM bills WHERE status='open' AND version<>0") == "0");
}

TEST_CASE("a column that the next step reads and that is gone ends a run with the reason", "[runner]") {
  office o;
  o.happens.at = "none";
  o.db.execute("UPDATE bills SET status='paid',version=1,receipt='r'");
  bool const renamed = GENERATE(true, false);
  o.db.execute(renamed ? "ALTER TABLE bills RENAME receipt TO note" : "ALTER TABLE bills DROP receipt");
  auto const ended = o.run(256, {.concurrency = 4});
  INFO(ended);
  CHECK(ended.find("store.refused") == 0);
  CHECK(ended.find("receipt") != std::string::npos);
  CHECK(o.ask("SELECT count(*) FROM pawl_trouble") == "0");
}

TEST_CASE("after the table is mended the next run goes on with all items", "[runner]") {
  office o;
  o.happens.at = "11";
  o.happens.change = [&] { o.db.execute("ALTER TABLE bills RENAME receipt TO note"); };
  CHECK(o.run(256, {.concurrency = 4}).find("store.refused") == 0);
  o.db.execute("ALTER TABLE bills RENAME note TO receipt");
  o.happens.change = [] {};
  auto const before = std::stoul(o.ask("SELECT count(*) FROM bills WHERE status='closed'"));
  CHECK(o.run(256, {.concurrency = 4}) == std::to_string(rows - before) + " finished, 0 parked");
}

TEST_CASE("a trigger that refuses one row parks that row alone", "[runner]") {
  office o;
  o.happens.at = "11";
  o.happens.change = [&] {
    o.db.execute(
        "CREATE TRIGGER t BEFORE UPDATE ON bills WHEN new.id='13' BEGIN SELECT RAISE(ABORT,'not this one'); END");
  };
  CHECK(o.run(256, {.concurrency = 4}) == "39 finished, 1 parked");
  CHECK(pawl::explain(*o.store, "13").text().find("not this one") != std::string::npos);
}

}  // namespace changed_schema_test
