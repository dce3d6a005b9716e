// Every way in which a name leaves pawl, each with the rules of its destination. The functions return the first rule
// broken, or nothing; they accept any text of any length.
#ifndef PAWL_TESTS_HOSTILE_OUTLETS_HPP
#define PAWL_TESTS_HOSTILE_OUTLETS_HPP

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/latency/span_recorder.hpp>
#include <pawl/report.hpp>
#include <pawl/store/inspection.hpp>

#include "report/full_page.hpp"
#include "report/trace_formats.hpp"

namespace hostile {

using broken_rule = std::string;

// ---- what may stand on a terminal, and whether it is still the name ----

// Valid UTF-8 on one line, in which nothing moves the cursor, is hidden or turned round. Written anew here, so that
// pawl's own decoder is not its judge.
inline broken_rule seen_by_terminal(std::string_view text) {
  auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  for (std::size_t at = 0; at < text.size();) {
    unsigned const lead = byte(at);
    if (lead < 0x20 || lead == 0x7f) return "a control character";
    std::size_t const size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead >= 0x80 && (lead < 0xc2 || lead > 0xf4)) return "a byte that begins no character";
    for (std::size_t i = 1; i < size; ++i)
      if ((byte(at + i) & 0xc0U) != 0x80) return "a character that is cut off";
    unsigned const second = byte(at + 1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f))
      return "a character that is none";
    static constexpr std::array<std::string_view, 14> hidden{"\u00ad", "\u061c", "\u180e", "\u200b",    "\u200d",
                                                             "\u200e", "\u200f", "\u2028", "\u202e",    "\u2066",
                                                             "\u2069", "\ufeff", "\ufff9", "\U000e0041"};
    std::string_view const character = text.substr(at, size);
    if (lead == 0xc2 && second < 0xa0) return "a C1 control character";
    if (size > 1 && std::find(hidden.begin(), hidden.end(), character) != hidden.end())
      return "a character that is not seen";
    at += size;
  }
  return {};
}

inline void append_utf8(std::string& to, unsigned point) {
  auto const put = [&](unsigned byte) { to += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xc0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      put(0xe0 | (point >> 12));
    } else {
      put(0xf0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3f));
    }
    put(0x80 | ((point >> 6) & 0x3f));
  }
  put(0x80 | (point & 0x3f));
}

// What `escaped` was made of.
inline std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      result += text[at];
      continue;
    }
    char const kind = ++at < text.size() ? text[at] : '?';
    unsigned code = 0;
    if (kind == 'x') {
      std::from_chars(text.data() + at + 1, text.data() + at + 3, code, 16);
      result += static_cast<char>(code);
      at += 2;
    } else if (kind == 'u') {
      std::size_t const end = text.find('}', at);
      std::from_chars(text.data() + at + 2, text.data() + end, code, 16);
      append_utf8(result, code);
      at = end;
    } else {
      result += kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind == 't' ? '\t' : kind;
    }
  }
  return result;
}

inline broken_rule in_escaped(std::string_view text) {
  auto const safe = pawl::escaped(text);
  if (auto broken = seen_by_terminal(safe); !broken.empty()) return broken;
  if (unescaped(safe) != text) return "the name cannot be told from what is shown";
  for (std::size_t columns : {0U, 1U, 2U, 7U, 40U}) {
    auto const cut = pawl::escaped(text, columns);
    if (pawl::display_columns(cut) > columns) return "wider than it may be";
    if (auto broken = seen_by_terminal(cut); !broken.empty()) return broken + ", where it was cut";
  }
  return {};
}

// So many lines, each of which is fit for a terminal.
inline broken_rule in_lines(std::string_view text, std::size_t count) {
  for (; !text.empty(); --count) {
    std::size_t const end = text.find('\n');
    if (end == std::string_view::npos || count == 0) return "not as many lines as were written";
    if (auto broken = seen_by_terminal(text.substr(0, end)); !broken.empty()) return broken;
    text.remove_prefix(end + 1);
  }
  return count == 0 ? "" : "not as many lines as were written";
}

inline broken_rule in_text_table(std::string const& text) {
  pawl::text_table table{text};
  table.column(text, "", pawl::text_align::left).column("n", text).row({text, "1"});
  std::size_t const title = text.empty() ? 0 : 1, unit = text.empty() ? 0 : 1;
  if (auto broken = in_lines(table.render(), title + unit + 3); !broken.empty()) return broken;
  return in_lines(table.render({.width = 60}), title + unit + 3);
}

