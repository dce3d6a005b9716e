// Where a webhook goes: its URL, taken apart.
#ifndef WEBHOOKS_ADDRESS_HPP
#define WEBHOOKS_ADDRESS_HPP

#include <string>
#include <string_view>

#include <pawl/http.hpp>

namespace webhooks {

struct address {
  pawl::http::origin host{};
  std::string target{};  // path and query

  // The name of its gate: one for each host and port.
  std::string gate() const { return host.authority(); }
};

// Permanent trouble, with a sentence, if nothing can be sent there.
inline pawl::outcome<address> address_of(std::string_view url) {
  auto const scheme = url.find("://");
  auto const authority = scheme == std::string_view::npos ? 0 : scheme + 3;
  auto const end = url.find_first_of("/?#", authority);
  std::string_view const path = end == std::string_view::npos ? std::string_view() : url.substr(end);
  address found;
  found.target = path.substr(0, path.find('#'));
  if (!found.target.starts_with('/')) found.target.insert(0, 1, '/');
  try {
    found.host = pawl::http::base_url(url.substr(0, end));
    pawl::http::request const sendable(pawl::http::post, found.target);
  } catch (pawl::http::http_error const& e) {
    return pawl::trouble::permanent(e.what());
  }
  return found;
}

}  // namespace webhooks

#endif
