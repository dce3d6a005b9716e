// Items that belong together: children inserted with a transition, and parents that wait until all of them have ended.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/gathered.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/explanation.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "sqlite/family.hpp"
#include "sqlite/fixture.hpp"
#include "store/families.hpp"

namespace children_test {

using namespace family_test;

TEMPLATE_TEST_CASE("a parent goes on in the transaction in which the last of its children ends", "[sqlite]",
                   PAWL_FAMILIES) {
  house<TestType> h;
  h.scan_album("holiday", "beach", std::vector<std::string>{"sea", "sun"});
  CHECK(h.state_of_album("holiday") == "waiting");
  h.shrink_photo("sea");
  h.move_photo("beach", crack{});
  CHECK(h.state_of_album("holiday") == "waiting");
  process<TestType> other(h.db.path());
  other.open_albums();
  REQUIRE(h.db.try_begin());
  h.shrink_photo("sun");
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(other.state_of_album("holiday") == "waiting");
  h.db.commit();
  CHECK(other.state_of_album("holiday") == "printing");
  auto const told = h.told("holiday");
  REQUIRE(told);
  CHECK(told->arrived == 2);
  CHECK(told->failed == 1);
  CHECK(h.album_at("holiday")->version == 2);
  auto const history = h.albums->history("holiday");
  REQUIRE(history.size() == 2);
  CHECK(history[1].event == "all_ended");
}

TEMPLATE_TEST_CASE("what is rolled back neither inserts children nor fires anything", "[sqlite]", PAWL_FAMILIES) {
  house<TestType> h;
  REQUIRE(h.db.try_begin());
  h.scan_album("holiday", "beach");
  h.shrink_photo("beach");
  CHECK(h.state_of_album("holiday") == "printing");
  h.albums->rollback();
  CHECK(h.state_of_album("holiday") == "fresh");
  CHECK_FALSE(h.photos->get("beach").item);
  h.scan_album("holiday", "beach");
  CHECK(h.state_of_album("holiday") == "waiting");
  REQUIRE(h.db.try_begin());
  h.shrink_photo("beach");
  h.photos->rollback();
  CHECK(h.state_of_album("holiday") == "waiting");
  h.shrink_photo("beach");
  CHECK(h.state_of_album("holiday") == "printing");
}

TEMPLATE_TEST_CASE("a parent without children goes on at once", "[sqlite]", PAWL_FAMILIES) {
  house<TestType> h;
  SECTION("for it inserts none") { h.scan_album("holiday", std::vector<std::string>{}); }
  SECTION("for its transition inserts nothing") {
    REQUIRE(h.albums->apply(h.template album_in<album_state::fresh>("holiday"), scan{}));
  }
  SECTION("for all of them have ended") {
    h.add_album("other");
    h.scan_album("other", "beach");
    h.move_photo("beach", crack{});
    h.scan_album("holiday", "beach");
    CHECK(h.told("holiday")->failed == 1);
  }
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.told("holiday")->arrived == 0);
}

TEMPLATE_TEST_CASE("a key that exists is left as it is, and its item is a child of each that has named it", "[sqlite]",
                   PAWL_FAMILIES) {
  house<TestType> h;
  h.add_album("other");
  h.scan_album("holiday", "beach", "beach", "sea");
  h.shrink_photo("sea");
  auto const sea = h.photos->get("sea").item;
  h.scan_album("other", "beach", "sea");
  CHECK(h.photos->get("sea").item == sea);
  CHECK(h.state_of_album("other") == "waiting");
  h.shrink_photo("beach");
  for (std::string_view const title : {"holiday", "other"}) {
    CHECK(h.state_of_album(title) == "printing");
    CHECK(h.told(title)->arrived == 2);
  }
}

TEMPLATE_TEST_CASE("a child that leaves its end is waited for again, unless its parent has gone on", "[sqlite]",
                   PAWL_FAMILIES) {
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
    REQUIRE(h.albums->apply(h.template album_in<album_state::printing>("holiday"), again{}));
    h.scan_album("holiday", "sun");
    h.shrink_photo("sun");
    CHECK(h.state_of_album("holiday") == "waiting");
    h.shrink_photo("sea");
    CHECK(h.state_of_album("holiday") == "printing");
    CHECK(h.told("holiday")->arrived == 3);
  }
}

