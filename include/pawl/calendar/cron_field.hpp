// One field of a cron expression: the set of its values.
#ifndef PAWL_CALENDAR_CRON_FIELD_HPP
#define PAWL_CALENDAR_CRON_FIELD_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <pawl/calendar/cron_mistake.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// What may stand in a field.
struct cron_field_kind {
  unsigned first = 0, last = 0;
  std::span<std::string_view const> names{};  // of the values from `first` on
};
inline constexpr std::string_view names_of_months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
inline constexpr std::string_view names_of_weekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
inline constexpr cron_field_kind cron_minutes{0, 59, {}}, cron_hours{0, 23, {}}, cron_days{1, 31, {}},
    cron_months{1, 12, names_of_months}, cron_weekdays{0, 7, names_of_weekdays};

struct cron_field {
  std::uint64_t values = 0;  // a bit each
  bool begins_with_star = false;

  constexpr bool has(unsigned value) const noexcept { return (values >> value & 1) != 0; }
};

// Reads one field, from the text's beginning to the next blank.
class cron_field_reader {
 public:
  // `rest`: the expression from the field on; it is consumed. `offset`: of the field in the expression.
  constexpr cron_field_reader(cron_field_kind const& kind, std::string_view& rest, std::size_t offset)
      : kind_(kind), rest_(rest), begin_(rest.size() + offset) {}

  constexpr cron_finding read(cron_field& into) {
    into.begins_with_star = rest_.starts_with('*');
    do {
      if (auto const wrong = read_item(into)) return wrong;
    } while (take(','));
    return at_end() ? cron_finding() : found(cron_mistake::unknown_word);
  }

 private:
  constexpr bool at_end() const noexcept { return rest_.empty() || rest_[0] == ' ' || rest_[0] == '\t'; }
  constexpr bool take(char c) noexcept {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  constexpr cron_finding found(cron_mistake what) const noexcept { return {what, begin_ - rest_.size()}; }

  // `*`, `*/2`, `5`, `1-5`, `1-5/2`.
  constexpr cron_finding read_item(cron_field& into) {
    auto const start = found(cron_mistake::none).at;
    unsigned first = kind_.first, last = kind_.last, step = 1;
    bool const is_star = take('*');
    bool is_range = is_star;
    if (!is_star) {
      if (auto const wrong = read_value(first)) return wrong;
      last = first;
      is_range = take('-');
      if (is_range)
        if (auto const wrong = read_value(last)) return wrong;
      if (first > last) return {cron_mistake::backwards, start};
    }
    if (take('/')) {
      if (!is_range) return {cron_mistake::step_without_range, start};
      auto const place = found(cron_mistake::none).at;
      if (!read_number(step)) return found(cron_mistake::unknown_word);
      if (step == 0 || step > kind_.last - kind_.first) return {cron_mistake::step_out_of_range, place};
    }
    for (unsigned value = first; value <= last; value += step) into.values |= std::uint64_t{1} << value;
    return {};
  }
  constexpr cron_finding read_value(unsigned& value) {
    auto const place = found(cron_mistake::none).at;
    if (!read_number(value) && !read_name(value))
      return found(is_of_others() ? cron_mistake::extension : cron_mistake::unknown_word);
    if (value < kind_.first || value > kind_.last) return {cron_mistake::out_of_range, place};
    return is_of_others() ? found(cron_mistake::extension) : cron_finding();
  }
  constexpr bool is_of_others() const noexcept {
    return !rest_.empty() && std::string_view("?LlWw#").find(rest_[0]) != std::string_view::npos;
  }
  constexpr bool read_number(unsigned& value) noexcept {
    if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') return false;
    value = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1))
      if (value < 1000) value = value * 10 + static_cast<unsigned>(rest_[0] - '0');
    return true;
  }
  constexpr bool read_name(unsigned& value) noexcept {
    for (std::size_t i = 0; i < kind_.names.size(); ++i) {
      if (!begins_with_name(kind_.names[i])) continue;
      rest_.remove_prefix(3);
      value = kind_.first + static_cast<unsigned>(i);
      return true;
    }
    return false;
  }
  constexpr bool begins_with_name(std::string_view name) const noexcept {
    auto const letter = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    if (rest_.size() < name.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i)
      if (letter(rest_[i]) != name[i]) return false;
    return true;
  }

  cron_field_kind const& kind_;
  std::string_view& rest_;
  std::size_t begin_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
