// Implements the client with Boost.Beast and OpenSSL, and the reading of JSON: include this in one source of the
// program. It takes some 15 seconds to compile, which the sources of adapters are spared.
#ifndef PAWL_HTTP_BEAST_CLIENT_HPP
#define PAWL_HTTP_BEAST_CLIENT_HPP

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/http/beast/body.hpp>
#include <pawl/http/beast/field_finder.hpp>
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

outcome<std::string> field(answer const& given, std::string_view name) {
  detail::field_finder finder(name);
  if (!finder.read(given.body)) return trouble::unknown_outcome("the answer is no JSON: " + status_and_size(given));
  if (auto& found = finder.found()) return *std::move(found);
  return trouble::unknown_outcome("the answer has no text, number or boolean under '" + std::string(name) +
                                  "': " + status_and_size(given));
}
// NOLINTEND(misc-definitions-in-headers)

}  // namespace pawl::inline PAWL_ABI::http

#endif
