// What the program pawl says of items that belong together. PAWL_TOOL is its path.
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "program.hpp"
#include "sqlite/family.hpp"
#include "store/families.hpp"

namespace pawl_tool_children_test {

using namespace family_test;

struct desk : house<own_of_own> {
  desk() {
    scan_album("holiday", "beach", "sea", "sun");
    shrink_photo("beach");
    pawl::trouble_record parked;
    parked.parked = true;
    REQUIRE(photos->note(*photos->get("sea").item, parked));
  }
  ending tell(std::vector<std::string> words) {
    words.insert(words.begin() + 1, db.path());
    return program(PAWL_TOOL, words, {"USER=grace"}).wait();
  }
};

TEST_CASE("why tells for how many children an item waits, and whose child one is", "[examples]") {
  desk d;
  auto const album = d.tell({"why", "holiday"});
  CHECK(album.code == 0);
  CHECK(album.out.find("waiting at version 1: waiting for 2 of 3 children in photo, of which 1 is parked: 'sea'\n") !=
        std::string::npos);
  CHECK(album.out.find("children that have ended: 1 of 3 in photo\n") != std::string::npos);
  auto const photo = d.tell({"why", "sea"});
  CHECK(photo.out.find("a child of 'holiday' of album\n") != std::string::npos);
  auto const as_json = nlohmann::json::parse(d.tell({"why", "sea", "--json"}).out);
  CHECK(as_json.at("parents").at(0).at("key") == "holiday");
}

TEST_CASE("list has a column of children where an item has some", "[examples]") {
  desk d;
  auto const all = d.tell({"list", "--table", "album"});
  CHECK(all.out.find("children") != std::string::npos);
  CHECK(all.out.find("1 of 3 in photo") != std::string::npos);
  CHECK(d.tell({"list", "--table", "photo"}).out.find("children") == std::string::npos);
  auto const json = nlohmann::json::parse(d.tell({"list", "--table", "album", "--json"}).out);
  CHECK(json.at(0).at("children").at(0).at("missing") == 2);
}

}  // namespace pawl_tool_children_test
