// Whether a request comes from the page itself, or from a page elsewhere that makes a browser send it.
#ifndef PAWL_PAGE_REQUEST_GUARD_HPP
#define PAWL_PAGE_REQUEST_GUARD_HPP

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/http/fields.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/http/origin.hpp>
#include <pawl/http/web_request.hpp>
#include <pawl/page/page_options.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// A page elsewhere may let its own name point to this machine, and its scripts then read what is served under that name
// ("rebinding"). The browser still sends that name as Host. Addresses cannot be rebound, and browsers keep localhost to
// this machine; any other name must be one of allowed_hosts. Ports are not compared, for tunnels have others.
class request_guard {
 public:
  explicit request_guard(page_options const& options) : behind_proxy_(options.behind_proxy) {
    boost::system::error_code ignored;
    own_ = boost::asio::ip::make_address(options.address, ignored);
    for (auto const& host : options.allowed_hosts) allowed_.push_back(read_allowed(host));
  }

  // Of the request's one Host field; nothing if there is none, several, or one that is no host.
  static std::optional<http::origin> host_of(http::web_request const& request) {
    std::optional<std::string_view> host;
    for (auto const& line : request.headers) {
      if (!http::detail::equal_names(line.name, "host")) continue;
      if (host) return std::nullopt;
      host = line.value;
    }
    if (!host) return std::nullopt;
    return read_host(*host, request.over_tls);
  }
  bool allows(http::origin const& host) const {
    boost::system::error_code no_address;
    auto const address = boost::asio::ip::make_address(host.host, no_address);
    if (!no_address) {
      if (address.is_loopback() || address == own_ || own_.is_unspecified()) return true;
    } else if (host.host == "localhost") {
      return true;
    }
    return std::any_of(allowed_.begin(), allowed_.end(), [&](allowed const& one) {
      return one.name == host.host && (!one.port || are_same_port(*one.port, host.port));
    });
  }

  // Where a browser sends the request for a page of this very origin. Sec-Fetch-Site is the browser's own word, which old
  // ones do not send; Origin is theirs too, unless a policy or a proxy has made it "null". A request with neither is refused.
  bool is_own(http::web_request const& request, http::origin const& host) const {
    auto const site = request.headers.find("Sec-Fetch-Site");
    auto const from = request.headers.find("Origin");
    if (site && *site != "same-origin") return false;
    if (!from) return site.has_value();
    if (*from == "null") return site.has_value();
    return is_origin(*from, host, is_over_tls(request));
  }
  // A page elsewhere that loads this as a picture, a script or data; links from there may be followed.
  static bool is_loaded_elsewhere(http::web_request const& request) {
    auto const site = request.headers.find("Sec-Fetch-Site");
    auto const mode = request.headers.find("Sec-Fetch-Mode");
    return site && *site != "same-origin" && *site != "none" && !(mode && *mode == "navigate");
  }
  // Whether the browser speaks TLS, to us or to the proxy: it does unless the proxy says that it does not, for proxies
  // differ in what they say ("https", "HTTPS", "https, http", nothing).
  bool is_over_tls(http::web_request const& request) const {
    auto const forwarded = request.headers.find("X-Forwarded-Proto");
    return request.over_tls || (behind_proxy_ && !(forwarded && *forwarded == "http"));
  }

 private:
  struct allowed {
    std::string name{};
    std::optional<unsigned> port{};
  };

  static std::optional<http::origin> read_host(std::string_view host, bool tls) {
    if (host.find_first_of("/?#@\\") != std::string_view::npos) return std::nullopt;
    try {
      return http::base_url((tls ? "https://" : "http://") + std::string(host));
    } catch (http::http_error const&) {
      return std::nullopt;
    }
  }
  static allowed read_allowed(std::string const& text) {
    auto const host = read_host(text, true);
    if (!host)
      refuse_page("allowed_hosts has '" + escaped(text, 60) +
                  "', which is no host; write one such as status.example.org");
    bool const has_port = text.find(':', text.front() == '[' ? text.find(']') : 0) != std::string::npos;
    return {host->host, has_port ? std::optional<unsigned>(host->port) : std::nullopt};
  }
  bool is_origin(std::string_view from, http::origin const& host, bool over_tls) const {
    try {
      auto const origin = http::base_url(from);
      return origin.tls == over_tls && origin.host == host.host && are_same_port(origin.port, host.port);
    } catch (http::http_error const&) {
      return false;
    }
  }

  // A proxy speaks TLS where we do not, so that the port that is left out is another one.
  bool are_same_port(unsigned one, unsigned other) const {
    auto const is_usual = [](unsigned port) { return port == 80 || port == 443; };
    return one == other || (behind_proxy_ && is_usual(one) && is_usual(other));
  }

  bool behind_proxy_;
  boost::asio::ip::address own_{};
  std::vector<allowed> allowed_{};
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
