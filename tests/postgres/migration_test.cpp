// Rows in states that a new version of the program no longer has.
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "postgres/cutting_proxy.hpp"
#include "postgres/own_database.hpp"

namespace postgres_migration_test {

using pawl::migration;
using postgres_test::own_database;

// Two versions of one lifecycle: the new one has no `drafted`, and a state more.
namespace before {
enum class state { drafted, written, sent };
struct write {};
struct send {
  std::string receipt;
};
struct letter : pawl::lifecycle<pawl::initial<state::drafted>, pawl::goal<state::sent>,
                                pawl::transition<state::drafted, write, state::written>,
                                pawl::transition<state::written, send, state::sent>> {};
struct letters_table : pawl::table<letter> {
  static constexpr pawl::names names{.table = "letters"};
  static constexpr auto columns = pawl::columns(pawl::on<send>(pawl::set("receipt", &send::receipt)));
};
}  // namespace before
namespace after {
enum class state { written = 1, sent = 2, read = 7 };
struct send {
  std::string receipt;
};
struct open {};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::read>,
                                pawl::transition<state::written, send, state::sent>,
                                pawl::transition<state::sent, open, state::read>> {};
struct letters_table : pawl::table<letter> {
  static constexpr pawl::names names{.table = "letters"};
  static constexpr auto columns = pawl::columns(pawl::on<send>(pawl::set("receipt", &send::receipt)));
};
}  // namespace after

// Letters a and b are drafted, a is parked, and c is written.
template <bool Own> struct world {
  using old_store = pawl::postgres::store<std::conditional_t<Own, before::letter, before::letters_table>>;
  using store = pawl::postgres::store<std::conditional_t<Own, after::letter, after::letters_table>>;
  using draft = pawl::item<before::letter, before::state::drafted>;

  world() {
    if (!Own)
      at.in.sql.script(
          "CREATE TABLE letters(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,key text NOT NULL UNIQUE,"
          "state text NOT NULL DEFAULT 'drafted',version bigint NOT NULL DEFAULT 0,changed_at timestamptz,receipt "
          "text)");
    old_store all(at.theirs);
    at.wait(all.open());
    for (std::string const key : {"a", "b", "c"}) {
      if constexpr (Own)
        REQUIRE(at.wait(all.insert_if_absent(key)));
      else
        at.in.sql.must("INSERT INTO letters(key) VALUES($1)", {key});
    }
    before::write const writes;
    REQUIRE(at.wait(all.apply(*at.wait(all.get("c")).item->template as<before::state::drafted>(), writes)));
    pawl::trouble_record parked;
    parked.parked = true;
    REQUIRE(at.wait(all.note(*at.wait(all.get("a")).item, parked)));
  }
  auto migrate(store& all, migration how) { return at.wait(all.migrate({{"drafted", after::state::written}}, how)); }

  own_database at{};
};

#define BOTH_KINDS_OF_TABLE ((bool Own), Own), true, false

TEMPLATE_TEST_CASE_SIG("a dry run of a migration on a server counts, and changes nothing", "[postgres]",
                       BOTH_KINDS_OF_TABLE) {
  world<Own> w;
  typename world<Own>::store all(w.at.db);
  w.at.wait(all.open());
  CHECK(all.change().added == std::vector<std::string>{"read"});
  CHECK(all.change().removed == std::vector<std::string>{"drafted"});
  auto const would = w.migrate(all, migration::dry_run);
  REQUIRE(would.size() == 1);
  CHECK(would[0].old_state == "drafted");
  CHECK(would[0].state == "written");
  CHECK(would[0].rows == 2);
  CHECK(w.at.wait(all.unrecognised()) == 2);
  CHECK(all.change().removed.size() == 1);
  CHECK(w.at.wait(all.migrate({{"never", after::state::written}}, migration::dry_run))[0].rows == 0);
  CHECK(w.at.wait(all.migrate({}, migration::apply)).empty());
}

TEMPLATE_TEST_CASE_SIG("a migration behind a pooler waits for a lock no longer than anywhere else", "[postgres]",
                       BOTH_KINDS_OF_TABLE) {
  world<Own> w;
  typename world<Own>::store all(w.at.db);
  w.at.wait(all.open());
  w.at.pool();
  w.at.note_timeouts(Own ? "letter" : "letters");
  auto const done = w.migrate(all, migration::apply);
  REQUIRE(done.size() == 1);
  CHECK(done[0].rows == 2);
  CHECK(w.at.told_timeouts() == "2s");
}

TEMPLATE_TEST_CASE_SIG("a migration on a server moves the rows, counts their versions up and ends their troubles",
                       "[postgres]", BOTH_KINDS_OF_TABLE) {
  world<Own> w;
  typename world<Own>::store all(w.at.db);
  auto const done =
      w.at.wait(all.migrate({{"drafted", after::state::written}, {"drafted", after::state::read}}, migration::apply));
  REQUIRE(done.size() == 2);
  CHECK(done[0].rows == 2);
  CHECK(done[1].rows == 0);
  CHECK(all.change().removed.empty());
  CHECK(w.at.wait(all.unrecognised()) == 0);
  auto const a = w.at.wait(all.get("a")).item;
  REQUIRE(a);
  CHECK(a->state == after::state::written);
  CHECK(a->version == 1);
  CHECK_FALSE(w.at.wait(all.trouble_of(*a)));
  CHECK(w.at.in.sql.must("SELECT count(*) FROM pawl_trouble").at(0, 0) == "0");
  CHECK(w.at.wait(all.get("c")).item->version == 1);  // was not in a removed state
  CHECK(w.migrate(all, migration::apply)[0].rows == 0);
  typename world<Own>::store again(w.at.theirs);
  w.at.wait(again.open());
  CHECK(again.change().removed.empty());
}

TEMPLATE_TEST_CASE_SIG("a migration on a server may be a part of the program's transaction", "[postgres]",
                       BOTH_KINDS_OF_TABLE) {
  world<Own> w;
  typename world<Own>::store all(w.at.db);
  CHECK(w.at.wait(all.try_begin()));
  CHECK(w.migrate(all, migration::apply)[0].rows == 2);
  w.at.wait(all.rollback());
  CHECK(w.at.in.sql.must("SELECT count(*) FROM pawl_trouble").at(0, 0) == "1");
  CHECK(w.at.wait(all.try_begin()));
  CHECK(w.migrate(all, migration::apply)[0].rows == 2);
  w.at.wait(all.commit());
  CHECK(w.at.wait(all.unrecognised()) == 0);
}

TEMPLATE_TEST_CASE_SIG("a migration on a server of a state that the lifecycle has is refused, and nothing is moved",
                       "[postgres]", BOTH_KINDS_OF_TABLE) {
  world<Own> w;
  typename world<Own>::store all(w.at.db);
  try {
    w.at.wait(all.migrate({{"drafted", after::state::written}, {"sent", after::state::read}}, migration::apply));
    FAIL("was accepted");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::refused);
    CHECK_THAT(e.what(), ContainsSubstring("cannot migrate 'sent'"));
  }
  CHECK(w.at.wait(all.unrecognised()) == 2);
}

