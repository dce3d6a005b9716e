// Items that belong together on a server: what SQLite's store does with them, and what only many machines do.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "catch.hpp"
#include "postgres/family_fixture.hpp"
#include "postgres/own_database.hpp"

namespace postgres_children_test {

using namespace postgres_families;
using namespace std::chrono_literals;

#define PAWL_FAMILIES own_of_own, own_of_mapped, mapped_of_own, mapped_of_mapped

TEMPLATE_TEST_CASE("on a server a parent goes on in the transaction in which the last of its children ends",
                   "[postgres]", PAWL_FAMILIES) {
  house<TestType> h;
  h.scan_album("holiday", "beach", std::vector<std::string>{"sea", "sun"});
  CHECK(h.state_of_album("holiday") == "waiting");
  h.shrink_photo("sea");
  h.move_photo("beach", crack{});
  CHECK(h.state_of_album("holiday") == "waiting");
  bool const within = GENERATE(false, true);
  CAPTURE(within);
  process<TestType> other(h.at.conninfo());
  other.open_albums();
  if (within) REQUIRE(h.wait(h.photos->try_begin()));
  h.shrink_photo("sun");
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(other.state_of_album("holiday") == (within ? "waiting" : "printing"));
  if (within) h.wait(h.photos->commit());
  CHECK(other.state_of_album("holiday") == "printing");
  auto const told = h.told("holiday");
  REQUIRE(told);
  CHECK(told->arrived == 2);
  CHECK(told->failed == 1);
  CHECK(h.album_at("holiday")->version == 2);
  auto const history = h.wait(h.albums->history("holiday"));
  REQUIRE(history.size() == 2);
  CHECK(history[1].event == "all_ended");
}

TEMPLATE_TEST_CASE("on a server what is rolled back neither inserts children nor fires anything", "[postgres]",
                   PAWL_FAMILIES) {
  house<TestType> h;
  REQUIRE(h.wait(h.albums->try_begin()));
  h.scan_album("holiday", "beach");
  h.shrink_photo("beach");
  CHECK(h.state_of_album("holiday") == "printing");
  h.wait(h.albums->rollback());
  CHECK(h.state_of_album("holiday") == "fresh");
  CHECK(h.wait(h.photos->get("beach")).gone());
  h.scan_album("holiday", "beach");
  CHECK(h.state_of_album("holiday") == "waiting");
  REQUIRE(h.wait(h.albums->try_begin()));
  h.shrink_photo("beach");
  h.wait(h.photos->rollback());
  CHECK(h.state_of_album("holiday") == "waiting");
  h.shrink_photo("beach");
  CHECK(h.state_of_album("holiday") == "printing");
}

TEMPLATE_TEST_CASE("on a server a parent without children goes on at once", "[postgres]", PAWL_FAMILIES) {
  house<TestType> h;
  bool const within = GENERATE(false, true);
  if (within) REQUIRE(h.wait(h.albums->try_begin()));
  SECTION("for it inserts none") { h.scan_album("holiday", std::vector<std::string>{}); }
  SECTION("for its transition inserts nothing") {
    REQUIRE(h.template move_album<album_state::fresh>("holiday", scan{}));
  }
  SECTION("for all of them have ended") {
    if (within) h.wait(h.albums->commit());
    h.add_album("other");
    h.scan_album("other", "beach");
    h.move_photo("beach", crack{});
    if (within) REQUIRE(h.wait(h.albums->try_begin()));
    h.scan_album("holiday", "beach");
    CHECK(h.told("holiday")->failed == 1);
  }
  if (within) h.wait(h.albums->commit());
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.told("holiday")->arrived == 0);
}

TEMPLATE_TEST_CASE("on a server a key that exists is left as it is, and its item is a child of each that has named it",
                   "[postgres]", PAWL_FAMILIES) {
  house<TestType> h;
  h.add_album("other");
  h.scan_album("holiday", "beach", "beach", "sea");
  h.shrink_photo("sea");
  auto const sea = h.wait(h.photos->get("sea")).item;
  h.scan_album("other", "beach", "sea");
  CHECK(h.wait(h.photos->get("sea")).item == sea);
  CHECK(h.state_of_album("other") == "waiting");
  h.shrink_photo("beach");
  for (std::string_view const title : {"holiday", "other"}) {
    CHECK(h.state_of_album(title) == "printing");
    CHECK(h.told(title)->arrived == 2);
  }
}

TEMPLATE_TEST_CASE("on a server a child that leaves its end is waited for again, unless its parent has gone on",
                   "[postgres]", PAWL_FAMILIES) {
  house<TestType> h;
  h.scan_album("holiday", "beach", "sea");
  h.shrink_photo("beach");
  h.move_photo("beach", look_again{});
  h.shrink_photo("sea");
  CHECK(h.state_of_album("holiday") == "waiting");
  h.move_photo("beach", crack{});
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.told("holiday")->failed == 1);
  h.move_photo("beach", look_again{});
  h.shrink_photo("beach");
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.album_at("holiday")->version == 2);
  SECTION("a second round waits for those of the first that are at work again") {
    h.move_photo("sea", look_again{});
    REQUIRE(h.template move_album<album_state::printing>("holiday", again{}));
    h.scan_album("holiday", "sun");
    h.shrink_photo("sun");
    CHECK(h.state_of_album("holiday") == "waiting");
    h.shrink_photo("sea");
    CHECK(h.state_of_album("holiday") == "printing");
    CHECK(h.told("holiday")->arrived == 3);
  }
}

