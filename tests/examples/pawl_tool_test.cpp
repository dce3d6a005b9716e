// Tests the program pawl from outside: what each command prints, what it refuses and how it ends. PAWL_TOOL is its path.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/types.h>
#include <unistd.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/store.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/explanation.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

#include "catch.hpp"
#include "examples/local_page.hpp"
#include "files.hpp"
#include "hostile/names.hpp"
#include "postgres/own_database.hpp"
#include "program.hpp"

namespace pawl_tool_test {

using words = std::vector<std::string>;
using json = nlohmann::json;

enum class state { written, sent, delivered };
struct mail {
  std::string receipt;
};
struct deliver {};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};
struct letters : pawl::table<letter> {
  static constexpr pawl::names names{.table = "letters", .key = "name", .changed_at = "at"};
  static constexpr auto columns = pawl::columns(pawl::on<mail>(pawl::set("receipt", &mail::receipt)));
};
using written = pawl::item<letter, state::written>;

std::string const hostile = "evil\x1b[31m\n,\"\xff";

// A database with pawl's own table, and on request a user's beside it. ada is parked, bob sent and delayed, eve delivered.
struct world {
  temporary_folder folder;
  std::string path = folder / "post.db";
  pawl::sqlite::database db{path};
  pawl::sqlite::store<letter> store{db};

