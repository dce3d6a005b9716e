// Reads the page's HTML as strictly as it can be written: what is markup, and whether all of it is fit to be shown.
#ifndef PAWL_TESTS_PAGE_MARKUP_READER_HPP
#define PAWL_TESTS_PAGE_MARKUP_READER_HPP

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace page_test {

// The tags of a page, each with the names of its attributes: "<a href>". Values are between double quotes and hold neither
// these nor '<'; so does the text around, whose every '&' begins an entity. Anything else is a `fault`.
struct markup {
  std::set<std::string> tags{};
  std::string fault{};
};

inline std::string entity_fault(std::string_view text) {
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    bool known = false;
    for (std::string_view const one : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      known = known || text.substr(at, one.size()) == one;
    if (!known) return "an '&' that begins no entity: " + std::string(text.substr(at, 20));
  }
  return {};
}

inline markup read_markup(std::string_view html) {
  markup read;
  auto const fail = [&](std::string what, std::string_view where) {
    if (read.fault.empty()) read.fault = what + ": " + std::string(where.substr(0, 80));
  };
  while (!html.empty() && read.fault.empty()) {
    std::size_t const begin = html.find('<');
    std::string_view const text = html.substr(0, begin);
    if (text.find('>') != std::string_view::npos) fail("a loose '>'", text.substr(text.find('>')));
    if (auto fault = entity_fault(text); !fault.empty()) fail(std::move(fault), text);
    if (begin == std::string_view::npos) break;
    html.remove_prefix(begin);
    std::string tag;
    std::size_t at = 0;
    while (at < html.size() && html[at] != '>') {
      if (html[at] != '"') {
        if (at > 0 && html[at] == '<') fail("a '<' within a tag", html);
        tag += html[at++];
        continue;
      }
      std::size_t const end = html.find('"', at + 1);
      if (end == std::string_view::npos) {
        fail("a value that does not end", html.substr(at));
        return read;
      }
      auto const value = html.substr(at + 1, end - at - 1);
      if (value.find_first_of("<>") != std::string_view::npos) fail("markup in a value", value);
      if (auto fault = entity_fault(value); !fault.empty()) fail(std::move(fault), value);
      if (!tag.empty() && tag.back() == '=') tag.pop_back();
      at = end + 1;
    }
    read.tags.insert(tag);
    html.remove_prefix(at < html.size() ? at + 1 : html.size());
  }
  return read;
}

// The hidden fields of the first form with this word on its button, as a browser sends them.
inline std::map<std::string, std::string> fields_of_form(std::string_view html, std::string_view word) {
  std::size_t const end = html.find(">" + std::string(word) + "</button>");
  if (end == std::string_view::npos) return {};
  std::string_view form = html.substr(0, end);
  form.remove_prefix(form.rfind("<form"));
  std::map<std::string, std::string> fields;
  for (std::size_t at = form.find("name=\""); at != std::string_view::npos; at = form.find("name=\"", at)) {
    at += 6;
    std::string const name(form.substr(at, form.find('"', at) - at));
    std::size_t const value = form.find("value=\"", at) + 7;
    std::string text(form.substr(value, form.find('"', value) - value));
    for (std::size_t entity = text.find("&amp;"); entity != std::string::npos; entity = text.find("&amp;"))
      text.erase(entity + 1, 4);
    fields[name] = text;
    at = value;
  }
  return fields;
}

}  // namespace page_test

#endif