TEMPLATE_TEST_CASE("on a server a child may come late", "[postgres]", PAWL_FAMILIES) {
  using photo_type = typename TestType::photo_type;
  house<TestType> h;
  h.scan_album("holiday", "beach");
  SECTION("while its parent waits it is waited for") {
    REQUIRE(h.template move_album<album_state::waiting>("holiday", with(add{}, insert<photo_type>("sea"))));
    h.shrink_photo("beach");
    CHECK(h.state_of_album("holiday") == "waiting");
    h.shrink_photo("sea");
    CHECK(h.told("holiday")->arrived == 2);
  }
  SECTION("after its parent has gone on it keeps nobody") {
    h.shrink_photo("beach");
    REQUIRE(h.template move_album<album_state::printing>("holiday", with(add{}, insert<photo_type>("sea"))));
    h.shrink_photo("sea");
    CHECK(h.state_of_album("holiday") == "printing");
    CHECK(h.album_at("holiday")->version == 3);
  }
}

TEMPLATE_TEST_CASE("on a server children of a parent that is deleted end all the same, and its successor has none",
                   "[postgres]", PAWL_FAMILIES) {
  house<TestType> h;
  h.scan_album("holiday", "beach", "sea");
  h.shrink_photo("beach");
  h.at.in.sql.must("DELETE FROM " + h.album_table());
  SECTION("and is inserted again") {
    h.add_album("holiday");
    h.scan_album("holiday", "sun");
    h.shrink_photo("sea");
    CHECK(h.state_of_album("holiday") == "waiting");
    h.shrink_photo("sun");
    CHECK(h.told("holiday")->arrived == 1);
    CHECK(h.tables() == "1 1");
  }
  SECTION("and what was known of them is removed with the last") {
    h.shrink_photo("sea");
    CHECK(h.tables() == "0 0");
  }
  SECTION("or when all are looked at") {
    CHECK(h.wait(h.albums->gather()) == 0);
    CHECK(h.tables() == "0 0");
  }
  SECTION("also where no store of theirs was open") {
    process<TestType> worker(h.at.conninfo());
    worker.open_photos();
    worker.shrink_photo("sea");
    CHECK(h.tables() == "1 2");
    CHECK(h.wait(h.albums->changed_elsewhere()));
    CHECK(h.tables() == "0 0");
  }
}

TEMPLATE_TEST_CASE("on a server children that others than stores move or delete are found", "[postgres]",
                   PAWL_FAMILIES) {
  house<TestType> h;
  h.scan_album("holiday", "beach", "sea", "sun");
  h.shrink_photo("sun");
  bool const is_own = !house<TestType>::is_photo_mapped;
  h.at.in.sql.must("UPDATE " + h.photo_table() + " SET state=" + (is_own ? "1" : "'shrunk'") +
                   ",version=version+1 WHERE " + h.key_is("beach"));
  h.at.in.sql.must("DELETE FROM " + h.photo_table() + " WHERE " + h.key_is("sea"));
  CHECK(h.state_of_album("holiday") == "waiting");
  SECTION("when they are looked for") { CHECK(h.wait(h.albums->gather()) == 1); }
  SECTION("when a run begins") { h.wait(h.albums->sweep_leftovers()); }
  SECTION("in a transaction of the program's") {
    REQUIRE(h.wait(h.albums->try_begin()));
    CHECK(h.wait(h.albums->gather()) == 1);
    h.wait(h.albums->commit());
  }
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.told("holiday")->arrived == 2);
  CHECK(h.told("holiday")->failed == 1);
  CHECK(h.wait(h.albums->gather()) == 0);
}

TEMPLATE_TEST_CASE(
    "on a server a child that ends where no store of its parents is open is told as soon as one has looked",
    "[postgres]", PAWL_FAMILIES) {
  house<TestType> h;
  process<TestType> worker(h.at.conninfo());
  worker.open_photos();  // before there has ever been a child
  h.scan_album("holiday", "beach");
  h.wait(h.albums->changed_elsewhere());
  bool const within = GENERATE(false, true);
  if (within) REQUIRE(worker.wait(worker.photos->try_begin()));
  worker.shrink_photo("beach");
  if (within) worker.wait(worker.photos->commit());
  CHECK(h.state_of_album("holiday") == "waiting");
  CHECK(h.wait(h.albums->changed_elsewhere()));
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.told("holiday")->arrived == 1);
}