TEMPLATE_TEST_CASE("a child may come late", "[sqlite]", PAWL_FAMILIES) {
  using photo_type = typename TestType::photo_type;
  house<TestType> h;
  h.scan_album("holiday", "beach");
  SECTION("while its parent waits it is waited for") {
    REQUIRE(
        h.albums->apply(h.template album_in<album_state::waiting>("holiday"), with(add{}, insert<photo_type>("sea"))));
    h.shrink_photo("beach");
    CHECK(h.state_of_album("holiday") == "waiting");
    h.shrink_photo("sea");
    CHECK(h.told("holiday")->arrived == 2);
  }
  SECTION("after its parent has gone on it keeps nobody") {
    h.shrink_photo("beach");
    REQUIRE(
        h.albums->apply(h.template album_in<album_state::printing>("holiday"), with(add{}, insert<photo_type>("sea"))));
    h.shrink_photo("sea");
    CHECK(h.state_of_album("holiday") == "printing");
    CHECK(h.album_at("holiday")->version == 3);
  }
}

TEMPLATE_TEST_CASE("children of a parent that is deleted end all the same, and its successor has none", "[sqlite]",
                   PAWL_FAMILIES) {
  house<TestType> h;
  h.scan_album("holiday", "beach", "sea");
  h.shrink_photo("beach");
  std::string const table(h.albums->table_name());
  h.db.execute("DELETE FROM " + table);
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
    CHECK(h.albums->gather() == 0);
    CHECK(h.tables() == "0 0");
  }
}

TEMPLATE_TEST_CASE("children that others than stores move or delete are found", "[sqlite]", PAWL_FAMILIES) {
  house<TestType> h;
  h.scan_album("holiday", "beach", "sea", "sun");
  h.shrink_photo("sun");
  std::string const table(h.photos->table_name());
  bool const is_own = pawl::a_lifecycle<typename TestType::photo_type>;
  std::string const key = is_own ? "key" : "file";
  h.db.execute("UPDATE " + table + " SET state=" + (is_own ? "1" : "'shrunk'") + ",version=version+1 WHERE " + key +
               "='beach'");
  h.db.execute("DELETE FROM " + table + " WHERE " + key + "='sea'");
  CHECK(h.state_of_album("holiday") == "waiting");
  SECTION("when they are looked for") { CHECK(h.albums->gather() == 1); }
  SECTION("when a run begins") { h.albums->sweep_leftovers(); }
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.told("holiday")->arrived == 2);
  CHECK(h.told("holiday")->failed == 1);
  CHECK(h.albums->gather() == 0);
}

TEMPLATE_TEST_CASE("a child that ends where no store of its parents is open is told as soon as one has looked",
                   "[sqlite]", PAWL_FAMILIES) {
  house<TestType> h;
  process<TestType> worker(h.db.path());
  worker.open_photos();  // before there has ever been a child
  h.scan_album("holiday", "beach");
  h.albums->changed_elsewhere();
  worker.shrink_photo("beach");
  CHECK(h.state_of_album("holiday") == "waiting");
  CHECK(h.albums->changed_elsewhere());
  CHECK(h.state_of_album("holiday") == "printing");
  CHECK(h.told("holiday")->arrived == 1);
}

TEMPLATE_TEST_CASE("a store knows of parents that another process has inserted", "[sqlite]", PAWL_FAMILIES) {
  house<TestType> h;
  process<TestType> other(h.db.path());
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

TEMPLATE_TEST_CASE("a parent tells how many children it waits for, and which of them are parked", "[sqlite]",
                   PAWL_FAMILIES) {
  house<TestType> h;
  CHECK(h.albums->children_of(*h.album_at("holiday")).empty());
  std::vector<std::string> keys;
  for (char c = 'a'; c <= 'j'; ++c) keys.emplace_back(1, c);
  h.scan_album("holiday", keys, "it's");
  h.add_album("other");
  h.scan_album("other", "somebody else's");
  CHECK(pawl::explain(*h.albums, "holiday").text() ==
        "waiting at version 1: waiting for 11 of 11 children in " + std::string(h.photos->table_name()));
  h.shrink_photo("a");
  h.move_photo("b", crack{});
  auto const park = [&](std::string_view key) {
    pawl::trouble_record parked;
    parked.parked = true;
    REQUIRE(h.photos->note(*h.photos->get(key).item, parked));
  };
  park("somebody else's");
  park("it's");
  auto const seen = h.albums->children_of(*h.album_at("holiday"));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].arrived == 1);
  CHECK(seen[0].failed == 1);
  CHECK(seen[0].missing == 9);
  CHECK(pawl::explain(*h.albums, "holiday").text() == "waiting at version 1: waiting for 9 of 11 children in " +
                                                          std::string(h.photos->table_name()) +
                                                          ", of which 1 is parked: 'it\\'s'");
  for (std::string_view const key : {"c", "d", "e", "f", "g"}) park(key);
  auto const many = h.albums->children_of(*h.album_at("holiday"));
  CHECK(many[0].parked == 6);
  CHECK(many[0].parked_keys.size() == 5);
  CHECK(many[0].missing_text().ends_with(" and others"));
}

