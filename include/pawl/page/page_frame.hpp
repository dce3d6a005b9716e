// The frame around every view of the page, and small parts that they share.
#ifndef PAWL_PAGE_PAGE_FRAME_HPP
#define PAWL_PAGE_PAGE_FRAME_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/page/counted_tables.hpp>
#include <pawl/page/words.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// Who looks, and what they may do.
struct page_visit {
  std::string back{};    // path and query of the view, to which an action returns
  std::string notice{};  // what the last action did
  bool signed_in = false;
  bool has_token = false;   // there are buttons, for those who have signed in
  bool reads_only = false;  // the console changes nothing

  bool may_act() const { return signed_in && !reads_only; }
};

// One field of a form that is not seen. It is sent percent-encoded under its name and "_encoded": a form would change line
// breaks, and bytes that are not UTF-8.
using hidden_field = std::pair<std::string_view, std::string>;

inline std::string hidden_inputs(page_visit const& who, std::initializer_list<hidden_field> fields) {
  std::string inputs = fmt::format("<input type=\"hidden\" name=\"back\" value=\"{}\">", typed(who.back));
  for (auto const& [name, value] : fields)
    inputs +=
        fmt::format("<input type=\"hidden\" name=\"{}_encoded\" value=\"{}\">", name, http::percent_encoded(value));
  return inputs;
}

// A form of one button. `said` is what a screen reader says for it, where several buttons have one word.
inline std::string button(page_visit const& who, std::string_view word, std::string_view said,
                          std::initializer_list<hidden_field> fields) {
  return fmt::format(
      "<form method=\"post\" action=\"/action\" class=\"act\">{}<button aria-label=\"{}\">{}</button></form>",
      hidden_inputs(who, fields), said, word);
}

// A table that may be wider than the screen.
inline std::string wide_table(std::string_view label, std::string_view head, std::string_view rows) {
  return fmt::format(
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"{}\"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
      label, head, rows);
}
inline std::string heads(std::initializer_list<std::string_view> names) {
  std::string text;
  for (auto const name : names) {
    bool const is_number = name.substr(0, 1) == ">";
    text += fmt::format("<th scope=\"col\"{}>{}</th>", is_number ? " class=\"n\"" : "", name.substr(is_number ? 1 : 0));
  }
  return text;
}

// Bars for counts, without words: those are beside it.
inline std::string bars(std::vector<std::uint64_t> const& counts, std::string_view label) {
  std::uint64_t most = 1;
  for (auto const count : counts) most = (std::max)(most, count);
  std::string path;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      path +=
          fmt::format("M{} 30V{:.1f}", 2 * i + 1, 29 - 28 * static_cast<double>(counts[i]) / static_cast<double>(most));
  return fmt::format(
      "<svg class=\"bars\" role=\"img\" aria-label=\"{}\" width=\"{}\" height=\"30\" viewBox=\"0 0 {} 30\"><path "
      "d=\"M0 29.5H{}{}\"/></svg>",
      label, 2 * counts.size(), 2 * counts.size(), 2 * counts.size(), path);
}

inline std::string framed(page_visit const& who, std::string_view title, std::string_view database,
                          std::string_view main) {
  std::string access;
  if (who.signed_in)
    access = "<form method=\"post\" action=\"/sign-out\" class=\"act\"><button>Sign out</button></form>";
  else if (who.has_token)
    access = fmt::format("<a href=\"/sign-in?back={}\">Sign in</a>", http::percent_encoded(who.back));
  std::string const notice =
      who.notice.empty() ? std::string() : fmt::format("<p class=\"notice\">{}</p>", markup_text(who.notice));
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>{}</title><link rel=\"stylesheet\" "
      "href=\"/page.css\"><link "
      "rel=\"icon\" href=\"/icon.svg\"><script src=\"/page.js\" defer></script></head>\n<body><a class=\"skip\" "
      "href=\"#main\">Skip to the content</a>\n<header><nav aria-label=\"Pages\"><a href=\"/\">Overview</a> <span "
      "class=\"dim\">{}</span></nav><div class=\"access\">{}</div></header>\n<main id=\"main\"><div id=\"notice\" "
      "role=\"status\">{}</div>{}</main>\n<footer><p "
      "id=\"pulse\" role=\"status\">Shown as it was when the page was loaded.</p></footer></body></html>\n",
      title, database, access, notice, main);
}

// A page that is a sentence.
inline std::string sentence_page(page_visit const& who, std::string_view heading, std::string_view sentence) {
  return framed(who, with_entities(heading), "",
                fmt::format("<h1>{}</h1><p>{}</p><p><a href=\"/\">Overview</a></p>", with_entities(heading),
                            markup_text(sentence)));
}

inline std::string sign_in_page(page_visit const& who, std::string_view sentence) {
  return framed(
      who, "Sign in", "",
      fmt::format("<h1>Sign in</h1><p>{}</p><form method=\"post\" action=\"/sign-in\" class=\"sign-in\"><label "
                  "for=\"token\">Token</label> <input id=\"token\" name=\"token\" type=\"password\" required "
                  "autocomplete=\"current-password\"><input type=\"hidden\" name=\"back\" value=\"{}\"> "
                  "<button>Sign in</button></form>",
                  markup_text(sentence), typed(who.back)));
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