TEMPLATE_TEST_CASE("on a server a store knows of parents that another process has inserted", "[postgres]",
                   PAWL_FAMILIES) {
  house<TestType> h;
  process<TestType> other(h.at.conninfo());
  other.open_photos();
  other.open_albums();
  for (int round = 0; round < 3; ++round) {
    std::string const title = "album " + std::to_string(round), key = "photo " + std::to_string(round);
    h.add_album(title);
    h.scan_album(title, key);
    other.shrink_photo(key);
    CHECK(h.state_of_album(title) == "printing");
  }
}

TEST_CASE("on a server a parent whose table refuses the event is parked, and its children end", "[postgres]") {
  house<mapped_of_own> h;
  bool const within = GENERATE(false, true);
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("photo " + std::to_string(i));
  h.scan_album("holiday", keys);
  for (auto const& key : keys) {
    if (within) REQUIRE(h.wait(h.photos->try_begin()));
    h.shrink_photo(key);
    if (within) h.wait(h.photos->commit());
  }
  CHECK(h.wait(h.photos->get("photo 12")).item->state == photo_state::shrunk);
  CHECK(h.state_of_album("holiday") == "waiting");
  auto const parked = h.wait(h.albums->parked(10));
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].record.last_error.find("its children have ended, but the event could not be written") == 0);
  CHECK(parked[0].record.last_error.find("check constraint") != std::string::npos);
  CHECK(h.wait(h.albums->gather()) == 0);
  h.at.in.sql.script("ALTER TABLE albums DROP CONSTRAINT albums_photos_check");
  CHECK(h.wait(h.albums->release("holiday")));
  CHECK(h.told("holiday")->arrived == 13);
  CHECK(h.wait(h.albums->parked(10)).empty());
}

TEST_CASE("on a server one parent of several that is refused keeps none of the others", "[postgres]") {
  house<mapped_of_own> h;
  h.add_album("other");
  h.add_album("third");
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("photo " + std::to_string(i));
  h.scan_album("holiday", keys);
  h.scan_album("other", "photo 0", "photo 12");
  h.scan_album("third", "photo 12");
  for (auto const& key : keys) h.shrink_photo(key);
  CHECK(h.state_of_album("holiday") == "waiting");
  CHECK(h.wait(h.albums->parked(10)).size() == 1);
  CHECK(h.told("other")->arrived == 2);
  CHECK(h.told("third")->arrived == 1);
}

TEST_CASE("on a server one parent that is refused keeps no other from being looked at later", "[postgres]") {
  house<mapped_of_own> h;
  h.add_album("other");
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("photo " + std::to_string(i));
  h.scan_album("holiday", keys);
  h.scan_album("other", "photo 12");
  auto psql = h.at.in.another();
  psql.script("BEGIN;SELECT 1 FROM albums WHERE title='other' FOR UPDATE");
  for (auto const& key : keys) h.shrink_photo(key);
  psql.script("COMMIT");
  CHECK(h.wait(h.albums->parked(10)).size() == 1);
  h.wait(h.albums->changed_elsewhere());
  REQUIRE(h.state_of_album("other") == "printing");
  CHECK(h.told("other")->arrived == 1);
}

struct counted {
  std::int64_t arrived;
  static counted from(pawl::gathered const& children) {
    if (children.failed > 0) throw std::runtime_error("no album of broken photos");
    return {children.arrived};
  }
};
struct strict_album
    : pawl::lifecycle<pawl::initial<album_state::fresh>, pawl::gathers<album_state::waiting, photo, counted>,
                      pawl::goal<album_state::printed>,
                      pawl::transition<album_state::fresh, scan, album_state::waiting>,
                      pawl::transition<album_state::waiting, counted, album_state::printing>,
                      pawl::transition<album_state::printing, print, album_state::printed>> {};

TEST_CASE("on a server a parent whose event cannot be made, or may not be written, is parked, and its children end",
          "[postgres]") {
  own_database at;
  pawl::postgres::store<strict_album> albums(at.db);
  pawl::postgres::store<photo> photos(at.db);
  at.wait(photos.open());
  at.wait(albums.open());
  bool const within = GENERATE(false, true), alone = GENERATE(false, true);
  std::vector<std::string> titles{"a"};
  if (!alone) titles.emplace_back("b");
  for (auto const& title : titles) {
    REQUIRE(at.wait(albums.insert_if_absent(title)));
    auto const event = with(scan{}, insert<photo>("beach"), insert<photo>("only " + title));
    REQUIRE(at.wait(albums.apply(pawl::item<strict_album, album_state::fresh>(title, 0), event)));
  }
  auto const end = [&](std::string const& key, auto event) {
    if (within) REQUIRE(at.wait(photos.try_begin()));
    CHECK(at.wait(photos.apply(pawl::item<photo, photo_state::found>(key, 0), event)));
    if (within) at.wait(photos.commit());
  };
  std::string words;
  SECTION("for it throws") {
    end("only a", crack{});
    words = "no album of broken photos";
  }
  SECTION("for the server refuses it") {
    end("only a", shrink{"small"});
    at.in.sql.script(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.key=''a'' AND NEW.version>1 THEN "
        "RAISE insufficient_privilege USING MESSAGE=''not for you''; END IF; RETURN NEW; END';"
        "CREATE TRIGGER refuse BEFORE UPDATE ON strict_album FOR EACH ROW EXECUTE FUNCTION refuse()");
    words = "not for you";
  }
  if (!alone) end("only b", shrink{"small"});
  end("beach", shrink{"small"});
  auto const parked = at.wait(albums.parked(10));
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].record.last_error.find("its children have ended, but the event could not be") == 0);
  CHECK(parked[0].record.last_error.find(words) != std::string::npos);
  if (!alone) CHECK(at.wait(albums.get("b")).item->state == album_state::printing);
}

