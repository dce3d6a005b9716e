// A cron expression: `minute hour day-of-month month day-of-week`, as crontab(5) has it.
#ifndef PAWL_CALENDAR_CRON_EXPRESSION_HPP
#define PAWL_CALENDAR_CRON_EXPRESSION_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/calendar/cron_field.hpp>
#include <pawl/calendar/cron_mistake.hpp>
#include <pawl/error.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
constexpr std::string_view without_line_end(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != text.npos) text.remove_suffix(1);
  return text;
}
}  // namespace detail

// Five fields, each a list of *, numbers, ranges and steps (`*/15`, `8-18/2`, `1,15`); months and days of the week may be
// named by their first three letters, in any case; 0 and 7 are Sunday. Instead of them @yearly, @annually, @monthly,
// @weekly, @daily, @midnight or @hourly. What ends a line may follow.
//
// A day matches if both fields of days do; where neither of them begins with *, if one does: `0 0 13 * 5` is each 13th and
// each Friday. That is the rule of Vixie's cron and of all that follow it. An expression whose days never come (`0 0 31 2
// *`) is refused.
class cron_expression {
 public:
  // Throws error "recurring.cron", with the expression, the place and what is wrong, in a sentence.
  constexpr explicit cron_expression(std::string_view text) {
    if (auto const wrong = parse(text, *this)) refuse(text, wrong);
  }

  // What is wrong with the expression, if anything is.
  static constexpr cron_finding check(std::string_view text) {
    cron_expression ignored;
    return parse(text, ignored);
  }

  // The first matching minute that is not before `from`, on a local clock that is never set. Empty if there is none within the
  // 40 years in which any expression matches.
  constexpr std::optional<std::chrono::local_seconds> first_from(std::chrono::local_seconds from) const {
    using namespace std::chrono;
    auto day = floor<days>(from);
    if (matches_day(day))
      if (auto const time = time_from(ceil<minutes>(from - day))) return day + *time;
    for (int i = 0; i < longest_search; ++i)
      if (matches_day(++day)) return day + *time_from(minutes(0));
    return std::nullopt;
  }

  // True if each hour has a match on a day that has one: then a clock that is set changes nothing about how often it comes.
  constexpr bool is_hourly() const noexcept { return hours_.values == (std::uint64_t{1} << 24) - 1; }

 private:
  // The 29th of February on a day of the week comes within 28 years, or 40 where a century has no leap day.
  static constexpr int longest_search = 40 * 366;

  constexpr cron_expression() = default;
  static constexpr cron_finding parse(std::string_view text, cron_expression& into);
  static constexpr cron_finding parse_nickname(std::string_view text, std::size_t offset, cron_expression& into);
  constexpr bool ever_comes() const noexcept;
  [[noreturn]] static void refuse(std::string_view text, cron_finding const& wrong) {
    auto const rest = detail::without_line_end(text).substr(wrong.at);
    std::string const word(rest.substr(0, rest.find_first_of(" \t")));
    auto const shown = [](std::string_view what) {
      return "'" + detail::shortened(detail::visible_text(what), 100) + "'";
    };
    throw error("recurring.cron", "pawl: cron expression " + shown(text) + ", at " +
                                      (word.empty() ? std::string("its end") : shown(word)) + ": " +
                                      std::string(sentence_of(wrong.what)));
  }

  constexpr bool matches_day(std::chrono::local_days day) const noexcept {
    std::chrono::year_month_day const date(day);
    if (!months_.has(static_cast<unsigned>(date.month()))) return false;
    bool const of_month = days_.has(static_cast<unsigned>(date.day()));
    bool const of_week = weekdays_.has(std::chrono::weekday(day).c_encoding());
    bool const needs_both = days_.begins_with_star || weekdays_.begins_with_star;
    return needs_both ? of_month && of_week : of_month || of_week;
  }
  // The first match in a day; `from` may be the whole day.
  constexpr std::optional<std::chrono::minutes> time_from(std::chrono::minutes from) const noexcept {
    auto hour = static_cast<unsigned>(from.count() / 60), minute = static_cast<unsigned>(from.count() % 60);
    for (; hour < 24; ++hour, minute = 0) {
      if (!hours_.has(hour)) continue;
      for (; minute < 60; ++minute)
        if (minutes_.has(minute)) return std::chrono::hours(hour) + std::chrono::minutes(minute);
    }
    return std::nullopt;
  }

  detail::cron_field minutes_{}, hours_{}, days_{}, months_{}, weekdays_{};
};

constexpr cron_finding cron_expression::parse(std::string_view text, cron_expression& into) {
  text = detail::without_line_end(text);
  std::string_view rest = text;
  auto const skip_blanks = [&rest] {
    while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
  };
  auto const place = [&] { return text.size() - rest.size(); };
  skip_blanks();
  if (rest.starts_with('@')) return parse_nickname(rest, place(), into);
  struct one_field {
    detail::cron_field_kind const& kind;
    detail::cron_field& to;
  };
  one_field const fields[] = {{detail::cron_minutes, into.minutes_},
                              {detail::cron_hours, into.hours_},
                              {detail::cron_days, into.days_},
                              {detail::cron_months, into.months_},
                              {detail::cron_weekdays, into.weekdays_}};
  for (auto const& [kind, to] : fields) {
    if (rest.empty()) return {cron_mistake::too_few_fields, place()};
    if (auto const wrong = detail::cron_field_reader(kind, rest, place()).read(to)) return wrong;
    skip_blanks();
  }
  if (!rest.empty()) return {cron_mistake::too_many_fields, place()};
  if (into.weekdays_.has(7)) into.weekdays_.values |= 1;
  if (!into.ever_comes()) return {cron_mistake::never_comes, 0};
  return {};
}

constexpr cron_finding cron_expression::parse_nickname(std::string_view text, std::size_t offset,
                                                       cron_expression& into) {
  struct nickname {
    std::string_view word, meaning;
  };
  constexpr nickname known[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
                                {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
                                {"@hourly", "0 * * * *"}};
  for (auto const& [word, meaning] : known)
    if (text == word) return parse(meaning, into);
  return {text == "@reboot" ? cron_mistake::reboot : cron_mistake::unknown_nickname, offset};
}

constexpr bool cron_expression::ever_comes() const noexcept {
  if (!days_.begins_with_star && !weekdays_.begins_with_star) return true;  // the day of the week comes
  constexpr std::array<unsigned, 12> longest{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (unsigned month = 1; month <= 12; ++month)
    for (unsigned day = 1; months_.has(month) && day <= longest[month - 1]; ++day)
      if (days_.has(day)) return true;
  return false;
}

}  // namespace pawl::inline PAWL_ABI

#endif
