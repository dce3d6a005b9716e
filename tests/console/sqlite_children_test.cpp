// What the console tells of items that belong together, and that it removes and releases them as their stores do.
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/console/sqlite_console.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/store/explanation.hpp>
#include <pawl/store/standing.hpp>
#include <pawl/store/trouble_record.hpp>

#include "catch.hpp"
#include "sqlite/family.hpp"
#include "store/families.hpp"

namespace sqlite_children_test {

using namespace family_test;

template <class Family> struct desk : house<Family> {
  std::string albums_table{this->albums->table_name()}, photos_table_name{this->photos->table_name()};
  pawl::loop<> loop{};
  pawl::sqlite_console console{this->db.path(), quick()};

  pawl::item_story story_of(std::string const& table, std::string const& key) {
    auto told = loop.wait(console.story(table, key));
    REQUIRE(told);
    return *told;
  }
};

TEMPLATE_TEST_CASE("the story of a parent tells of its children, and that of a child of its parents", "[console]",
                   PAWL_FAMILIES) {
  desk<TestType> d;
  d.add_album("other");
  d.scan_album("holiday", "beach", "sea", "sun");
  d.scan_album("other", "sea");
  d.shrink_photo("beach");
  d.move_photo("sun", crack{});
  pawl::trouble_record parked;
  parked.parked = true;
  REQUIRE(d.photos->note(*d.photos->get("sea").item, parked));
  auto const album = d.story_of(d.albums_table, "holiday");
  REQUIRE(album.item.children.size() == 1);
  CHECK(album.item.children[0].ended_text() == "2 of 3 in " + d.photos_table_name);
  CHECK(album.item.children[0].failed == 1);
  CHECK(album.item.children[0].parked_keys == std::vector<std::string>{"sea"});
  CHECK(album.why == pawl::explain(*d.albums, "holiday").text());
  CHECK(album.why.find("waiting for 1 of 3 children in") != std::string::npos);
  CHECK(album.parents.empty());
  auto const photo = d.story_of(d.photos_table_name, "sea");
  REQUIRE(photo.parents.size() == 2);
  CHECK(photo.parents[0].table == d.albums_table);
  CHECK(photo.parents[0].key == "holiday");
  CHECK(photo.parents[1].key == "other");
  CHECK(photo.item.children.empty());
  pawl::seen_query all;
  auto const page = d.loop.wait(d.console.list(d.albums_table, all));
  REQUIRE(page.items.size() == 2);
  REQUIRE(page.items[0].children.size() == 1);
  CHECK(page.items[0].children[0].missing == 1);
}

TEST_CASE("a database in which nobody has children tells of none", "[console]") {
  desk<own_of_own> d;
  CHECK(d.story_of("album", "holiday").item.children.empty());
  CHECK(d.loop.wait(d.console.list("album", pawl::seen_query{})).items.size() == 1);
}

TEST_CASE("a parent that its table had refused to move is released, and a store of it tells it again", "[console]") {
  desk<mapped_of_own> d;
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("photo " + std::to_string(i));
  d.scan_album("holiday", keys);
  for (auto const& key : keys) d.shrink_photo(key);
  auto const before = d.story_of("albums", "holiday");
  CHECK(before.is == pawl::standing::parked);
  d.db.execute("ALTER TABLE albums DROP COLUMN photos");
  d.db.execute("ALTER TABLE albums ADD COLUMN photos INTEGER");
  d.albums->changed_elsewhere();
  CHECK(d.loop.wait(d.console.release("albums", "holiday", before.item.version, {})));
  CHECK(d.albums->changed_elsewhere());
  CHECK(d.told("holiday")->arrived == 13);
}

TEST_CASE("a parent that waits is released at once by its own process, and held back by none", "[console]") {
  desk<mapped_of_own> d;
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("photo " + std::to_string(i));
  d.scan_album("holiday", keys);
  for (auto const& key : keys) d.shrink_photo(key);
  d.db.execute("ALTER TABLE albums DROP COLUMN photos");
  d.db.execute("ALTER TABLE albums ADD COLUMN photos INTEGER");
  pawl::sqlite_console beside(d.db);
  auto const version = d.story_of("albums", "holiday").item.version;
  CHECK_THROWS(d.loop.wait(beside.start_at("albums", "holiday", version, pawl::stored_time{}, {})));
  CHECK_THROWS(d.loop.wait(beside.park("albums", "holiday", version, {})));
  CHECK(d.loop.wait(beside.release("albums", "holiday", version, {})));
  CHECK(d.told("holiday")->arrived == 13);
  auto const told = d.albums->history("holiday");
  REQUIRE(told.size() == 3);  // in the order in which they were made
  CHECK(told[1].by_hand() == "released");
  CHECK(told[1].version == version);
  CHECK(told[2].by_hand().empty());
  CHECK(told[2].version == version + 1);
}

TEST_CASE("with a parent that is trimmed goes what is known of its children", "[console]") {
  desk<own_of_own> d;
  d.scan_album("holiday", "beach");
  d.shrink_photo("beach");
  REQUIRE(d.albums->apply(d.album_in<album_state::printing>("holiday"), print{}));
  CHECK(d.tables() == "1 1");
  auto const ever = pawl::stored_time((std::chrono::nanoseconds::max)());
  CHECK(d.loop.wait(d.console.trim("album", ever, 10, false, {})) == 1);
  CHECK(d.tables() == "0 0");
}

}  // namespace sqlite_children_test