TEST_CASE("on a server a parent that is released while another program holds its row is told later", "[postgres]") {
  house<mapped_of_own> h;
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("photo " + std::to_string(i));
  h.scan_album("holiday", keys);
  for (auto const& key : keys) h.shrink_photo(key);
  h.at.in.sql.script("ALTER TABLE albums DROP CONSTRAINT albums_photos_check");
  auto psql = h.at.in.another();
  psql.script("BEGIN;SELECT 1 FROM albums FOR UPDATE");
  CHECK(h.wait(h.albums->release("holiday")));
  psql.script("COMMIT");
  CHECK(h.state_of_album("holiday") == "waiting");
  h.wait(h.albums->changed_elsewhere());
  CHECK(h.told("holiday")->arrived == 13);
  CHECK(h.ask("SELECT count(*) FROM pawl_parent WHERE complete") == "0");
}

TEST_CASE("on a server whoever ends one child of many does not hold their parent", "[postgres]") {
  house<own_of_own> h;
  std::vector<std::string> keys;
  for (int i = 100; i < 250; ++i) keys.push_back("photo " + std::to_string(i));
  h.scan_album("holiday", keys);
  auto const end = [&](int from, int to) {
    REQUIRE(h.wait(h.photos->try_begin()));
    for (int i = from; i < to; ++i) h.shrink_photo("photo " + std::to_string(i));
    h.wait(h.photos->commit());
  };
  end(200, 250);  // those at the end have ended first
  int me = 150;
  SECTION("those before it are at work") { end(151, 200); }
  SECTION("those after it are at work") { end(100, 150); }
  SECTION("those at the end are at work") {
    h.move_photo("photo 249", look_again{});
    end(100, 150);
    end(151, 200);
  }
  REQUIRE(h.wait(h.photos->try_begin()));
  h.shrink_photo("photo " + std::to_string(me));
  CHECK(h.ask("SELECT count(*) FROM (SELECT 1 FROM pawl_parent FOR UPDATE SKIP LOCKED) AS p") == "1");
  h.wait(h.photos->commit());
}

TEST_CASE("on a server children keep the priority that their table gives them where none is told", "[postgres]") {
  house<own_of_mapped> h;
  h.at.in.sql.script("ALTER TABLE photos ALTER urgency SET DEFAULT 3,ALTER urgency SET NOT NULL");
  REQUIRE(h.move_album<album_state::fresh>(
      "holiday", with(scan{}, insert<photos_table>("a"), insert<photos_table>("b").priority(7))));
  CHECK(h.ask("SELECT string_agg(file||urgency,' ' ORDER BY file) FROM photos") == "a3 b7");
}

TEMPLATE_TEST_CASE("on a server a child that others than stores take back from its end is waited for again",
                   "[postgres]", PAWL_FAMILIES) {
  house<TestType> h;
  h.scan_album("holiday", "beach", "sea");
  h.shrink_photo("beach");
  h.at.in.sql.must("UPDATE " + h.photo_table() + " SET state=" + (house<TestType>::is_photo_mapped ? "'found'" : "0") +
                   ",version=version+1 WHERE " + h.key_is("beach"));
  CHECK(h.wait(h.albums->gather()) == 0);
  h.shrink_photo("sea");
  CHECK(h.state_of_album("holiday") == "waiting");
  h.shrink_photo("beach");
  CHECK(h.told("holiday")->arrived == 2);
}

struct albums_by_birth : pawl::table<album> {
  static constexpr pawl::names names{.table = "albums", .key = "title", .born = "born"};
  static constexpr auto columns = albums_table<album>::columns;
};
struct mapped_by_birth : family<albums_by_birth, photo> {};
TEST_CASE("on a server a parent waits for its children also where its lives are told otherwise by now", "[postgres]") {
  house<mapped_of_own> h;
  h.scan_album("holiday", "beach");
  h.at.in.sql.script("ALTER TABLE albums ADD COLUMN born timestamptz NOT NULL DEFAULT now()");
  h.albums.reset();
  process<mapped_by_birth> now(h.at.conninfo());
  now.open_photos();
  now.open_albums();
  CHECK(now.wait(now.albums->gather()) == 0);
  CHECK(now.state_of_album("holiday") == "waiting");
  now.shrink_photo("beach");
  CHECK(now.told("holiday")->arrived == 1);
}

