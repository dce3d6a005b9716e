// A small server of HTTP/1.1 on a loop, for a page beside a run: it bounds what a client may send, hold and wait for.
#ifndef PAWL_HTTP_BEAST_WEB_SERVER_HPP
#define PAWL_HTTP_BEAST_WEB_SERVER_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#ifdef BOOST_ASIO_SEPARATE_COMPILATION
#include <boost/asio/ssl/impl/src.hpp>  // which the compiled form of Asio leaves out, for the one source with a server or a client
#endif
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/http/answer.hpp>
#include <pawl/http/beast/deadline.hpp>
#include <pawl/http/beast/resolve.hpp>
#include <pawl/http/beast/served.hpp>
#include <pawl/http/web_request.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// What answers the requests. Called on the loop's thread, for several connections at a time.
class web_site {
 public:
  web_site() = default;
  web_site(web_site const&) = delete;
  web_site& operator=(web_site const&) = delete;
  virtual ~web_site() = default;
  // What it throws is answered as 500, without its words.
  virtual task<answer> serve(web_request request) = 0;
  // For a request that could not be read: 400, 408, 413 or 431.
  virtual answer refuse(int status) = 0;
};

struct web_server_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;     // 0: a free one
  std::string certificate{};  // a chain in PEM; empty: without TLS
  std::string key{};
  std::uint32_t largest_head = 16 * 1024;  // of a request, in bytes
  std::uint64_t largest_body = 64 * 1024;
  std::size_t connections = 64;  // open at once; at least 1
  // How long a request may take to arrive, from its first byte; how long an answer may take to be read; how long a
  // connection may be without a request.
  std::chrono::nanoseconds reading = std::chrono::seconds(10);
  std::chrono::nanoseconds writing = std::chrono::seconds(30);
  std::chrono::nanoseconds idle = std::chrono::seconds(60);
};

// Listens from the constructor on, and answers while its loop is run. Times are real whatever the loop's clock is. Where
// all connections are taken, a new one takes the place of that which has kept the server waiting longest, for a request
// or for its answer to be read, so that slow clients keep nobody out. It has nothing to do with the client's pool, nor with its retries.
//
// Throws http_error for a certificate that cannot be read, and boost::system::system_error where it cannot listen.
class web_server {
 public:
  web_server(event_loop& loop, web_server_options options, std::shared_ptr<web_site> site)
      : shared_(std::make_shared<shared>(loop, std::move(options), std::move(site))) {
    shared_->me = shared_;
    shared_->listen();
    pawl::detail::spawn(loop.get_executor(), shared::accept(shared_), {&forget, shared_});
  }
  web_server(web_server const&) = delete;
  web_server& operator=(web_server const&) = delete;
  ~web_server() { stop(); }

  std::uint16_t port() const { return shared_->port; }
  std::size_t connections() const { return shared_->open.size(); }
  // Closes the port and all connections. What is being asked ends by itself, and is not answered.
  void stop() { shared_->stop(); }

 private:
  using clock = std::chrono::steady_clock;
  using tcp = boost::asio::ip::tcp;

  // A task's exception is the end of its connection.
  static void forget(std::shared_ptr<void>&, std::exception_ptr) {}

  struct connection {
    connection(tcp::socket socket, boost::asio::ssl::context* tls)
        : link(std::move(socket), tls), watch(link.raw()), since(clock::now()) {}
    detail::served link;
    detail::deadline watch;
    clock::time_point since;  // when it began to keep the server waiting
    bool answering = false;
  };
  using connections_list = std::list<std::shared_ptr<connection>>;

  struct shared {
    shared(event_loop& loop, web_server_options with, std::shared_ptr<web_site> what)
        : options(std::move(with)), site(std::move(what)), executor(loop.get_executor()), acceptor(executor) {
      if (!options.certificate.empty()) tls = detail::serving_context(options.certificate, options.key);
    }

    void listen() {
      tcp::endpoint const at(boost::asio::ip::make_address(options.address), options.port);
      acceptor.open(at.protocol());
      acceptor.set_option(tcp::acceptor::reuse_address(true));
      acceptor.bind(at);
      acceptor.listen();
      port = acceptor.local_endpoint().port();
    }
    void stop() {
      boost::system::error_code ignored;
      acceptor.close(ignored);
      for (auto const& one : open) one->link.end(false);
    }

