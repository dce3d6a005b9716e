// What each address of the page answers.
#include <chrono>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "page/asking.hpp"

namespace page_routes_test {

using namespace page_test;

static void fill(fake_console& console) {
  console.add("ada", "written");
  console.add("grace", "sent");
  console.add("barbara", "sent", parked_for("no such address"));
  console.add("alan", "delivered");
  auto& story = console.items["barbara"];
  story.fields = {{"receipt", "r-17"}, {"stamp", std::nullopt}};
  story.history = {{1, "written", "mail", "sent", noon - 2min, 1, 2, "connection reset"},
                   {1, "sent", "hand: parked", "sent", noon - 1min, 0, 3, "by ada: <no> street"},
                   {1, "sent", "hand: released", "sent", noon, 0, 0, "by hand"}};
}

TEST_CASE("the overview shows each state with its number, what is parked and why", "[page]") {
  served_page site;
  fill(site.console);
  auto const seen = site.get("/");
  CHECK(seen.status == 200);
  CHECK(seen.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(seen.has("<h1>letters.db</h1>"));
  CHECK(seen.has("written 1; sent 2, 1 parked; delivered 1;"));
  CHECK(seen.has("no such address"));
  CHECK(seen.has("<a href=\"/item?table=letters&amp;key=barbara\">barbara</a>"));
  CHECK(seen.has("This process has no monitor of a run"));
  CHECK(seen.has("The page was started without a token, so it has no buttons."));
  CHECK_FALSE(seen.has("<button"));
}

TEST_CASE("every answer forbids what comes from elsewhere, frames, guesses and copies", "[page]") {
  served_page site;
  for (auto const& seen :
       {site.get("/"), site.get("/none"), site.get("/page.js"), site.ask("PUT /"), site.post("/action", "")}) {
    CHECK(seen.header("Content-Security-Policy").find("default-src 'none'") == 0);
    CHECK(seen.header("Content-Security-Policy").find("unsafe") == std::string::npos);
    CHECK(seen.header("X-Content-Type-Options") == "nosniff");
    CHECK(seen.header("Referrer-Policy") == "same-origin");
    CHECK(seen.header("Cache-Control") == "no-store");
  }
}

TEST_CASE("a page holds nothing that its own policy forbids, and names no other server", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  fill(site.console);
  for (char const* const path :
       {"/", "/table/letters", "/item?table=letters&key=barbara", "/sign-in", "/page.css", "/page.js", "/none"}) {
    auto const seen = site.get(path);
    for (char const* const forbidden : {"style=", "<style", "onclick", "onload", "http://", "https://", "<script>"}) {
      INFO(path << " has " << forbidden);
      CHECK_FALSE(seen.has(forbidden));
    }
  }
}

TEST_CASE("a table lists its items by state, trouble and key, page after page", "[page]") {
  served_page site;
  fill(site.console);
  CHECK(site.get("/table/letters").has(">grace</a>"));
  auto const sent = site.get("/table/letters?state=sent");
  CHECK(sent.has(">grace</a>"));
  CHECK_FALSE(sent.has(">ada</a>"));
  CHECK(sent.has("<option value=\"sent\" selected>"));
  auto const parked = site.get("/table/letters?trouble=parked");
  CHECK(parked.has("parked, 5 failed attempts"));
  CHECK_FALSE(parked.has(">grace</a>"));
  auto const some = site.get("/table/letters?key=a*");
  CHECK(some.has(">alan</a>"));
  CHECK_FALSE(some.has(">grace</a>"));

  for (int i = 0; i < 250; ++i) site.console.add("letter " + std::to_string(1000 + i), "written");
  auto const first = site.get("/table/letters?state=written");
  CHECK(first.has("<a href=\"/table/letters?state=written&amp;after=100\">Next page</a>"));
  CHECK_FALSE(first.has("First page"));
  auto const last = site.get("/table/letters?state=written&after=200");
  CHECK(last.has("First page"));
  CHECK_FALSE(last.has("Next page"));
}

TEST_CASE("what a table is asked for and cannot have is a sentence", "[page]") {
  served_page site;
  fill(site.console);
  CHECK(site.get("/table/postcards").status == 404);
  CHECK(site.get("/table/postcards").has("There are: letters"));
  for (char const* const query :
       {"state=burning", "trouble=some", "after=a%20b", "after=%2e%2e", "limit=0", "limit=501", "limit=1x"}) {
    INFO(query);
    CHECK(site.get("/table/letters?" + std::string(query)).status == 400);
    CHECK(site.get("/api/items.json?table=letters&" + std::string(query)).status == 400);
  }
  CHECK(site.get("/table/letters?state=sent&state=written").status == 400);
  CHECK(site.get("/table/letters?state=%zz").status == 400);
  CHECK(site.get("/table/%").status == 400);
}

TEST_CASE("an item's story says what holds it back, what it recorded and how it came there", "[page]") {
  served_page site;
  fill(site.console);
  auto const seen = site.get("/item?table=letters&key=barbara");
  CHECK(seen.status == 200);
  CHECK(seen.has("<h1>Item barbara</h1>"));
  CHECK(seen.has("It is <b>parked</b>"));
  CHECK(seen.has("no such address"));
  CHECK(seen.has("r-17"));
  CHECK(seen.has("<i>NULL</i>"));
  CHECK(seen.has("connection reset"));
  CHECK(
      seen.has("<td>sent</td><td colspan=\"2\" class=\"value\">parked by ada: &lt;no&gt; street</td><td "
               "class=\"n\">3</td><td></td>"));
  CHECK(seen.has(">released by hand</td>"));
  CHECK(site.get("/item?table=letters&key=nobody").status == 404);
  CHECK(site.get("/item?table=postcards&key=ada").status == 404);
  CHECK(site.get("/item").status == 404);
}

TEST_CASE("items that belong together lead to each other", "[page]") {
  served_page site;
  fill(site.console);
  auto& album = site.console.items["barbara"];
  album.item.children = {{"letters", 12, 1, 3, 7, {"<ada>", "grace"}}};
  album.parents = {{"letters", "al an"}};
  auto const seen = site.get("/item?table=letters&key=barbara");
  CHECK(seen.has("<h2>Children</h2>"));
  CHECK(seen.has(">12</td><td class=\"n\">1</td><td class=\"n\">3</td>"));
  CHECK(seen.has("<a href=\"/item?table=letters&amp;key=%3Cada%3E\">&lt;ada&gt;</a>, <a "));
  CHECK(seen.has(" and 5 more"));
  CHECK(seen.has("<h2>A child of</h2><ul><li><a href=\"/item?table=letters&amp;key=al%20an\">"));
  auto const listed = site.get("/table/letters");
  CHECK(listed.has("Children that have ended"));
  CHECK(listed.has("<td>13 of 16 in letters</td>"));
  CHECK_FALSE(site.get("/table/letters?key=a*").has("Children that have ended"));
  auto const json = nlohmann::json::parse(site.get("/api/item.json?table=letters&key=barbara").body);
  CHECK(json.at("children").at(0).at("missing") == 3);
  CHECK(json.at("parents").at(0).at("key") == "al an");
}

TEST_CASE("a paused state says who has paused it, since when and why", "[page]") {
  served_page site;
  fill(site.console);
  site.console.states[1].paused = pawl::seen_pause{noon - 3min, "ada: <no> courier"};
  auto const seen = site.get("/table/letters");
  CHECK(seen.has("step, <b>paused</b>"));
  CHECK(seen.has("<li><b>sent</b> is paused since <time datetime=\"2026-11-30T14:57:00Z\">"));
  CHECK(seen.has(", by ada: &lt;no&gt; courier</li>"));
  CHECK(site.get("/").has(", by ada: &lt;no&gt; courier</li>"));
  auto const json = nlohmann::json::parse(site.get("/api/status.json").body)["tables"][0]["states"];
  CHECK(json[1]["paused"] == true);
  CHECK(json[1]["paused_by"] == "ada: <no> courier");
  CHECK(json[1]["paused_since"] == "2026-11-30T14:57:00.000000Z");
  CHECK(json[0]["paused"] == false);
  CHECK(json[0]["paused_by"].is_null());
  CHECK(json[0]["paused_since"].is_null());
}

TEST_CASE("a table's schedules are shown with how far they are, and what operators did last with why", "[page]") {
  {
    served_page without;
    auto const seen = without.get("/table/letters");
    CHECK_FALSE(seen.has("Schedules, and"));
    CHECK_FALSE(seen.has("What operators did"));
  }
  served_page site;
  fill(site.console);
  site.console.schedules.push_back({"<nightly>", noon - 3min});
  for (int i = 0; i < 60; ++i) site.console.schedules.push_back({"s", noon});
  pawl::history_entry paused{.at = noon - 2min}, trimmed{.at = noon - 1min, .attempts = 1200};
  paused.event = "hand: paused";
  paused.to = "sent";
  paused.error = "by ada: <no> courier";
  trimmed.event = "hand: trimmed";
  trimmed.error = "of before 2026 by bob";
  site.console.deeds = {paused, trimmed};
  auto const seen = site.get("/table/letters?key=a");
  CHECK(seen.has("<li><b>&lt;nightly&gt;</b>: up to <time datetime=\"2026-11-30T14:57:00Z\">"));
  CHECK(seen.has("<li>and 11 more</li>"));
  auto const first = seen.body.find("trimmed, 1,200 rows of before 2026 by bob</li>"),
             second = seen.body.find("<b>sent</b> paused by ada: &lt;no&gt; courier</li>");
  CHECK(first < second);
  CHECK(second != std::string::npos);
  auto const json = nlohmann::json::parse(site.get("/api/status.json").body)["tables"][0];
  CHECK(json["schedules"].size() == 50);
  CHECK(json["schedules"][0]["name"] == "<nightly>");
  CHECK(json["schedules"][0]["settled"] == "2026-11-30T14:57:00.000000Z");
  CHECK(json["deeds"][0]["by_hand"] == "paused");
  CHECK(json["deeds"][0]["state"] == "sent");
  CHECK(json["deeds"][1]["rows"] == 1200);
  CHECK(json["deeds"][1]["state"].is_null());
}

TEST_CASE("the same is there as JSON", "[page]") {
  served_page site;
  fill(site.console);
  auto const status = nlohmann::json::parse(site.get("/api/status.json").body);
  CHECK(status["database"] == "letters.db");
  CHECK(status["tables"][0]["states"][1]["name"] == "sent");
  CHECK(status["tables"][0]["states"][1]["items"] == 2);
  CHECK(status["tables"][0]["states"][1]["parked"] == 1);
  CHECK(status["tables"][0]["states"][0]["role"] == "start");
  CHECK(status["runs"].is_null());
  auto const items = nlohmann::json::parse(site.get("/api/items.json?table=letters&limit=2").body);
  CHECK(items["items"].size() == 2);
  CHECK(items["items"][0]["key"] == "ada");
  CHECK(items["next"] == "2");
  auto const item = nlohmann::json::parse(site.get("/api/item.json?table=letters&key=barbara").body);
  CHECK(item["trouble"]["last_error"] == "no such address");
  CHECK(item["history"][0]["event"] == "mail");
  CHECK(item["history"][0]["by_hand"].is_null());
  CHECK(item["history"][1]["by_hand"] == "parked");
  CHECK(item["history"][1]["error"] == "by ada: <no> street");
  CHECK(item["fields"][1]["value"].is_null());
  CHECK(site.get("/api/item.json?table=letters&key=nobody").status == 404);
}

TEST_CASE("healthz is 200 while the console answers, and 503 with a sentence otherwise", "[page]") {
  served_page site({.counted_every = 0s});
  CHECK(site.get("/healthz").body == "ok\n");
  site.console.failure.emplace(pawl::store_failure::busy, "pawl: the database is locked");
  auto const ill = site.get("/healthz");
  CHECK(ill.status == 503);
  CHECK(ill.has("the database is locked"));
  CHECK(site.get("/").status == 503);
  CHECK(site.get("/").has("the database is locked"));
  CHECK(site.get("/api/status.json").status == 503);
  site.console.failure.reset();
  CHECK(site.get("/healthz").status == 200);
  CHECK(site.get("/").status == 200);
}

TEST_CASE("who watches whether it is well does not keep the console from its work", "[page]") {
  served_page site;
  for (int i = 0; i < 100; ++i) CHECK(site.get("/healthz").status == 200);
  CHECK(site.console.questions <= 2);
}

TEST_CASE("a console that does not answer in time is not well, and asked again once it has answered", "[page]") {
  served_page site({.counted_every = 0s, .patience = 50ms});
  site.console.delay = 300ms;
  CHECK(site.get("/healthz").status == 503);
  CHECK(site.get("/").status == 503);
  CHECK(site.console.questions == 1);  // the second waited for the first
  site.console.delay = {};
  site.loop.wait([](pawl::event_loop& loop) -> task<void> {
    auto sleeping = loop.sleep(300ms);
    co_await std::move(sleeping);
  }(site.loop));
  CHECK(site.get("/healthz").status == 200);
}

TEST_CASE("HEAD is GET without the body, and another method is told which there are", "[page]") {
  served_page site;
  auto const head = site.ask("HEAD /page.css");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("Content-Length") == std::to_string(site.get("/page.css").body.size()));
  auto const put = site.ask("PUT /");
  CHECK(put.status == 405);
  CHECK(put.header("Allow") == "GET, HEAD");
  CHECK(site.ask("GET /action").header("Allow") == "POST");
  CHECK(site.ask("DELETE /sign-in").header("Allow") == "GET, HEAD, POST");
  CHECK(site.get("/nothing").status == 404);
  CHECK(site.get("//evil.example/").status == 404);
}

TEST_CASE("a connection is used again, and answers come in the order of the requests", "[page]") {
  served_page site;
  wire to(site.loop, site.page.port());
  std::string const request = "GET /healthz HTTP/1.1\r\nHost: " + site.host() + "\r\n\r\n";
  to.send(request);
  CHECK(parsed(to.one()).status == 200);
  to.send(request);
  CHECK(parsed(to.one()).status == 200);
  to.send(request + "GET /none HTTP/1.1\r\nHost: " + site.host() + "\r\nConnection: close\r\n\r\n");
  auto const both = to.rest();
  CHECK(both.find("200 OK") < both.find("404 Not Found"));
}

}  // namespace page_routes_test
