#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "benchmark/measuring.hpp"
#include "peers.hpp"

namespace http_benchmark {

namespace asio = boost::asio;
namespace beast = boost::beast;

static asio::awaitable<void> work_off(load const& work, std::size_t& left, bool with_deadlines) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  asio::ip::tcp::endpoint const to(asio::ip::address_v4::loopback(), work.port);
  co_await stream.async_connect(to, asio::use_awaitable);
  stream.socket().set_option(asio::ip::tcp::no_delay(true));
  beast::flat_buffer buffer;
  while (left > 0) {
    --left;
    beast::http::request<beast::http::string_body> request(beast::http::verb::post, "/v1/documents", 11, work.body);
    request.set(beast::http::field::host, "127.0.0.1");
    request.set(beast::http::field::content_type, "application/json");
    request.prepare_payload();
    if (with_deadlines) stream.expires_after(std::chrono::seconds(30));
    co_await beast::http::async_write(stream, request, asio::use_awaitable);
    beast::http::response<beast::http::string_body> response;
    if (with_deadlines) stream.expires_after(std::chrono::seconds(30));
    co_await beast::http::async_read(stream, buffer, response, asio::use_awaitable);
    if (response.result_int() != 200) throw std::runtime_error("the server does not answer with 200");
  }
}
static double loop(load const& work, bool with_deadlines) {
  measuring::stopwatch const watch;
  asio::io_context io(1);
  std::size_t left = work.requests;
  std::exception_ptr failure;
  for (std::size_t i = 0; i < work.in_flight; ++i)
    asio::co_spawn(io, work_off(work, left, with_deadlines), [&failure](std::exception_ptr why) {
      if (why) failure = why;
    });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return watch.seconds();
}

double by_beast(load const& work) { return loop(work, true); }
double by_bare_beast(load const& work) { return loop(work, false); }

}  // namespace http_benchmark
