// A report as one page: complete, safe with any names, and self-contained.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include <pawl/report.hpp>

#include "catch.hpp"
#include "full_page.hpp"
#include "markup_rules.hpp"

namespace html_page_test {

static std::vector<std::string> const hostile{"<script>alert(1)</script>",
                                              "\"onload=\"alert(1)",
                                              "' onclick='x",
                                              "&amp;&",
                                              "]]>",
                                              "-->",
                                              "\x1b[31m\n",
                                              "\xff\xfe",
                                              "\xe2\x80\xae"
                                              "abc"};

TEST_CASE("a page shows what was added, in its order", "[report]") {
  pawl::bar_chart chart{"Rate"};
  chart.bar("grouped", {1}, "1/s");
  pawl::text_table table{"Figures"};
  table.column("mode", "", pawl::text_align::left).column("rate", "1/s").row({"grouped", "1"});
  pawl::html_page page{"Nightly import"};
  page.verdict("PASS", pawl::verdict_tone::good, "All is well.").section("Throughput").add(chart, "Longer is better.");
  page.add(table).facts({{"pawl", "0.1"}});
  auto const text = page.text();
  CHECK(markup_rules::broken_in_page(text) == "");
  std::size_t at = 0;
  for (auto const* part : {"<title>Nightly import</title>", "prefers-color-scheme:dark", "<h1>Nightly import</h1>",
                           "<b class=\"word good\">PASS</b> All is well.", "<h2>Throughput</h2>",
                           "<figcaption>Rate</figcaption><svg", "<p>Longer is better.</p>", "<h3>Figures</h3>",
                           "<th scope=\"col\" class=\"left\">mode</th>", "<th scope=\"col\">rate<br/>1/s</th>",
                           "<td class=\"left\">grouped</td><td>1</td>", "<dt>pawl</dt><dd>0.1</dd>"}) {
    INFO(part);
    at = text.find(part, at);
    REQUIRE(at != std::string::npos);
  }
}

TEST_CASE("figures that follow each other share a row, and all else stands below", "[report]") {
  pawl::bar_chart chart{"Rate"};
  pawl::html_page page{"p"};
  page.add(chart).add(chart).paragraph("between").add(chart);
  auto const text = page.text();
  CHECK(markup_rules::broken_in_page(text) == "");
  auto const second = text.find("<div class=\"figures\">", text.find("<div class=\"figures\">") + 1);
  CHECK(text.find("<p>between") < second);
  CHECK(text.find("<div class=\"figures\">", second + 1) == std::string::npos);
}

TEST_CASE("no text is markup, whatever it is", "[report]") {
  auto const plain = full_page("plain");
  CHECK(markup_rules::broken_in_page(plain) == "");
  auto const tags = [](std::string const& text) { return std::count(text.begin(), text.end(), '<'); };
  for (auto const& text : hostile) {
    INFO(pawl::escaped(text));
    auto const page = full_page(text);
    CHECK(markup_rules::broken_in_page(page) == "");
    CHECK(tags(page) == tags(plain));
    CHECK(page.find(pawl::markup_text(text)) != std::string::npos);
    CHECK(page.find('\x1b') == std::string::npos);
    CHECK(page.find("\xe2\x80\xae") == std::string::npos);
  }
}

TEST_CASE("markup text is visible, and no entity of its own", "[report]") {
  CHECK(pawl::markup_text("a<b>&\"'\n\xff") == "a&lt;b&gt;&amp;&quot;&#39;\\n\\xff");
  CHECK(pawl::markup_text("äö") == "äö");
}

TEST_CASE("a cell of a table has the class of its colour and of its side", "[report]") {
  using enum pawl::text_colour;
  pawl::text_table table;
  table.column("name", "", pawl::text_align::left).column("n");
  for (auto const colour : {none, red, green, yellow, dim}) table.row({{"a", colour}, {"1", colour}});
  auto const text = pawl::html_page{"p"}.add(table).text();
  CHECK(markup_rules::broken_in_page(text) == "");
  for (auto const* row :
       {"<td class=\"left\">a</td><td>1</td>", "<td class=\"left red\">a</td><td class=\"red\">1</td>",
        "<td class=\"left green\">a</td><td class=\"green\">1</td>",
        "<td class=\"left yellow\">a</td><td class=\"yellow\">1</td>",
        "<td class=\"left faint\">a</td><td class=\"faint\">1</td>"}) {
    INFO(row);
    CHECK(text.find(row) != std::string::npos);
  }
}

// What a keyboard cannot reach, it cannot scroll; and a screen reader says where it is.
TEST_CASE("what scrolls takes the keyboard's focus, with a label of its own", "[report]") {
  pawl::html_page page{"p"};
  for (std::string const title : {"Times", "Times", "", "Times (2)", "", "a \"b\" <c>"}) {
    pawl::text_table table{title};
    table.column("n").row({"1"});
    page.add(table);
  }
  auto const text = page.text();
  CHECK(markup_rules::broken_in_page(text) == "");
  static std::regex const any{"class=\"wide\""};
  static std::regex const scrolls{"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"([^\"]+)\">"};
  std::vector<std::string> labels;
  for (std::sregex_iterator found{text.begin(), text.end(), scrolls}, end; found != end; ++found)
    labels.push_back((*found)[1]);
  CHECK(labels == std::vector<std::string>{"Times", "Times (2)", "table", "Times (2) (2)", "table (2)",
                                           "a &quot;b&quot; &lt;c&gt;"});
  CHECK(std::distance(std::sregex_iterator{text.begin(), text.end(), any}, {}) == 6);
}

TEST_CASE("a table's backslashes are doubled once", "[report]") {
  pawl::text_table table{"a\\b"};
  table.column("c\\d", "e\\f").row({"g\\h"});
  auto const text = pawl::html_page{"p"}.add(table).text();
  for (auto const* part : {">a\\\\b<", ">c\\\\d<br/>e\\\\f<", ">g\\\\h<"}) CHECK(text.find(part) != std::string::npos);
}

}  // namespace html_page_test