TEST_CASE("a migration on a server that a constraint refuses moves nothing", "[postgres]") {
  world<false> w;
  w.at.in.sql.script("ALTER TABLE letters ADD CHECK(state<>'written' OR key='c')");
  world<false>::store all(w.at.db);
  try {
    w.migrate(all, migration::apply);
    FAIL("was accepted");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::rejected);
  }
  CHECK(w.at.wait(all.unrecognised()) == 2);
}

struct postman {
  after::send operator()(pawl::item<after::letter, after::state::written> it) { return {"of " + it.key}; }
  after::open operator()(pawl::item<after::letter, after::state::sent>) { return {}; }
};

TEMPLATE_TEST_CASE_SIG("a run that waits works on what is migrated meanwhile", "[postgres][no_pooler]",
                       BOTH_KINDS_OF_TABLE) {
  world<Own> w;
  typename world<Own>::store all(w.at.db), other(w.at.theirs);
  pawl::commit_queue queue{w.at.loop, all};
  pawl::stop_source stop;
  struct watcher {
    pawl::stop_source& stop;
    std::size_t left = 3;
    void on_leave(std::size_t, pawl::any_item<after::letter> const& it, std::chrono::nanoseconds) {
      if (it.state == after::state::read && --left == 0) stop.request_stop();
    }
  };
  boost::asio::co_spawn(
      w.at.loop.get_executor(),
      [](auto& letters, auto& loop) -> pawl::task<void> {
        co_await loop.sleep(std::chrono::milliseconds(100));
        auto migrating = letters.migrate({{"drafted", after::state::written}}, migration::apply);
        co_await std::move(migrating);
      }(other, w.at.loop),
      [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
      });
  watcher watching{stop};
  pawl::commit_queue watched{w.at.loop, all, watching};
  auto const sum = pawl::run(watched, postman{}, {.until = pawl::until::stopped, .poll = {}, .stop = &stop});
  CHECK(sum.finished == 3);
}

TEST_CASE("a migration whose connection is cut at any message is told rightly", "[postgres]") {
  cutting_proxy proxy(temporary_server::quick().socket());
  for (auto const way : {direction::to_server, direction::to_client}) {
    bool was_cut = true;
    for (int cuts = 0; was_cut; ++cuts) {
      CAPTURE(cuts, way == direction::to_server);
      world<true> w;
      pawl::postgres::database db(w.at.loop, "host=127.0.0.1 port=" + std::to_string(proxy.port()) +
                                                 " dbname=postgres user=postgres sslmode=disable gssencmode=disable"
                                                 " options='-c search_path=" +
                                                 w.at.in.name() + "'");
      world<true>::store all(db);
      CHECK(w.at.wait(all.insert_if_absent("new")));  // over the connection that the migration is written over
      proxy.cut_after(way, cuts);
      auto const done = w.migrate(all, migration::apply);
      was_cut = proxy.has_cut();
      CHECK(done[0].rows == 2);
      CHECK(w.at.wait(all.get("a")).item->version == 1);
      CHECK(w.at.wait(all.unrecognised()) == 0);
    }
  }
}

}  // namespace postgres_migration_test
