// What the console of a server tells of items that belong together.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <pawl/console/postgres_console.hpp>
#include <pawl/postgres/store.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"
#include "store/families.hpp"

namespace postgres_children_test {

using namespace families;
using pawl::insert;
using pawl::with;

struct desk {
  postgres_test::own_database at{};
  pawl::postgres::database db{at.loop, at.conninfo()};
  pawl::postgres::store<album> albums{db};
  pawl::postgres::store<photo> photos{db};
  pawl::postgres_console console{at.loop, at.conninfo()};

  desk() {
    at.wait(albums.open());
    at.wait(photos.open());
  }
  void scan_album(std::string const& title, std::vector<std::string> const& keys) {
    at.wait(albums.insert_if_absent(title));
    auto const fresh = at.wait(albums.get(title)).item->as<album_state::fresh>();
    auto const children = with(scan{}, insert<photo>(keys));
    REQUIRE(at.wait(albums.apply(*fresh, children)));
  }
  void park(std::string const& key) {
    pawl::trouble_record parked;
    parked.parked = true;
    auto const it = *at.wait(photos.get(key)).item;
    REQUIRE(at.wait(photos.note(it, parked)));
  }
  pawl::item_story story_of(std::string const& table, std::string const& key) {
    auto told = at.wait(console.story(table, key));
    REQUIRE(told);
    return *told;
  }
};

TEST_CASE("the story of a parent on a server tells of its children, and that of a child of its parents", "[console]") {
  desk d;
  d.scan_album("holiday", {"beach", "it's", "sun"});
  d.scan_album("other", {"it's"});
  auto const beach = d.at.wait(d.photos.get("beach")).item->as<photo_state::found>();
  shrink const small{"small"};
  REQUIRE(d.at.wait(d.photos.apply(*beach, small)));
  auto const sun = d.at.wait(d.photos.get("sun")).item->as<photo_state::found>();
  crack const cracked{};
  REQUIRE(d.at.wait(d.photos.apply(*sun, cracked)));
  d.park("it's");
  auto const album = d.story_of("album", "holiday");
  REQUIRE(album.item.children.size() == 1);
  CHECK(album.item.children[0].ended_text() == "2 of 3 in photo");
  CHECK(album.item.children[0].failed == 1);
  CHECK(album.item.children[0].parked_keys == std::vector<std::string>{"it's"});
  CHECK(album.why == d.at.wait(d.albums.explain("holiday")).text());
  CHECK(album.why.find("waiting for 1 of 3 children in photo, of which 1 is parked: 'it\\'s'") != std::string::npos);
  auto const child = d.story_of("photo", "it's");
  REQUIRE(child.parents.size() == 2);
  CHECK(child.parents[0].table == "album");
  CHECK(child.parents[0].key == "holiday");
  CHECK(child.parents[1].key == "other");
  CHECK(child.item.children.empty());
  auto const page = d.at.wait(d.console.list("album", pawl::seen_query{}));
  REQUIRE(page.items.size() == 2);
  for (auto const& it : page.items) {
    REQUIRE(it.children.size() == 1);
    CHECK(it.children[0].missing == 1);
  }
  CHECK(d.at.wait(d.console.list("photo", pawl::seen_query{})).items.size() == 3);
}

TEST_CASE("a parent on a server that its table had refused to move is released, and a run of it tells it again",
          "[console]") {
  postgres_test::own_database at{};
  at.in.sql.script(
      "CREATE TABLE albums(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,title text NOT NULL UNIQUE,state text "
      "NOT "
      "NULL DEFAULT 'fresh',version bigint NOT NULL DEFAULT 0,photos bigint CHECK(photos<>1),broken bigint);"
      "INSERT INTO albums(title) VALUES('holiday')");
  pawl::postgres::database db{at.loop, at.conninfo()};
  pawl::postgres::store<albums_table<album>> albums{db};
  pawl::postgres::store<photo> photos{db};
  pawl::postgres_console console{at.loop, at.conninfo()};
  at.wait(albums.open());
  at.wait(photos.open());
  auto const fresh = at.wait(albums.get("holiday")).item->as<album_state::fresh>();
  auto const children = with(scan{}, insert<photo>("beach"));
  REQUIRE(at.wait(albums.apply(*fresh, children)));
  auto const beach = at.wait(photos.get("beach")).item->as<photo_state::found>();
  shrink const small{"small"};
  REQUIRE(at.wait(photos.apply(*beach, small)));
  auto const before = at.wait(console.story("albums", "holiday"));
  REQUIRE(before);
  CHECK(before->is == pawl::standing::parked);
  at.in.sql.script("ALTER TABLE albums DROP CONSTRAINT albums_photos_check");
  CHECK(at.wait(console.release("albums", "holiday", before->item.version, {})));
  CHECK(at.wait(albums.changed_elsewhere()));
  CHECK(at.wait(albums.get("holiday")).item->state == album_state::printing);
}

TEST_CASE("a server in which nobody has children tells of none", "[console]") {
  desk d;
  d.at.wait(d.albums.insert_if_absent("holiday"));
  CHECK(d.story_of("album", "holiday").item.children.empty());
  CHECK(d.at.wait(d.albums.children_of(*d.at.wait(d.albums.get("holiday")).item)).empty());
}

TEST_CASE("with a parent on a server that is trimmed goes what is known of its children", "[console]") {
  desk d;
  d.scan_album("holiday", {});
  d.at.wait(d.albums.insert_if_absent("other"));
  d.scan_album("full", {"beach"});
  auto const beach = d.at.wait(d.photos.get("beach")).item->as<photo_state::found>();
  shrink const small{"small"};
  REQUIRE(d.at.wait(d.photos.apply(*beach, small)));
  auto const printing = d.at.wait(d.albums.get("full")).item->as<album_state::printing>();
  print const now{};
  REQUIRE(d.at.wait(d.albums.apply(*printing, now)));
  auto const ever = pawl::stored_time(std::chrono::hours(24 * 365 * 200));
  CHECK(d.at.wait(d.console.trim("album", ever, 10, false, {})) == 1);
  CHECK(d.at.in.sql.must("SELECT (SELECT count(*) FROM pawl_parent)+(SELECT count(*) FROM pawl_child)").at(0, 0) ==
        "0");
  d.scan_album("full", {});
  CHECK(d.at.wait(d.albums.gather()) == 0);
  CHECK(d.at.wait(d.albums.get("full")).item->state == album_state::printing);
}

}  // namespace postgres_children_test
