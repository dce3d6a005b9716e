// The error of an option that is out of range.
#ifndef PAWL_QUEUE_OPTION_ERROR_HPP
#define PAWL_QUEUE_OPTION_ERROR_HPP

#include <chrono>
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// "pawl: run_options::page is 0, it must be at least 1". `id` must be a literal.
inline error option_error(std::string_view id, std::string_view option, std::string const& value,
                          std::string_view must_be) {
  std::string message("pawl: ");
  message.append(option).append(" is ").append(value).append(", it must be ").append(must_be);
  return error(id, message);
}
inline std::string in_words(std::chrono::nanoseconds value) { return std::to_string(value.count()) + " ns"; }

}  // namespace pawl::inline PAWL_ABI::detail

#endif
