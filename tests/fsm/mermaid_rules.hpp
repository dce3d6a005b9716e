// Reads a state diagram by the rules of Mermaid 12.3's own lexer and grammar, as far as such a diagram can meet them.
#ifndef PAWL_TESTS_FSM_MERMAID_RULES_HPP
#define PAWL_TESTS_FSM_MERMAID_RULES_HPP

#include <cstddef>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mermaid_rules {

struct edge {
  std::string from, event, to;
  bool operator==(edge const&) const = default;
};

// What Mermaid understands: states by their ids, each with its label, and edges from id to id. `[*]` is the beginning
// and the end.
struct diagram {
  std::string error;  // the first rule broken, or nothing
  std::map<std::string, std::string> states;
  std::vector<edge> edges;

  std::string label(std::string const& id) const { return id == "[*]" ? id : states.at(id); }
};

struct rule {
  std::string token;  // empty where the match is passed over
  std::regex pattern;
};
inline rule made(std::string token, char const* pattern) {
  return {std::move(token), std::regex{pattern, std::regex::ECMAScript | std::regex::icase}};
}

// The rules of a condition; the first that matches is taken, be another match longer or not. `.` is no line's end.
inline std::vector<rule> const& outside() {
  static std::vector<rule> const rules{
      made("click", R"(click\b)"),
      made("href", R"(href\b)"),
      made("text", R"("[^"]*")"),
      made("default", R"(default\b)"),
      made("direction", R"(.*direction\s+(TB|BT|RL|LR)[^\n]*)"),
      made("line", R"(\n+)"),
      made("", R"(\s+)"),
      made("", R"(#[^\n]*)"),
      made("", R"(%%(?!\{)[^\n]*)"),
      made("scale", R"(scale\s+)"),
      made("accTitle", R"(accTitle\s*:\s*)"),
      made("accDescr", R"(accDescr\s*:\s*)"),
      made("accDescr", R"(accDescr\s*\{\s*)"),
      made("classDef", R"(classDef\s+)"),
      made("class", R"(class\s+)"),
      made("style", R"(style\s+)"),
      made("state", R"(state\s+)"),
      made("}", R"(\})"),
      made("note", R"(note\s+)"),
      made("stateDiagram", R"(stateDiagram\s+)"),
      made("stateDiagram-v2", R"(stateDiagram-v2\s+)"),
      made("hide", R"(hide empty description\b)"),
      made("[*]", R"(\[\*\])"),
      made("id", R"([^:\n\s\-\{]+)"),
      made("event", R"(\s*:(?:[^:\n;]|:[^:\n;])+)"),
      made("-->", R"(-->)"),
      made("--", R"(--)"),
      made(":::", R"(:::)"),
      made("sign", R"(.)"),
  };
  return rules;
}

class reader {
 public:
  explicit reader(std::string_view text) : text_{text} {}

  // The next token and what it matched; the token is empty at the end.
  std::pair<std::string, std::string> next() {
    while (at_ < text_.size()) {
      std::string const* token = nullptr;
      std::string found;
      for (auto const& one : outside()) {
        if (!take(one.pattern, found)) continue;
        token = &one.token;
        break;
      }
      if (token == nullptr) return {"nothing", text_.substr(at_)};
      if (!token->empty()) return {*token, found};
    }
    return {};
  }

  // `"LABEL" as ID`, the rest of a statement that begins with `state`.
  bool declared(std::string& label, std::string& id) {
    static std::regex const kind{R"(.*(<<(fork|join|choice)>>|\[\[(fork|join|choice)\]\]))", std::regex::icase};
    static std::regex const whole{R"re("([^"]+)"\s*as\s+([^\n\{]*))re", std::regex::icase};
    std::string found;
    if (take(kind, found)) return false;
    std::smatch parts;
    if (!match(whole, parts)) return false;
    label = parts[1];
    id = parts[2];
    at_ += static_cast<std::size_t>(parts.length(0));
    return true;
  }

 private:
  bool match(std::regex const& pattern, std::smatch& parts) const {
    return std::regex_search(text_.begin() + static_cast<std::ptrdiff_t>(at_), text_.end(), parts, pattern,
                             std::regex_constants::match_continuous);
  }
  bool take(std::regex const& pattern, std::string& found) {
    std::smatch parts;
    if (!match(pattern, parts) || parts.length(0) == 0) return false;
    found = parts[0];
    at_ += found.size();
    return true;
  }

  std::string text_;
  std::size_t at_ = 0;
};

// Before all else it takes a `;` from what looks like a colour, and puts marks of its own around the number of an entity.
inline std::string marked(std::string const& text) {
  static std::regex const colour{R"(((?:style|classDef).*:\S*#.*);)"}, entity{"#([0-9]+);"};
  return std::regex_replace(std::regex_replace(text, colour, "$1"), entity, "\x01$1\x02");
}

// What a label shows: entities are characters. `error` says where Markdown, which it is, would show something else.
inline std::string shown(std::string const& label, std::string& error) {
  static std::regex const entity{"\x01([0-9]+)\x02"};
  std::string text;
  auto rest = label.cbegin();
  for (std::sregex_iterator found{label.begin(), label.end(), entity}, end; found != end; ++found) {
    text.append(rest, (*found)[0].first) += static_cast<char>(std::stoi((*found)[1]));
    rest = (*found)[0].second;
  }
  text.append(rest, label.cend());
  static std::regex const markdown{
      R"([*`~<>&$\\\[\]{}|"#;:@%]|(^|[^a-z0-9\x02])_|_([^a-z0-9]|$)|^\s*([-+]|[0-9]+[.)])(\s|$)|^\s*--|www\.)",
      std::regex::icase};
  if (std::regex_search(label, markdown)) error = "means something in Markdown: " + label;
  return text;
}

inline diagram read(std::string_view text) {
  diagram result;
  reader in{marked(std::string{text})};
  if (in.next().first != "stateDiagram-v2") result.error = "begins otherwise";
  auto const end_of = [&](std::pair<std::string, std::string> const& token) {
    if (token.first == "[*]") return token.first;
    static std::regex const of_its_own{"root|root_start|root_end", std::regex::icase};
    if (token.first != "id") result.error = "no state, but " + token.first + ": " + token.second;
    if (std::regex_match(token.second, of_its_own)) result.error = "a node of Mermaid's own: " + token.second;
    if (!result.states.contains(token.second)) result.states[token.second] = shown(token.second, result.error);
    return token.second;
  };
  for (auto token = in.next(); result.error.empty() && !token.first.empty(); token = in.next()) {
    if (token.first == "line") continue;
    if (token.first == "state") {
      std::string label, id;
      if (!in.declared(label, id)) return result.error = "no label and id after state", result;
      if (!result.states.emplace(id, shown(label, result.error)).second) result.error = "a second label of " + id;
      continue;
    }
    edge one{end_of(token), {}, {}};
    if (auto const arrow = in.next(); arrow.first != "-->") result.error = "no arrow: " + arrow.second;
    one.to = end_of(in.next());
    auto after = in.next();
    if (after.first == "event") {
      one.event = shown(after.second.substr(after.second.find(':') + 2), result.error);
      after = in.next();
    }
    if (after.first != "line" && !after.first.empty()) result.error = "more in the line: " + after.second;
    result.edges.push_back(one);
  }
  return result;
}

}  // namespace mermaid_rules

#endif
