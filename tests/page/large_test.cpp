// A page in front of a hundred thousand items, and of tables that hold anything.
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "page/asking.hpp"

namespace page_large_test {

using namespace page_test;

TEST_CASE("with a hundred thousand items a page stays a page, and they are counted once a second at most", "[page]") {
  served_page site;
  for (int i = 0; i < 100'000; ++i) {
    auto trouble = i % 2 == 0 ? std::optional(parked_for(std::string(5000, 'e'))) : std::nullopt;
    site.console.add("letter " + std::to_string(1'000'000 + i), i % 3 == 0 ? "written" : "sent", std::move(trouble));
  }
  auto const overview = site.get("/");
  CHECK(overview.has("100,000 items"));
  CHECK(overview.has("All 50,000 that are parked"));
  CHECK(overview.body.size() < 30'000);
  CHECK(site.get("/table/letters").body.size() < 150'000);
  CHECK(site.get("/api/status.json").body.size() < 5'000);
  CHECK(site.get("/metrics").body.size() < 10'000);
  CHECK(site.get("/api/items.json?table=letters&limit=500").body.size() < 3'000'000);
  auto const begun = std::chrono::steady_clock::now();
  std::size_t const before = site.console.counted;
  for (int i = 0; i < 300; ++i) CHECK(site.get(i % 2 == 0 ? "/" : "/metrics").status == 200);
  auto const seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begun).count();
  CHECK(site.console.counted - before <= static_cast<std::size_t>(seconds) + 1);
}

TEST_CASE("the console is asked for its share of the time and no more", "[page]") {
  served_page site({.share = 0.25, .counted_every = 0s});
  site.console.delay = 20ms;
  auto const begun = std::chrono::steady_clock::now();
  site.get("/api/items.json?table=letters");  // counts, and lists
  site.get("/api/items.json?table=letters");
  // Each counting is two answers of 20 ms and each list one; all but the last are followed by three times as long.
  CHECK(std::chrono::steady_clock::now() - begun >= 4 * (20ms + 40ms) - 60ms);
  CHECK(site.get("/healthz").status == 200);  // which does not wait for that
}

TEST_CASE("of a value of megabytes the page asks for no more than it shows, and says how large it is", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  site.console.add("ada", "sent", parked_for("ill"));
  site.console.items["ada"].fields = {{"text", std::string(1'250'000, 'v')}, {"note", "small"}};
  auto const seen = site.get("/item?table=letters&key=ada");
  CHECK(site.console.most_asked == 4096);
  CHECK(seen.has("… ... (1.2 MB)</td>"));
  CHECK(seen.has("<td class=\"value\">small</td>"));
  CHECK(seen.body.size() < 10'000);
  auto const json = nlohmann::json::parse(site.get("/api/item.json?table=letters&key=ada").body);
  CHECK(json["fields"][0]["value"].get<std::string>().size() == 4096);
  CHECK(json["fields"][0]["size"] == 1'250'000);
  CHECK_FALSE(json["fields"][1].contains("size"));
  site.console.most_asked = 0;
  CHECK(site.post("/action", "action=release&table=letters&key=ada&version=1&token=" + std::string(secret))
            .has("The item was released."));
  CHECK(site.console.most_asked == 4096);
}

TEST_CASE("states that nobody knows are bounded", "[page]") {
  served_page site;
  for (int i = 0; i < 3000; ++i) site.console.add("letter " + std::to_string(i), "state " + std::to_string(i));
  auto const overview = site.get("/");
  CHECK(overview.has("2,805 more unknown states, with 2,805 items, are left out."));
  CHECK(overview.has("3,000 items"));
  CHECK(overview.body.size() < 150'000);
  CHECK(nlohmann::json::parse(site.get("/api/status.json").body)["tables"][0]["states_left_out"] == 2805);
}

TEST_CASE("an item with a history and fields without end is shown in part", "[page]") {
  served_page site;
  site.console.add("ada", "sent");
  auto& story = site.console.items["ada"];
  for (int i = 0; i < 5000; ++i) {
    story.history.push_back({i, "written", "mail", "sent", noon, 0, 0, std::string(5000, 'e')});
    story.fields.push_back({"field " + std::to_string(i), std::string(10'000, 'v')});
  }
  auto const seen = site.get("/item?table=letters&key=ada");
  CHECK(seen.has("The first 4,800 entries are left out."));
  CHECK(seen.body.size() < 600'000);
  CHECK(site.get("/api/item.json?table=letters&key=ada").body.size() < 2'000'000);
}

}  // namespace page_large_test
