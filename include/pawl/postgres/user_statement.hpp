// Statements of the user's own, which are sent in the pipeline of their transition's batch.
#ifndef PAWL_POSTGRES_USER_STATEMENT_HPP
#define PAWL_POSTGRES_USER_STATEMENT_HPP

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// What is to be known of a statement before it is sent, read as the server reads it: comments may be nested, strings may be
// in dollars, and identifiers in quotes.
class statement_scan {
 public:
  explicit statement_scan(std::string_view text) : text_(text) {
    while (at_ < text_.size()) step();
  }

  // The first keyword in capitals; empty if there is none.
  std::string const& keyword() const noexcept { return keyword_; }
  // The highest $n.
  std::size_t parameters() const noexcept { return parameters_; }
  bool is_one() const noexcept { return !goes_on_; }

 private:
  enum class escapes : std::uint8_t { none, begin, go_on };

  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c < 0; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }
  void skip_to(std::string_view end, std::size_t from) {
    std::size_t const found = text_.find(end, from);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  void step() {
    char const c = text_[at_];
    if (is_space(c)) return skip_space();
    if (starts("--")) return skip_line();
    if (starts("/*")) return skip_comment();
    if (c == ';') return end_statement();
    goes_on_ = ended_;
    if (c == '\'') return skip_string();
    escapes_ = escapes::none;
    if (c == '"') return skip_to("\"", at_ + 1);
    if (c == '$') return read_dollar();
    if (is_letter(c)) return read_word();
    ++at_;
  }
  void skip_line() {
    while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
  }
  void end_statement() {
    ended_ = true;
    ++at_;
  }
  void skip_comment() {
    int depth = 0;
    do {
      int const change = starts("/*") ? 1 : starts("*/") ? -1 : 0;
      depth += change;
      at_ += change == 0 ? 1 : 2;
    } while (depth > 0 && at_ < text_.size());
  }
  // An E is one of a string only where the quote follows at once.
  void skip_space() {
    if (escapes_ == escapes::begin) escapes_ = escapes::none;
    ++at_;
  }
  // A quote that is doubled begins another string at once; a string that follows continues this one.
  void skip_string() {
    bool const escaped = escapes_ != escapes::none;
    for (++at_; at_ < text_.size() && text_[at_] != '\''; ++at_)
      if (escaped && text_[at_] == '\\') ++at_;
    ++at_;
    if (escaped) escapes_ = escapes::go_on;
  }
  void read_dollar() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end > at_ + 1) {
      std::size_t number = 0;
      auto const read = std::from_chars(text_.data() + at_ + 1, text_.data() + end, number);
      if (read.ec != std::errc()) number = (std::numeric_limits<std::size_t>::max)();
      parameters_ = (std::max)(parameters_, number);
      at_ = end;
      return;
    }
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    if (end < text_.size() && text_[end] == '$')
      skip_to(text_.substr(at_, end + 1 - at_), end + 1);
    else
      ++at_;
  }
  void read_word() {
    std::size_t const begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '$')) ++at_;
    std::string word(text_.substr(begin, at_ - begin));
    for (char& c : word)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (word == "E") escapes_ = escapes::begin;
    if (keyword_.empty()) keyword_ = std::move(word);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string keyword_{};
  std::size_t parameters_ = 0;
  escapes escapes_ = escapes::none;  // of a string that follows
  bool ended_ = false, goes_on_ = false;
};

// Text, which the server reads as the type that the statement wants there.
inline parameter untyped(std::string text) { return {0, std::move(text), true}; }

inline parameter parameter_of(sql_value const& value) {
  switch (value.what()) {
    case sql_value::kind::null:
      return {0, std::nullopt, true};
    case sql_value::kind::boolean:
      return untyped(value.boolean() ? "true" : "false");
    case sql_value::kind::integer:
      return untyped(std::to_string(value.integer()));
    case sql_value::kind::real: {
      std::array<char, 40> digits{};
      auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value.real()).ptr;
      return untyped(std::string(digits.data(), end));
    }
    case sql_value::kind::text:
      return untyped(std::string(value.text()));
    case sql_value::kind::bytes:
      break;
  }
  return bytes_of(value.text());
}

// For messages: the beginning of a statement that the user wrote.
inline std::string in_statement(std::string_view sql) { return text({", in: ", pawl::detail::wording::excerpt(sql)}); }

// Throws store_error: `misuse` for what cannot be one statement that writes, `rejected` for a text that no value of
// PostgreSQL can be. `database`: for the message.
inline void check_user_statement(std::string_view database, sql_statement const& one) {
  auto const refuse = [&](store_failure how, std::string const& why) {
    pawl::detail::wording::fail(how, {"pawl: ", database, ": ", why, in_statement(one.text())});
  };
  statement_scan const found(one.text());
  bool const writes = found.keyword() == "INSERT" || found.keyword() == "UPDATE" || found.keyword() == "DELETE" ||
                      found.keyword() == "MERGE" || found.keyword() == "WITH" || found.keyword() == "SELECT";
  if (!writes)
    refuse(store_failure::misuse,
           "what pawl::sql writes with a transition begins with INSERT, UPDATE, DELETE, MERGE, WITH or SELECT");
  if (!found.is_one()) refuse(store_failure::misuse, "pawl::sql takes one statement; give each its own");
  if (found.parameters() != one.values().size())
    refuse(store_failure::misuse, "a statement with " + std::to_string(found.parameters()) + " parameters was given " +
                                      std::to_string(one.values().size()) + " values");
  if (std::string_view const why = why_no_text(one.text()); !why.empty())
    refuse(store_failure::misuse, "the statement " + std::string(why));
  for (auto const& value : one.values())
    if (value.what() == sql_value::kind::text)
      if (std::string_view const why = why_no_text(value.text()); !why.empty())
        refuse(store_failure::rejected, "a text " + std::string(why));
}

inline void add_user_statement(request& to, sql_statement const& one) {
  std::vector<parameter> parameters;
  for (auto const& value : one.values()) parameters.push_back(parameter_of(value));
  to.add_users(one.text(), std::move(parameters));
}

// $1 token of a batch, $2 ordinals: fails unless all of these moved, and then tells has_moved_meanwhile(token), whatever the
// server's language is: no text of the user's has the number.
inline std::string has_moved_meanwhile(std::int64_t token) {
  return "pawl_has_moved_meanwhile_" + std::to_string(token);
}
inline std::string check_moved_sql(std::string_view records) {
  return text(
      {"SELECT (CASE WHEN moved @> $2::int8[] THEN '0' ELSE 'pawl_has_moved_meanwhile_'||token END)::int4 FROM ",
       records, "pawl_batch WHERE token=$1::int8"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
