// The optional history on a server, and the removal of what is finished.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/store_options.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"

namespace postgres_history_test {

using namespace std::chrono_literals;
using pawl::history_entry;
using postgres_test::own_database;

enum class state { written, sent, read, lost };
struct send {
  std::string receipt;
};
struct open {};
struct recall {};
struct letter
    : pawl::lifecycle<
          pawl::initial<state::written>, pawl::goal<state::read>, pawl::terminal<state::lost>,
          pawl::transition<state::written, send, state::sent>, pawl::transition<state::sent, recall, state::written>,
          pawl::transition<state::sent, open, state::read>, pawl::transition<state::written, open, state::lost>> {};
struct letters_table : pawl::table<letter> {
  static constexpr pawl::names names{.table = "letters"};
  static constexpr auto columns =
      pawl::columns(pawl::on<send>(pawl::set("receipt", &send::receipt)), pawl::on<recall>(pawl::clear("receipt")));
};
template <auto S> using in = pawl::item<letter, S>;

// A clock that a test sets.
template <bool Own> struct office {
  static constexpr bool is_own = Own;
  using store = pawl::postgres::store<std::conditional_t<Own, letter, letters_table>>;

  office() {
    if constexpr (!Own)
      at.in.sql.script(
          "CREATE TABLE letters(key text PRIMARY KEY,state text NOT NULL DEFAULT 'written',version bigint NOT NULL "
          "DEFAULT 0,receipt text)");
    for (std::string const key : {"a", "b", "a key too long for a small string"}) add(key);
  }
  void add(std::string const& key) {
    if constexpr (Own)
      REQUIRE(at.wait(letters.insert_if_absent(key)));
    else
      at.in.sql.script("INSERT INTO letters(key) VALUES('" + key + "')");
  }
  template <class T> T wait(pawl::task<T> answer) { return at.wait(std::move(answer)); }
  template <auto S, class Event> bool moves(std::string const& key, std::int64_t version, Event const& event) {
    in<S> const it(key, version);
    return static_cast<bool>(wait(letters.apply(it, event)));
  }
  // "1 written -send-> sent", a line each.
  std::string told(std::string_view key, std::size_t most = 1000) {
    std::string lines;
    for (history_entry const& e : wait(letters.history(key, most))) {
      lines += std::to_string(e.version) + " " + e.from + " -" + e.event + "-> " + e.to;
      if (e.attempts > 0) lines += " after " + std::to_string(e.attempts) + ": " + e.error;
      lines += '\n';
    }
    return lines;
  }

  std::chrono::system_clock::time_point clock{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)};
  own_database at{{.now = [this] { return clock += 1s; }}};
  store letters{at.db, {.history = true}};
};
#define BOTH_OFFICES office<true>, office<false>

TEMPLATE_TEST_CASE("a history tells each transition of an item, in their order, with what had failed before",
                   "[postgres]", BOTH_OFFICES) {
  TestType o;
  CHECK(o.wait(o.letters.history("a")).empty());
  CHECK(o.wait(o.letters.history("nobody")).empty());
  o.letters.set_run(4711);
  REQUIRE(o.template moves<state::written>("a", 0, send{"r"}));
  o.letters.set_run(0);
  REQUIRE(o.template moves<state::written>("b", 0, send{"r"}));
  pawl::trouble_record ill;
  ill.attempts = 3;
  ill.run = 7;
  ill.last_error = "503 'busy'";
  auto const sent = o.wait(o.letters.get("a"));
  REQUIRE(o.wait(o.letters.note(*sent.item, ill)));
  REQUIRE(o.template moves<state::sent>("a", 1, recall{}));
  REQUIRE(o.template moves<state::written>("a", 2, open{}));
  CHECK_FALSE(o.template moves<state::sent>("a", 1, recall{}));  // a conflict
  CHECK(o.told("a") ==
        "1 written -send-> sent\n"
        "2 sent -recall-> written after 3: 503 'busy'\n"
        "3 written -open-> lost\n");
  CHECK(o.told("a", 1) == "3 written -open-> lost\n");
  CHECK(o.told("b") == "1 written -send-> sent\n");
  auto const all = o.wait(o.letters.history("a"));
  REQUIRE(all.size() == 3);
  CHECK(all[0].run == 4711);
  CHECK(all[1].run == 0);
  CHECK(all[0].at < all[1].at);
  CHECK(all[2].at > o.clock - 1min);
  CHECK(all[2].at <= o.clock);
}

TEMPLATE_TEST_CASE("a release on a server is in the history with whose it is, and one that finds nothing is not",
                   "[postgres]", BOTH_OFFICES) {
  TestType o;
  pawl::trouble_record ill;
  ill.attempts = 3;
  ill.parked = true;
  auto const park = [&] {
    auto const now = o.wait(o.letters.get("a"));
    return o.wait(o.letters.note(*now.item, ill));
  };
  CHECK_FALSE(o.wait(o.letters.release("a", "ada")));
  REQUIRE(park());
  o.letters.set_run(4711);
  CHECK(o.wait(o.letters.release("a", "ada: it is mended")));
  REQUIRE(o.template moves<state::written>("a", 0, send{"r"}));
  REQUIRE(park());
  CHECK(o.wait(o.letters.release("a")));
  REQUIRE(park());
  REQUIRE(o.wait(o.letters.try_begin()));
  CHECK(o.wait(o.letters.release("a")));
  o.wait(o.letters.rollback());
  CHECK(o.told("a") ==
        "0 written -hand: released-> written after 3: by ada: it is mended\n"
        "1 written -send-> sent\n"
        "1 sent -hand: released-> sent after 3: by hand\n");
  auto const all = o.wait(o.letters.history("a"));
  REQUIRE(all.size() == 3);
  CHECK(all[0].by_hand() == "released");
  CHECK(all[0].run == 0);
  CHECK(all[0].at < all[1].at);
  CHECK(all[1].by_hand().empty());
}

