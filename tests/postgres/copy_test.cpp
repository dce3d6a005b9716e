// Items move from an SQLite file to a table of a real server, and go on there as if nothing had happened.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <pawl/pawl.hpp>
#include <pawl/postgres.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "files.hpp"
#include "postgres/own_database.hpp"
#include "store/families.hpp"

namespace copy_test {

using postgres_test::own_database;
using std::chrono::hours;

enum class stage { drafted, printed, lost, read };
enum class paper : std::int16_t { plain = -3, heavy = 7 };
struct print {
  std::int64_t pages;
  double weight;
  std::string title;
  std::optional<int> copies;
  std::vector<std::byte> cover;
  paper on;
};
struct hand_out {
  std::optional<std::string> reader;
};
struct lose {};
struct leaflet : pawl::lifecycle<pawl::initial<stage::drafted>, pawl::goal<stage::read>, pawl::terminal<stage::lost>,
                                 pawl::transition<stage::drafted, print, stage::printed>,
                                 pawl::transition<stage::printed, hand_out, stage::read>,
                                 pawl::transition<stage::printed, lose, stage::lost>> {};
using here_store = pawl::sqlite::store<leaflet>;
using there_store = pawl::postgres::store<leaflet>;

pawl::sqlite::options quick() {
  pawl::sqlite::options chosen;
  chosen.durable = pawl::sqlite::durability::process_crash;
  return chosen;
}

print const all_types{-9'000'000'000'000'000'000,     -0.1,        std::string("a\0'\"\xc3\xa4", 6), std::nullopt,
                      {std::byte{0}, std::byte{255}}, paper::heavy};

// One file with a store, and one schema that is empty.
struct house {
  temporary_folder folder{};
  pawl::sqlite::database old_db{folder / "a.db", quick()};
  here_store here{old_db};
  own_database at{};
  there_store there{at.db};

