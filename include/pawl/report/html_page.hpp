// A report as one self-contained HTML file: no scripts, no requests; light and dark, for desktop and phone.
#ifndef PAWL_REPORT_HTML_PAGE_HPP
#define PAWL_REPORT_HTML_PAGE_HPP

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/report/bar_chart.hpp>
#include <pawl/report/chart_style.hpp>
#include <pawl/report/line_chart.hpp>
#include <pawl/report/markup.hpp>
#include <pawl/report/text_table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

enum class verdict_tone : std::uint8_t { neutral, good, bad };

// ```
// pawl::html_page page{"Nightly import"};
// page.verdict("PASS", pawl::verdict_tone::good, "12000 letters in 41 s.");
// page.section("How long a write takes").add(chart).add(table);
// pawl::write_file("import.html", page.text());
// ```
// Items appear in the order in which they are added; consecutive charts are placed side by side if there is room. Texts
// may contain anything: they are never interpreted as markup.
class html_page {
 public:
  explicit html_page(std::string_view title) : title_{markup_text(title)} {}

  // What a reader sees first: a word, coloured by the tone, and a sentence.
  html_page& verdict(std::string_view word, verdict_tone tone, std::string_view sentence) {
    auto const* const style = tone == verdict_tone::good ? " good" : tone == verdict_tone::bad ? " bad" : "";
    return put(fmt::format("<p class=\"verdict\"><b class=\"word{}\">{}</b> {}</p>\n", style, markup_text(word),
                           markup_text(sentence)));
  }
  html_page& paragraph(std::string_view sentence) { return put(fmt::format("<p>{}</p>\n", markup_text(sentence))); }
  html_page& section(std::string_view heading) { return put(fmt::format("<h2>{}</h2>\n", markup_text(heading))); }

  html_page& add(line_chart const& chart, std::string_view note = {}) {
    return figure(chart.title(), chart.svg(), note);
  }
  html_page& add(bar_chart const& chart, std::string_view note = {}) {
    return figure(chart.title(), chart.svg(), note);
  }
  html_page& add(text_table const& table);

  // Names and values: versions, settings.
  html_page& facts(std::vector<std::pair<std::string, std::string>> const& all) {
    std::string rows;
    for (auto const& [name, value] : all)
      rows += fmt::format("<dt>{}</dt><dd>{}</dd>\n", markup_text(name), markup_text(value));
    return put(fmt::format("<dl>{}</dl>\n", rows));
  }

  // The whole file; also well-formed XML.
  std::string text() const {
    return fmt::format(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n<title>{}</title>\n"
        "<style>\n{}{}</style></head>\n<body>\n{}<main>\n<h1>{}</h1>\n{}{}</main></body></html>\n",
        title_, chart_css(), css, chart_textures(), title_, body_, in_figures_ ? "</div>\n" : "");
  }

 private:
  static constexpr std::string_view css =
      R"(body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif}
main{max-width:1200px;margin:auto;padding:0 16px 40px}
h1{font-size:1.5em;margin:.8em 0 .4em}h2{font-size:1.15em;margin:1.8em 0 .5em;border-top:1px solid var(--line);padding-top:.8em}
p{max-width:75em;margin:.5em 0}.verdict{font-size:1.1em}
.word{display:inline-block;padding:.1em .6em;border:2px solid currentColor;border-radius:.4em;margin-right:.3em}
.good{color:var(--good)}.bad{color:var(--bad)}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:14px;margin:.8em 0}
figure{margin:0;padding:12px;background:var(--card);border:1px solid var(--line);border-radius:8px;--bg:var(--card)}
figcaption{font-weight:600;margin-bottom:6px}figure p{font-size:.85em;color:var(--dim);margin:.4em 0 0}
h3{font-size:1em;margin:1.2em 0 0}.wide{overflow-x:auto;margin:.4em 0 1em}table{border-collapse:collapse;font-size:.85em;font-variant-numeric:tabular-nums}
th,td{padding:.25em .45em;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:500;vertical-align:bottom}.left{text-align:left}
.green{color:var(--good)}.red{color:var(--bad)}.yellow{font-weight:600}.faint{color:var(--dim)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em;margin:0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
)";

  // Charts are laid out in a grid; everything else is not.
  html_page& put(std::string_view block, bool in_figures = false) {
    if (in_figures != in_figures_) body_ += in_figures ? "<div class=\"figures\">\n" : "</div>\n";
    in_figures_ = in_figures;
    body_ += block;
    return *this;
  }
  html_page& figure(std::string_view title, std::string_view svg, std::string_view note) {
    return put(fmt::format("<figure><figcaption>{}</figcaption>{}{}</figure>\n", markup_text(title), svg,
                           note.empty() ? "" : fmt::format("<p>{}</p>", markup_text(note))),
               true);
  }
  // The name of a part that scrolls, for those who do not see it: the title, with a number if another has it already.
  std::string label_of(std::string_view title) {
    std::string const name{title.empty() ? "table" : title};
    auto label = name;
    for (int number = 2; !labels_.insert(label).second; ++number) label = fmt::format("{} ({})", name, number);
    return label;
  }
  static std::string_view class_of(text_align align, text_colour colour) {
    switch (colour) {
      case text_colour::green:
        return align == text_align::left ? " class=\"left green\"" : " class=\"green\"";
      case text_colour::red:
        return align == text_align::left ? " class=\"left red\"" : " class=\"red\"";
      case text_colour::yellow:
        return align == text_align::left ? " class=\"left yellow\"" : " class=\"yellow\"";
      case text_colour::dim:
        return align == text_align::left ? " class=\"left faint\"" : " class=\"faint\"";
      case text_colour::none:
        break;
    }
    return align == text_align::left ? " class=\"left\"" : "";
  }

  std::string title_;  // escaped markup
  std::string body_{};
  std::set<std::string> labels_{};
  bool in_figures_ = false;
};

inline html_page& html_page::add(text_table const& table) {
  std::string head, rows;
  for (auto const& column : table.columns())
    head += fmt::format("<th scope=\"col\"{}>{}{}{}</th>", class_of(column.align, text_colour::none),
                        detail::with_entities(column.name), column.unit.empty() ? "" : "<br/>",
                        detail::with_entities(column.unit));
  for (auto const& cells : table.rows()) {
    rows += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      rows +=
          fmt::format("<td{}>{}</td>", class_of(table.columns()[i].align, cells[i].colour), markup_text(cells[i].text));
    rows += "</tr>\n";
  }
  return put(
      fmt::format("<h3>{}</h3><div class=\"wide\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"{}\"><table><thead><tr>{}</tr></thead><tbody>\n{}</tbody>"
                  "</table></div>\n",
                  detail::with_entities(table.title()), detail::with_entities(label_of(table.title())), head, rows));
}

}  // namespace pawl::inline PAWL_ABI

#endif
