// Where requests go: scheme, host and port.
#ifndef PAWL_HTTP_ORIGIN_HPP
#define PAWL_HTTP_ORIGIN_HPP

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <pawl/http/fields.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

struct origin {
  bool tls = true;
  std::string host{};  // in lower case, without brackets: "example.org", "127.0.0.1", "::1"
  std::uint16_t port = 443;

  friend bool operator==(origin const&, origin const&) = default;

  bool is_ipv6() const { return host.find(':') != std::string::npos; }
  bool has_default_port() const { return port == (tls ? 443 : 80); }
  // For the Host field: "example.org", "example.org:8080", "[::1]:8080".
  std::string authority() const {
    std::string text = is_ipv6() ? "[" + host + "]" : host;
    if (!has_default_port()) text += ":" + std::to_string(port);
    return text;
  }
  std::string text() const { return (tls ? "https://" : "http://") + authority(); }
};

namespace detail {
constexpr bool begins_with_name(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && equal_names(text.substr(0, prefix.size()), prefix);
}

class origin_reader {
 public:
  origin_reader(std::string_view url, std::string_view what) : url_(url), rest_(url), what_(what) {}

  origin read() {
    read_scheme();
    std::size_t const end = rest_.find_first_of("/?#");
    std::string_view authority = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end);
    if (authority.find('@') != std::string_view::npos)  // not shown: it may hold a password
      refuse("has a user or password before '@', which would be logged; send them in a header field");
    read_authority(authority);
    return std::move(read_);
  }
  std::string_view rest() const { return rest_; }

 private:
  [[noreturn]] void refuse(std::string const& why) const {
    throw http_error("pawl: " + std::string(what_) + " '" + shown_url(url_) + "' " + why);
  }
  void read_scheme() {
    if (begins_with_name(rest_, "https://")) {
      rest_.remove_prefix(8);
    } else if (begins_with_name(rest_, "http://")) {
      read_.tls = false;
      read_.port = 80;
      rest_.remove_prefix(7);
    } else {
      refuse("must begin with https:// or http://");
    }
  }
  void read_authority(std::string_view authority) {
    std::string_view host = authority, port;
    if (authority.substr(0, 1) == "[") {
      std::size_t const close = authority.find(']');
      if (close == std::string_view::npos) refuse("has '[' without ']'");
      host = authority.substr(1, close - 1);
      std::string_view const behind = authority.substr(close + 1);
      if (!behind.empty() && behind.front() != ':') refuse("has something other than a port after ']'");
      if (!behind.empty()) port = behind.substr(1);
      if (host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
        refuse("has no IPv6 address between '[' and ']'");
      if (!behind.empty()) read_port(port);
    } else if (std::size_t const colon = authority.find(':'); colon != std::string_view::npos) {
      host = authority.substr(0, colon);
      read_port(authority.substr(colon + 1));
    }
    if (host.empty()) refuse("names no host");
    for (char c : host)
      if (!(is_token_character(c) || c == ':') || c == '%' || c == '*')
        refuse("has a character that no host's name has; write an international name in its ASCII form");
    for (char c : host) read_.host += lower(c);
  }
  void read_port(std::string_view digits) {
    unsigned number = 0;
    auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failure != std::errc() || end != digits.data() + digits.size() || number == 0 || number > 65535)
      refuse("has a port that is no number from 1 to 65535");
    read_.port = static_cast<std::uint16_t>(number);
  }

  std::string_view url_;
  std::string_view rest_;
  std::string_view what_;
  origin read_{};
};
}  // namespace detail

// Reads "https://host" or "http://host:port". Throws http_error for anything else: no scheme, a user or password, a
// path or query (each request has its own target).
inline origin base_url(std::string_view url) {
  detail::origin_reader reader(url, "the base URL");
  origin const read = reader.read();
  if (!reader.rest().empty() && reader.rest() != "/")
    throw http_error("pawl: the base URL '" + detail::shown_url(url) +
                     "' has a path or query; give only scheme, host and port, and the path in each request's target");
  return read;
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