  pawl::copy_summary copy(pawl::copy_options chosen = {}, pawl::copy_progress on_page = {}) {
    return at.wait(pawl::copy(here, there, chosen, std::move(on_page)));
  }
  // The sentence that refuses.
  std::string refusal(pawl::copy_options chosen = {}, pawl::copy_progress on_page = {}) {
    try {
      copy(chosen, std::move(on_page));
    } catch (pawl::error const& e) {
      return e.what();
    }
    return {};
  }
  pawl::any_item<leaflet> item(std::string_view key) { return *here.get(key).item; }
  template <stage S, class Event> void move(std::string_view key, Event const& event) {
    REQUIRE(here.apply(*item(key).template as<S>(), event));
  }
  void insert(std::size_t count) {
    old_db.begin();
    for (std::size_t i = 0; i < count; ++i) {
      std::string const key = "k" + std::to_string(i);
      here.insert_if_absent(key);
      if (i % 3 == 0) move<stage::drafted>(key, all_types);
      if (i % 5 == 0) here.note(item(key), {.attempts = 1, .next_at = pawl::stored_time(hours(i)), .last_error = key});
    }
    old_db.commit();
  }
  std::string ask(std::string const& sql) { return *at.in.sql.must(sql).rows.at(0).at(0); }
};

// All that the two hold of each item, in words, in the order of the keys.
std::vector<std::string> all_of(pawl::sqlite::database& db) {
  auto s = db.prepare(
      "SELECT hex(t.key)||' '||t.id||' '||t.version||' '||t.state||' '||t.changed_at||coalesce(' '||p.attempts||' '||"
      "p.recoveries||' '||coalesce(p.next_at,'-')||' '||coalesce(p.since,'-')||' '||p.parked||p.in_doubt||' "
      "'||p.run||' "
      "'||p.last_error,'') FROM leaflet AS t LEFT JOIN pawl_trouble AS p ON p.table_name='leaflet' AND p.key=t.key AND "
      "p.version=t.version AND p.life=t.id ORDER BY hex(t.key)");
  std::vector<std::string> all;
  while (s.step()) all.emplace_back(s.text(0));
  return all;
}
std::vector<std::string> all_of(postgres_test::session& sql) {
  auto const found = sql.must(
      "SELECT upper(encode(t.key,'hex'))||' '||t.id||' '||t.version||' '||t.state||' '||(extract(epoch FROM "
      "t.changed_at)*1000000)::int8||coalesce(' '||p.attempts||' '||p.recoveries||' "
      "'||coalesce(p.next_at::text,'-')||' "
      "'||coalesce(p.since::text,'-')||' '||p.parked::int||p.in_doubt::int||' '||p.run||' '||p.last_error,'') FROM "
      "leaflet "
      "AS t LEFT JOIN pawl_trouble AS p ON p.table_name='leaflet' AND p.key=t.key AND p.version=t.version AND "
      "p.life=t.id "
      "ORDER BY encode(t.key,'hex')");
  std::vector<std::string> all;
  for (auto const& row : found.rows) all.push_back(*row.at(0));
  return all;
}

TEST_CASE("a copy behind a pooler waits for a lock no longer than anywhere else", "[postgres]") {
  house h;
  h.insert(3);
  h.at.wait(h.there.open());
  h.at.pool();
  h.at.note_timeouts("leaflet");
  CHECK(h.copy().items == 3);
  CHECK(h.at.told_timeouts() == "2s");
}

TEST_CASE("each row is copied as it is, with what its events recorded and what holds it back", "[postgres]") {
  house h;
  for (auto const key : {"plain", "printed", "read", "parked", "doubtful", "failing", "gone"})
    h.here.insert_if_absent(key);
  h.here.insert_if_absent("later", pawl::stored_time(hours(800'000)));
  h.here.insert_if_absent(std::string_view("\xff\0key", 5));
  for (auto const key : {"printed", "read", "parked"}) h.move<stage::drafted>(key, all_types);
  h.move<stage::printed>("read", hand_out{"Ann"});
  h.here.note(h.item("parked"), {.attempts = 4, .parked = true, .run = 77, .last_error = "no \\ paper"});
  h.here.note(h.item("doubtful"), {.recoveries = 2, .in_doubt = true, .run = -5});
  h.here.note(h.item("failing"), {.attempts = 1,
                                  .next_at = pawl::stored_time(hours(700'000)),
                                  .since = pawl::stored_time(std::chrono::nanoseconds(1)),
                                  .run = 9,
                                  .last_error = std::string("a\0b", 3)});
  h.old_db.execute("DELETE FROM leaflet WHERE key='gone'");
  auto const done = h.copy();
  CHECK(done.items == 8);
  CHECK(done.copied == 8);
  CHECK(done.present == 0);
  CHECK(done.troubles == 4);
  CHECK(done.forgotten == 0);
  auto before = all_of(h.old_db), after = all_of(h.at.in.sql);
  for (auto& one : before)  // as PostgreSQL keeps a text that is none
    if (auto const zero = one.find('\0'); zero != std::string::npos) one.replace(zero, 1, "\\x00");
  for (auto& one : before)
    if (auto const slash = one.find("no \\ "); slash != std::string::npos) one.replace(slash, 5, "no \\\\ ");
  CHECK(after == before);
  auto const printed = *h.at.wait(h.there.get("printed")).item;
  auto const recorded = *h.at.wait(h.there.recorded<print>(printed));
  CHECK(recorded.pages == all_types.pages);
  CHECK(recorded.weight == all_types.weight);
  CHECK(recorded.title == all_types.title);
  CHECK(recorded.copies == all_types.copies);
  CHECK(recorded.cover == all_types.cover);
  CHECK(recorded.on == all_types.on);
  CHECK(h.at.wait(h.there.recorded<hand_out>(*h.at.wait(h.there.get("read")).item))->reader == "Ann");
  for (auto const key : {"parked", "doubtful", "failing", "later", "plain"})
    CHECK(h.at.wait(h.there.trouble_of(*h.at.wait(h.there.get(key)).item)) == h.here.trouble_of(h.item(key)));
  auto const again = h.copy();
  CHECK(again.copied == 0);
  CHECK(again.present == 8);
}

TEST_CASE("an id that the source has given out is never given out by the destination", "[postgres]") {
  house h;
  h.here.insert_if_absent("a");
  h.here.insert_if_absent("b");
  auto const gone = h.item("b").life;
  h.old_db.execute("DELETE FROM leaflet WHERE key='b'");
  h.copy();
  CHECK(h.at.wait(h.there.insert_if_absent("b")));
  CHECK(h.at.wait(h.there.get("b")).item->life > gone);
}

TEST_CASE("each schedule is copied with its last tick, which is not taken back", "[postgres]") {
  house h;
  auto const tick = [](int hour) { return pawl::stored_time(hours(hour)); };
  std::string const keys[] = {"n 1"};
  REQUIRE(h.here.advance_ticks({.schedule = "n", .from = {}, .to = tick(5), .keys = keys}));
  REQUIRE(h.here.advance_ticks({.schedule = "other", .from = {}, .to = tick(7), .keys = {}}));
  CHECK(h.copy().copied == 1);
  CHECK(h.at.wait(h.there.last_tick("n")) == tick(5));
  CHECK(h.at.wait(h.there.last_tick("other")) == tick(7));
  REQUIRE(h.at.wait(h.there.advance_ticks({.schedule = "n", .from = tick(5), .to = tick(9), .keys = {}})));
  CHECK(h.copy().present == 1);
  CHECK(h.at.wait(h.there.last_tick("n")) == tick(9));
}

TEST_CASE("an empty store is copied with its identity", "[postgres]") {
  house h;
  auto const done = h.copy({.retire = true});
  CHECK(done.items == 0);
  CHECK(h.at.wait(h.there.identity()) == h.here.identity());
  CHECK(h.ask("SELECT identity FROM pawl_meta") == h.here.identity());
}

struct steps {
  std::vector<std::string>& seen;
  bool fails = false;

  pawl::one_of<print> operator()(pawl::item<leaflet, stage::drafted> const&, pawl::keyed& call) {
    seen.push_back(std::string(call.key()));
    if (fails) return pawl::trouble::permanent("no paper");
    return all_types;
  }
  pawl::one_of<hand_out> operator()(pawl::item<leaflet, stage::printed> const&, pawl::keyed& call) {
    seen.push_back(std::string(call.key()));
    return hand_out{};
  }
};

TEST_CASE("a step sees the same idempotency key after the move as before it", "[postgres]") {
  house h;
  h.here.insert_if_absent("a");
  h.here.insert_if_absent("b");
  h.move<stage::drafted>("b", all_types);
  std::vector<std::string> before, after;
  {
    pawl::loop<> loop;
    pawl::commit_queue queue{loop, h.here};
    pawl::run(queue, steps{before, true});
  }
  CHECK(before.size() == 2);
  auto const first = before[0].find("/drafted/") != std::string::npos ? before[0] : before[1];
  CHECK(first == h.here.identity() + "/leaflet/drafted/0/" + std::to_string(h.item("a").life) + "/a");
  CHECK(h.at.wait(h.there.identity()) != h.here.identity());  // it was opened before the copy
  h.copy({.retire = true});
  CHECK(h.at.wait(h.there.release("a")));
  {
    pawl::commit_queue queue{h.at.loop, h.there};
    pawl::run(queue, steps{after});
  }
  CHECK(std::find(after.begin(), after.end(), first) != after.end());
  CHECK(h.at.wait(h.there.count_items())[3] == 2);
}

TEST_CASE("an item that a process died with has that death counted, as its next run would", "[postgres]") {
  house h;
  h.here.insert_if_absent("a");
  h.here.insert_if_absent("fatal");
  auto const path = h.folder / "b.db";
  h.old_db.execute("VACUUM INTO '" + path + "'");
  auto const fatal = h.item("fatal");
  CHECK(child_process([&] {
          pawl::sqlite::database db(path, quick());
          here_store same(db);
          auto const owner = same.make_owner();
          if (!owner->try_acquire(pawl::ownership::sole)) return 1;
          owner->begin_journal(4);
          owner->hold(0, fatal.life, fatal.version);
          ::kill(::getpid(), SIGKILL);
          return 0;
        }).wait() == 128 + SIGKILL);
  pawl::sqlite::database db(path, quick());
  here_store left(db);
  CHECK(h.at.wait(pawl::copy(left, h.there, {.dry_run = true})).troubles == 1);
  for (std::size_t const copied : {std::size_t{2}, std::size_t{0}}) {
    auto const done = h.at.wait(pawl::copy(left, h.there));
    CHECK(done.copied == copied);
    auto const record = h.at.wait(h.there.trouble_of(*h.at.wait(h.there.get("fatal")).item));
    REQUIRE(record);
    CHECK(record->recoveries == 1);
    CHECK_FALSE(h.at.wait(h.there.trouble_of(*h.at.wait(h.there.get("a")).item)));
  }
  CHECK(left.make_owner()->try_acquire(pawl::ownership::sole));
}

TEST_CASE("a copy that is killed goes on where it was, and ends with each row equal", "[postgres]") {
  constexpr std::size_t count = 10'000, page = 500;
  house h;
  h.insert(count);
  auto const path = h.folder / "b.db";
  h.old_db.execute("VACUUM INTO '" + path + "'");
  auto const expected = all_of(h.old_db);
  std::string const conninfo = h.at.conninfo();
  // Killed after a page, or at a moment that has nothing to do with pages.
  auto const killed = [&](std::size_t after_pages, std::chrono::milliseconds after) {
    return child_process([&, after_pages, after] {
             pawl::loop<> loop;
             pawl::sqlite::database db(path, quick());
             here_store from(db);
             pawl::postgres::database to_db(loop, conninfo);
             there_store to(to_db);
             std::size_t pages = 0;
             pawl::copy_options const chosen{.page = page};
             pawl::copy_progress const on_page = [&](pawl::copy_summary const&) {
               if (++pages == after_pages) ::kill(::getpid(), SIGKILL);
             };
             std::thread([after] {
               std::this_thread::sleep_for(after);
               ::kill(::getpid(), SIGKILL);
             }).detach();
             loop.wait(pawl::copy(from, to, chosen, on_page));
             return 0;
           })
        .wait();
  };
  std::size_t there_before = 0;
  auto const rows = [&] { return static_cast<std::size_t>(std::stoul(h.ask("SELECT count(*) FROM leaflet"))); };
  for (std::size_t const pages : {std::size_t{1}, std::size_t{4}, std::size_t{9}}) {
    CHECK(killed(pages, hours(1)) == 128 + SIGKILL);
    CHECK(rows() == pages * page);
    there_before = rows();
  }
  for (int const ms : {15, 30, 60}) {
    int const ended = killed(0, std::chrono::milliseconds(ms));
    CHECK((ended == 128 + SIGKILL || rows() == count));
    CHECK(rows() >= there_before);
    CHECK(rows() % page == 0);
    there_before = rows();
  }
  pawl::sqlite::database db(path, quick());
  here_store left(db);
  std::vector<std::size_t> progress;
  pawl::copy_options const chosen{.page = page};
  pawl::copy_progress const on_page = [&](pawl::copy_summary const& so_far) {
    progress.push_back(so_far.copied + so_far.present);
  };
  auto const done = h.at.wait(pawl::copy(left, h.there, chosen, on_page));
  CHECK(done.present == there_before);
  CHECK(done.copied == count - there_before);
  CHECK(progress.size() == count / page);
  CHECK(progress.back() == count);
  CHECK(all_of(h.at.in.sql) == expected);
}

TEST_CASE("a connection that is lost between two pages is opened again, and each row is there once", "[postgres]") {
  house h;
  h.insert(40);
  pawl::copy_options const chosen{.page = 7};
  pawl::copy_progress const on_page = [&](pawl::copy_summary const&) {
    h.at.in.sql.must("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid<>pg_backend_pid()");
  };
  CHECK(h.copy(chosen, on_page).copied == 40);
  CHECK(all_of(h.at.in.sql) == all_of(h.old_db));
}

pawl::task<std::size_t> copy_within(house& h, std::vector<std::size_t>& progress, std::string name) {
  pawl::copy_progress const on_page = [&progress, name](pawl::copy_summary const& so_far) {
    if (name == "short") progress.push_back(so_far.copied);
  };
  auto const first = co_await pawl::copy(h.here, h.there, {.page = 7}, on_page);
  auto const again = co_await pawl::copy(h.here, h.there, {.retire = true});
  co_return first.copied + again.present;
}
TEST_CASE("a copy is awaited with its options written where it is called", "[postgres]") {
  house h;
  h.insert(20);
  std::vector<std::size_t> progress;
  CHECK(h.at.wait(copy_within(h, progress, "short")) == 40);
  CHECK(progress == std::vector<std::size_t>{7, 14, 20});
}

TEST_CASE("a dry run says what would be copied and what is in the way, and writes nothing", "[postgres]") {
  house h;
  h.insert(10);
  auto const first = h.copy({.dry_run = true, .retire = true});
  CHECK(first.items == 10);
  CHECK(first.copied == 10);
  CHECK(first.obstacles.empty());
  CHECK(h.ask("SELECT count(*) FROM pg_tables WHERE schemaname=current_schema()") == "0");
  h.here.verify();
  h.copy();
  h.here.insert_if_absent("new");
  h.at.in.sql.must("UPDATE leaflet SET version=7 WHERE key='k1'");
  auto const state = [&] { return h.ask("SELECT string_agg(t::text,'|' ORDER BY id) FROM leaflet AS t"); };
  auto const before = state();
  auto const batches = h.ask("SELECT count(*) FROM pawl_batch");
  auto const second = h.copy({.dry_run = true});
  CHECK(second.present == 9);
  CHECK(second.copied == 1);
  REQUIRE(second.obstacles.size() == 1);
  CHECK(second.obstacles[0].find("item 'k1' of table leaflet is there already, and differs") != std::string::npos);
  CHECK(state() == before);
  CHECK(h.ask("SELECT count(*) FROM pawl_batch") == batches);
  pawl::store_lock const owned(h.here);
  auto const third = h.copy({.dry_run = true});
  REQUIRE(third.obstacles.size() == 1);
  CHECK(third.obstacles[0].find("holds this store") != std::string::npos);
}

TEST_CASE("an item that is there and differs in anything is refused by name, and nothing of its page is written",
          "[postgres]") {
  for (auto const change :
       {"UPDATE leaflet SET state=0 WHERE key='k0'", "UPDATE leaflet SET version=version+1 WHERE key='k0'",
        "UPDATE leaflet SET id=1000 WHERE key='k0'", "UPDATE leaflet SET key='other' WHERE key='k0'",
        "UPDATE leaflet SET changed_at=changed_at+interval '1 microsecond' WHERE key='k0'",
        "UPDATE leaflet SET on_print='' WHERE key='k0'", "UPDATE leaflet SET on_hand_out='' WHERE key='k0'",
        "UPDATE pawl_trouble SET attempts=9 WHERE key='k0'", "UPDATE pawl_trouble SET run=9 WHERE key='k0'",
        "UPDATE pawl_trouble SET last_error='' WHERE key='k0'", "DELETE FROM pawl_trouble WHERE key='k0'"}) {
    house h;
    h.insert(1);
    h.copy();
    h.here.insert_if_absent("k1");
    h.at.in.sql.must("ALTER TABLE leaflet ALTER COLUMN id DROP IDENTITY");
    h.at.in.sql.must("ALTER TABLE leaflet ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY");
    h.at.in.sql.must(change);
    INFO(change);
    CHECK(h.refusal().find("item 'k0' of table leaflet is there already, and differs") != std::string::npos);
    CHECK(h.ask("SELECT count(*) FROM leaflet") == "1");
  }
}

TEST_CASE("a source that is not at rest is refused", "[postgres]") {
  house h;
  h.insert(3);
  {
    pawl::store_lock const owned(h.here);
    CHECK(h.refusal().find("another run or store_lock of this program holds this store") != std::string::npos);
  }
  h.old_db.begin();
  CHECK(h.refusal().find("a transaction is open; end it before its items are copied") != std::string::npos);
  h.old_db.rollback();
  {
    pawl::copy_options const chosen{.page = 1};
    pawl::copy_progress const on_page = [&](pawl::copy_summary const& so_far) {
      if (so_far.copied == 2) h.here.insert_if_absent("meanwhile");
    };
    CHECK(h.refusal(chosen, on_page).find("this program has written to the database while it was copied") !=
          std::string::npos);
  }
  CHECK(h.here.get("meanwhile").item);
  {
    pawl::store_lock const free(h.here);  // a refusal gives it back
  }
  h.old_db.poison("pawl: its disk is gone");
  CHECK(h.refusal().find("its disk is gone") != std::string::npos);
}

TEST_CASE("while it is copied, no other process writes the source or runs it", "[postgres]") {
  house h;
  h.insert(2);
  auto const path = h.folder / "b.db", reached = h.folder / "reached";
  h.old_db.execute("VACUUM INTO '" + path + "'");
  std::string const conninfo = h.at.conninfo();
  child_process copying([&] {
    pawl::loop<> loop;
    pawl::sqlite::database db(path, quick());
    here_store from(db);
    pawl::postgres::database to_db(loop, conninfo);
    there_store to(to_db);
    pawl::copy_options const chosen{.page = 1};
    pawl::copy_progress const on_page = [&](pawl::copy_summary const&) {
      std::ofstream(reached).flush();
      std::this_thread::sleep_for(hours(1));
    };
    loop.wait(pawl::copy(from, to, chosen, on_page));
    return 0;
  });
  while (!std::filesystem::exists(reached) && !copying.has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  REQUIRE_FALSE(copying.has_ended());
  pawl::sqlite::database db(path, quick());
  here_store same(db);
  CHECK_FALSE(db.try_begin());
  CHECK_FALSE(same.make_owner()->try_acquire(pawl::ownership::sole));
  std::string why;
  try {
    h.at.wait(pawl::copy(same, h.there));
  } catch (pawl::error const& e) {
    why = e.what();
  }
  CHECK(why.find("is running this store; stop it") != std::string::npos);
  copying.end(SIGKILL);
  CHECK(db.try_begin());
  db.rollback();
}

TEST_CASE("a destination with items of another identity is refused, whichever table has them", "[postgres]") {
  {
    house h;
    h.insert(2);
    CHECK(h.at.wait(h.there.insert_if_absent("mine")));
    CHECK(h.refusal().find("table leaflet has items of another database's identity") != std::string::npos);
    CHECK(h.at.wait(h.there.identity()) != h.here.identity());
    auto const look = h.copy({.dry_run = true});
    REQUIRE(look.obstacles.size() == 2);  // k0 has the id of that item, too
    CHECK(look.obstacles[0].find("another database's identity") != std::string::npos);
    CHECK(look.copied == 1);
  }
  house h;
  h.at.wait(h.there.open());
  h.at.in.sql.must("CREATE TABLE \"Other\"(id int)");
  h.at.in.sql.must(
      "INSERT INTO pawl_meta SELECT 'Other',lifecycle,fingerprint,schema,identity,kept,key_column,state_column,"
      "version_column FROM pawl_meta");
  h.at.in.sql.must(
      "INSERT INTO pawl_meta SELECT 'dropped',lifecycle,fingerprint,schema,identity,kept,key_column,"
      "state_column,version_column FROM pawl_meta WHERE table_name='leaflet'");
  h.at.in.sql.must("INSERT INTO \"Other\" VALUES(1)");
  CHECK(h.refusal().find("table Other has items of another database's identity") != std::string::npos);
  h.at.in.sql.must("DELETE FROM \"Other\"");
  CHECK(h.refusal().empty());
}

TEST_CASE("a destination that a run works on is refused, whether it leases its items or shares them",
          "[postgres][no_pooler]") {
  for (auto const how : {pawl::ownership::sole, pawl::ownership::shared}) {
    house h;
    h.insert(2);
    {
      pawl::postgres::store<leaflet> theirs(h.at.theirs);
      auto const owner = theirs.make_owner();
      CHECK(h.at.wait(theirs.acquire(*owner, how)));
      CHECK(h.refusal().find("a run works on table leaflet; end it before items are copied") != std::string::npos);
      if (how == pawl::ownership::sole) h.at.wait(theirs.leave(*owner));
    }
    std::string why = h.refusal();
    for (int i = 0; i < 100 && !why.empty(); ++i) {  // the server ends the session a moment later
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      why = h.refusal();
    }
    CHECK(why.empty());
  }
}

TEST_CASE("the identity is written until it is the source's", "[postgres]") {
  house h;
  h.insert(2);
  h.at.wait(h.there.open());
  h.at.in.sql.script(
      "CREATE SEQUENCE writes;CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF "
      "nextval('writes')<=2 THEN RETURN NULL;END IF;RETURN NEW;END $$;CREATE TRIGGER skip BEFORE UPDATE ON pawl_meta "
      "FOR EACH ROW EXECUTE FUNCTION skip()");  // as if a run had worked there for a moment
  CHECK(h.copy({.retire = true}).copied == 2);
  CHECK(h.ask("SELECT last_value FROM writes") == "3");
  CHECK(h.ask("SELECT identity FROM pawl_meta") == h.here.identity());
}

TEST_CASE("a source is not retired where the destination has another identity by then, or is run", "[postgres]") {
  for (std::string const meanwhile :
       {"UPDATE pawl_meta SET identity='another'",
        "INSERT INTO pawl_worker(table_name,name,beat_at,locks) VALUES('leaflet','somebody',now(),true)"}) {
    house h;
    h.insert(2);
    pawl::copy_options const chosen{.retire = true};
    pawl::copy_progress const on_page = [&](pawl::copy_summary const&) { h.at.in.sql.must(meanwhile); };
    CHECK_FALSE(h.refusal(chosen, on_page).empty());
    h.here.verify();
  }
}

namespace older {
enum class stage { printed, drafted, read };
struct leaflet : pawl::lifecycle<pawl::initial<stage::drafted>, pawl::goal<stage::read>,
                                 pawl::transition<stage::drafted, print, stage::printed>,
                                 pawl::transition<stage::printed, hand_out, stage::read>> {};
}  // namespace older

TEST_CASE("states that differ are refused on either side", "[postgres]") {
  house h;
  h.insert(2);
  {
    pawl::postgres::store<older::leaflet> other(h.at.theirs);
    h.at.wait(other.open());
  }
  CHECK(h.refusal().find("the lifecycle has state 'drafted' with code 0, but the database has 'printed' with code 0") !=
        std::string::npos);
  house another;
  another.insert(2);
  another.old_db.execute("UPDATE leaflet SET state=44 WHERE key='k1'");
  CHECK(another.refusal().find("item 'k1' of table leaflet is in a state that the lifecycle does not have") !=
        std::string::npos);
  CHECK(another.ask("SELECT count(*) FROM pg_tables WHERE schemaname=current_schema()") == "0");
}

TEST_CASE("an item that PostgreSQL cannot keep as it is is refused by name", "[postgres]") {
  {
    house h;
    h.insert(1);
    h.here.insert_if_absent(std::string(2689, 'x'));
    CHECK(h.copy({.dry_run = true}).obstacles.size() == 1);  // where nothing is there yet
    CHECK(h.refusal().find("has a key of 2689 bytes, and PostgreSQL takes 2688 at most") != std::string::npos);
  }
  {
    house h;
    h.insert(1);
    h.old_db.execute("UPDATE leaflet SET data=x'0102' WHERE key='k0'");
    CHECK(h.refusal().find("what is recorded of item 'k0' of table leaflet is damaged") != std::string::npos);
  }
  house h;
  h.insert(2);
  h.old_db.execute("INSERT INTO pawl_earlier SELECT 'leaflet',key,version,id,NULL FROM leaflet WHERE key='k1'");
  CHECK(h.refusal().find("item 'k1' of table leaflet has the idempotency key of before its database was upgraded") !=
        std::string::npos);
}

TEST_CASE("what an event recorded that the lifecycle does not have any more is counted and left behind", "[postgres]") {
  house h;
  h.insert(1);
  std::string merged;
  auto read = h.old_db.prepare("SELECT data FROM leaflet");
  REQUIRE(read.step());
  REQUIRE(pawl::detail::merge_record(merged, read.bytes(0), "burn", ""));
  read.reset();
  auto const* const begin = reinterpret_cast<std::byte const*>(merged.data());
  auto write = h.old_db.prepare("UPDATE leaflet SET data=?1");
  write.bind(1, std::span<std::byte const>(begin, merged.size()));
  write.step();
  write.reset();
  CHECK(h.copy({.dry_run = true}).forgotten == 1);
  CHECK(h.copy().forgotten == 1);
  CHECK(h.copy().present == 1);
}

TEST_CASE("a source that was retired is run no more, and can be copied again", "[postgres]") {
  house h;
  h.insert(3);
  h.copy({.retire = true});
  std::vector<std::string> seen;
  std::string why;
  try {
    pawl::loop<> loop;
    pawl::commit_queue queue{loop, h.here};
    pawl::run(queue, steps{seen});
  } catch (pawl::store_error const& e) {
    why = e.what();
  }
  CHECK(why.find("a.db: table leaflet was moved to ") != std::string::npos);
  CHECK(why.find(", table leaflet; run its items there.") != std::string::npos);
  CHECK(seen.empty());
  CHECK(h.copy().present == 3);
  h.old_db.execute("DELETE FROM pawl_pause WHERE table_name='leaflet'");
  h.here.verify();
}

TEST_CASE("a run that waits until a copy ends is refused if that has retired its table", "[postgres]") {
  house h;
  h.insert(2);
  auto const path = h.folder / "b.db", reached = h.folder / "reached";
  h.old_db.execute("VACUUM INTO '" + path + "'");
  std::string const conninfo = h.at.conninfo();
  child_process copying([&] {
    pawl::loop<> loop;
    pawl::sqlite::database db(path, quick());
    here_store from(db);
    pawl::postgres::database to_db(loop, conninfo);
    there_store to(to_db);
    pawl::copy_options const chosen{.retire = true};
    pawl::copy_progress const on_page = [&](pawl::copy_summary const&) {
      std::ofstream(reached).flush();
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    };
    loop.wait(pawl::copy(from, to, chosen, on_page));
    return 0;
  });
  while (!std::filesystem::exists(reached) && !copying.has_ended())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  pawl::sqlite::database db(path, quick());
  here_store same(db);
  same.verify();  // not yet
  std::vector<std::string> seen;
  std::string why;
  try {
    pawl::loop<> loop;
    pawl::commit_queue queue{loop, same};
    pawl::run(queue, steps{seen}, {.wait_for_owner = std::chrono::seconds(60)});
  } catch (pawl::store_error const& e) {
    why = e.what();
  }
  CHECK(copying.wait() == 0);
  CHECK(why.find("table leaflet was moved to ") != std::string::npos);
  CHECK(seen.empty());
}

TEST_CASE("a table whose items have children, or are some, is refused", "[postgres]") {
  temporary_folder folder;
  pawl::sqlite::database db{folder / "a.db", quick()};
  pawl::sqlite::store<families::album> albums{db};
  pawl::sqlite::store<families::photo> photos{db};
  REQUIRE(albums.insert_if_absent("holiday"));
  REQUIRE(photos.insert_if_absent("alone"));
  own_database at;
  pawl::postgres::store<families::album> albums_there{at.db};
  pawl::postgres::store<families::photo> photos_there{at.db};
  pawl::copy_options const look{.dry_run = true};
  auto const obstacles_of = [&](auto& from, auto& to) { return at.wait(pawl::copy(from, to, look)).obstacles; };
  CHECK(obstacles_of(albums, albums_there).empty());
  CHECK(obstacles_of(photos, photos_there).empty());
  auto const fresh = albums.get("holiday").item->as<families::album_state::fresh>();
  auto const children = pawl::with(families::scan{}, pawl::insert<families::photo>("beach"));
  REQUIRE(albums.apply(*fresh, children));
  for (auto const& found : {obstacles_of(albums, albums_there), obstacles_of(photos, photos_there)}) {
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("item 'holiday' of table album has children in table photo") != std::string::npos);
  }
}

}  // namespace copy_test