TEST_CASE("a parent whose table refuses the event is parked, and its children end", "[sqlite]") {
  house<mapped_of_own> h;
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("photo " + std::to_string(i));
  h.scan_album("holiday", keys);
  for (auto const& key : keys) h.shrink_photo(key);
  CHECK(h.photos->get("photo 12").item->state == photo_state::shrunk);
  CHECK(h.state_of_album("holiday") == "waiting");
  auto const parked = h.albums->parked(10);
  REQUIRE(parked.size() == 1);
  CHECK(parked[0].record.last_error.find("its children have ended, but the event could not be written") == 0);
  CHECK(parked[0].record.last_error.find("CHECK") != std::string::npos);
  CHECK(pawl::explain(*h.albums, "holiday").text().find("parked: its children have ended") != std::string::npos);
  CHECK(h.albums->gather() == 0);
  h.db.execute("ALTER TABLE albums DROP COLUMN photos");
  h.db.execute("ALTER TABLE albums ADD COLUMN photos INTEGER");
  CHECK(h.albums->release("holiday"));
  CHECK(h.told("holiday")->arrived == 13);
}

TEST_CASE("an item may be a parent and a child, of its own kind too", "[sqlite]") {
  temporary_folder const in;
  pawl::sqlite::database db(in / "folders.db", quick());
  pawl::sqlite::store<folder> folders(db);
  auto const list_folder = [&](std::string const& key, std::vector<std::string> const& within) {
    auto const found = folders.get(key).item->as<folder_state::found>();
    REQUIRE(found);
    REQUIRE(folders.apply(*found, with(list{}, insert<folder>(within))));
  };
  REQUIRE(folders.insert_if_absent("/"));
  list_folder("/", {"/a", "/b"});
  list_folder("/a", {"/a/a", "/a/b"});
  list_folder("/b", {});
  list_folder("/a/a", {});
  CHECK(folders.get("/").item->state == folder_state::waiting);
  list_folder("/a/b", {"/a/b/c"});
  list_folder("/a/b/c", {});
  for (std::string const key : {"/", "/a", "/b", "/a/a", "/a/b", "/a/b/c"})
    CHECK(folders.get(key).item->state == folder_state::complete);
}

TEST_CASE("children begin at a time, and with a priority where their table has one", "[sqlite]") {
  auto const later = pawl::stored_time(std::chrono::hours(24 * 365 * 100));
  house<own_of_mapped> h;
  auto const fresh = h.album_in<album_state::fresh>("holiday");
  REQUIRE(h.albums->apply(fresh, with(scan{}, insert<photos_table>("a", "b"), insert<photos_table>("c").priority(7),
                                      insert<photos_table>("d").start_at(later))));
  CHECK(h.photos->next_due({}, pawl::delayed_by::program) == later);
  auto const page = h.photos->runnable(photo_state::found, {}, 10).items;
  REQUIRE(page.size() == 3);
  CHECK(page[0].key == "c");
  CHECK(ask(h.db, "SELECT count(*) FROM photos WHERE length(changed_at)=26 AND taken_by='us'") == "4");
  auto const refused = error_of([] { insert<photo>("e").priority(1); });
  CHECK(refused.what_failed() == pawl::store_failure::misuse);
  CHECK(std::string(refused.what()).find("table photo has no priority") != std::string::npos);
}

