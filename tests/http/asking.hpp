// What the tests of the client ask of it.
#ifndef PAWL_TESTS_HTTP_ASKING_HPP
#define PAWL_TESTS_HTTP_ASKING_HPP

#include <chrono>
#include <string>
#include <utility>

#include <pawl/http/client.hpp>
#include <pawl/loop/loop.hpp>

namespace asking {

inline pawl::task<pawl::outcome<pawl::http::answer>> ask(pawl::http::transport& over, pawl::http::request call) {
  auto sending = over.send(call);
  auto given = co_await std::move(sending);
  co_return given;
}
// A POST with a body, which must not be repeated.
inline pawl::task<pawl::outcome<pawl::http::answer>> post(pawl::http::transport& over, std::string target = "/x") {
  return ask(over, pawl::http::request(pawl::http::post, std::move(target), "{}"));
}
inline pawl::task<pawl::outcome<pawl::http::answer>> get(pawl::http::transport& over, std::string target = "/x") {
  return ask(over, pawl::http::request(pawl::http::get, std::move(target)));
}

inline pawl::task<void> pause(pawl::event_loop& loop, std::chrono::nanoseconds time) {
  auto sleeping = loop.sleep(time);
  co_await std::move(sleeping);
}

inline pawl::http::answer answered(std::string body) {
  pawl::http::answer a;
  a.status = 200;
  a.body = std::move(body);
  return a;
}
inline bool has(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

}  // namespace asking

#endif