TEST_CASE("on a server parents of one batch insert their children in the order of their keys", "[postgres]") {
  house<own_of_own> h;
  std::vector<std::string> const titles{"c", "b", "a"};
  for (auto const& title : titles) h.add_album(title);
  pawl::commit_queue queue{h.loop, *h.albums};
  std::size_t left = titles.size();
  bool done = false;
  for (auto const& title : titles)
    boost::asio::co_spawn(
        h.loop.get_executor(),
        [](auto& writes, std::string const& key) -> pawl::task<void> {
          pawl::item<album, album_state::fresh> const from(key, 0);
          auto const event = with(scan{}, insert<photo>("of " + key));
          auto applying = writes.apply(from, event);
          static_cast<void>(co_await std::move(applying));
        }(queue, title),
        [&](std::exception_ptr) { done = --left == 0; });
  h.loop.run_until(done);
  CHECK(h.ask("SELECT string_agg(convert_from(key,'UTF8'),'' ORDER BY id) FROM pawl_parent") == "abc");
}

TEST_CASE("on a server an item may be a parent and a child, of its own kind too", "[postgres]") {
  own_database at;
  pawl::postgres::store<folder> folders(at.db);
  bool const within = GENERATE(false, true);
  auto const list_folder = [&](std::string const& key, std::vector<std::string> const& inner) {
    auto const found = at.wait(folders.get(key)).item->as<folder_state::found>();
    REQUIRE(found);
    auto const event = with(list{}, insert<folder>(inner));
    if (within) REQUIRE(at.wait(folders.try_begin()));
    REQUIRE(at.wait(folders.apply(*found, event)));
    if (within) at.wait(folders.commit());
  };
  REQUIRE(at.wait(folders.insert_if_absent("/")));
  list_folder("/", {"/a", "/b"});
  list_folder("/a", {"/a/a", "/a/b"});
  list_folder("/b", {});
  list_folder("/a/a", {});
  CHECK(at.wait(folders.get("/")).item->state == folder_state::waiting);
  list_folder("/a/b", {"/a/b/c"});
  list_folder("/a/b/c", {});
  for (std::string const key : {"/", "/a", "/b", "/a/a", "/a/b", "/a/b/c"})
    CHECK(at.wait(folders.get(key)).item->state == folder_state::complete);
}

TEST_CASE("on a server children begin at a time, and with a priority where their table has one", "[postgres]") {
  auto const later = pawl::stored_time(std::chrono::hours(24 * 365 * 100));
  house<own_of_mapped> h;
  REQUIRE(h.move_album<album_state::fresh>(
      "holiday", with(scan{}, insert<photos_table>("a", "b"), insert<photos_table>("c").priority(7),
                      insert<photos_table>("d").start_at(later))));
  CHECK(h.wait(h.photos->next_due({}, pawl::delayed_by::program)) == later);
  auto const page = h.wait(h.photos->runnable(photo_state::found, {}, 10)).items;
  REQUIRE(page.size() == 3);
  CHECK(page[0].item.key == "c");
  CHECK(h.ask("SELECT count(*) FROM photos WHERE changed_at>now()-interval '1 hour' AND taken_by='us'") == "4");
  house<own_of_own> o;
  REQUIRE(o.move_album<album_state::fresh>("holiday", with(scan{}, insert<photo>("a", "b").start_at(later))));
  CHECK(o.wait(o.photos->next_due({}, pawl::delayed_by::program)) == later);
  CHECK(o.wait(o.photos->runnable(photo_state::found, {}, 10)).items.empty());
}

TEST_CASE("on a server a row of the user's own becomes a child where a statement has written it before", "[postgres]") {
  house<own_of_mapped> h;
  REQUIRE(h.move_album<album_state::fresh>(
      "holiday", with(scan{}, pawl::sql("INSERT INTO photos(file,taken_by) VALUES($1,$2)", "a", "them"),
                      insert<photos_table>("a"))));
  CHECK(h.ask("SELECT taken_by FROM photos WHERE file='a'") == "them");
  h.shrink_photo("a");
  CHECK(h.told("holiday")->arrived == 1);
}

TEST_CASE("on a server a row that is there becomes a child, whatever its table asks of new ones", "[postgres]") {
  house<own_of_mapped> h;
  SECTION("another column that has no default") {
    h.at.in.sql.script("ALTER TABLE photos ALTER taken_by DROP DEFAULT,ALTER taken_by SET NOT NULL");
  }
  SECTION("a default that is refused") {
    h.at.in.sql.script(
        "ALTER TABLE photos ADD COLUMN place text NOT NULL DEFAULT 'x' CHECK(place<>'x' OR taken_by='them')");
  }
  h.at.in.sql.script("INSERT INTO photos(file,taken_by) VALUES('a','them')");
  REQUIRE(h.move_album<album_state::fresh>(
      "holiday", with(scan{}, pawl::sql("INSERT INTO photos(file,taken_by) VALUES($1,$2)", "b", "them"),
                      insert<photos_table>("a", "b"))));
  for (auto const* key : {"a", "b"}) h.shrink_photo(key);
  CHECK(h.told("holiday")->arrived == 2);
}