TEST_CASE("a row of the user's own becomes a child where a statement has written it before", "[sqlite]") {
  house<own_of_mapped> h;
  auto const fresh = h.album_in<album_state::fresh>("holiday");
  REQUIRE(h.albums->apply(fresh, with(scan{}, pawl::sql("INSERT INTO photos(file,taken_by) VALUES(?1,?2)", "a", "them"),
                                      insert<photos_table>("a"))));
  CHECK(ask(h.db, "SELECT taken_by FROM photos WHERE file='a'") == "them");
  h.shrink_photo("a");
  CHECK(h.told("holiday")->arrived == 1);
}

TEST_CASE("a row that is there becomes a child, whatever its table asks of new ones", "[sqlite]") {
  house<own_of_mapped> h;
  SECTION("another column that has no default") {
    h.db.execute("DROP TABLE photos");
    std::string sql(photos_sql);
    sql.replace(sql.find("taken_by TEXT DEFAULT 'us'"), 26, "taken_by TEXT NOT NULL");
    h.db.execute(sql);
    h.open_photos();
  }
  SECTION("a default that is refused") {
    h.db.execute("ALTER TABLE photos ADD COLUMN place TEXT NOT NULL DEFAULT 'x' CHECK(place<>'x' OR taken_by='them')");
  }
  h.db.execute("INSERT INTO photos(file,taken_by) VALUES('a','them')");
  auto const fresh = h.album_in<album_state::fresh>("holiday");
  REQUIRE(h.albums->apply(fresh, with(scan{}, pawl::sql("INSERT INTO photos(file,taken_by) VALUES(?1,?2)", "b", "them"),
                                      insert<photos_table>("a", "b"))));
  for (auto const* key : {"a", "b"}) h.shrink_photo(key);
  CHECK(h.told("holiday")->arrived == 2);
}

TEST_CASE("children are refused in a sentence where they cannot be inserted", "[sqlite]") {
  house<own_of_mapped> h;
  auto const fresh = h.album_in<album_state::fresh>("holiday");
  auto const refusal_of = [&](pawl::insertion children) {
    auto const e = error_of([&] { (void)h.albums->apply(fresh, with(scan{}, std::move(children))); });
    CHECK(h.album_at("holiday")->version == 0);
    return e;
  };
  SECTION("into a table that has had no store") {
    auto const e = refusal_of(insert<folder>("a"));
    CHECK(e.what_failed() == pawl::store_failure::misuse);
    CHECK(std::string(e.what()).find("children cannot be inserted into folder, for no store of it has been opened") !=
          std::string::npos);
  }
  SECTION("without a key") {
    CHECK(refusal_of(insert<photos_table>("a", "")).what_failed() == pawl::store_failure::misuse);
    CHECK_FALSE(h.photos->get("a").item);
  }
  SECTION("where the table refuses them") {
    h.db.execute("ALTER TABLE photos ADD COLUMN place TEXT NOT NULL DEFAULT 'x' CHECK(place<>'x')");
    CHECK(refusal_of(insert<photos_table>("a")).what_failed() == pawl::store_failure::rejected);
  }
}

// Of no lifecycle that waits for children: the first insert makes the tables.
enum class order_state { open, sent };
struct send_parcels {};
struct order : pawl::lifecycle<pawl::initial<order_state::open>, pawl::goal<order_state::sent>,
                               pawl::transition<order_state::open, send_parcels, order_state::sent>> {};

TEST_CASE("a first insert that is rolled back leaves nothing behind", "[sqlite]") {
  temporary_folder const in;
  pawl::sqlite::database db(in / "orders.db", quick());
  pawl::sqlite::store<order> orders(db);
  pawl::sqlite::store<photo> photos(db);
  REQUIRE(orders.insert_if_absent("1"));
  REQUIRE(photos.insert_if_absent("nobody's"));
  auto const open = *orders.get("1").item->as<order_state::open>();
  auto const send = [&] { return bool(orders.apply(open, with(send_parcels{}, insert<photo>("a", "b")))); };
  SECTION("with the transaction") {
    REQUIRE(db.try_begin());
    CHECK(send());
    orders.rollback();
  }
  SECTION("alone") {
    CHECK(error_of([&] {
            static_cast<void>(
                orders.apply(open, with(send_parcels{}, insert<photo>("a"), pawl::sql("INSERT INTO none VALUES(1)"))));
          }).what_failed() != pawl::store_failure::unknown);
  }
  SECTION("within a transaction that goes on") {
    REQUIRE(db.try_begin());
    CHECK_THROWS(orders.apply(open, with(send_parcels{}, insert<photo>("a"), pawl::sql("INSERT INTO none VALUES(1)"))));
    db.commit();
  }
  CHECK(ask(db, "SELECT count(*) FROM sqlite_schema WHERE name='pawl_child'") == "0");
  auto const its = photos.get("nobody's").item->as<photo_state::found>();
  CHECK(photos.apply(*its, crack{}));
  CHECK(orders.children_of(*orders.get("1").item).empty());
  CHECK(orders.remove_finished(std::chrono::nanoseconds(-1), 10) == 0);
  CHECK(send());
  CHECK(orders.children_of(*orders.get("1").item).at(0).missing == 2);
}

