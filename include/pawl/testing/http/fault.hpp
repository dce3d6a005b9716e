// What goes wrong with one request at a remote that exists for tests.
#ifndef PAWL_TESTING_HTTP_FAULT_HPP
#define PAWL_TESTING_HTTP_FAULT_HPP

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/http/answer.hpp>
#include <pawl/http/fields.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// Faults of one request, which may be combined. The word that matters is whether the request takes effect: the same
// answer, or the same silence, may mean the opposite.
//
//   remote.fault(2).drop_after();                                   // performed, and nobody is told
//   remote.fault(3).status(503, {{"Retry-After", "5"}}).before_effect();
class http_fault {
 public:
  // ---- which answer, and whether there is an effect ----

  http_fault& drop_before() { return drop(false, false); }  // the connection ends, without effect and answer
  http_fault& drop_after() { return drop(true, false); }
  http_fault& reset_before() { return drop(false, true); }  // as a reset (RST), where there is a network
  http_fault& reset_after() { return drop(true, true); }

  // Answers this instead. With effect, unless one of the next three follows; of these the last one counts.
  http_fault& status(int code, http::fields headers = {}, std::string body = {}) {
    http::answer a;
    a.status = code;
    a.headers = std::move(headers);
    a.body = std::move(body);
    answer = std::move(a);
    return *this;
  }
  // What a proxy puts in the place of its origin's answer.
  http_fault& html_502() {
    return status(502, {{"Content-Type", "text/html"}}, "<html><body><h1>502 Bad Gateway</h1></body></html>");
  }
  // Without a status() there is nothing to answer then: the connection ends, as after drop_before(), unless it stalls.
  http_fault& before_effect() { return lands(false, std::nullopt); }
  http_fault& after_effect() { return lands(true, std::nullopt); }

  // Takes effect so long after the answer, or after the connection's end, and not before it.
  http_fault& lands_after(std::chrono::nanoseconds later) { return lands(false, later); }

  // ---- how the answer is delivered ----

  http_fault& delay(std::chrono::nanoseconds before_it) {
    wait = before_it;
    return *this;
  }
  // The connection ends after so many bytes of the body, which its Content-Length promises to be longer.
  http_fault& cut_body(std::size_t bytes) {
    cut_after = bytes;
    return *this;
  }
  // The connection ends within the header, after so many bytes of it.
  http_fault& cut_head(std::size_t bytes) {
    cut_head_after = bytes;
    return *this;
  }
  // The body goes in chunks of at most 64 bytes, without a length; cut_body() counts what is written for them too.
  http_fault& chunked() {
    in_chunks = true;
    return *this;
  }
  // Nothing follows after so many bytes of the whole answer; the connection stays open.
  http_fault& stall(std::size_t bytes = 0) {
    stall_after = bytes;
    return *this;
  }
  http_fault& bytes_per_second(std::size_t most) {
    rate = most;
    return *this;
  }
  // The connection ends after the answer, although it says nothing of that; the next request on it meets the end.
  http_fault& close_idle() {
    closes_afterwards = true;
    return *this;
  }
  http_fault& early_hints() {  // a 103 goes before the answer
    hints = true;
    return *this;
  }
  http_fault& no_length() {  // the end of the connection is the end of the body
    has_length = false;
    return *this;
  }
  http_fault& garbage_after() {  // bytes that belong to nothing
    garbage = true;
    return *this;
  }

  // ---- for remotes ----

  bool has_effect = true;
  std::optional<std::chrono::nanoseconds> lands_late{};
  bool drops = false;
  bool resets = false;
  std::optional<http::answer> answer{};
  std::chrono::nanoseconds wait{};
  std::optional<std::size_t> cut_after{};
  std::optional<std::size_t> cut_head_after{};
  bool in_chunks = false;
  std::optional<std::size_t> stall_after{};
  std::optional<std::size_t> rate{};
  bool closes_afterwards = false;
  bool hints = false;
  bool has_length = true;
  bool garbage = false;

 private:
  http_fault& drop(bool effect, bool as_reset) {
    drops = true;
    resets = as_reset;
    return lands(effect, std::nullopt);
  }
  http_fault& lands(bool in_time, std::optional<std::chrono::nanoseconds> later) {
    has_effect = in_time;
    lands_late = later;
    return *this;
  }
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
