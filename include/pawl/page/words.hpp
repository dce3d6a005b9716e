// Texts of the page: names from anywhere, numbers, times and links.
#ifndef PAWL_PAGE_WORDS_HPP
#define PAWL_PAGE_WORDS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/http/percent_encoded.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/report/markup.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// Bytes of a field's value that are read for the page.
inline constexpr std::size_t longest_value = 4096;

// A name of any length as plain words in markup: on one line, at most so many columns, and visible even where it is empty.
inline std::string shown_plainly(std::string_view text, std::size_t columns = 120) {
  if (text.empty()) return "(empty)";
  std::size_t most = 4 * columns;  // bytes; marks on a letter have no width
  if (text.size() <= most) return with_entities(escaped(text, columns));
  for (int i = 0; i < 3 && (text[most] & 0xc0) == 0x80; ++i) --most;
  std::string cut = escaped(text.substr(0, most), columns);
  if (!cut.ends_with("…")) cut += "…";
  return with_entities(cut);
}
// The same where elements may be.
inline std::string shown(std::string_view text, std::size_t columns = 120) {
  return text.empty() ? "<i>(empty)</i>" : shown_plainly(text, columns);
}
// What somebody has typed, for the same field again: no backslash is doubled, and what is not seen is U+FFFD.
inline std::string typed(std::string_view text) {
  std::string printable;
  for (text = text.substr(0, 4096); !text.empty();) {
    auto const next = decode(text);
    bool const is_seen = next.valid && (visible_form(next).empty() || text.front() == '\\');
    printable += is_seen ? text.substr(0, next.size) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(next.size);
  }
  return with_entities(printable);
}
// 1,234,567
inline std::string in_thousands(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

// "2026-11-30 15:04:05 UTC"
inline std::string utc(stored_time time) {
  std::string text(utc_text()(std::chrono::time_point_cast<std::chrono::system_clock::duration>(time)).substr(0, 19));
  text[10] = ' ';
  return text + " UTC";
}
// "12 s", "3 min 20 s", "5 h 2 min", "9 d"; of a negative one "0 s".
inline std::string length_of(std::chrono::nanoseconds time) {
  auto const seconds = time.count() < 0 ? 0 : std::chrono::floor<std::chrono::seconds>(time).count();
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}
// A time of work, with three digits: "1.25 ms".
inline std::string brief(std::chrono::nanoseconds time) {
  double const value = static_cast<double>(time.count());
  if (value < 1e6) return fmt::format("{:.3g} µs", value / 1e3);
  if (value < 1e9) return fmt::format("{:.3g} ms", value / 1e6);
  return value < 1e12 ? fmt::format("{:.3g} s", value / 1e9) : length_of(time);
}
// As a `time` element, with how long ago that was, or in how long it will be.
inline std::string moment(stored_time time, stored_time now) {
  std::string const text = utc(time);
  std::string machine = text.substr(0, 19) + "Z";
  machine[10] = 'T';
  auto const apart = time > now ? time - now : now - time;
  return fmt::format("<time datetime=\"{}\">{}</time> <span class=\"dim\">{}{}{}</span>", machine, text,
                     time > now ? "in " : "", length_of(apart), time > now ? "" : " ago");
}

constexpr std::string_view role_word(role of, bool known, bool initial) noexcept {
  if (!known) return "unknown";
  if (initial && of == role::step) return "start";
  return of == role::goal ? "goal" : of == role::terminal ? "end" : of == role::waiting ? "waits" : "step";
}
constexpr std::string_view trouble_word(trouble_is what) noexcept {
  return what == trouble_is::parked ? "parked" : what == trouble_is::delayed ? "delayed" : "in_doubt";
}
inline trouble_is kind_of_trouble(trouble_record const& record) { return item_filter::kind_of(record); }

// What is longer leads nowhere: a request's head has an end.
inline constexpr std::size_t longest_in_link = 2048;

// Browsers take "." and ".." for folders, however they are written, so such a table is named in the query. A name that is
// too long leads to the overview.
inline std::string table_link(std::string_view table) {
  if (table.size() > longest_in_link) return "/";
  bool const is_folder = table == "." || table == "..";
  return (is_folder ? "/table?name=" : "/table/") + http::percent_encoded(table);
}
inline std::string with_query(std::string path, std::string_view name, std::string_view value) {
  if (value.size() > longest_in_link) return path;
  path += path.find('?') == std::string::npos ? '?' : '&';
  return path.append(name).append("=").append(http::percent_encoded(value));
}
// Empty for names that are too long.
inline std::string item_link(std::string_view table, std::string_view key) {
  if (key.size() > longest_in_link || table.size() > longest_in_link) return {};
  return "/item?table=" + http::percent_encoded(table) + "&key=" + http::percent_encoded(key);
}
// A key as a link to its story, or by itself where it is too long for one.
inline std::string linked_key(std::string_view table, std::string_view key, std::size_t columns = 60) {
  auto const to = item_link(table, key);
  if (to.empty())
    return shown(key, columns) + fmt::format(" <span class=\"dim\">({} bytes)</span>", in_thousands(key.size()));
  return fmt::format("<a href=\"{}\">{}</a>", with_entities(to), shown(key, columns));
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