// What an operator asks for, with an item and an error of this name.
inline pawl::inspection inspection_of(std::string const& text) {
  pawl::inspection seen;
  seen.lifecycle = "file_lifecycle";
  seen.troubles.parked = 1;
  seen.parked.emplace_back();
  seen.parked.back().key = text;
  seen.parked.back().record.last_error = text;
  return seen;
}
inline broken_rule in_inspection(std::string const& text) {
  auto const seen = inspection_of(text);
  auto const shown = pawl::to_text(seen);
  if (auto broken = in_lines(shown, static_cast<std::size_t>(std::count(shown.begin(), shown.end(), '\n')));
      !broken.empty())
    return broken;
  if (std::count(shown.begin(), shown.end(), '\n') != 6) return "not as many lines as were written";
  return pawl::report_json::accept(pawl::to_json(seen).dump()) ? "" : "its JSON is none";
}

// ---- files ----

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto const next = pawl::detail::decode(text);
    if (!next.valid) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

inline broken_rule in_json(std::string const& text) {
  pawl::report_json value = pawl::report_json::object();
  value[text] = {text, 1};
  for (int indent : {-1, 2}) {
    auto const written = pawl::dump(value, indent);
    auto const read = pawl::report_json::parse(written, nullptr, false);
    if (!read.is_object() || read.size() != 1) return "it cannot be read back";
    if (is_utf8(text) && (!read.contains(text) || read[text][0] != text)) return "it is read back as another name";
    if (std::any_of(written.begin(), written.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\n'; }))
      return "a control character";
  }
  return {};
}

inline broken_rule in_traces(std::string const& text) {
  using namespace std::chrono_literals;
  pawl::span_recorder spans;
  auto const outer = spans.name(text);
  spans.add(spans.name(text, outer), 1ns, 10ns);
  spans.add(outer, 0ns, 20ns);
  pawl::chrome_trace trace;
  trace.add(text, spans, {{0, text}});
  if (auto broken = trace_formats::broken_in_chrome_trace(trace.text()); !broken.empty()) return broken;
  pawl::speedscope_file profile{text};
  profile.add(text, spans, {{0, text}});
  if (auto broken = trace_formats::broken_in_speedscope(profile.text()); !broken.empty()) return broken;
  return trace_formats::broken_in_folded_stacks(pawl::folded_stacks(spans, text));
}

// ---- HTML ----

inline std::string without_entities(std::string_view markup) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> entities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};
  std::string result;
  while (!markup.empty()) {
    auto const entity =
        std::find_if(entities.begin(), entities.end(), [&](auto const& e) { return markup.starts_with(e.first); });
    bool const found = entity != entities.end();
    result += found ? entity->second : markup.front();
    markup.remove_prefix(found ? entity->first.size() : 1);
  }
  return result;
}

inline broken_rule in_markup(std::string const& text) {
  auto const markup = pawl::markup_text(text);
  if (markup.find_first_of("<>\"'") != std::string::npos) return "markup of its own";
  if (auto broken = seen_by_terminal(markup); !broken.empty()) return broken;
  return unescaped(without_entities(markup)) == text ? "" : "the name cannot be told from what is shown";
}
// Quotes and angles stand only where the page itself puts them.
inline broken_rule in_html_page(std::string const& text) {
  auto const count = [](std::string const& page, char c) { return std::count(page.begin(), page.end(), c); };
  auto const plain = full_page(text.empty() ? "" : "n"), page = full_page(text);
  for (char c : {'<', '>', '"', '\''})
    if (count(page, c) != count(plain, c)) return "markup of its own";
  if (count(page, '\n') != count(plain, '\n')) return "lines of its own";
  return in_lines(page, static_cast<std::size_t>(count(page, '\n')));
}

// ---- Prometheus ----

// The quoted text that stands at the front, as the format reads it; it is taken away. Nothing where there is none.
inline std::string take_quoted(std::string_view& from) {
  std::string result;
  for (std::size_t at = 1; at < from.size() && from.front() == '"'; ++at) {
    if (from[at] == '"') {
      from.remove_prefix(at + 1);
      return result;
    }
    if (from[at] == '\\' && ++at < from.size()) {
      result += from[at] == 'n' ? '\n' : from[at];
    } else {
      result += from[at];
    }
  }
  from = {};
  return result;
}
inline broken_rule in_prometheus(std::string const& text) {
  pawl::prometheus_page page;
  page.counter("letters_total", text, {{"office", text}}, 1);
  auto const all = page.text();
  if (std::count(all.begin(), all.end(), '\n') != 3 || !is_utf8(all)) return "not three lines of UTF-8";
  std::string_view sample = std::string_view(all).substr(all.find('\n', all.find('\n') + 1) + 1);
  if (text.empty()) return sample == "letters_total 1\n" ? "" : "an empty value is a label";
  std::string_view const head = "letters_total{office=";
  if (!sample.starts_with(head)) return "no sample where it should stand";
  sample.remove_prefix(head.size());
  auto const read = take_quoted(sample);
  if (sample != "} 1\n") return "the label does not end where it should";
  return is_utf8(text) && read != text ? "it is read back as another name" : "";
}

}  // namespace hostile

#endif
