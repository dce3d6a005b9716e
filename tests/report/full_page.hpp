// A page with every kind of element, to test that no text escapes from its element.
#ifndef PAWL_TESTS_REPORT_FULL_PAGE_HPP
#define PAWL_TESTS_REPORT_FULL_PAGE_HPP

#include <string>

#include <pawl/report/bar_chart.hpp>
#include <pawl/report/html_page.hpp>
#include <pawl/report/line_chart.hpp>
#include <pawl/report/text_table.hpp>

// All that a page can hold, with this text in every place that takes one.
inline std::string full_page(std::string const& text) {
  pawl::line_chart lines{text, {text}, {text}};
  lines.line(text, {{0, 0}, {1, 1}}).line(text, {{0, 1}}).band(0, 1, text);
  pawl::bar_chart bars{text, {text}};
  bars.bar(text, {1}, text);
  pawl::text_table table{text};
  table.column(text, text, pawl::text_align::left).column(text);
  table.row({{text, pawl::text_colour::green}, {text, pawl::text_colour::red}});
  pawl::html_page page{text};
  page.verdict(text, pawl::verdict_tone::good, text).paragraph(text).section(text);
  page.add(lines, text).add(bars, text).add(table).facts({{text, text}});
  return page.text();
}

#endif
