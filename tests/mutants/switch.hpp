// Which rule of the library is switched off in this process. Used only by the headers that mutate.cmake generates; the
// library itself has no switches.
#ifndef PAWL_TESTS_MUTANTS_SWITCH_HPP
#define PAWL_TESTS_MUTANTS_SWITCH_HPP

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>

namespace pawl_mutants {

// What the environment variable PAWL_MUTANT named when it was first asked for; empty: all rules are kept.
inline std::string_view chosen() {
  static char const* const name = std::getenv("PAWL_MUTANT");
  return name != nullptr ? name : "";
}
// At compile time all rules are kept.
constexpr bool is_off(std::string_view rule) { return !std::is_constant_evaluated() && rule == chosen(); }

// `less_a_condition(true) | sql` is the statement without its second condition of three: WHERE a AND b AND c.
struct less_a_condition {
  bool off;

  explicit less_a_condition(bool is) : off(is) {}
  friend std::string operator|(less_a_condition less, std::string_view sql) {
    std::string text(sql);
    std::size_t const second = text.find(" AND ");
    return less.off ? text.erase(second, text.rfind(" AND ") - second) : text;
  }
};

}  // namespace pawl_mutants

#endif