TEST_CASE("a store that could not make the tables is told nothing any more", "[sqlite]") {
  temporary_folder const in;
  pawl::sqlite::database db(in / "albums.db", quick());
  pawl::sqlite::database other(in / "albums.db", quick());
  { pawl::sqlite::store<album> const made_tables_of_items(other); }
  other.execute("DROP TABLE pawl_child;DROP TABLE pawl_parent");
  pawl::sqlite::store<photo> photos(db);
  REQUIRE(other.try_begin());
  CHECK(error_of([&] { pawl::sqlite::store<album> albums(db); }).what_failed() == pawl::store_failure::busy);
  other.commit();
  pawl::sqlite::store<album> albums(other);
  REQUIRE(albums.insert_if_absent("holiday"));
  auto const fresh = *albums.get("holiday").item->as<album_state::fresh>();
  REQUIRE(albums.apply(fresh, with(scan{}, insert<photo>("beach"))));
  auto const beach = *photos.get("beach").item->as<photo_state::found>();
  CHECK(photos.apply(beach, crack{}));
  CHECK(albums.changed_elsewhere());
  CHECK(albums.get("holiday").item->state == album_state::printing);
}

TEST_CASE("what a run finds locked it looks at again, also where nothing was committed", "[sqlite]") {
  house<own_of_own> h;
  process<own_of_own> worker(h.db.path());
  worker.open_photos();
  h.scan_album("holiday", "beach");
  worker.shrink_photo("beach");
  process<own_of_own> third(h.db.path());
  REQUIRE(third.db.try_begin());
  CHECK(h.albums->changed_elsewhere());
  CHECK(h.state_of_album("holiday") == "waiting");
  third.db.rollback();
  CHECK_FALSE(h.albums->changed_elsewhere());
  CHECK(h.state_of_album("holiday") == "printing");
}

TEST_CASE("a commit that writes an attached file as well hides nobody's first child", "[sqlite]") {
  house<own_of_own> h;
  process<own_of_own> worker(h.db.path());
  worker.open_photos();
  worker.db.execute("ATTACH '" + (*h.folder / "log.db") + "' AS log;PRAGMA log.journal_mode=WAL;CREATE TABLE log.t(a)");
  REQUIRE(worker.photos->insert_if_absent("nobody's"));
  worker.shrink_photo("nobody's");
  worker.db.execute("BEGIN;INSERT INTO log.t VALUES(1);UPDATE pawl_meta SET last_id=last_id;COMMIT");
  h.scan_album("holiday", "beach");
  worker.shrink_photo("beach");
  h.albums->changed_elsewhere();
  CHECK(h.state_of_album("holiday") == "printing");
}

TEST_CASE("a column for priorities keeps its default where none is given", "[sqlite]") {
  house<own_of_mapped> h;
  h.db.execute("DROP TABLE photos");
  std::string sql(photos_sql);
  sql.replace(sql.find("urgency INTEGER"), 15, "urgency INTEGER NOT NULL DEFAULT 3");
  h.db.execute(sql);
  h.open_photos();
  auto const fresh = h.album_in<album_state::fresh>("holiday");
  REQUIRE(h.albums->apply(fresh, with(scan{}, insert<photos_table>("a"), insert<photos_table>("b").priority(7))));
  CHECK(ask(h.db, "SELECT group_concat(urgency) FROM photos") == "3,7");
}

struct albums_with_born : albums_table<album_of_rows> {
  static constexpr pawl::names names{.table = "albums", .key = "title", .born = "made"};
};
struct photos_with_born : photos_table {
  static constexpr pawl::names names{
      .table = "photos", .key = "file", .changed_at = "changed_at", .born = "made", .priority = "urgency"};
};

