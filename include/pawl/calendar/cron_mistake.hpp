// What is wrong with a cron expression, in a sentence.
#ifndef PAWL_CALENDAR_CRON_MISTAKE_HPP
#define PAWL_CALENDAR_CRON_MISTAKE_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

enum class cron_mistake : std::uint8_t {
  none,
  too_few_fields,
  too_many_fields,
  unknown_word,
  unknown_nickname,
  reboot,
  extension,
  out_of_range,
  backwards,
  step_without_range,
  step_out_of_range,
  never_comes,
};

// The sentence, without the expression and the place in it.
constexpr std::string_view sentence_of(cron_mistake what) noexcept {
  switch (what) {
    case cron_mistake::none:
      break;
    case cron_mistake::too_few_fields:
      return "a cron expression has five fields: minute, hour, day of the month, month, day of the week";
    case cron_mistake::too_many_fields:
      return "a cron expression has five fields, and no seconds: minute, hour, day of the month, month, day of the "
             "week; what "
             "recurs within a minute is pawl::every";
    case cron_mistake::unknown_word:
      return "a cron field consists of numbers, names such as JAN and MON, and *, joined by - / and commas";
    case cron_mistake::unknown_nickname:
      return "of words with @ there are @yearly, @annually, @monthly, @weekly, @daily, @midnight and @hourly";
    case cron_mistake::reboot:
      return "@reboot is no time; insert an item when your program starts";
    case cron_mistake::extension:
      return "? L W and # are of other schedulers, and cron has none of them";
    case cron_mistake::out_of_range:
      return "a minute is 0 to 59, an hour 0 to 23, a day of the month 1 to 31, a month 1 to 12, a day of the week 0 "
             "to 7";
    case cron_mistake::backwards:
      return "a range in a cron expression begins with its smaller end; write FRI-SUN as 5-7, and 22-2 as 22-23,0-2";
    case cron_mistake::step_without_range:
      return "a step in a cron expression follows * or a range; write 5/15 as 5-59/15";
    case cron_mistake::step_out_of_range:
      return "a step in a cron expression is at least 1, and less than the number of values of its field";
    case cron_mistake::never_comes:
      return "no month of this cron expression has such a day";
  }
  return {};
}

// Where it is: an offset into the expression, in bytes.
struct cron_finding {
  cron_mistake what = cron_mistake::none;
  std::size_t at = 0;

  constexpr explicit operator bool() const noexcept { return what != cron_mistake::none; }
};

namespace mistake {
// One sentence for each, for expressions that are constants: see cron_literal.hpp.
template <cron_mistake What> constexpr bool in_a_cron_expression() {
  using enum cron_mistake;
  static_assert(What != too_few_fields,
                "pawl: a cron expression has five fields: minute, hour, day of the month, month, day of the week");
  static_assert(
      What != too_many_fields,
      "pawl: a cron expression has five fields, and no seconds: minute, hour, day of the month, month, day of the "
      "week; what recurs within a minute is pawl::every");
  static_assert(What != unknown_word,
                "pawl: a cron field consists of numbers, names such as JAN and MON, and *, joined by - / and commas");
  static_assert(What != unknown_nickname,
                "pawl: of words with @ there are @yearly, @annually, @monthly, @weekly, @daily, @midnight and @hourly");
  static_assert(What != reboot, "pawl: @reboot is no time; insert an item when your program starts");
  static_assert(What != extension, "pawl: ? L W and # are of other schedulers, and cron has none of them");
  static_assert(
      What != out_of_range,
      "pawl: a minute is 0 to 59, an hour 0 to 23, a day of the month 1 to 31, a month 1 to 12, a day of the week "
      "0 to 7");
  static_assert(What != backwards,
                "pawl: a range in a cron expression begins with its smaller end; write FRI-SUN as 5-7, and 22-2 as "
                "22-23,0-2");
  static_assert(What != step_without_range,
                "pawl: a step in a cron expression follows * or a range; write 5/15 as 5-59/15");
  static_assert(What != step_out_of_range,
                "pawl: a step in a cron expression is at least 1, and less than the number of values of its field");
  static_assert(What != never_comes, "pawl: no month of this cron expression has such a day");
  return What == none;
}
}  // namespace mistake

}  // namespace pawl::inline PAWL_ABI

#endif
