// What became of a batch whose answer was lost: every answer is compared with the table.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "postgres/cutting_proxy.hpp"
#include "postgres/worker_fixture.hpp"

namespace resolve_test {

using namespace worker_test;
using pg::batch_fate;

// The server sees the proxy on its unix socket, where everybody is trusted.
inline std::string through(cutting_proxy const& proxy) {
  return "host=127.0.0.1 port=" + std::to_string(proxy.port()) +
         " dbname=postgres user=postgres sslmode=disable gssencmode=disable";
}
// A table of items a to e, all packed but c, which another writer has moved.
struct batches {
  explicit batches(parcels::kind kind) : t(kind, 5) { begin_anew(); }

  void begin_anew() {
    for (std::string const key : {"a", "b", "d", "e"}) t.move(key, "packed", 0);
    t.move("c", "posted", 1);
    t.in.sql.must("DELETE FROM pawl_batch");
  }

  // Moves a and b, and c in vain; in a second statement d.
  pg::request batch(std::int64_t token) const {
    pg::request what;
    what.add("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    what.statements.push_back(moving({"a", "b", "c"}, token));
    what.statements.push_back(moving({"d"}, token + 1));
    what.add("COMMIT");
    return what;
  }
  pg::statement moving(std::vector<std::string> const& keys, std::int64_t token) const {
    pg::array_builder<std::string> names, from, to, by;
    pg::array_builder<pg::bytes> bytes, fields;
    pg::array_builder<std::int64_t> versions, lives;
    pg::array_builder<std::int16_t> from_codes, to_codes, events;
    for (auto const& key : keys) {
      names.add(key);
      bytes.add(pg::bytes{static_cast<std::byte>(key[0])});
      versions.add(std::int64_t{0});
      lives.add(std::int64_t{0});
      from.add("packed");
      to.add("posted");
      from_codes.add(std::int16_t{0});
      to_codes.add(std::int16_t{1});
      events.add(std::int16_t{0});
      by.add("us");
      fields.add(pg::bytes{});
    }
    pg::statement made{"move", pg::move_sql(t.of), {pg::value_of(pg::instant()), pg::value_of(token)}};
    auto& p = made.parameters;
    p.push_back(t.is_own ? bytes.take() : names.take());
    p.push_back(versions.take());
    p.push_back(lives.take());
    p.push_back(t.is_own ? from_codes.take() : from.take());
    p.push_back(t.is_own ? to_codes.take() : to.take());
    p.push_back(events.take());
    p.push_back(t.is_own ? fields.take() : by.take());
    return made;
  }

  // What is in the table: "abd" if the batch was committed.
  std::string moved() {
    std::string const key = t.is_own ? "convert_from(key,'UTF8')" : "key";
    return t.in.sql
        .must("SELECT coalesce(string_agg(" + key + ",'' ORDER BY key),'') FROM " + t.of.table +
              " WHERE version=1 AND key<>'c'")
        .at(0, 0);
  }

  parcels t;
};

inline pg::settled_batch resolve(batches& of, std::vector<std::int64_t> tokens, std::string const& conninfo,
                                 milliseconds bound = seconds(20)) {
  pawl::loop<> loop;
  pg::server_history history;
  pawl::postgres::options chosen;
  chosen.outage_bound = bound;
  pg::session_opener sessions(loop, conninfo, chosen, history);
  return loop.wait(pg::resolve_batch(loop, sessions, of.t.of.records, std::move(tokens), chosen));
}
inline std::string direct() { return temporary_server::of_this_program().conninfo(); }

// True if the answer was lost.
inline bool loses(member& by, pg::request const& what) {
  try {
    auto const given = by.loop.wait(by.session().ask(what, member::soon()));
    CHECK(given.first_failure() == nullptr);
    return false;
  } catch (pg::connection_error const& e) {
    CHECK(e.fate() == pg::request_fate::in_doubt);
    return true;
  }
}
// Compares an answer with the table.
inline bool is_right(batches& of, pg::settled_batch const& found) {
  if (found.fate == batch_fate::never) return found.moved.empty() && of.moved() == "";
  return found.fate == batch_fate::committed && of.moved() == "abd" &&
         found.moved == std::vector<std::vector<std::int64_t>>{{1, 2}, {1}};
}

TEST_CASE("whatever message of a batch a connection is cut at, its fate is told rightly, and told again",
          "[postgres]") {
  auto const kind = GENERATE(parcels::kind::own, parcels::kind::mapped);
  auto const way = GENERATE(direction::to_server, direction::to_client);
  cutting_proxy proxy(temporary_server::of_this_program().socket());
  batches of(kind);
  int committed = 0, never = 0, cuts = 0;
  for (bool was_cut = true; was_cut; ++cuts) {
    CAPTURE(cuts);
    of.begin_anew();
    member writer(of.t.of, "w", through(proxy));
    auto const batch = of.batch(100);
    proxy.cut_after(way, cuts);
    bool const lost = loses(writer, batch);
    was_cut = proxy.has_cut();
    CHECK(lost == was_cut);
    auto const found = resolve(of, {100, 101}, direct());
    CHECK(is_right(of, found));
    (found.fate == batch_fate::committed ? committed : never) += 1;
    auto const again = resolve(of, {100, 101}, direct());
    CHECK(again.fate == found.fate);
    CHECK(again.moved == found.moved);
    writer.opened.session->close();
  }
  // So many messages has the batch: each statement Parse or none, Bind, Describe, Execute; each answer likewise.
  CHECK(cuts > 12);
  CHECK(committed > 0);
  CHECK(never > (way == direction::to_server ? 10 : -1));
}

TEST_CASE("a batch of which the rest arrives after it was settled is never committed", "[postgres]") {
  auto const kind = GENERATE(parcels::kind::own, parcels::kind::mapped);
  cutting_proxy proxy(temporary_server::of_this_program().socket());
  batches of(kind);
  int fenced = 0, waited = 0;
  bool was_cut = true;
  for (int messages = 0; was_cut; ++messages) {
    CAPTURE(messages);
    of.begin_anew();
    member writer(of.t.of, "w", through(proxy));
    auto const batch = of.batch(100);
    proxy.hold_after(messages);
    loses(writer, batch);
    was_cut = proxy.has_cut();
    if (!was_cut) {
      writer.opened.session->close();
      break;
    }
    auto const early = resolve(of, {100, 101}, direct(), milliseconds(200));
    proxy.deliver();
    if (early.fate == batch_fate::unsettled)
      ++waited;  // the server has begun it, and may go on
    else
      CHECK(is_right(of, early));
    fenced += early.fate == batch_fate::never ? 1 : 0;
    auto const late = resolve(of, {100, 101}, direct());
    CHECK(is_right(of, late));
    if (early.fate != batch_fate::unsettled) CHECK(late.fate == early.fate);
  }
  CHECK(fenced >= 5);
  CHECK(waited >= 5);
}

TEST_CASE("what settles a batch may itself be cut anywhere, and is asked again", "[postgres]") {
  bool const commits = GENERATE(true, false);
  auto const way = GENERATE(direction::to_server, direction::to_client);
  int cuts = 0;
  cutting_proxy proxy(temporary_server::of_this_program().socket());
  batches of(parcels::kind::own);
  member writer(of.t.of);
  pawl::loop<> loop;
  pg::server_history history;
  pawl::postgres::options const chosen;
  pg::session_opener sessions(loop, through(proxy), chosen, history);
  for (bool was_cut = true; was_cut; ++cuts) {
    CAPTURE(cuts, commits);
    of.begin_anew();
    if (commits) loses(writer, of.batch(100));
    loop.wait(sessions.open(member::soon()));
    proxy.cut_after(way, cuts);
    auto const found = loop.wait(pg::resolve_batch(loop, sessions, of.t.of.records, {100, 101}, chosen));
    CHECK(found.fate == (commits ? batch_fate::committed : batch_fate::never));
    CHECK(is_right(of, found));
    was_cut = proxy.has_cut();
    (*loop.wait(sessions.open(member::soon()))).close();
  }
  CHECK(cuts > 12);
}

TEST_CASE("a batch that is under way is waited for, and unsettled past the bound", "[postgres]") {
  batches of(parcels::kind::own);
  auto writer = of.t.in.another();
  writer.must("BEGIN");
  writer.must("INSERT INTO pawl_batch VALUES(7,now(),'{1,3}')");
  auto const begun = steady_clock::now();
  CHECK(resolve(of, {7}, direct(), milliseconds(900)).fate == batch_fate::unsettled);
  CHECK(steady_clock::now() - begun < seconds(5));
  std::thread commit([&writer] {
    std::this_thread::sleep_for(milliseconds(400));
    writer.must("COMMIT");
  });
  auto const found = resolve(of, {7}, direct());
  commit.join();
  CHECK(found.fate == batch_fate::committed);
  CHECK(found.moved == std::vector<std::vector<std::int64_t>>{{1, 3}});
}

TEST_CASE("a batch that the synchronous standby does not have is not told as committed", "[postgres]") {
  temporary_server server;
  server.start();
  server.run(
      "CREATE TABLE pawl_batch(token bigint PRIMARY KEY,written_at timestamptz NOT NULL,moved bigint[] NOT NULL)");
  server.run("ALTER SYSTEM SET synchronous_standby_names='absent'");
  server.run("SELECT pg_reload_conf()");
  session writer(server.conninfo()), other(server.conninfo());
  other.script("SET synchronous_commit=local");
  int const process = std::stoi(writer.must("SELECT pg_backend_pid()").at(0, 0));
  std::thread commit([&writer] { writer.must("INSERT INTO pawl_batch VALUES(7,now(),'{1}')"); });
  auto const waits = [&] {
    return other
               .must("SELECT count(*) FROM pg_stat_activity WHERE wait_event='SyncRep' AND pid=" +
                     std::to_string(process))
               .at(0, 0) == "1";
  };
  while (!waits()) std::this_thread::sleep_for(milliseconds(5));
  pawl::loop<> loop;
  pg::server_history history;
  pawl::postgres::options chosen;
  chosen.outage_bound = milliseconds(800);
  pg::session_opener sessions(loop, server.conninfo(), chosen, history);
  CHECK(loop.wait(pg::resolve_batch(loop, sessions, "public.", {7}, chosen)).fate == batch_fate::unsettled);
  other.must("SELECT pg_cancel_backend(" + std::to_string(process) + ")");
  commit.join();
  CHECK(other.must("SELECT count(*) FROM pawl_batch").at(0, 0) == "1");  // here alone
  CHECK(loop.wait(pg::resolve_batch(loop, sessions, "public.", {7}, chosen)).fate == batch_fate::unsettled);
  other.must("ALTER SYSTEM RESET synchronous_standby_names");
  other.must("SELECT pg_reload_conf()");
  chosen.outage_bound = seconds(20);
  auto const found = loop.wait(pg::resolve_batch(loop, sessions, "public.", {7}, chosen));
  CHECK(found.fate == batch_fate::committed);
  CHECK(found.moved == std::vector<std::vector<std::int64_t>>{{1}});
}

TEST_CASE("a batch that moved nothing was committed, and one that is forgotten is told from one that never was",
          "[postgres]") {
  batches of(parcels::kind::own);
  of.t.in.sql.must(pg::write_token_sql(of.t.of.records), {"2026-11-28T00:00:00Z", "7"});
  CHECK(resolve(of, {7}, direct()).fate == batch_fate::committed);
  CHECK(resolve(of, {8}, direct()).fate == batch_fate::never);
  of.t.in.sql.must(pg::forget_tokens_sql(of.t.of.records), {"{7,8}"});
  CHECK(of.t.in.sql.must("SELECT token FROM pawl_batch").rows == std::vector<std::vector<cell>>{{"8"}});
  CHECK(of.t.in.sql.run(pg::write_token_sql(of.t.of.records), {"2026-11-28T00:00:00Z", "8"}).sqlstate == "23505");
}

TEST_CASE("old tokens are forgotten when a worker joins", "[postgres]") {
  parcels t(parcels::kind::own);
  t.in.sql.must("INSERT INTO pawl_batch VALUES(1,now()-interval '25 hours','{}'),(2,now()-interval '23 hours','{0}')");
  member one(t.of);
  one.join();
  CHECK(t.in.sql.must("SELECT token FROM pawl_batch").rows == std::vector<std::vector<cell>>{{"2"}});
}

TEST_CASE("a batch is settled when its server is up again, and nobody knows if it stays away", "[postgres]") {
  temporary_server server;
  server.start();
  server.run(
      "CREATE TABLE pawl_batch(token bigint PRIMARY KEY,written_at timestamptz NOT NULL,moved bigint[] NOT NULL)");
  server.run("INSERT INTO pawl_batch VALUES(7,now(),'{2}')");
  pawl::loop<> loop;
  pg::server_history history;
  pawl::postgres::options chosen;
  chosen.outage_bound = milliseconds(600);
  pg::session_opener sessions(loop, server.conninfo(), chosen, history);
  loop.wait(sessions.open(member::soon()));
  server.stop();
  auto const begun = steady_clock::now();
  CHECK(loop.wait(pg::resolve_batch(loop, sessions, "public.", {7}, chosen)).fate == batch_fate::unsettled);
  CHECK(steady_clock::now() - begun < seconds(3));
  chosen.outage_bound = seconds(30);
  std::atomic<bool> is_settled{false};
  std::thread start([&server, &is_settled] {
    std::this_thread::sleep_for(milliseconds(300));
    server.start();
    while (!is_settled)
      std::this_thread::sleep_for(milliseconds(5));  // the server ends with the thread that started it
  });
  auto const found = loop.wait(pg::resolve_batch(loop, sessions, "public.", {7}, chosen));
  is_settled = true;
  start.join();
  CHECK(found.fate == batch_fate::committed);
  CHECK(found.moved == std::vector<std::vector<std::int64_t>>{{2}});
  server.kill();
}

// ---- a store whose connections are cut ----

using packed = pawl::item<parcel_lifecycle, parcel_state::packed>;

// Writes one batch of all kinds while a connection is cut, and compares each answer with the table. False: it was not cut.
template <class Store>
bool writes_rightly(Store& files, pawl::loop<>& loop, parcels& t, cutting_proxy& proxy, direction way, int cuts) {
  std::string const name = std::to_string(cuts) + (way == direction::to_server ? "s" : "c");
  auto const insert = [&t](std::string const& key) { t.add(key); };
  for (std::string const kind : {"move ", "conflict ", "note ", "clear "}) insert(kind + name);
  t.move("conflict " + name, "posted", 1);
  auto const item_of = [&](std::string const& key) { return loop.wait(files.get(key)).item.value(); };
  packed const moves("move " + name, 0, item_of("move " + name).row, item_of("move " + name).life);
  packed const conflicts("conflict " + name, 0, item_of("conflict " + name).row, item_of("conflict " + name).life);
  auto const noted = item_of("note " + name), cleared = item_of("clear " + name);
  pawl::trouble_record record, no_record;
  record.attempts = 3;
  record.run = 5;
  record.last_error = "of " + name;
  CHECK(loop.wait(files.note(cleared, record)));
  post const event{"us"};
  std::vector<pawl::sql_statement> const with{pawl::sql("INSERT INTO notes VALUES($1)", name)};
  auto batch = files.make_batch();
  auto const move = batch.apply(moves, event, with), conflict = batch.apply(conflicts, event);
  auto const note = batch.note(noted, record), clear = batch.note(cleared, no_record);
  std::optional<std::size_t> inserted, was_there;
  if (t.is_own) {
    inserted = batch.insert("new " + name, std::nullopt);
    was_there = batch.insert("clear " + name, std::nullopt);
  }
  proxy.cut_after(way, cuts);
  loop.wait(batch.write());
  bool const was_cut = proxy.has_cut();
  CHECK(bool(batch.template applied<parcel_state::packed, post>(move)));
  auto const met = batch.template applied<parcel_state::packed, post>(conflict);
  CHECK_FALSE(bool(met));
  CHECK(batch.noted(note));
  CHECK(batch.noted(clear));
  if (inserted) {
    CHECK(batch.inserted(*inserted));
    CHECK_FALSE(batch.inserted(*was_there));
    CHECK(item_of("new " + name).version == 0);
  }
  CHECK(item_of("move " + name).version == 1);
  CHECK(t.count("notes WHERE name='" + name + "'") == "1");
  CHECK(loop.wait(files.trouble_of(noted)) == record);
  CHECK_FALSE(loop.wait(files.trouble_of(cleared)));
  return was_cut;
}

TEST_CASE("a store answers rightly whatever message its connection is cut at", "[postgres]") {
  auto const kind = GENERATE(parcels::kind::own, parcels::kind::mapped);
  auto const way = GENERATE(direction::to_server, direction::to_client);
  cutting_proxy proxy(temporary_server::of_this_program().socket());
  parcels t(kind);
  t.in.sql.script("CREATE TABLE notes(name text)");
  pawl::loop<> loop;
  if (kind == parcels::kind::own) {
    t.in.sql.script("DROP VIEW parcel_view;DROP TABLE parcel");
    pawl::postgres::database db(loop, through(proxy) + " options='-c search_path=" + t.in.name() + "'");
    pawl::postgres::store<parcel_lifecycle> files(db);
    loop.wait(files.open());
    int cuts = 0;
    while (writes_rightly(files, loop, t, proxy, way, cuts)) ++cuts;
    CHECK(cuts > 30);
  } else {
    pawl::postgres::database db(loop, through(proxy) + " options='-c search_path=" + t.in.name() + "'");
    pawl::postgres::store<parcels_table> files(db);
    loop.wait(files.open());
    int cuts = 0;
    while (writes_rightly(files, loop, t, proxy, way, cuts)) ++cuts;
    CHECK(cuts > 25);
  }
  if (way == direction::to_server) CHECK(t.count("pawl_batch WHERE moved='{0}'") > "0");
}

TEST_CASE("a transition that is lost time and again is written once", "[postgres]") {
  cutting_proxy proxy(temporary_server::of_this_program().socket());
  parcels t(parcels::kind::mapped);
  pawl::loop<> loop;
  pawl::postgres::database db(loop, through(proxy) + " options='-c search_path=" + t.in.name() + "'");
  pawl::postgres::store<parcels_table> files(db);
  loop.wait(files.open());
  for (int messages = 30; messages < 130; ++messages) {
    CAPTURE(messages);
    std::string const key = std::to_string(messages);
    t.add(key);
    // Its first request does not reach the COMMIT; later an answer is lost, of whatever comes then.
    proxy.cut_after(direction::to_server, 5);
    proxy.then_cut_after(messages);
    auto const moved = loop.wait(files.fire<post>(packed(key, 0), "us"));
    CHECK(bool(moved));
    CHECK(t.count("parcels WHERE key='" + key + "' AND version=1 AND by='us'") == "1");
  }
}

}  // namespace resolve_test
