// Implements the client with Boost.Beast and OpenSSL, and the reading of JSON: include this in one source of the
// program. It takes some 15 seconds to compile, which the sources of adapters are spared.
#ifndef PAWL_HTTP_BEAST_CLIENT_HPP
#define PAWL_HTTP_BEAST_CLIENT_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <pawl/http/beast/body.hpp>
#include <pawl/http/client.hpp>
#include <pawl/http/json_field.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// Not inline on purpose: a second source with this header is an error of the linker.
// NOLINTBEGIN(misc-definitions-in-headers)
client::client(event_loop& loop, client_options options) : body_(std::make_unique<body>(loop, std::move(options))) {}
client::~client() = default;
task<outcome<answer>> client::send(request const& call) { return body_->send(call); }
client_counts const& client::counts() const { return body_->counts(); }

// What a message says of a successful answer: its values are not the client's to write anywhere.
static std::string shape_of(answer const& given) {
  return "HTTP " + std::to_string(given.status) + " with " + std::to_string(given.body.size()) + " bytes";
}

outcome<std::string> field(answer const& given, std::string_view name) {
  auto const document = nlohmann::json::parse(given.body, nullptr, false);
  if (document.is_discarded()) return trouble::unknown_outcome("the answer is no JSON: " + shape_of(given));
  auto const* at = &document;
  for (std::string_view rest = name; !rest.empty();) {
    std::size_t const dot = rest.find('.');
    auto const found = at->is_object() ? at->find(std::string(rest.substr(0, dot))) : at->end();
    if (!at->is_object() || found == at->end())
      return trouble::unknown_outcome("the answer has no field '" + std::string(name) + "': " + shape_of(given));
    at = &*found;
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  if (at->is_string()) return at->get<std::string>();
  return at->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
// NOLINTEND(misc-definitions-in-headers)

}  // namespace pawl::inline PAWL_ABI::http

#endif
