// The hostile names as keys, errors, states, events, fields, tables and databases, out of every door of the page.
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pawl/http/percent_encoded.hpp>
#include <pawl/report/json.hpp>

#include "catch.hpp"
#include "hostile/names.hpp"
#include "hostile/outlets.hpp"
#include "page/asking.hpp"
#include "page/markup_reader.hpp"

namespace page_hostile_test {

using namespace page_test;

// An item of which every text is this name.
static void add(fake_console& console, std::string const& key, std::string const& name) {
  console.add(key, "sent", parked_for(name));
  console.states[0].paused = pawl::seen_pause{noon, name};
  auto& story = console.items[key];
  story.fields = {{name, name}};
  story.history = {{1, name, name, name, noon, 1, 2, name}, {1, name, "hand: " + name, name, noon, 0, 2, name}};
}
static void sign_in(served_page& site, std::string& cookie) {
  auto const set = site.post("/sign-in", "token=" + std::string(secret)).header("Set-Cookie");
  cookie = "Cookie: " + set.substr(0, set.find(';')) + "\r\nOrigin: " + site.origin() + "\r\n";
}
static std::string lines_fault(std::string_view text) {
  while (!text.empty()) {
    std::size_t const end = text.find('\n');
    if (auto fault = hostile::seen_by_terminal(text.substr(0, end)); !fault.empty()) return fault;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return {};
}
static std::string fault_of(got const& seen, std::set<std::string> const& usual) {
  if (seen.status != 200) return "status " + std::to_string(seen.status);
  if (auto fault = lines_fault(seen.body); !fault.empty()) return fault;
  auto const read = read_markup(seen.body);
  if (!read.fault.empty()) return read.fault;
  for (auto const& tag : read.tags)
    if (!usual.contains(tag)) return "another tag: " + tag;
  return {};
}

TEST_CASE("every hostile name is shown as text, leads to its item, and is acted on byte for byte", "[page]") {
  served_page site({.token = pawl::page_token(secret), .share = 1, .counted_every = 0s});
  std::string cookie;
  sign_in(site, cookie);
  // Of harmless names: a short one, none, and one that is too long for a link.
  std::set<std::string> usual;
  for (std::string const& name : {std::string("ada"), std::string(), std::string(5000, 'a')}) {
    site.console.items.clear();
    add(site.console, name, name);
    for (std::string const& path :
         {std::string("/"), std::string("/table/letters"), "/item?table=letters&key=" + name}) {
      auto const tags = read_markup(site.get(path, cookie).body).tags;
      usual.insert(tags.begin(), tags.end());
    }
  }
  usual.insert("<p class");  // what the last action did
  std::size_t seen = 0;
  for (auto const& name : hostile::all_names()) {
    site.console.items.clear();
    site.console.done.clear();
    add(site.console, name, name);
    INFO("name " << ++seen << ": " << pawl::escaped(name, 60));
    CHECK(fault_of(site.get("/", cookie), usual) == "");
    auto const listed = site.get("/table/letters", cookie);
    CHECK(fault_of(listed, usual) == "");
    CHECK(listed.body.size() < 20'000);
    CHECK(fault_of(site.get("/table/letters?key=" + pawl::http::percent_encoded(name.substr(0, 1000)), cookie),
                   usual) == "");
    auto const json = nlohmann::json::parse(site.get("/api/items.json?table=letters").body);
    auto const link = json["items"][0]["link"];
    REQUIRE(link.is_null() == (name.size() > 2048));
    if (link.is_null()) continue;
    auto const item = site.get(link.get<std::string>(), cookie);
    CHECK(fault_of(item, usual) == "");
    CHECK(item.body.size() < 100'000);
    std::string form;
    for (auto const& [field, value] : fields_of_form(item.body, "Release"))
      form += (form.empty() ? "" : "&") + field + "=" + pawl::http::percent_encoded(value);
    CHECK(site.post("/action", form, cookie).status == 303);
    CHECK(site.console.done == std::vector<std::string>{"release " + name + " by the status page"});
    auto const story = site.get("/api/item.json?" + link.get<std::string>().substr(6)).body;
    CHECK(nlohmann::json::parse(story)["key"].get<std::string>() ==
          nlohmann::json::parse(pawl::dump(pawl::report_json(name))).get<std::string>());
  }
  CHECK(seen == 385);
}

TEST_CASE("hostile names of states, tables, databases and processes are text too, also as metrics", "[page]") {
  served_page site({.token = pawl::page_token(secret), .share = 1, .counted_every = 0s});
  std::string cookie;
  sign_in(site, cookie);
  auto const prepare = [&](std::string const& name) {
    site.console.items.clear();
    site.console.add("ada", name, parked_for("a"));
    site.console.states[1].name = name;
    site.console.rows[0].to = site.console.rows[1].from = site.console.rows[1].event = name;
    site.console.database = site.console.table = site.console.lifecycle = name;
    site.console.workers = {{.name = name, .items = 3}};
  };
  prepare("ada");
  auto usual = read_markup(site.get("/", cookie).body).tags;
  usual.merge(read_markup(site.get("/table/ada", cookie).body).tags);
  usual.insert("<p class");
  usual.insert("<i");
  usual.insert("</i");
  for (auto const& name : hostile::all_names()) {
    INFO(pawl::escaped(name, 60));
    prepare(name);
    auto const overview = site.get("/", cookie);
    CHECK(fault_of(overview, usual) == "");
    CHECK(overview.body.size() < 60'000);
    CHECK(nlohmann::json::accept(site.get("/api/status.json").body));
    auto const metrics = site.get("/metrics");
    CHECK(metrics.status == 200);
    CHECK(lines_fault(metrics.body) == "");
    CHECK(metrics.has("pawl_items{"));
    CHECK(metrics.body.size() < 20'000);
    if (name.size() > 2000) continue;
    auto const link = pawl::detail::status::table_link(name);
    auto const table = site.get(link, cookie);
    CHECK(fault_of(table, usual) == "");
    auto const pause_form = fields_of_form(table.body, "Pause");
    auto const retrying = fields_of_form(table.body, "Retry all");
    auto const resent = retrying.empty() ? pause_form : retrying;
    std::string form;
    for (auto const& [field, value] : resent)
      form += (form.empty() ? "" : "&") + field + "=" + pawl::http::percent_encoded(value);
    site.console.done.clear();
    CHECK(site.post("/action", form, cookie).status == 303);
    CHECK(site.console.done == std::vector<std::string>{"retry-all " + name + " by the status page"});
  }
}

TEST_CASE("what a console throws is text too", "[page]") {
  served_page site({.share = 1});
  auto const usual = [] {
    served_page plain;
    plain.console.failure.emplace(pawl::store_failure::busy, "a");
    return read_markup(plain.get("/").body).tags;
  }();
  for (auto const& name : hostile::all_names()) {
    INFO(pawl::escaped(name, 60));
    site.console.failure.emplace(pawl::store_failure::busy, name);
    auto page = site.get("/");
    CHECK(page.status == 503);
    page.status = 200;
    CHECK(fault_of(page, usual) == "");
    CHECK(page.body.size() < 60'000);
    CHECK(lines_fault(site.get("/healthz").body) == "");
    CHECK(lines_fault(site.get("/api/status.json").body) == "");
  }
}

}  // namespace page_hostile_test
