// A live status page of one database: what a person on call sees and does in a browser, and metrics for machines.
#ifndef PAWL_PAGE_STATUS_PAGE_HPP
#define PAWL_PAGE_STATUS_PAGE_HPP

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/console/console.hpp>
#include <pawl/error.hpp>
#include <pawl/http/beast/web_server.hpp>
#include <pawl/http/origin.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/page/page_options.hpp>
#include <pawl/page/page_site.hpp>
#include <pawl/page/run_monitor.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// ```
// pawl::status_page page(loop, console, {.port = 8080, .token = pawl::page_token::from_environment("PAWL_TOKEN"), .monitor = &monitor});
// std::cout << page.url() << '\n';
// pawl::run(queue, steps);
// ```
// Served on the loop's own thread while the loop is run, beside a run or alone. Tables are counted at most every
// `counted_every`, and so seldom that it takes no more than `share` of the time, however many people look: they see what
// was counted last, and when that was. Lists, stories and actions keep to the share as well, unless somebody would wait for
// more than 5 s. A loop with a page never stalls ("loop.stalled"), for there may always be a request.
//
//   GET  /  /table/NAME?state=&trouble=&key=&after=  /item?table=&key=     for people; complete without script
//   GET  /api/status.json  /api/items.json?table=&...&limit=  /api/item.json?table=&key=
//   GET  /metrics               Prometheus' text; pawl_up is 0 where the database does not answer
//   GET  /healthz               200 where the console answers, or is at work and has answered before; else 503 and a sentence
//   POST /action                action=release|park (table, key, version, reason) or retry-all|pause|resume (table, state)
//
// An action needs the token, as a field `token` of the form, as `Authorization: Bearer`, or by the cookie of a browser that
// has signed in; and an Origin or Sec-Fetch-Site of the page's own, so a program sends `Origin: ` and the page's URL
// without its last '/'. Nothing is done by a GET. Whatever a key, an error or a name holds is shown escaped.
//
// Loop, console and monitor must outlive the page, and what it has asked the console: run the loop once more after stop(),
// or destroy it without running it again. Throws "page.options" for options that would open the page to strangers, and
// "page.listen" where it cannot listen.
class status_page {
 public:
  status_page(event_loop& loop, console& from, page_options options = {})
      : monitor_(options.monitor), loop_(&loop), tls_(!options.certificate.empty()) {
    detail::status::check_page(options);
    http::web_server_options with;
    with.address = address_ = options.address;
    with.port = options.port;
    with.certificate = options.certificate;
    with.key = options.key;
    with.connections = options.connections;
    std::uint16_t const wanted = options.port;
    auto const site = std::make_shared<detail::status::page_site>(loop, from, std::move(options));
    try {
      server_ = std::make_unique<http::web_server>(loop, std::move(with), site);
    } catch (boost::system::system_error const& e) {
      throw error("page.listen", "pawl: the page cannot listen on " + address_ + ", port " + std::to_string(wanted) +
                                     ": " + e.code().message() + "; give another port, or 0 for a free one");
    } catch (http::http_error const& e) {
      throw error("page.options", e.what());
    }
    if (monitor_ != nullptr) monitor_->loop_ = loop_;
  }
  ~status_page() {
    if (monitor_ != nullptr && monitor_->loop_ == loop_) monitor_->loop_ = nullptr;
  }
  status_page(status_page const&) = delete;
  status_page& operator=(status_page const&) = delete;

  std::uint16_t port() const { return server_->port(); }
  // "http://127.0.0.1:8080/"; of a page on all addresses that of this machine alone.
  std::string url() const {
    auto const address = boost::asio::ip::make_address(address_);
    http::origin at;
    at.tls = tls_;
    at.host = !address.is_unspecified() ? address.to_string() : address.is_v6() ? "::1" : "127.0.0.1";
    at.port = port();
    return at.text() + "/";
  }
  // Closes the port and all connections; the destructor does it too.
  void stop() { server_->stop(); }

 private:
  std::string address_{};
  run_monitor const* monitor_;
  event_loop const* loop_;
  bool tls_;
  std::unique_ptr<http::web_server> server_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