template <class Call> pawl::store_error error_of(Call const& call) {
  try {
    call();
  } catch (pawl::store_error const& e) {
    return e;
  }
  throw std::runtime_error("it was not refused");
}
bool has(pawl::store_error const& e, std::string_view part) {
  return std::string_view(e.what()).find(part) != std::string_view::npos;
}

TEST_CASE("on a server children are refused in a sentence where they cannot be inserted", "[postgres]") {
  house<own_of_mapped> h;
  bool const within = GENERATE(false, true);
  auto const refusal_of = [&](pawl::insertion children) {
    if (within) REQUIRE(h.wait(h.albums->try_begin()));
    auto const event = with(scan{}, std::move(children));
    auto const e = error_of([&] { h.move_album<album_state::fresh>("holiday", event); });
    if (within) h.wait(h.albums->commit());
    CHECK(h.album_at("holiday")->version == 0);
    CHECK_FALSE(h.albums->poisoned());
    return e;
  };
  SECTION("into a table that has had no store") {
    auto const e = refusal_of(insert<folder>("a"));
    CHECK(e.what_failed() == pawl::store_failure::misuse);
    CHECK(has(e, "children cannot be inserted into folder, for no store of it has been opened"));
  }
  SECTION("without a key") {
    CHECK(refusal_of(insert<photos_table>("a", "")).what_failed() == pawl::store_failure::misuse);
    CHECK(h.wait(h.photos->get("a")).gone());
  }
  SECTION("with a key that the server does not take") {
    CHECK(refusal_of(insert<photos_table>("a", "\xff")).what_failed() == pawl::store_failure::rejected);
  }
  SECTION("where the table refuses them") {
    h.at.in.sql.script("ALTER TABLE photos ADD COLUMN place text NOT NULL DEFAULT 'x' CHECK(place<>'x')");
    CHECK(refusal_of(insert<photos_table>("a")).what_failed() == pawl::store_failure::rejected);
  }
  SECTION("where a trigger keeps them away in silence") {
    h.at.in.sql.script(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';CREATE TRIGGER keep "
        "BEFORE "
        "INSERT ON photos FOR EACH ROW EXECUTE FUNCTION keep()");
    auto const e = refusal_of(insert<photos_table>("a"));
    CHECK(e.what_failed() == pawl::store_failure::rejected);
    CHECK(has(e, "table photos has no row for a child"));
  }
}

TEST_CASE("on a server finished children and parents may be removed", "[postgres]") {
  house<own_of_own> h;
  h.scan_album("holiday", "beach", "sea");
  h.shrink_photo("beach");
  CHECK(h.wait(h.photos->remove_finished(-1h, 10)) == 1);
  CHECK(h.wait(h.albums->gather()) == 0);
  CHECK(h.state_of_album("holiday") == "waiting");
  h.shrink_photo("sea");
  CHECK(h.told("holiday")->arrived == 2);
  REQUIRE(h.move_album<album_state::printing>("holiday", print{}));
  CHECK(h.wait(h.albums->remove_finished(-1h, 10)) == 1);
  CHECK(h.tables() == "0 0");
}

TEST_CASE("on a server a child that was removed and is inserted again is waited for", "[postgres]") {
  house<own_of_own> h;
  h.add_album("other");
  h.scan_album("holiday", "beach", "sea");
  h.shrink_photo("beach");
  CHECK(h.wait(h.photos->remove_finished(-1h, 10)) == 1);
  h.scan_album("other", "beach");
  CHECK(h.state_of_album("other") == "waiting");
  h.move_photo("beach", crack{});
  CHECK(h.told("other")->failed == 1);
  h.shrink_photo("sea");
  CHECK(h.told("holiday")->arrived == 2);
}

// ---- what only many machines do ----

// Another machine, on a thread of its own: it ends one photo, however often it is told that the server is busy.
template <class Family> class machine {
 public:
  machine(std::string conninfo, std::string key) {
    thread_ = std::thread([this, conninfo = std::move(conninfo), key = std::move(key)] { work(conninfo, key); });
  }
  machine(machine const&) = delete;
  machine& operator=(machine const&) = delete;
  ~machine() {
    if (thread_.joinable()) thread_.join();
  }
  bool has_moved() {
    thread_.join();
    return moved_;
  }

 private:
  void work(std::string const& conninfo, std::string const& key) {
    process<Family> me(conninfo);
    me.open_albums();
    me.open_photos();
    for (int tries = 0; tries < 20; ++tries) try {
        moved_ = me.wait(me.moving(key, shrink{"small"}));
        return;
      } catch (pawl::store_error const& e) {
        if (e.what_failed() != pawl::store_failure::busy) return;
      }
  }
  std::thread thread_{};
  bool moved_ = false;
};