TEMPLATE_TEST_CASE("a batch of a queue has its history, and a transaction that is rolled back none", "[postgres]",
                   BOTH_OFFICES) {
  TestType o;
  pawl::commit_queue queue{o.at.loop, o.letters};
  in<state::written> const a("a", 0), b("b", 0);
  send const with{"r"};
  auto const write = [&]() -> pawl::task<bool> {
    auto first = queue.apply(a, with);
    auto const moved = co_await std::move(first);
    co_return static_cast<bool>(moved);
  };
  CHECK(o.wait(write()));
  CHECK(o.told("a") == "1 written -send-> sent\n");
  REQUIRE(o.wait(o.letters.try_begin()));
  REQUIRE(o.wait(o.letters.apply(b, with)));
  o.wait(o.letters.rollback());
  CHECK(o.told("b").empty());
}

TEMPLATE_TEST_CASE("a store that is opened with a history where there was none makes it, and one without writes none",
                   "[postgres]", BOTH_OFFICES) {
  TestType o;
  typename TestType::store silent{o.at.theirs};
  in<state::written> const a("a", 0);
  send const with{"r"};
  REQUIRE(o.wait(silent.apply(a, with)));
  CHECK(o.wait(silent.history("a")).empty());
  REQUIRE(o.template moves<state::written>("b", 0, send{"r"}));
  CHECK(o.told("a").empty());
  CHECK(o.told("b") == "1 written -send-> sent\n");
  CHECK(o.at.in.sql.must("SELECT table_name||event||version FROM pawl_history_view").at(0, 0) ==
        (TestType::is_own ? "lettersend1" : "letterssend1"));
  typename TestType::store again{o.at.theirs, {.history = true}};  // all is there
  in<state::sent> const sent("b", 1);
  open const opening{};
  REQUIRE(o.wait(again.apply(sent, opening)));
  CHECK(o.wait(again.history("b")).size() == 2);
}

TEST_CASE("what is finished on a server is removed once it is old enough, so many at a time, and nothing else",
          "[postgres]") {
  office<true> o;
  for (std::string const key : {"c", "d"}) o.add(key);
  for (std::string const key : {"a", "c", "d"}) REQUIRE(o.moves<state::written>(key, 0, open{}));
  o.clock += 1h;
  REQUIRE(o.moves<state::written>("b", 0, open{}));  // too young
  CHECK(o.wait(o.letters.remove_finished(2h, 10)) == 0);
  CHECK(o.wait(o.letters.remove_finished(30min, 2)) == 2);
  CHECK(o.wait(o.letters.remove_finished(30min, 2)) == 1);
  CHECK(o.wait(o.letters.remove_finished(30min, 2)) == 0);
  for (std::string const key : {"a", "c", "d"}) CHECK(o.wait(o.letters.get(key)).gone());
  CHECK(o.wait(o.letters.get("b")).item);
  CHECK(o.wait(o.letters.get("a key too long for a small string")).item);
  CHECK(o.told("a").size() > 0);  // it goes by its own age
  o.add("a");
  REQUIRE(o.moves<state::written>("a", 0, send{"r"}));
  CHECK(o.told("a") == "1 written -send-> sent\n");  // of its new life

  REQUIRE(o.wait(o.letters.try_begin()));
  CHECK(o.wait(o.letters.remove_finished(-1h, 10)) == 1);
  o.wait(o.letters.rollback());
  CHECK(o.wait(o.letters.get("b")).item);
}

TEMPLATE_TEST_CASE("a history on a server is removed by its age, so many entries at a time", "[postgres]",
                   BOTH_OFFICES) {
  TestType o;
  REQUIRE(o.template moves<state::written>("a", 0, send{"r"}));
  REQUIRE(o.template moves<state::sent>("a", 1, recall{}));
  o.clock += 1h;
  REQUIRE(o.template moves<state::written>("b", 0, send{"r"}));
  CHECK(o.wait(o.letters.remove_history(2h, 10)) == 0);
  CHECK(o.wait(o.letters.remove_history(30min, 1)) == 1);
  CHECK(o.told("a") == "2 sent -recall-> written\n");
  CHECK(o.wait(o.letters.remove_history(30min, 10)) == 1);
  CHECK(o.told("b") == "1 written -send-> sent\n");
  typename TestType::store silent{o.at.theirs};
  CHECK(o.wait(silent.remove_history(0s, 10)) == 1);
}

TEMPLATE_TEST_CASE("a migration on a server is in the history, without an event", "[postgres]", BOTH_OFFICES) {
  TestType o;
  REQUIRE(o.template moves<state::written>("a", 0, send{"r"}));
  if constexpr (TestType::is_own)
    o.at.in.sql.script(
        "INSERT INTO pawl_states(table_name,code,name) VALUES('letter',77,'drafted');UPDATE letter SET state=77");
  else
    o.at.in.sql.script("UPDATE letters SET state='drafted'");
  auto const moved = o.wait(o.letters.migrate({{"drafted", state::written}}, pawl::migration::apply));
  CHECK(moved.at(0).rows == 3);
  CHECK(o.told("a") == "1 written -send-> sent\n2 drafted --> written\n");
  CHECK(o.told("b") == "1 drafted --> written\n");
}

}  // namespace postgres_history_test
