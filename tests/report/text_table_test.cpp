// Text tables: alignment by terminal columns, colour that changes no layout, names that cannot break a line.
#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <pawl/report/text_table.hpp>
#include <pawl/report/utf8.hpp>

#include "catch.hpp"

namespace text_table_test {

using pawl::text_align;
using pawl::text_colour;

static std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    auto const line = text.substr(0, text.find('\n'));
    widest = (std::max)(widest, pawl::display_columns(line));
    text.remove_prefix(line.size() + 1);
  }
  return widest;
}

static pawl::text_table uploads() {
  pawl::text_table table{"Uploads"};
  table.column("profile", "", text_align::left).column("elapsed", "s");
  table.row({"zero", "0.25"}).row({"realistic", "328.02"});
  return table;
}

TEST_CASE("a table has a title, headers with their units, a rule, and numbers to the right", "[report]") {
  CHECK(uploads().render() ==
        "Uploads\n"
        "profile    elapsed\n"
        "                 s\n"
        "---------  -------\n"
        "zero          0.25\n"
        "realistic   328.02\n");
}

TEST_CASE("without a title and units their lines are left out", "[report]") {
  pawl::text_table table;
  table.column("n").column("name", "", text_align::left);
  table.row({"1", "a"}).row({"23", ""});
  CHECK(table.render() ==
        " n  name\n"
        "--  ----\n"
        " 1  a\n"
        "23\n");
}

TEST_CASE("the width of a table is that of its widest line", "[report]") {
  CHECK(uploads().width() == 18);
  CHECK(uploads().width() == widest_line(uploads().render()));
  CHECK(pawl::text_table{"a long title"}.width() == 12);
  CHECK(pawl::text_table{}.width() == 0);
  CHECK(pawl::text_table{}.render().empty());
}

TEST_CASE("columns line up whatever bytes their characters take", "[report]") {
  pawl::text_table table;
  table.column("name", "", text_align::left).column("mean", "µs");
  table.row({"日本", "1.00"}).row({"naïve", "2.00"}).row({"e\u0301", "3.00"});
  CHECK(table.render() ==
        "name   mean\n"
        "         µs\n"
        "-----  ----\n"
        "日本   1.00\n"
        "naïve  2.00\n"
        "e\u0301      3.00\n");
}

TEST_CASE("a hostile name cannot break its line", "[report]") {
  pawl::text_table table{"t\nt"};
  table.column("na\nme", "", text_align::left).column("n");
  table.row({"a\n\x1b[31mb", "1"});
  CHECK(table.render() ==
        "t\\nt\n"
        "na\\nme        n\n"
        "------------  -\n"
        "a\\n\\x1b[31mb  1\n");
}

TEST_CASE("colour is written only where it is wanted, and moves nothing", "[report]") {
  pawl::text_table table;
  table.column("verdict").column("n");
  table.row({{"PASS", text_colour::green}, "1"}).row({{"FAIL", text_colour::red}, "2"});
  CHECK(table.render() ==
        "verdict  n\n"
        "-------  -\n"
        "   PASS  1\n"
        "   FAIL  2\n");
  CHECK(table.render({.colour = true}) ==
        "verdict  n\n"
        "-------  -\n"
        "   \x1b[32mPASS\x1b[0m  1\n"
        "   \x1b[31mFAIL\x1b[0m  2\n");
}

TEST_CASE("every colour is the terminal's own, and ends with its cell", "[report]") {
  pawl::text_table table;
  table.column("a").column("b").column("c");
  table.row({{"1", text_colour::yellow}, {"2", text_colour::dim}, {"3", text_colour::none}});
  CHECK(table.render({.colour = true}) ==
        "a  b  c\n"
        "-  -  -\n"
        "\x1b[33m1\x1b[0m  \x1b[2m2\x1b[0m  3\n");
}

TEST_CASE("columns of text are shortened to a narrow width, numbers are not", "[report]") {
  pawl::text_table table;
  table.column("span", "", text_align::left).column("total");
  table.row({"a name that is long", "123456.78"}).row({"short", "1.00"});
  CHECK(table.render({.width = 25}) ==
        "span                total\n"
        "--------------  ---------\n"
        "a name that i…  123456.78\n"
        "short                1.00\n");
  CHECK(widest_line(table.render({.width = 30})) == 30);
  CHECK(table.render({.width = 31}) == table.render());
  CHECK(table.render({.width = 5}).find("123456.78") != std::string::npos);
  CHECK(table.render({.width = 5}).find("a name …") != std::string::npos);
}

TEST_CASE("a part of a table has some of its columns", "[report]") {
  pawl::text_table table{"T"};
  table.column("a").column("b").column("c");
  table.row({"1", "2", {"3", text_colour::red}});
  CHECK(table.part({0, 2}).render() == "T\na  c\n-  -\n1  3\n");
  CHECK(table.part({2, 0}).render({.colour = true}) == "T\nc  a\n-  -\n\x1b[31m3\x1b[0m  1\n");
  CHECK_THROWS_AS(table.part({3}), std::out_of_range);
  std::string split;
  for (auto const& part : table.parts(4, 1)) split += part.render();
  CHECK(split == table.part({0, 1}).render() + table.part({0, 2}).render());
  CHECK(table.parts(7, 1).size() == 1);
  CHECK(table.parts(1, 1).size() == 2);
}

TEST_CASE("a row that does not fit the columns is refused, and so is a late column", "[report]") {
  pawl::text_table table;
  table.column("a").column("b");
  CHECK_THROWS_WITH(table.row({"1"}), "a row has 1 cells, and its table 2 columns");
  CHECK_THROWS_AS(table.row({"1", "2", "3"}), pawl::error);
  table.row({"1", "2"});
  CHECK_THROWS_AS(table.column("c"), pawl::error);
}

TEST_CASE("cells take literals, strings and views", "[report]") {
  std::string const text = "text";
  std::string_view const view = text;
  pawl::text_table table;
  table.column("a").column("b").column("c");
  table.row({"text", text, view});
  CHECK(table.render() == "   a     b     c\n----  ----  ----\ntext  text  text\n");
}

}  // namespace text_table_test