  world() {
    for (auto const* key : {"ada", "bob", "eve"}) store.insert_if_absent(key);
    pawl::trouble_record parked;
    parked.parked = true;
    parked.attempts = 5;
    parked.run = 7;
    parked.last_error = "transient: busy\x1b[31m";
    REQUIRE(store.note(written("ada", 0), parked));
    pawl::trouble_record delayed;
    delayed.next_at = pawl::stored_time(std::chrono::seconds(2'000'000'000));
    delayed.run = 7;
    REQUIRE(store.note(sent("bob"), delayed));
    REQUIRE(store.apply(sent("eve"), deliver{}));
  }
  pawl::item<letter, state::sent> sent(char const* key) {
    mail const event{"receipt of " + std::string(key)};
    return *store.apply(written(key, 0), event);
  }
  void add_users_table() {
    db.execute(
        "CREATE TABLE letters(name TEXT PRIMARY KEY,state TEXT NOT NULL DEFAULT 'written',version INTEGER NOT NULL "
        "DEFAULT 0,at TEXT,receipt TEXT);INSERT INTO letters(name,at) VALUES('ada','2026-01-01T00:00:00'),"
        "('zoe','2026-01-01T00:00:00');INSERT INTO letters(name,state,at) VALUES('old','delivered','2026-01-01 "
        "00:00:00')");
    pawl::sqlite::store<letters> const opened(db);
  }
  std::string standing(char const* key) { return pawl::explain(store, key).text(); }
};

ending call(words args) { return program(PAWL_TOOL, args, {"USER=grace"}).wait(); }
json parsed(ending const& e) {
  REQUIRE(e.code == 0);
  return json::parse(e.out);
}
// It ends with this code, says the sentence on its standard error, and nothing else.
void refuses(words args, int code, std::string const& sentence) {
  auto const e = call(std::move(args));
  CAPTURE(e.out, e.err);
  CHECK(e.code == code);
  CHECK(e.out.empty());
  CHECK(e.err.starts_with("pawl: "));
  CHECK(e.err.find('\n') == e.err.size() - 1);
  CHECK(e.err.find('\x1b') == std::string::npos);
  CHECK_THAT(e.err, ContainsSubstring(sentence));
}

// Its exit code, and what it wrote on a terminal on which this was typed; ended by the signal once it has drawn a table.
std::pair<int, std::string> at_terminal(words args, std::string const& typed, int ended_by = 0) {
  return use_at_terminal(PAWL_TOOL, std::move(args), {}, typed, [ended_by](pid_t pid, std::string const& all) mutable {
    if (ended_by != 0 && all.find("\x1b[J") != std::string::npos) ::kill(pid, std::exchange(ended_by, 0));
  });
}

TEST_CASE("pawl status tells tables, states and troubles, as text and as JSON", "[examples]") {
  world w;
  w.add_users_table();
  auto const text = call({"status", w.path});
  CHECK(text.code == 0);
  CHECK(text.err.empty());
  CHECK_THAT(text.out, ContainsSubstring("letter: lifecycle letter in pawl's own table\nrun by nobody\n"));
  CHECK_THAT(text.out, ContainsSubstring("letters: lifecycle letter in a table of its program's"));
  CHECK_THAT(text.out, ContainsSubstring("\nsent       step      1       -        1         -"));
  CHECK_THAT(text.out, ContainsSubstring("the next delay ends at 2033-05-18T03:33:20.000000Z"));
  auto const all = parsed(call({"status", w.path, "--json"}));
  REQUIRE(all["tables"].size() == 2);
  CHECK(all["database"] == w.path);
  CHECK(all["tables"][0]["table"] == "letter");
  CHECK(all["tables"][0]["states"][0]["parked"] == 1);
  CHECK(all["tables"][1]["states"][2]["items"] == 1);
  CHECK(parsed(call({"status", w.path, "--json", "--table", "letters"}))["tables"].size() == 1);
}

TEST_CASE("pawl status names the process that runs the items", "[examples]") {
  world w;
  pawl::store_lock const lock(w.store);
  CHECK_THAT(call({"status", w.path}).out, ContainsSubstring("run by process " + std::to_string(::getpid()) + "\n"));
}

TEST_CASE("pawl list finds items by state, trouble, key and age, in three forms", "[examples]") {
  world w;
  w.store.insert_if_absent(hostile);
  auto const listed = [&w](words more) {
    more.insert(more.begin(), {"list", w.path, "--json"});
    words found;
    auto const all = parsed(call(more));
    for (auto const& it : all) found.push_back(it["key"]);
    return found;
  };
  CHECK(listed({"--parked"}) == words{"ada"});
  CHECK(listed({"--delayed"}) == words{"bob"});
  CHECK(listed({"--in-doubt"}).empty());
  CHECK(listed({"--state", "delivered"}) == words{"eve"});
  CHECK(listed({"--key", "[b-d]*"}) == words{"bob"});
  CHECK(listed({"--key", "evil*"}) == words{"evil\x1b[31m\n,\"\xef\xbf\xbd"});
  CHECK(listed({"--older", "1h"}).empty());
  CHECK(listed({"--limit", "2"}) == words{"ada", "bob"});
  CHECK_THAT(call({"list", w.path, "--limit", "2"}).err, ContainsSubstring("these are the first 2"));
  auto const text = call({"list", w.path});
  CHECK(text.out.find('\x1b') == std::string::npos);
  CHECK_THAT(text.out, ContainsSubstring("evil\\x1b[31m\\n,\"\\xff"));
  CHECK_THAT(text.out, ContainsSubstring("transient: busy\\x1b[31m"));
  auto const csv = call({"list", w.path, "--csv"}).out;
  CHECK(csv.starts_with("table,key,state,version,changed_at,trouble,attempts,recoveries,next_at,error\r\n"));
  CHECK_THAT(csv, ContainsSubstring("\r\nletter,\"evil\x1b[31m\n,\"\"\xff\",written,0,"));
  CHECK(call({"list", w.path, "--key", "nobody"}).out == "no items\n");
}

// Some reader of CSV takes it for more than one cell, or drops an end of it.
bool needs_quotes(std::string_view cell) {
  return cell.find_first_of(std::string_view(";\t\"\n\0", 5)) != std::string_view::npos || cell.starts_with(' ') ||
         cell.ends_with(' ');
}
// Cells of RFC 4180, line by line.
std::vector<words> cells_of(std::string_view csv) {
  std::vector<words> lines;
  for (words line; !csv.empty();) {
    std::string cell;
    if (csv[0] == '"') {
      csv.remove_prefix(1);
      for (; !csv.starts_with('"') || csv.starts_with("\"\""); csv.remove_prefix(1)) {
        REQUIRE(!csv.empty());
        if (csv.starts_with('"')) csv.remove_prefix(1);
        cell += csv[0];
      }
      csv.remove_prefix(1);
    } else {
      cell = csv.substr(0, csv.find_first_of(",\r"));
      csv.remove_prefix(cell.size());
      CHECK_FALSE(needs_quotes(cell));
    }
    line.push_back(std::move(cell));
    bool const ends = csv.starts_with("\r\n");
    REQUIRE((ends || csv.starts_with(',')));
    csv.remove_prefix(ends ? 2 : 1);
    if (ends) lines.push_back(std::exchange(line, words()));
  }
  return lines;
}
// As a program reads a text of it.
std::string without_guard(std::string const& cell) { return cell.starts_with('\'') ? cell.substr(1) : cell; }

TEST_CASE("no cell of pawl's CSV is a formula, and each can be read back, whatever keys and errors are", "[examples]") {
  world w;
  auto all = hostile::all_names();
  for (auto const* more : {"=1+1",
                           "+1",
                           "-1",
                           "@SUM(A1)",
                           "\t=1",
                           "\r=1",
                           "\n=1",
                           "'=1",
                           "\xef\xbc\x9d"
                           "1",
                           "a;b",
                           ";",
                           "a,b",
                           ",",
                           "a\"b",
                           "\"",
                           "\"\"",
                           "a\nb",
                           "a\r\nb",
                           "a\tb",
                           " a",
                           "a "})
    all.emplace_back(more);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::erase(all, "");
  REQUIRE(w.store.try_begin());
  for (auto const& name : all) {
    REQUIRE(w.store.insert_if_absent(name));
    pawl::trouble_record record;
    record.parked = true;
    record.last_error = name;
    REQUIRE(w.store.note(written(name, 0), record));
  }
  w.store.commit();
  auto const csv = call({"list", w.path, "--csv", "--limit", "1000"}).out;
  CHECK(csv == call({"export", w.path, "--csv"}).out);
  auto const listed = cells_of(csv);
  REQUIRE(listed.size() == all.size() + 4);  // the head, and who was there before
  words found;
  for (auto const& line : listed) {
    REQUIRE(line.size() == 10);
    for (std::string_view const cell : line) {
      CHECK((cell.empty() || std::string_view("=+-@\t\r\n").find(cell[0]) == std::string_view::npos));
      CHECK_FALSE(cell.starts_with("\xef\xbc\x9d"));
    }
    std::string const key = without_guard(line[1]);
    if (std::binary_search(all.begin(), all.end(), key)) {
      CHECK(without_guard(line[9]) == key);
      found.push_back(key);
    }
  }
  std::sort(found.begin(), found.end());
  CHECK(found == all);
}

TEST_CASE("pawl why says the sentence of explain, and tells record, fields and history", "[examples]") {
  world w;
  pawl::sqlite::store<letter> remembering(w.db, {.history = true});
  remembering.insert_if_absent("gil");
  mail const event{"receipt of gil"};
  auto const sent = *remembering.apply(written("gil", 0), event);
  pawl::trouble_record fog;
  fog.attempts = 2;
  fog.run = 7;
  fog.last_error = "transient: fog";
  REQUIRE(remembering.note(sent, fog));
  REQUIRE(remembering.apply(sent, deliver{}));
  auto const gil = call({"why", w.path, "gil"});
  CHECK_THAT(gil.out, ContainsSubstring("Z 1: written -> sent by mail\n"));
  CHECK_THAT(gil.out,
             ContainsSubstring("Z 2: sent -> delivered by deliver, after 2 failed attempts: transient: fog\n"));
  auto const eve = call({"why", w.path, "eve"});
  CHECK(eve.code == 0);
  CHECK(eve.out.starts_with("'eve' of letter: " + w.standing("eve") + "\n"));
  CHECK_THAT(eve.out, ContainsSubstring("\n  mail = receipt of eve\n"));
  CHECK_THAT(call({"why", w.path, "ada"}).out,
             ContainsSubstring("record: 5 failed attempts, 0 deaths, written by run 7"));
  auto const as_json = parsed(call({"why", w.path, "ada", "--json"}));
  CHECK(as_json["why"] == w.standing("ada"));
  CHECK(as_json["trouble"]["attempts"] == 5);
}

TEST_CASE("pawl why shows the beginning of a large value and its size, and export and JSON all of it", "[examples]") {
  world w;
  std::string const large(1'250'000, 'v');
  w.store.insert_if_absent("gil");
  mail const event{large};
  REQUIRE(w.store.apply(written("gil", 0), event));
  auto const told = call({"why", w.path, "gil"}).out;
  CHECK(told.size() < 2'000);
  CHECK_THAT(told, ContainsSubstring("\n  mail = " + large.substr(0, 190)));
  CHECK_THAT(told, ContainsSubstring(" ... (1.2 MB)\n"));
  CHECK(parsed(call({"why", w.path, "gil", "--json"}))["fields"][0]["value"] == large);
  auto const lines = call({"export", w.path}).out;
  CHECK(lines.find(large) != std::string::npos);
}

TEST_CASE("pawl release, park and start-at change one item, and say so", "[examples]") {
  world w;
  CHECK(call({"release", w.path, "ada", "--yes"}).out == "'ada' of letter is released\n");
  CHECK(w.standing("ada") == "written at version 0: runnable: nothing holds it back");
  CHECK(call({"park", w.path, "bob", "--reason", "the courier is ill", "--yes"}).out == "'bob' of letter is parked\n");
  CHECK(w.standing("bob") == "sent at version 1: parked: parked by grace: the courier is ill");
  CHECK(call({"start-at", w.path, "bob", "2033-05-18T03:33:20Z", "--yes"}).out ==
        "'bob' of letter starts at 2033-05-18T03:33:20.000000Z\n");
  CHECK(pawl::explain(w.store, "bob").is == pawl::standing::delayed);
  CHECK(call({"start-at", w.path, "bob", "+1h30m", "--yes"}).code == 0);
  auto const left = *w.store.trouble_of(*w.store.get("bob").item)->next_at - w.db.now();
  CHECK(left > std::chrono::minutes(89));
  CHECK(left < std::chrono::minutes(91));
}

TEST_CASE("pawl why tells what operators did to an item, with whose it was and why", "[examples]") {
  world w;
  pawl::sqlite::store<letter> const remembering(w.db, {.history = true});
  for (words const& act : std::vector<words>{{"park", "the address is wrong"},
                                             {"start-at", "it is mended"},
                                             {"release", "no need to wait\x1b[31m"},
                                             {"park", ""}}) {
    words all{act[0], w.path, "bob", "--yes", "--reason", act[1]};
    if (act[0] == "start-at") all.insert(all.begin() + 3, "2033-05-18T03:33:20Z");
    CHECK(call(all).code == 0);
  }
  CHECK(call({"retry-all", w.path, "--state", "sent", "--yes", "--reason", "all is well"}).code == 0);
  auto const told = call({"why", w.path, "bob"}).out;
  for (std::string const line : {"in sent, parked by grace: the address is wrong\n",
                                 "in sent, delayed until 2033-05-18T03:33:20.000000Z by grace: it is mended\n",
                                 "in sent, released by grace: no need to wait\\x1b[31m\n", "in sent, parked by grace\n",
                                 "in sent, retried by grace: all is well\n"})
    CHECK_THAT(told, ContainsSubstring("Z 1: " + line));
  auto const as_json = parsed(call({"why", w.path, "bob", "--json"}))["history"];
  REQUIRE(as_json.size() == 5);
  CHECK(as_json[0]["event"] == "hand: parked");
  CHECK(as_json[0]["by_hand"] == "parked");
  CHECK(as_json[0]["error"] == "by grace: the address is wrong");
  CHECK_THAT(call({"export", w.path}).out, ContainsSubstring("\"by_hand\":\"delayed\""));
}

TEST_CASE("pawl retry-all, pause and resume change a state, and say so", "[examples]") {
  world w;
  CHECK(call({"retry-all", w.path, "--state", "written", "--yes"}).out ==
        "1 item of state written of letter is retried\n");
  CHECK(call({"retry-all", w.path, "--state", "written", "--yes"}).code == 0);
  CHECK(call({"pause", w.path, "sent", "--yes", "--reason", "ill"}).code == 0);
  auto const sent = parsed(call({"status", w.path, "--json"}))["tables"][0]["states"][1];
  CHECK(sent["paused"] == true);
  CHECK(sent["paused_by"] == "grace: ill");
  CHECK(sent["paused_since"].get<std::string>().starts_with("20"));
  CHECK_THAT(call({"status", w.path}).out, ContainsSubstring("paused 0s ago by grace: ill"));
  refuses({"pause", w.path, "sent", "--yes"}, 1, "nothing was changed: state sent of letter is paused already");
  CHECK(call({"resume", w.path, "sent", "--yes"}).code == 0);
  refuses({"resume", w.path, "sent", "--yes"}, 1, "is not paused");
  refuses({"pause", w.path, "delivered", "--yes"}, 1, "no state 'delivered' with a step");
}

TEST_CASE("pawl trim deletes what is finished, and a user's rows only if they are named", "[examples]") {
  world w;
  w.add_users_table();
  CHECK(call({"trim", w.path, "--finished", "--older", "1h", "--yes"}).out == "0 rows of letter are deleted\n");
  CHECK(call({"trim", w.path, "--finished", "--older", "0s", "--yes"}).out == "1 row of letter is deleted\n");
  CHECK(w.store.get("eve").gone());
  refuses({"trim", w.path, "--finished", "--older", "0s", "--table", "letters", "--yes"}, 1,
          "--delete-rows-of letters deletes them all the same");
  refuses({"trim", w.path, "--finished", "--older", "0s", "--delete-rows-of", "nothing", "--yes"}, 1,
          "there is no table 'nothing'");
  CHECK(call({"trim", w.path, "--finished", "--older", "1h", "--delete-rows-of", "letters", "--table", "letters",
              "--yes"})
            .out == "1 row of letters is deleted\n");
  refuses({"trim", w.path, "--older", "1h", "--yes"}, 2, "give --finished or --history");
  pawl::sqlite::store<letter> remembering(w.db, {.history = true});
  REQUIRE(remembering.apply(*remembering.get("bob").item->as<state::sent>(), deliver{}));
  CHECK(call({"trim", w.path, "--history", "--older", "1h", "--yes"}).out ==
        "0 transitions of the history of letter are deleted\n");
  CHECK(call({"trim", w.path, "--history", "--older", "0s", "--yes"}).out ==
        "1 transition of the history of letter is deleted\n");
  CHECK(remembering.history("bob").empty());
}

TEST_CASE("pawl status tells what operators did to states and rows, with whose it is and why, where there is a history",
          "[examples]") {
  world w;
  for (words const& command :
       std::vector<words>{{"resume", w.path, "sent"}, {"trim", w.path, "--finished", "--older", "0s"}})
    refuses(
        [&] {
          words all = command;
          all.insert(all.end(), {"--reason", "why", "--yes"});
          return all;
        }(),
        2, "table letter has no history in which --reason could be recorded");
  pawl::sqlite::store<letter> remembering(w.db, {.history = true});
  CHECK(call({"pause", w.path, "sent", "--reason", "ill\x1b[31m", "--yes"}).code == 0);
  CHECK(call({"resume", w.path, "sent", "--reason", "well", "--yes"}).code == 0);
  CHECK(call({"trim", w.path, "--finished", "--older", "0s", "--reason", "full", "--yes"}).code == 0);
  auto const text = call({"status", w.path}).out;
  CHECK_THAT(text, ContainsSubstring("Z sent paused by grace: ill\\x1b[31m\n"));
  CHECK_THAT(text, ContainsSubstring("Z sent resumed by grace: well\n"));
  CHECK_THAT(text, ContainsSubstring("Z trimmed: 1 row of before "));
  CHECK_THAT(text, ContainsSubstring("Z by grace: full\n"));
  auto const deeds = parsed(call({"status", w.path, "--json"}))["tables"][0]["deeds"];
  REQUIRE(deeds.size() == 3);
  CHECK(deeds[0]["by_hand"] == "paused");
  CHECK(deeds[0]["state"] == "sent");
  CHECK(deeds[0]["words"] == "by grace: ill\x1b[31m");
  CHECK(deeds[2]["rows"] == 1);
  CHECK(deeds[2]["state"].is_null());
}

// Of both databases: schedules of a store, seen and forgotten by pawl.
void schedules_are_shown_and_forgotten(std::string const& db) {
  auto const text = call({"status", db}).out;
  CHECK_THAT(text, ContainsSubstring("schedule 'nightly' has made its items up to 2026-11-30T03:00:00.000000Z, "));
  CHECK_THAT(text, ContainsSubstring("schedule 'evil\\x1b[31m\\n,\"\\xff' has made"));
  auto const all = parsed(call({"status", db, "--json"}))["tables"][0]["schedules"];
  REQUIRE(all.size() == 2);
  CHECK(all[1]["name"] == "nightly");
  CHECK(all[1]["settled"] == "2026-11-30T03:00:00.000000Z");
  refuses({"forget", db, "nightl", "--yes"}, 1, "there is no schedule 'nightl' in ");
  refuses({"forget", db, "nightly"}, 1, "There is no terminal to ask at");
  refuses({"forget", db, "nightly", "--reason", "why", "--yes"}, 2, "no history in which --reason could be recorded");
  CHECK(call({"forget", db, "nightly", "--yes"}).out ==
        "schedule 'nightly' of letter is forgotten; the items that it has made stay\n");
  refuses({"forget", db, "nightly", "--yes"}, 1, "there is no schedule 'nightly'");
  CHECK(call({"forget", db, hostile, "--yes"}).code == 0);
  CHECK(parsed(call({"status", db, "--json"}))["tables"][0]["schedules"].empty());
}
std::vector<std::string> const no_keys{};
constexpr pawl::stored_time in_the_night{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30) +
                                         std::chrono::hours(3)};

TEST_CASE("pawl status tells how far each schedule is, and pawl forget forgets one", "[examples]") {
  world w;
  for (auto const& name : {std::string("nightly"), hostile})
    REQUIRE(w.store.advance_ticks({name, std::nullopt, in_the_night, no_keys}));
  schedules_are_shown_and_forgotten(w.path);
}

TEST_CASE("pawl tells and forgets schedules on a server", "[examples]") {
  postgres_test::own_database at;
  pawl::postgres::store<letter> store(at.db);
  for (auto const& name : {std::string("nightly"), hostile})
    REQUIRE(at.wait(store.advance_ticks({name, std::nullopt, in_the_night, no_keys})));
  schedules_are_shown_and_forgotten(at.conninfo());
}

TEST_CASE("pawl takes keys of any bytes, and says none to a terminal as they are", "[examples]") {
  world w;
  for (auto const& key : {hostile, std::string("-8"), std::string("--yes")}) {
    w.store.insert_if_absent(key);
    CHECK(call({"park", w.path, "--yes", "--reason", hostile, "--", key}).code == 0);
    auto const told = call({"why", w.path, "--", key});
    CHECK(told.code == 0);
    CHECK(told.out.find('\x1b') == std::string::npos);
    CHECK_THAT(told.out, ContainsSubstring("parked by grace: evil\\x1b[31m\\n,\"\\xff"));
    CHECK(call({"release", w.path, "--yes", "--", key}).code == 0);
  }
  refuses({"why", w.path, "no\x1b[31m\n\xff"}, 1, "there is no item 'no\\x1b[31m\\n\\xff'");
  refuses({"status", w.path + "\x1b[31m"}, 3, "there is no such file");
  refuses({"list", w.path, "--state", "no\x1b[31m"}, 1, "there is no state 'no\\x1b[31m'");
}

TEST_CASE("pawl export writes every item of every table", "[examples]") {
  world w;
  w.add_users_table();
  w.store.insert_if_absent(hostile);
  auto const lines = call({"export", w.path}).out;
  std::vector<json> all;
  for (std::size_t from = 0, to = 0; (to = lines.find('\n', from)) != std::string::npos; from = to + 1)
    all.push_back(json::parse(lines.substr(from, to - from)));
  REQUIRE(all.size() == 7);
  CHECK(all[2]["fields"][0]["value"] == "receipt of eve");
  CHECK(all[4]["table"] == "letters");
  CHECK(call({"export", w.path, "--csv", "--table", "letters"}).out ==
        "table,key,state,version,changed_at,trouble,attempts,recoveries,next_at,error\r\n"
        "letters,ada,written,0,2026-01-01T00:00:00.000000Z,,,,,\r\n"
        "letters,zoe,written,0,2026-01-01T00:00:00.000000Z,,,,,\r\n"
        "letters,old,delivered,0,2026-01-01T00:00:00.000000Z,,,,,\r\n");
}

TEST_CASE("what is not there is refused with exit code 1", "[examples]") {
  world w;
  w.add_users_table();
  refuses({"why", w.path, "nobody"}, 1, "there is no item 'nobody' in its tables letter, letters of " + w.path);
  refuses({"why", w.path, "zoe", "--table", "letter"}, 1, "there is no item 'zoe' in table letter of");
  refuses({"status", w.path, "--table", "parcels"}, 1, "has no table 'parcels' of items; it has letter, letters");
  refuses({"list", w.path, "--state", "lost"}, 1,
          "there is no state 'lost' in " + w.path + "; there are written, sent");
  refuses({"release", w.path, "eve", "--yes"}, 1, "nothing was changed: 'eve' of letter is delivered");
  refuses({"park", w.path, "eve", "--yes"}, 1, "item 'eve' is in state delivered, which has no step");
}

// A command that could be carried out as it is, on a database with pawl's own table and a user's, and the options that it has.
struct offered {
  words command;  // DB comes behind the first
  words options;
};
std::vector<offered> all_commands() {
  return {
      {{"status"}, {"--json"}},
      {{"list"}, {"--state", "--key", "--parked", "--delayed", "--in-doubt", "--older", "--limit", "--json", "--csv"}},
      {{"why", "bob"}, {"--json"}},
      {{"export"}, {"--csv"}},
      {{"watch"}, {"--every"}},
      {{"serve"}, {"--port", "--address", "--token-file", "--certificate", "--key", "--behind-proxy", "--host"}},
      {{"release", "bob"}, {"--yes", "--reason"}},
      {{"park", "bob"}, {"--yes", "--reason"}},
      {{"start-at", "bob", "+1h"}, {"--yes", "--reason"}},
      {{"retry-all", "--state", "sent"}, {"--state", "--yes", "--reason"}},
      {{"pause", "sent"}, {"--yes", "--reason"}},
      {{"resume", "sent"}, {"--yes", "--reason"}},
      {{"forget", "nightly"}, {"--yes", "--reason"}},
      {{"trim", "--finished", "--older", "1h"},
       {"--finished", "--history", "--older", "--delete-rows-of", "--yes", "--reason"}}};
}
// Those that a command's --help lists, sorted.
words options_in(std::string const& help) {
  words found;
  for (std::size_t at = 0; (at = help.find("\n  --", at)) != std::string::npos; ++at)
    found.push_back(help.substr(at + 3, help.find_first_of(" \n", at + 3) - at - 3));
  std::sort(found.begin(), found.end());
  return found;
}

TEST_CASE("each option is used by a command or refused by it, and nothing is changed then", "[examples]") {
  world w;
  auto offers = all_commands();
  words every;
  for (auto& one : offers) {
    one.options.emplace_back("--wait");
    if (one.command[0] != "serve") one.options.emplace_back("--table");
    std::sort(one.options.begin(), one.options.end());
    every.insert(every.end(), one.options.begin(), one.options.end());
  }
  std::sort(every.begin(), every.end());
  every.erase(std::unique(every.begin(), every.end()), every.end());
  for (auto const& one : offers) {
    auto const with = [&](words const& more) {
      words all = one.command;
      all.insert(all.begin() + 1, w.path);
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    CAPTURE(one.command[0]);
    CHECK(options_in(call({one.command[0], "--help"}).out) == one.options);
    for (auto const& option : every) {
      if (std::binary_search(one.options.begin(), one.options.end(), option)) continue;
      CAPTURE(option);
      refuses(with({option}), 2, option);
      refuses(with({option, "1"}), 2, option);
    }
    refuses(with({"--wait", "1x"}), 2, "'1x' is no duration");
    if (one.command[0] != "serve") refuses(with({"--table", "nothing"}), 1, "has no table 'nothing'");
  }
  auto const helped = call({"--help"}).out;
  auto const from = helped.find("Subcommands:\n"), to = helped.find("\n\n", from);
  REQUIRE(to != std::string::npos);
  CHECK(static_cast<std::size_t>(std::count(helped.begin() + static_cast<std::ptrdiff_t>(from),
                                            helped.begin() + static_cast<std::ptrdiff_t>(to), '\n')) == offers.size());
  CHECK_THAT(w.standing("bob"), ContainsSubstring("delayed until 2033"));
  refuses({"trim", w.path, "--history", "--older", "1h", "--delete-rows-of", "letters", "--yes"}, 2, "--finished");
}

TEST_CASE("a reason that would be recorded nowhere is refused, and nothing is changed", "[examples]") {
  world w;
  for (words const& one : std::vector<words>{{"release", w.path, "ada"},
                                             {"start-at", w.path, "bob", "+1h"},
                                             {"retry-all", w.path, "--state", "written"}}) {
    words all = one;
    all.insert(all.end(), {"--yes", "--reason", "all is well"});
    refuses(all, 2, "table letter has no history in which --reason could be recorded");
  }
  CHECK_THAT(w.standing("ada"), ContainsSubstring("parked after 5 attempts: transient: busy"));
  CHECK_THAT(w.standing("bob"), ContainsSubstring("delayed until 2033"));
}

TEST_CASE("a wrong command line is refused with exit code 2", "[examples]") {
  world w;
  w.add_users_table();
  refuses({}, 2, "see pawl --help");
  refuses({"explode", w.path}, 2, "there is no command 'explode'");
  refuses({"status"}, 2, "DB is required");
  refuses({"why", w.path}, 2, "KEY is required");
  refuses({"status", w.path, "--colour"}, 2, "--colour");
  refuses({"list", w.path, "--parked", "--delayed"}, 2, "excludes");
  refuses({"list", w.path, "--json", "--csv"}, 2, "excludes");
  refuses({"list", w.path, "--limit", "0"}, 2, "0 not in range");
  refuses({"list", w.path, "--limit", "-1"}, 2, "-1");
  refuses({"status", w.path, "more"}, 2, "more");
  refuses({"list", w.path, "--older", "--parked"}, 2, "--older needs a value");
  for (auto const* wrong : {"", "1", "h", "1x", "-1h", "1h30", "999999999999999999999d", "99999999d", "1.5h"})
    refuses({"list", w.path, "--older", wrong}, 2, "is no duration such as 90s, 15m, 1h or 30d");
  for (auto const* wrong :
       {"soon", "2026-02-30", "2026-01-01T25:00Z", "2026-01-01T10:00+02:00", "9999-01-01T00:00Z", "+"})
    refuses({"start-at", w.path, "bob", wrong, "--yes"}, 2, "is no ");
  refuses({"why", w.path, "ada"}, 2, "in several tables of " + w.path + ": letter, letters; say which by --table");
  refuses({"pause", w.path, "sent", "--yes"}, 2, "there is a state 'sent' in several tables");
}

TEST_CASE("a database that cannot be used is refused with exit code 3, and stays as it was", "[examples]") {
  world w;
  std::string const none = w.folder / "none.db", text = w.folder / "text";
  std::ofstream(text) << std::string(5000, 'x');
  for (words const& command : std::vector<words>{{"status"}, {"release"}}) {
    auto const on = [&command](std::string const& db) {
      words args{command[0], db};
      if (command[0] == "release") args.insert(args.end(), {"ada", "--yes"});
      return args;
    };
    refuses(on(none), 3, "cannot open " + none + ": there is no such file");
    refuses(on(text), 3, "it is not an SQLite database");
    refuses(on(w.folder.path().string()), 3, "it is a folder");
    std::string const foreign = w.folder / command[0];
    pawl::sqlite::database(foreign).execute("CREATE TABLE t(a)");
    refuses(on(foreign), 3, "it is no database of pawl");
  }
  w.db.begin();
  refuses({"release", w.path, "ada", "--yes", "--wait", "0s"}, 3, "has been locked by");
  w.db.rollback();
  {
    world locked;
    locked.db.execute("PRAGMA locking_mode=EXCLUSIVE;UPDATE letter SET changed_at=changed_at");
    refuses({"status", locked.path, "--wait", "0s"}, 3, "locked");
  }
  w.db.execute("UPDATE pawl_meta SET schema=4");
  refuses({"status", w.path}, 3, "pawl's records in it have schema 4");
  CHECK(w.standing("ada").starts_with("written at version 0: parked"));
}

TEST_CASE("without --yes a change is asked for at a terminal, and refused without one", "[examples]") {
  world w;
  for (words const& change : std::vector<words>{{"release", w.path, "ada"},
                                                {"park", w.path, "bob"},
                                                {"start-at", w.path, "ada", "+1h"},
                                                {"retry-all", w.path, "--state", "written"},
                                                {"pause", w.path, "sent"},
                                                {"resume", w.path, "sent"},
                                                {"trim", w.path, "--finished", "--older", "0s"}})
    refuses(change, 1, "There is no terminal to ask at, so nothing was changed; give --yes");
  pawl::trouble_record mark;
  mark.in_doubt = true;
  mark.run = -7;
  w.store.insert_if_absent("fay");
  REQUIRE(w.store.note(written("fay", 0), mark));
  {
    pawl::store_lock const lock(w.store);
    CHECK_THAT(call({"release", w.path, "fay"}).err,
               ContainsSubstring("process " + std::to_string(::getpid()) + " is at work and may be running it now"));
  }
  CHECK(call({"release", w.path, "fay"}).err.find("at work") == std::string::npos);
  auto const [refused, asked] = at_terminal({"release", w.path, "ada"}, "n\n");
  CHECK(refused == 1);
  CHECK_THAT(asked, ContainsSubstring("Release it? [y/N]"));
  CHECK_THAT(asked, ContainsSubstring("nothing was changed"));
  CHECK(asked.find("\x1b[31m") == std::string::npos);
  CHECK(w.standing("ada").starts_with("written at version 0: parked"));
  CHECK(at_terminal({"release", w.path, "ada"}, "y\n").first == 0);
  CHECK(w.standing("ada") == "written at version 0: runnable: nothing holds it back");
}

TEST_CASE("pawl watch prints a line for each change, and ends on Ctrl-C with 0", "[examples]") {
  world w;
  program watching(PAWL_TOOL, {"watch", w.path, "--every", "1s"});
  auto const said = [&watching](std::string const& line) {
    return eventually([&] { return text_of(watching.work().parent_path() / "out").find(line) != std::string::npos; });
  };
  CHECK(said("letter.written: 1 item, 1 parked\n"));
  w.store.insert_if_absent("fay");
  CHECK(said("letter.written: 2 items, 1 parked\n"));
  watching.signal(SIGINT);
  auto const e = watching.wait();
  CHECK(e.code == 0);
  CHECK(e.out.find('\x1b') == std::string::npos);
  CHECK(e.err.empty());
}

TEST_CASE("pawl watch draws a table on a terminal, and gives the cursor back", "[examples]") {
  world w;
  auto const [code, drawn] = at_terminal({"watch", w.path}, "", SIGINT);
  CHECK(code == 0);
  CHECK_THAT(drawn, ContainsSubstring("written    step"));
  CHECK_THAT(drawn, EndsWith("\x1b[?7h\x1b[?25h"));
}

TEST_CASE("pawl works on a server by a connection string or a URI, and never shows a password", "[examples]") {
  postgres_test::own_database at;
  pawl::postgres::store<letter> store(at.db);
  for (auto const* key : {"ada", "eve"}) REQUIRE(at.wait(store.insert_if_absent(key)));
  pawl::trouble_record parked;
  parked.parked = true;
  parked.last_error = "transient: busy";
  REQUIRE(at.wait(store.note(written("ada", 0), parked)));
  std::string const db = at.conninfo() + " password=secret";
  auto const seen = call({"status", db, "--json"});
  CHECK(seen.out.find("secret") == std::string::npos);
  CHECK(parsed(seen)["tables"][0]["states"][0]["parked"] == 1);
  CHECK(call({"why", db, "ada"}).out.starts_with("'ada' of letter: " + at.wait(store.explain("ada")).text() + "\n"));
  CHECK_THAT(call({"list", db, "--parked", "--csv"}).out, ContainsSubstring("letter,ada,written,0,"));
  refuses({"release", db, "ada"}, 1, "There is no terminal to ask at");
  CHECK(call({"release", db, "ada", "--yes"}).out == "'ada' of letter is released\n");
  refuses({"release", db, "ada", "--yes"}, 1, "nothing was changed");
  CHECK(call({"park", db, "ada", "--reason", "ill", "--yes"}).code == 0);
  CHECK(call({"pause", db, "sent", "--yes"}).code == 0);
  CHECK(call({"resume", db, "sent", "--yes"}).code == 0);
  CHECK(call({"retry-all", db, "--state", "written", "--yes"}).out == "1 item of state written of letter is retried\n");
  CHECK(call({"trim", db, "--finished", "--older", "1h", "--yes"}).out == "0 rows of letter are deleted\n");
  auto const lines = call({"export", db}).out;
  CHECK(json::parse(lines.substr(0, lines.find('\n')))["key"] == "ada");
  refuses({"why", db, "nobody"}, 1, "there is no item 'nobody' in table letter of postgres on");
  refuses({"status", "postgres:///nothing?host=/nowhere&user=a&password=secret", "--wait", "0s"}, 3,
          "no host of PostgreSQL can be used: /nowhere");
  refuses({"status", "host=a colour=red"}, 3, "sets something that libpq does not know");
}

// ---- serve ----

std::string act(std::string const& url, std::string const& form, std::string const& token) {
  std::string const origin = url.substr(0, url.size() - 1);
  return answer_of(url, "POST /action HTTP/1.1\r\nHost: " + origin.substr(7) + "\r\nOrigin: " + origin +
                            "\r\nAuthorization: Bearer " + token +
                            "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                            std::to_string(form.size()) + "\r\nConnection: close\r\n\r\n" + form);
}
TEST_CASE("pawl serve shows a database's page, and changes it for who has the token", "[examples]") {
  world w;
  std::string const secret = "0123456789abcdef01234567";
  program serving(PAWL_TOOL, {"serve", w.path, "--port", "0"}, {"PAWL_TOKEN=" + secret});
  std::string const url = url_of(serving);
  CHECK_THAT(get(url, "/"), ContainsSubstring("letter"));
  CHECK_THAT(get(url, "/item?table=letter&key=ada"), ContainsSubstring("transient: busy"));
  CHECK_THAT(get(url, "/metrics"), ContainsSubstring("pawl_"));
  CHECK_THAT(get(url, "/healthz"), ContainsSubstring(" 200 "));
  std::string const form = "action=release&table=letter&key=ada&version=0";
  CHECK_THAT(act(url, form, "0123456789abcdef0123456X"), ContainsSubstring(" 403 "));
  CHECK(w.standing("ada").find("parked") != std::string::npos);
  CHECK(act(url, form, secret).find(" 403 ") == std::string::npos);
  CHECK(w.standing("ada") == "written at version 0: runnable: nothing holds it back");
  std::string const port = url.substr(url.rfind(':') + 1, url.size() - url.rfind(':') - 2);
  refuses({"serve", w.path, "--port", port}, 1, "give another port");
  serving.signal(SIGINT);
  CHECK(serving.wait().code == 0);
}

TEST_CASE("pawl serve without a token only reads, and is open to nobody else", "[examples]") {
  world w;
  program serving(PAWL_TOOL, {"serve", w.path, "--port", "0"});
  std::string const url = url_of(serving);
  CHECK_THAT(get(url, "/"), ContainsSubstring("letter"));
  CHECK_THAT(act(url, "action=release&table=letter&key=ada&version=0", "0123456789abcdef"), ContainsSubstring(" 403 "));
  CHECK(w.standing("ada").find("parked") != std::string::npos);
  serving.signal(SIGTERM);
  CHECK(serving.wait().code == 0);
  refuses({"serve", w.path, "--port", "0", "--address", "0.0.0.0"}, 2, "page_options");
  refuses({"serve", w.path, "--port", "0", "--token-file", "/nowhere"}, 2, "cannot be read");
  refuses({"serve", w.path + "x", "--port", "0"}, 3, "there is no such file");
  refuses({"serve", w.path, "--certificate", "a.pem"}, 2, "--key");
}

TEST_CASE("pawl tells its version and its exit codes", "[examples]") {
  CHECK(call({"--version"}).out == "pawl " PAWL_VERSION_STRING "\n");
  auto const help = call({"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.out, ContainsSubstring("Exit codes: 0 done"));
}

}  // namespace pawl_tool_test
