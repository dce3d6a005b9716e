// The rules for a complete and safe page, as far as text alone can tell. Each function returns the first rule broken,
// or nothing.
#ifndef PAWL_TESTS_REPORT_MARKUP_RULES_HPP
#define PAWL_TESTS_REPORT_MARKUP_RULES_HPP

#include <cstddef>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace markup_rules {

// Every `&` begins one of the entities that XML knows or a number.
inline bool has_entities_alone(std::string const& text) {
  static std::regex const entity{"&(amp|lt|gt|quot|#[0-9]+);"};
  for (auto at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1))
    if (!std::regex_search(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), entity,
                           std::regex_constants::match_continuous))
      return false;
  return true;
}

// Elements are closed in the order in which they were opened, and attributes are quoted: it is XML, too.
inline std::string broken_in_markup(std::string text) {
  static std::regex const tag{R"re(<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(/?)>)re"};
  std::string const doctype = "<!DOCTYPE html>\n";
  if (text.starts_with(doctype)) text.erase(0, doctype.size());
  auto const style = text.find("<style>"), style_end = text.find("</style>");
  if (style != std::string::npos) text.erase(style + 7, style_end - style - 7);  // is no markup
  if (!has_entities_alone(text)) return "an & that is no entity";
  std::vector<std::string> open;
  for (auto at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
    std::smatch part;
    auto const from = text.cbegin() + static_cast<std::ptrdiff_t>(at);
    if (!std::regex_search(from, text.cend(), part, tag, std::regex_constants::match_continuous))
      return "no tag: " + text.substr(at, 60);
    if (part[1].length() == 0 && part[4].length() == 0) open.push_back(part[2]);
    if (part[1].length() == 0) continue;
    if (open.empty() || open.back() != part[2]) return "closes what is not open: " + part[0].str();
    open.pop_back();
  }
  return open.empty() ? "" : "stays open: " + open.back();
}

// It does nothing but show itself: no script, no handler, nothing from elsewhere.
inline std::string broken_in_page(std::string const& page) {
  static std::set<std::string> const namespaces{"xmlns=\"http://www.w3.org/1999/xhtml\"",
                                                "xmlns=\"http://www.w3.org/2000/svg\""};
  std::string rest = page;
  for (auto const& one : namespaces)
    for (auto at = rest.find(one); at != std::string::npos; at = rest.find(one)) rest.erase(at, one.size());
  static std::regex const from_elsewhere{
      R"re(https?:|<script|<link|<iframe|<object|<img|@import|javascript:|\ssrc=|\shref=|url\((?!#)|<[a-z0-9]+(?:\s+[a-z-]+="[^"]*")*\s+on[a-z]+=)re",
      std::regex::icase};
  std::smatch found;
  if (std::regex_search(rest, found, from_elsewhere)) return "not of the page itself: " + found[0].str();
  return broken_in_markup(page);
}

}  // namespace markup_rules

#endif
