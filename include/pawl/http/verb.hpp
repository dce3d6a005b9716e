// The methods of HTTP that adapters use.
#ifndef PAWL_HTTP_VERB_HPP
#define PAWL_HTTP_VERB_HPP

#include <cstdint>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

enum class verb : std::uint8_t { get, head, post, put, patch, remove };
using enum verb;

// As it stands in a request: "GET". `remove` is DELETE, which is a word of the language.
constexpr std::string_view name(verb v) noexcept {
  switch (v) {
    case verb::get:
      return "GET";
    case verb::head:
      return "HEAD";
    case verb::post:
      return "POST";
    case verb::put:
      return "PUT";
    case verb::patch:
      return "PATCH";
    case verb::remove:
      break;
  }
  return "DELETE";
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