// Whoever comes to this place waits there until it is opened.
class barrier {
 public:
  explicit barrier(postgres_test::own_schema& in, std::string const& trigger) : in_(in) {
    in.sql.must("SELECT pg_advisory_lock(4711)");
    in.sql.script(
        "CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
        "pg_advisory_xact_lock_shared(4711); RETURN NULL; END';" +
        trigger + " FOR EACH ROW EXECUTE FUNCTION stop_here()");
  }
  void wait_for(int waiting) {
    auto const count = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type='Lock'";
    for (int i = 0; i < 1000 && in_.sql.must(count).at(0, 0) != std::to_string(waiting); ++i)
      std::this_thread::sleep_for(2ms);
    CHECK(in_.sql.must(count).at(0, 0) == std::to_string(waiting));
  }
  void open() { in_.sql.must("SELECT pg_advisory_unlock(4711)"); }

 private:
  postgres_test::own_schema& in_;
};

TEMPLATE_TEST_CASE("machines that end the last children at the same moment tell their parent once", "[postgres]",
                   own_of_own, mapped_of_mapped) {
  house<TestType> h;
  int const machines = GENERATE(2, 3);
  bool const at_commit = GENERATE(false, true);
  CAPTURE(machines, at_commit);
  std::vector<std::string> keys;
  for (int i = 0; i < machines; ++i) keys.push_back("photo " + std::to_string(i));
  h.scan_album("holiday", keys);
  // Each has noted that its photo has ended, and has not looked yet; or all that can have looked, and are to commit.
  barrier stop(h.at.in, at_commit ? "CREATE CONSTRAINT TRIGGER stop AFTER UPDATE ON " + h.photo_table() +
                                        " DEFERRABLE INITIALLY DEFERRED"
                                  : "CREATE TRIGGER stop AFTER UPDATE ON pawl_child");
  std::vector<std::unique_ptr<machine<TestType>>> all;
  for (auto const& key : keys) all.push_back(std::make_unique<machine<TestType>>(h.at.conninfo(), key));
  stop.wait_for(machines);
  stop.open();
  for (auto const& one : all) CHECK(one->has_moved());
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.album_at("holiday")->version == 2);
  CHECK(h.told("holiday")->arrived == machines);
  CHECK(h.wait(h.albums->history("holiday")).size() == 2);
}

TEST_CASE("a parent that comes to wait while its last child ends is told once", "[postgres]") {
  house<own_of_own> h;
  h.scan_album("holiday", "beach");
  h.shrink_photo("beach");
  h.move_photo("beach", look_again{});
  REQUIRE(h.move_album<album_state::printing>("holiday", again{}));
  bool const child_stops = GENERATE(true, false);
  CAPTURE(child_stops);
  // One of the two has written all but its COMMIT when the other begins.
  barrier stop(h.at.in, "CREATE CONSTRAINT TRIGGER stop AFTER UPDATE ON " +
                            std::string(child_stops ? "photo" : "album") + " DEFERRABLE INITIALLY DEFERRED");
  std::unique_ptr<machine<own_of_own>> child;
  if (child_stops) {
    child = std::make_unique<machine<own_of_own>>(h.at.conninfo(), "beach");
    stop.wait_for(1);
  }
  std::thread parent([&] {
    process<own_of_own> me(h.at.conninfo());
    me.open_albums();
    me.move_album<album_state::fresh>("holiday", scan{});
  });
  stop.wait_for(child_stops ? 2 : 1);
  if (!child_stops) {
    child = std::make_unique<machine<own_of_own>>(h.at.conninfo(), "beach");
    stop.wait_for(2);
  }
  stop.open();
  parent.join();
  CHECK(child->has_moved());
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.album_at("holiday")->version == 5);
}

TEST_CASE("an item that becomes a child while it ends is not waited for, the first one of its table neither",
          "[postgres]") {
  house<own_of_own> h;
  if (GENERATE(false, true)) {
    h.add_album("other");
    h.scan_album("other", "sea");
  }
  REQUIRE(h.wait(h.photos->insert_if_absent("beach")));
  bool const child_stops = GENERATE(true, false);
  CAPTURE(child_stops);
  barrier stop(h.at.in, "CREATE CONSTRAINT TRIGGER stop AFTER UPDATE ON " +
                            std::string(child_stops ? "photo" : "album") + " DEFERRABLE INITIALLY DEFERRED");
  std::unique_ptr<machine<own_of_own>> child;
  auto const begin_child = [&] { child = std::make_unique<machine<own_of_own>>(h.at.conninfo(), "beach"); };
  if (child_stops) {
    begin_child();
    stop.wait_for(1);
  }
  std::thread parent([&] {
    process<own_of_own> me(h.at.conninfo());
    me.open_albums();
    me.scan_album("holiday", "beach");
  });
  stop.wait_for(child_stops ? 2 : 1);
  if (!child_stops) {
    begin_child();
    stop.wait_for(2);
  }
  stop.open();
  parent.join();
  CHECK(child->has_moved());
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.told("holiday")->arrived == 1);
}

