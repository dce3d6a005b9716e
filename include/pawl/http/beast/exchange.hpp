// One request and its answer on one connection.
#ifndef PAWL_HTTP_BEAST_EXCHANGE_HPP
#define PAWL_HTTP_BEAST_EXCHANGE_HPP

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/beast/core/error.hpp>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/core/span.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/http/answer.hpp>
#include <pawl/http/beast/connection.hpp>
#include <pawl/http/classify.hpp>
#include <pawl/http/client.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

namespace beast_http = boost::beast::http;
using wire_request = beast_http::request<beast_http::span_body<char const>>;

struct exchanged {
  std::optional<answer> given{};
  exchange_failure failure{};
  std::size_t sent = 0;  // bytes
  bool all_sent = false;
  bool any_answer = false;   // at least a byte of one
  bool may_be_kept = false;  // the connection, for the next request
  std::chrono::nanoseconds keep_alive = (std::chrono::nanoseconds::max)();
};

template <class Stream> class exchange {
  using clock = std::chrono::steady_clock;
  using parser = beast_http::response_parser<beast_http::string_body>;
  static constexpr std::size_t largest_piece = 64 * 1024;

 public:
  exchange(Stream& stream, connection& on, client_options const& limits, clock::time_point end)
      : stream_(stream), on_(on), limits_(limits), end_(end) {}

  task<exchanged> run(wire_request const& message, request const& call) {
    auto writing = write(message);
    auto const write_error = co_await std::move(writing);
    result_.all_sent = !write_error;
    // A server that refuses a body early answers, and closes or reads no more: its answer is readable although the write
    // has failed or stalled.
    auto reading = read(call, write_error ? std::chrono::nanoseconds(std::chrono::seconds(1)) : limits_.first_byte);
    auto const read_error = co_await std::move(reading);
    on_.watch().clear();
    judge(call, write_error, read_error);
    co_return std::move(result_);
  }

 private:
  task<boost::system::error_code> write(wire_request const& message) {
    beast_http::request_serializer<beast_http::span_body<char const>> pieces(message);
    while (!pieces.is_done()) {
      on_.watch().within(limits_.stall, end_, deadline::ending::cancel);
      auto const [error, bytes] = co_await beast_http::async_write_some(stream_, pieces, as_error);
      result_.sent += bytes;
      if (error) co_return error;
    }
    co_return boost::system::error_code();
  }

  // Leaves the last answer in reading_: those before it are interim (1xx), and are dropped; taken for the answer they
  // would shift all later ones on this connection by one.
  task<boost::system::error_code> read(request const& call, std::chrono::nanoseconds first_byte) {
    do {
      reading_.emplace();
      reading_->header_limit(64 * 1024);
      reading_->body_limit(limits_.largest_body);
      reading_->eager(true);
      if (call.method() == verb::head) reading_->skip(true);
      auto error = parse();
      while (!reading_->is_done()) {
        if (error && error != beast_http::error::need_more) co_return error;
        on_.watch().within(reading_->got_some() ? limits_.stall : first_byte, end_);
        auto& unread = on_.unread();
        auto const room = unread.prepare(boost::beast::read_size(unread, largest_piece));
        auto const [failure, bytes] = co_await stream_.async_read_some(room, as_error);
        unread.commit(bytes);
        result_.any_answer = result_.any_answer || bytes > 0;
        error = failure ? at_end(failure) : parse();
        if (failure && !reading_->is_done()) co_return error;
      }
    } while (is_interim());
    co_return boost::system::error_code();
  }
  // As far as what has come reaches. Beast's own async_read_some goes on until the header is complete, so that a slow one
  // would count as a stall.
  boost::system::error_code parse() {
    boost::system::error_code error;
    while (!error && !reading_->is_done() && on_.unread().size() > 0)
      on_.unread().consume(reading_->put(on_.unread().data(), error));
    return error;
  }
  // The connection's end is the body's where nothing else tells that.
  boost::system::error_code at_end(boost::system::error_code failure) {
    if (failure != boost::asio::error::eof) return failure;
    if (!reading_->got_some() && on_.unread().size() == 0) return beast_http::error::end_of_stream;
    boost::system::error_code error;
    reading_->put_eof(error);
    return error;
  }
  bool is_interim() const {
    unsigned const status = reading_->get().result_int();
    return status >= 100 && status < 200 && status != 101;
  }

  void judge(request const& call, boost::system::error_code write_error, boost::system::error_code read_error) {
    bool const has_status = reading_ && reading_->is_header_done() && !is_interim();
    if (!read_error) {
      take_answer(call);
      if (!result_.given) return;
      result_.may_be_kept = !write_error && reading_->keep_alive() && !reading_->need_eof() &&
                            reading_->get().result_int() != 101 && on_.unread().size() == 0;
      return;
    }
    if (has_status && !call.is_success(static_cast<int>(reading_->get().result_int())))
      return take_answer(call);  // its status says enough, whatever became of its body
    if (!result_.any_answer && result_.sent == 0)
      return fail(failure_stage::not_sent, "sending: " + (write_error ? write_error : read_error).message());
    describe_failure(has_status, write_error, read_error);
  }
  void describe_failure(bool has_status, boost::system::error_code write_error, boost::system::error_code read_error) {
    if (on_.watch().expired())
      return fail(failure_stage::sent, result_.any_answer ? "the answer stalled"
                                       : result_.all_sent ? "no answer in time"
                                                          : "sending stalled");
    if (read_error == beast_http::error::body_limit)
      return fail(failure_stage::sent,
                  "the answer is larger than " + std::to_string(limits_.largest_body) + " bytes (largest_body)");
    // With TLS 1.3 a server refuses the client's certificate after the handshake, and reads no request before it has one.
    if (!result_.any_answer && is_for_good(read_error))
      return fail(failure_stage::misconfigured, "TLS: " + read_error.message());
    if (!has_status && speaks_tls()) return fail(failure_stage::misconfigured, "that port speaks TLS; write https://");
    std::string words = (result_.any_answer ? "reading the answer: " : "no answer: ") + read_error.message();
    if (write_error) words = "sending: " + write_error.message() + "; " + words;
    fail(failure_stage::sent, std::move(words));
  }
  // An alert of TLS: 21, and a version that begins with 3 (RFC 8446, section 5.1).
  bool speaks_tls() const {
    auto const bytes = on_.unread().cdata();
    auto const* const first = static_cast<unsigned char const*>(bytes.data());
    return bytes.size() >= 2 && first[0] == 21 && first[1] == 3;
  }

  void fail(failure_stage stage, std::string words) {
    result_.given.reset();
    result_.may_be_kept = false;
    result_.failure = {stage, std::move(words)};
  }
  // What a body is encoded as, although "Accept-Encoding: identity" was sent.
  static std::optional<std::string> encoding_of(fields const& headers) {
    for (auto const& line : headers) {
      bool const of_content = equal_names(line.name, "content-encoding");
      if (!of_content && !equal_names(line.name, "transfer-encoding")) continue;
      if (!equal_names(line.value, of_content ? "identity" : "chunked") && !line.value.empty()) return line.value;
    }
    return std::nullopt;
  }
  // A success whose body cannot be read is none that anybody can use; a failure's status and fields say enough.
  void take_answer(request const& call) {
    auto& message = reading_->get();
    answer given;
    given.status = static_cast<int>(message.result_int());
    given.reason = std::string(message.reason());
    for (auto const& line : message) given.headers.take(line.name_string(), line.value());
    note_keep_alive(given.headers);
    auto const encoding = call.method() == verb::head ? std::nullopt : encoding_of(given.headers);
    if (encoding && call.is_success(given.status))
      return fail(failure_stage::sent, "the answer is encoded as " + encoding->substr(0, 40) +
                                           ", although the request asked for no encoding");
    if (!encoding) given.body = std::move(message.body());
    result_.given = std::move(given);
  }
  // "Keep-Alive: timeout=5, max=100": a server that says when it closes is left a second earlier.
  void note_keep_alive(fields const& headers) {
    auto const text = headers.find("keep-alive");
    if (!text) return;
    std::size_t const at = text->find("timeout=");
    if (at == std::string_view::npos) return;
    std::uint32_t seconds = 0;
    auto const [end, failure] = std::from_chars(text->data() + at + 8, text->data() + text->size(), seconds);
    if (failure == std::errc()) result_.keep_alive = std::chrono::seconds(seconds > 0 ? seconds - 1 : 0);
  }

  Stream& stream_;
  connection& on_;
  client_options const& limits_;
  clock::time_point end_;
  std::optional<parser> reading_{};
  exchanged result_{};
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