TEST_CASE("families stay together when their tables' rows are told apart in another way", "[sqlite]") {
  auto h = std::make_unique<house<mapped_of_mapped>>();
  h->scan_album("holiday", "beach", "sea");
  h->shrink_photo("beach");
  h->db.execute("ALTER TABLE albums ADD COLUMN made DEFAULT 7;ALTER TABLE photos ADD COLUMN made DEFAULT 8");
  h->albums.reset();
  h->photos.reset();
  pawl::sqlite::store<albums_with_born> albums(h->db);
  pawl::sqlite::store<photos_with_born> photos(h->db);
  CHECK(albums.gather() == 0);
  auto const seen = albums.children_of(*albums.get("holiday").item);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].missing == 1);
  CHECK(seen[0].arrived == 1);
  auto const sea = *photos.get("sea").item->as<photo_state::found>();
  CHECK(photos.apply(sea, crack{}));
  CHECK(albums.get("holiday").item->state == album_state::printing);
}

TEST_CASE("an item cannot be its own child", "[sqlite]") {
  temporary_folder const in;
  pawl::sqlite::database db(in / "folders.db", quick());
  pawl::sqlite::store<folder> folders(db);
  REQUIRE(folders.insert_if_absent("/"));
  auto const found = *folders.get("/").item->as<folder_state::found>();
  auto const e = error_of([&] { (void)folders.apply(found, with(list{}, insert<folder>("/a", "/"))); });
  CHECK(e.what_failed() == pawl::store_failure::misuse);
  CHECK(std::string(e.what()).find("item '/' of folder cannot be its own child") != std::string::npos);
}

// Whose event cannot be made.
enum class trip_state { planned, waiting, over };
struct go {};
struct all_back {
  std::int64_t days;
  static all_back from(pawl::gathered const& children) {
    if (children.failed > 0) throw std::runtime_error("somebody is missing");
    return {children.arrived};
  }
};
struct trip
    : pawl::lifecycle<pawl::initial<trip_state::planned>, pawl::gathers<trip_state::waiting, photo, all_back>,
                      pawl::goal<trip_state::over>, pawl::transition<trip_state::planned, go, trip_state::waiting>,
                      pawl::transition<trip_state::waiting, all_back, trip_state::over>> {};

TEST_CASE("a parent whose event cannot be made is parked, and its children end", "[sqlite]") {
  temporary_folder const in;
  pawl::sqlite::database db(in / "trips.db", quick());
  pawl::sqlite::store<trip> trips(db);
  pawl::sqlite::store<photo> photos(db);
  REQUIRE(trips.insert_if_absent("alps"));
  auto const planned = *trips.get("alps").item->as<trip_state::planned>();
  REQUIRE(trips.apply(planned, with(go{}, insert<photo>("a"))));
  auto const a = *photos.get("a").item->as<photo_state::found>();
  CHECK(photos.apply(a, crack{}));
  REQUIRE(trips.parked(10).size() == 1);
  CHECK(trips.parked(10)[0].record.last_error.ends_with("somebody is missing"));
}

TEST_CASE("finished children and parents may be removed", "[sqlite]") {
  house<own_of_own> h;
  h.scan_album("holiday", "beach", "sea");
  h.shrink_photo("beach");
  CHECK(h.photos->remove_finished(std::chrono::nanoseconds(-1), 10) == 1);
  CHECK(h.albums->gather() == 0);
  CHECK(h.state_of_album("holiday") == "waiting");
  h.shrink_photo("sea");
  CHECK(h.told("holiday")->arrived == 2);
  REQUIRE(h.albums->apply(h.album_in<album_state::printing>("holiday"), print{}));
  CHECK(h.albums->remove_finished(std::chrono::nanoseconds(-1), 10) == 1);
  CHECK(h.tables() == "0 0");
}

TEST_CASE("a child that was removed and is inserted again is waited for", "[sqlite]") {
  house<own_of_own> h;
  h.add_album("other");
  h.scan_album("holiday", "beach", "sea");
  h.shrink_photo("beach");
  CHECK(h.photos->remove_finished(std::chrono::nanoseconds(-1), 10) == 1);
  h.scan_album("other", "beach");
  CHECK(h.state_of_album("other") == "waiting");
  h.move_photo("beach", crack{});
  CHECK(h.told("other")->failed == 1);
  h.shrink_photo("sea");
  CHECK(h.told("holiday")->arrived == 2);
}

}  // namespace children_test
