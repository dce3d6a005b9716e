// A request to a remote, and what its answers mean to the adapter that makes it.
#ifndef PAWL_HTTP_REQUEST_HPP
#define PAWL_HTTP_REQUEST_HPP

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/http/fields.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/http/reading.hpp>
#include <pawl/http/verb.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// Part of a file as the body. It is read into memory when the request is sent, so that its length is certain before
// the first byte goes out; a file that has become shorter by then is permanent trouble.
struct file_range {
  std::filesystem::path path{};
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // in bytes
};

namespace detail {
// Path and query: nothing that would end the request's line, and ASCII.
constexpr bool is_sendable_target(std::string_view target) noexcept {
  for (char c : target)
    if (c <= 0x20 || c >= 0x7f) return false;  // a char that is signed is below 0 beyond ASCII
  return target.substr(0, 1) == "/";
}
}  // namespace detail

// Made by an adapter and sent by a transport, which it must outlive: name it before `co_await http.send(call)`.
//
//   pawl::http::request call(pawl::http::post, "/v1/documents", json);
//   call.idempotency_key(step.key()).deadline(30s).read(403, pawl::trouble_kind::not_found);
//
// Every function that takes text of the wire throws http_error if the text cannot be sent as it stands.
class request {
 public:
  // `target`: path and query, percent-encoded (see percent_encoded), from '/' on. A body that is not empty is sent as
  // `content_type`.
  request(verb method, std::string target, std::string body = {}, std::string_view content_type = "application/json")
      : method_(method), target_(std::move(target)), body_(std::move(body)) {
    refuse_wrong_target();
    if (!body_.empty()) headers_.set("Content-Type", content_type);
  }

  // ---- what is sent ----

  request& header(std::string_view name, std::string_view value) {
    headers_.set(name, value);
    return *this;
  }
  request& body(std::string bytes, std::string_view content_type) {
    headers_.set("Content-Type", content_type);
    body_ = std::move(bytes);
    file_.reset();
    return *this;
  }
  request& body(std::filesystem::path file, std::uint64_t offset, std::uint64_t size,
                std::string_view content_type = "application/octet-stream") {
    headers_.set("Content-Type", content_type);
    body_.clear();
    file_ = file_range{std::move(file), offset, size};
    return *this;
  }
  // Sent as the field Idempotency-Key, as 64 hexadecimal digits: the SHA-256 of the key, because keys of steps have any
  // length and any bytes. Only an API that documents this field looks at it.
  request& idempotency_key(std::string key) {
    idempotency_key_ = std::move(key);
    return *this;
  }

  // ---- how it may be repeated, and for how long it may take ----

  // Declares that repeating the request does no harm, as it does for GET and HEAD: a lost answer is then transient.
  request& safe() {
    safe_ = true;
    return *this;
  }
  // From the call of send() to the last byte of the answer. Without it the client's limits for connecting, for the first
  // byte and for a stall count alone, and the step's attempt_deadline.
  request& deadline(std::chrono::nanoseconds most) {
    if (most.count() <= 0) throw http_error("pawl: the deadline of a request must be longer than 0");
    deadline_ = most;
    return *this;
  }

  // ---- what its answers mean ----

  // The statuses of success; default 200 to 299.
  request& expect(int first, int last) {
    expected_ = {first, last};
    return *this;
  }
  // A success may have an empty body. Otherwise it is taken for a torn answer, except with status 204 and for HEAD:
  // three well-known proxies make a complete, empty answer of one that broke off (squid 5.7, caddy 2.6, lighttpd 1.4).
  request& expect_empty() {
    may_be_empty_ = true;
    return *this;
  }
  // What these statuses mean at this endpoint, instead of the default; the last that fits counts. A function is given
  // the answer and returns its trouble.
  request& read(int status, trouble_kind kind) { return read(status_range{status, status}, kind); }
  request& read(status_range statuses, trouble_kind kind) {
    readings_.push_back({statuses, kind, {}});
    return *this;
  }
  request& read(int status, answer_reader reader) { return read(status_range{status, status}, std::move(reader)); }
  request& read(status_range statuses, answer_reader reader) {
    readings_.push_back({statuses, trouble_kind::permanent, std::move(reader)});
    return *this;
  }

  // ---- for transports ----

  verb method() const noexcept { return method_; }
  std::string const& target() const noexcept { return target_; }
  fields const& headers() const noexcept { return headers_; }
  std::string const& content() const noexcept { return body_; }
  std::optional<file_range> const& file() const noexcept { return file_; }
  std::optional<std::string> const& key() const noexcept { return idempotency_key_; }
  std::optional<std::chrono::nanoseconds> total_deadline() const noexcept { return deadline_; }
  // Repeating it does no harm: a read by its method, or declared so.
  bool is_read() const noexcept { return safe_ || method_ == verb::get || method_ == verb::head; }
  bool is_success(int status) const noexcept { return expected_.contains(status); }
  bool may_answer_nothing() const noexcept { return may_be_empty_ || method_ == verb::head; }
  std::vector<reading> const& readings() const noexcept { return readings_; }

 private:
  void refuse_wrong_target() const {
    if (target_.empty() || target_.front() != '/')
      throw http_error("pawl: the target of a request is '" + detail::shown_url(target_) +
                       "', it must begin with '/'; scheme and host are the client's base URL");
    if (!detail::is_sendable_target(target_))
      throw http_error(
          "pawl: the target of a request has a blank, a control character or a letter that is not ASCII; "
          "write it percent-encoded (pawl::http::percent_encoded)");
  }

  verb method_;
  bool safe_ = false;
  bool may_be_empty_ = false;
  std::string target_;
  fields headers_{};
  std::string body_;
  std::optional<file_range> file_{};
  std::optional<std::string> idempotency_key_{};
  std::optional<std::chrono::nanoseconds> deadline_{};
  status_range expected_{};
  std::vector<reading> readings_{};
};

}  // namespace pawl::inline PAWL_ABI::http

#endif