TEMPLATE_TEST_CASE("many machines at once tell each parent once, whatever comes together", "[postgres]", own_of_own,
                   mapped_of_own) {
  constexpr int machines = 3, albums = 30, photos = 4;
  house<TestType> h;
  std::vector<std::string> all;
  auto const photo_of = [](int album, int i) { return "photo " + std::to_string(album) + " " + std::to_string(i); };
  for (int i = 0; i < albums; ++i) {
    std::vector<std::string> keys{photo_of((i + 1) % albums, 0)};  // shared with the next album
    for (int j = 0; j < photos; ++j) keys.push_back(photo_of(i, j));
    h.add_album("album " + std::to_string(i));
    h.scan_album("album " + std::to_string(i), keys);
    all.insert(all.end(), keys.begin() + 1, keys.end());
  }
  auto const work = [&](int me) {
    process<TestType> one(h.at.conninfo());
    one.open_albums();
    one.open_photos();
    pawl::commit_queue queue{one.loop, *one.photos};
    std::vector<pawl::item<photo, photo_state::found>> items;
    for (std::size_t i = static_cast<std::size_t>(me); i < all.size(); i += machines)
      items.push_back(*one.wait(one.photos->get(all[i])).item->template as<photo_state::found>());
    std::size_t left = items.size();
    bool done = false;
    for (auto const& it : items)
      boost::asio::co_spawn(
          one.loop.get_executor(),
          [](auto& writes, auto const& from) -> pawl::task<void> {
            shrink const event{"small"};
            auto applying = writes.apply(from, event);
            static_cast<void>(co_await std::move(applying));
          }(queue, it),
          [&](std::exception_ptr) { done = --left == 0; });
    one.loop.run_until(done);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < machines; ++i) threads.emplace_back(work, i);
  for (auto& one : threads) one.join();
  CHECK(h.wait(h.photos->count_items())[1] == static_cast<std::size_t>(albums * photos));
  for (int i = 0; i < albums; ++i) {
    std::string const title = "album " + std::to_string(i);
    CAPTURE(title);
    CHECK(h.state_of_album(title) == "printing");
    CHECK(h.album_at(title)->version == 2);
    CHECK(h.told(title)->arrived == photos + 1);
  }
}

TEST_CASE("a parent whose row another program holds is told as soon as somebody looks", "[postgres]") {
  house<mapped_of_mapped> h;
  h.scan_album("holiday", "beach");
  auto psql = h.at.in.another();
  psql.script("BEGIN;SELECT 1 FROM albums FOR UPDATE");
  h.shrink_photo("beach");
  CHECK(h.state_of_album("holiday") == "waiting");
  h.wait(h.albums->changed_elsewhere());
  CHECK(h.state_of_album("holiday") == "waiting");
  psql.script("COMMIT");
  h.wait(h.albums->changed_elsewhere());
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.ask("SELECT count(*) FROM pawl_parent WHERE complete") == "0");
}

TEST_CASE("tables of an older pawl get what children need", "[postgres]") {
  house<own_of_own> h;
  h.at.in.sql.script("DROP TABLE pawl_parent,pawl_child");
  process<own_of_own> now(h.at.conninfo());
  now.open_photos();
  now.open_albums();
  now.scan_album("holiday", "beach");
  now.shrink_photo("beach");
  CHECK(now.state_of_album("holiday") == "printing");
}

struct album_steps {
  print operator()(pawl::item<album, album_state::printing>) { return {}; }
  pawl::with<scan> operator()(pawl::item<album, album_state::fresh> it) {
    return pawl::with(scan{}, insert<photo>(it.key + "/1", it.key + "/2"));
  }
};
struct photo_steps {
  shrink operator()(pawl::item<photo, photo_state::found>) { return {"small"}; }
};

TEST_CASE("runs over parents and children in one process, and in two, bring all of them to their ends", "[postgres]") {
  own_database at;
  bool const apart = GENERATE(false, true);
  pawl::postgres::store<photo> photos(apart ? at.theirs : at.db);
  pawl::postgres::store<album> albums(at.db);
  at.wait(photos.open());
  at.wait(albums.open());
  for (std::string const title : {"a", "b", "c"}) REQUIRE(at.wait(albums.insert_if_absent(title)));
  pawl::commit_queue of_albums{at.loop, albums};
  pawl::commit_queue of_photos{at.loop, photos};
  pawl::stop_source stop;
  pawl::run_options const patient{
      .concurrency = 4, .until = pawl::until::stopped, .poll = 1h, .stop = &stop};  // hints alone
  bool albums_done = false, photos_done = false;
  auto const keep = [](bool& done) { return [&done](std::exception_ptr, pawl::summary) { done = true; }; };
  boost::asio::co_spawn(at.loop.get_executor(), pawl::async_run(of_albums, album_steps{}, patient), keep(albums_done));
  boost::asio::co_spawn(at.loop.get_executor(), pawl::async_run(of_photos, photo_steps{}, patient), keep(photos_done));
  auto const all_printed = [&] { return at.wait(albums.count_items())[3] == 3; };
  for (int i = 0; i < 400 && !all_printed(); ++i) at.wait(at.loop.sleep(20ms));
  CHECK(all_printed());
  CHECK(at.wait(photos.count_items())[1] == 6);
  stop.request_stop();
  at.loop.run_until(albums_done);
  at.loop.run_until(photos_done);
}

}  // namespace postgres_children_test
