// Where the page is served, to whom, and what is refused.
#ifndef PAWL_PAGE_PAGE_OPTIONS_HPP
#define PAWL_PAGE_PAGE_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/error.hpp>
#include <pawl/page/page_token.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

class run_monitor;

// By itself the page is for this machine alone: it listens on 127.0.0.1, whoever has an account here may read it, and
// without a token it has no buttons. On any other address, and behind a proxy, reading needs the token too.
struct page_options {
  std::string address = "127.0.0.1";  // of this machine; 0.0.0.0 and :: are all of them
  std::uint16_t port = 0;             // 0: a free one, see status_page::url()
  page_token token{};
  run_monitor const* monitor = nullptr;  // of runs in this process; must outlive the page
  // TLS, in PEM: a chain of certificates, and its key.
  std::string certificate{}, key{};
  // A proxy in front ends TLS and passes the Host field on.
  bool behind_proxy = false;
  // Names by which the page is reached, such as "status.example.org", with a port or for any. localhost and addresses of
  // this machine need not be named: a page elsewhere cannot make a name point to this machine and then use that name here.
  std::vector<std::string> allowed_hosts{};

  // How much of the loop's time the questions to the console may take, more than 0 and at most 1: after one that took 10 ms
  // tables are not counted for 90 ms, and shown meanwhile as they were counted last. What a person asks for, a list, a story
  // or an action, waits for as long too, but no longer than 5 s nor half of the patience.
  double share = 0.1;
  std::chrono::nanoseconds counted_every = std::chrono::seconds(1);  // tables are counted at most so often
  std::chrono::nanoseconds patience = std::chrono::seconds(10);      // with an answer of the console, then it is a 503
  std::chrono::nanoseconds session = std::chrono::hours(12);         // until a browser has to sign in again
  std::size_t connections = 64;                                      // open at once
};

namespace detail::status {
[[noreturn]] inline void refuse_page(std::string const& why) {
  throw error("page.options", "pawl: page_options: " + why);
}

// Reading needs the token too.
inline bool is_exposed(page_options const& o) {
  boost::system::error_code no_address;
  auto const address = boost::asio::ip::make_address(o.address, no_address);
  return o.behind_proxy || no_address || !address.is_loopback();
}
// Throws error "page.options", with what to do.
inline void check_page(page_options const& o) {
  boost::system::error_code no_address;
  auto const address = boost::asio::ip::make_address(o.address, no_address);
  std::string const at = "'" + escaped(o.address, 60) + "'";
  if (no_address) refuse_page("the address " + at + " is none; give one such as 127.0.0.1, ::1 or 0.0.0.0");
  if (o.certificate.empty() != o.key.empty()) refuse_page("TLS needs both the certificate and its key");
  if (!address.is_loopback() && o.certificate.empty() && !o.behind_proxy)
    refuse_page(
        "on the address " + at +
        " the token would be read by others on its way; give certificate and key, or behind_proxy where a proxy "
        "speaks TLS for the page");
  if (is_exposed(o) && o.token.empty())
    refuse_page((o.behind_proxy ? "behind a proxy" : "on the address " + at) +
                " the page is open to others and needs a token; give one by page_token::from_environment or from_file");
  if (o.behind_proxy && o.allowed_hosts.empty())
    refuse_page("behind a proxy the page must know by which names it is reached; give allowed_hosts");
  if (!(o.share > 0 && o.share <= 1)) refuse_page("share must be more than 0 and at most 1");
  if (o.patience.count() <= 0 || o.session.count() <= 0 || o.counted_every.count() < 0)
    refuse_page("patience and session must be more than 0, and counted_every must not be negative");
  if (o.connections == 0) refuse_page("connections must be at least 1");
}
}  // namespace detail::status

}  // namespace pawl::inline PAWL_ABI

#endif
