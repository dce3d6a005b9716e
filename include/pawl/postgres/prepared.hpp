// A statement that is sent again and again: its text, and a name that no other text has.
#ifndef PAWL_POSTGRES_PREPARED_HPP
#define PAWL_POSTGRES_PREPARED_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/fnv.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

inline std::string hexadecimal(std::uint64_t number) {
  std::string digits(16, '0');
  for (std::size_t i = digits.size(); i-- > 0; number /= 16) digits[i] = "0123456789abcdef"[number % 16];
  return digits;
}

// Two texts have one name with a probability of 2^-64.
struct prepared {
  prepared() = default;
  explicit prepared(std::string text)
      : name("pawl_" + hexadecimal(pawl::detail::fnv().text(text).value)), sql(std::move(text)) {}

  void add_to(request& what, std::vector<parameter> parameters) const {
    what.add_named(name, sql, std::move(parameters));
  }

  std::string name{}, sql{};
};

// The parameters of a statement, from values and parameters: parameters_of(value_of("a"), null_of<bool>()).
template <class... Parameter> std::vector<parameter> parameters_of(Parameter... each) {
  std::vector<parameter> all;
  all.reserve(sizeof...(each));
  (all.push_back(std::move(each)), ...);
  return all;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