    static task<void> accept(std::shared_ptr<shared> self) {
      while (self->acceptor.is_open()) {
        tcp::socket socket(self->executor);
        auto accepting = self->acceptor.async_accept(socket, detail::as_error);
        auto const [error] = co_await std::move(accepting);
        if (!self->acceptor.is_open()) co_return;
        if (error) {  // no descriptor is left, say: they are given back in time
          boost::asio::steady_timer pause(self->executor, std::chrono::milliseconds(100));
          auto waiting = pause.async_wait(detail::as_error);
          co_await std::move(waiting);
          continue;
        }
        self->welcome(std::move(socket));
      }
    }
    void welcome(tcp::socket socket) {
      if (open.size() >= options.connections && !evict()) return;  // all are being answered: this one is closed
      auto const one = std::make_shared<connection>(std::move(socket), tls.get());
      auto const place = open.insert(open.end(), one);
      std::shared_ptr<void> leaving(one.get(), [self = self_of(), place](void*) { self->open.erase(place); });
      pawl::detail::spawn(executor, converse(self_of(), one), {&forget, std::move(leaving)});
    }
    std::shared_ptr<shared> self_of() { return me.lock(); }
    // Closes the connection that has kept the server waiting longest; it leaves the list when its coroutine has seen it.
    bool evict() {
      std::shared_ptr<connection> oldest;
      for (auto const& one : open)
        if (!one->answering && one->link.raw().is_open() && (!oldest || one->since < oldest->since)) oldest = one;
      if (oldest) oldest->link.end(false);
      return oldest != nullptr;
    }

    static task<void> converse(std::shared_ptr<shared> self, std::shared_ptr<connection> on) {
      auto const& limits = self->options;
      on->watch.set(clock::now() + limits.reading);
      auto beginning = on->link.begin();
      co_await std::move(beginning);
      for (bool goes_on = true; goes_on;) {
        on->since = clock::now();
        on->watch.set(on->since + limits.idle);
        auto waiting = on->link.has_next();
        if (!co_await std::move(waiting)) break;
        on->watch.set(clock::now() + limits.reading, detail::deadline::ending::cancel);
        auto reading = on->link.read(detail::served_limits{limits.largest_head, limits.largest_body});
        auto read = co_await std::move(reading);
        if (!read.got && read.refusal == 0 && on->watch.expired() && on->link.raw().is_open()) read.refusal = 408;
        if (!read.got && read.refusal == 0) break;
        on->answering = true;
        auto answering = self->reply(on, std::move(read));
        goes_on = co_await std::move(answering);
      }
      on->link.end(false);
    }
    // Whether another request may come on this connection.
    task<bool> reply(std::shared_ptr<connection> on, detail::served_reading read) {
      bool const keeps = read.got && read.got->keeps_alive;
      bool const is_head = read.got && read.got->method == "HEAD";
      answer given;
      if (read.got) {
        on->watch.clear();
        auto serving = ask(std::move(*read.got));
        given = co_await std::move(serving);
      } else {
        given = site->refuse(read.refusal);
      }
      if (!keeps) given.headers.set("Connection", "close");
      std::string const bytes = detail::serialized(given, detail::framing::length, is_head);
      on->answering = false;  // now the client keeps the server waiting, until it has read
      on->since = clock::now();
      on->watch.set(on->since + options.writing);
      auto writing = on->link.write(bytes);
      co_await std::move(writing);
      if (keeps) co_return true;
      on->since = {};  // it makes room for others first
      on->watch.set(clock::now() + std::chrono::seconds(1));
      auto finishing = on->link.finish(std::size_t{256} * 1024);
      co_await std::move(finishing);
      co_return false;
    }
    task<answer> ask(detail::served_message got) {
      web_request request;
      request.method = std::move(got.method);
      request.target = std::move(got.target);
      request.headers = std::move(got.headers);
      request.body = std::move(got.body);
      request.over_tls = tls != nullptr;
      answer given;
      try {
        auto serving = site->serve(std::move(request));
        given = co_await std::move(serving);
      } catch (std::exception const&) {
        given = site->refuse(500);
      }
      co_return given;
    }

    web_server_options options;
    std::shared_ptr<web_site> site;
    event_loop::executor_type executor;
    tcp::acceptor acceptor;
    std::shared_ptr<boost::asio::ssl::context> tls{};
    connections_list open{};
    std::uint16_t port = 0;
    std::weak_ptr<shared> me{};
  };

  std::shared_ptr<shared> shared_;
};

}  // namespace pawl::inline PAWL_ABI::http

#endif
