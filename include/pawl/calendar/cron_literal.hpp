// Cron expressions that are constants of the program: what is wrong with one is an error of the compiler.
#ifndef PAWL_CALENDAR_CRON_LITERAL_HPP
#define PAWL_CALENDAR_CRON_LITERAL_HPP

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <pawl/calendar/cron_expression.hpp>
#include <pawl/calendar/cron_mistake.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
template <std::size_t Size> struct cron_text {
  constexpr cron_text(char const (&text)[Size]) { std::copy_n(text, Size, characters); }
  constexpr std::string_view view() const noexcept { return {characters, Size - 1}; }
  char characters[Size]{};
};
}  // namespace detail

inline namespace literals {
// `"0 3 * * 1-5"_cron`, after `using namespace pawl::literals;`
template <detail::cron_text Text> constexpr cron_expression operator""_cron() {
  if constexpr (mistake::in_a_cron_expression<cron_expression::check(Text.view()).what>())
    return cron_expression(Text.view());
  else
    return cron_expression("* * * * *");
}
}  // namespace literals

}  // namespace pawl::inline PAWL_ABI

#endif
