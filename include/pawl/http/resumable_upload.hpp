// The rules of an upload that can be taken up again after a failure, without any I/O.
#ifndef PAWL_HTTP_RESUMABLE_UPLOAD_HPP
#define PAWL_HTTP_RESUMABLE_UPLOAD_HPP

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <pawl/adapter/outcome.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/http/answer.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/http/origin.hpp>
#include <pawl/http/request.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// What to send next to the URL of an upload session.
struct upload_command {
  enum class what : std::uint8_t { query, send, send_and_finish, finish };

  what act = what::query;
  std::uint64_t offset = 0;  // of the first byte sent
  std::uint64_t size = 0;    // bytes sent

  friend bool operator==(upload_command const&, upload_command const&) = default;

  bool sends() const { return act == what::send || act == what::send_and_finish; }
  // The value of the field X-Goog-Upload-Command.
  std::string_view text() const {
    switch (act) {
      case what::query:
        return "query";
      case what::send:
        return "upload";
      case what::send_and_finish:
        return "upload, finalize";
      case what::finish:
        break;
    }
    return "finalize";
  }
};

// What follows from an answer.
struct upload_progress {
  enum class state : std::uint8_t {
    goes_on,   // send `next`
    finished,  // the remote has the whole file; the answer's body, which may be empty after a query, describes it
    lost       // the session is gone: begin another one
  };

  state now = state::goes_on;
  upload_command next{};
};

// Google's resumable upload protocol, from the answer that opened a session to the last byte. The rules only: an
// adapter sends the commands (see upload_request) and gives the answers back.
//
//   pawl::http::resumable_upload upload(size, {.granularity = 262144});
//   auto next = upload.begin(call.repeated());        // asks the remote first, where an earlier attempt may have begun
//   for (;;) {
//     pawl::http::request sending = pawl::http::upload_request(session_url, next, file);
//     auto answer = co_await http.send(sending);
//     if (!answer) co_return answer.why();            // the next attempt begins with a query
//     auto progress = upload.after(next, *answer);
//     ...
//   }
//
// The session's URL belongs into the row before the first byte is sent; the offset does not: the remote knows it, and
// it may go back. A file of 0 bytes is finished without sending any (@google/genai 3.3.0 sends nothing and fails).
class resumable_upload {
 public:
  struct options {
    std::uint64_t granularity =
        256 * 1024;                         // sizes of all chunks but the last are multiples; the session's answer says
    std::uint64_t chunk = 8 * 1024 * 1024;  // at most so many bytes at a time, rounded down to the granularity
  };

  resumable_upload(std::uint64_t size, options o) : size_(size), chunk_(whole_chunk(o)) {}

  // The first command of an attempt.
  upload_command begin(bool may_have_begun) const {
    if (may_have_begun) return {};
    return from(0);
  }

  // What follows from the answer to `sent`. Trouble: the remote has broken the protocol, or has more bytes than the file:
  // it is another file now (permanent).
  outcome<upload_progress> after(upload_command const& sent, answer const& given) const {
    using state = upload_progress::state;
    auto const status = given.headers.find("x-goog-upload-status");
    if (!status) {
      // Proxies drop it, and the genuine service omits it at times: only a query tells.
      if (sent.act != upload_command::what::query) return upload_progress{state::goes_on, {}};
      return trouble(trouble_kind::unknown_outcome,
                     "the remote does not say how the upload stands: " + describe(given));
    }
    if (detail::equal_names(*status, "final")) return upload_progress{state::finished, {}};
    if (detail::equal_names(*status, "cancelled")) return upload_progress{state::lost, {}};
    if (!detail::equal_names(*status, "active"))
      return trouble(trouble_kind::unknown_outcome,
                     "the remote says of the upload what the protocol does not know: " + describe(given));
    auto const received = received_bytes(given);
    if (sent.act == upload_command::what::query) {
      if (!received)
        return trouble(trouble_kind::unknown_outcome, "the remote does not say how much of the upload it has");
      if (*received > size_)
        return trouble::permanent("the remote has " + std::to_string(*received) + " bytes of a file of " +
                                  std::to_string(size_) + ": it has changed while it was sent");
      return upload_progress{state::goes_on, from(*received)};
    }
    if (sent.act != upload_command::what::send) return upload_progress{state::goes_on, {}};  // not finished: ask
    if (received && *received != sent.offset + sent.size) return upload_progress{state::goes_on, {}};
    return upload_progress{state::goes_on, from(sent.offset + sent.size)};
  }

  // Whether a trouble means that the session is gone, as 404 and 410 do, and a 400 with the words "Upload has already
  // been terminated." They count only behind the "HTTP 400" of describe(): a message of our own may name a file that is
  // called so.
  static bool is_lost(trouble const& why) {
    if (why.kind != trouble_kind::permanent) return why.kind == trouble_kind::not_found;
    return why.detail.starts_with("HTTP 4") && why.detail.find("already been terminated") != std::string::npos;
  }

 private:
  static std::uint64_t whole_chunk(options const& o) {
    if (o.granularity == 0) throw http_error("pawl: the granularity of an upload must be 1 or more bytes");
    std::uint64_t const whole = o.chunk / o.granularity * o.granularity;
    return whole > 0 ? whole : o.granularity;
  }
  upload_command from(std::uint64_t offset) const {
    using what = upload_command::what;
    std::uint64_t const left = size_ - offset;
    if (left == 0) return {what::finish, offset, 0};
    if (left <= chunk_) return {what::send_and_finish, offset, left};
    return {what::send, offset, chunk_};
  }
  static std::optional<std::uint64_t> received_bytes(answer const& given) {
    auto const text = given.headers.find("x-goog-upload-size-received");
    if (!text) return std::nullopt;
    std::uint64_t bytes = 0;
    auto const [end, failure] = std::from_chars(text->data(), text->data() + text->size(), bytes);
    if (failure != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return bytes;
  }

  std::uint64_t size_;
  std::uint64_t chunk_;
};

// The target of a session's URL on this base: path and query. Trouble (permanent) if it leads to another host, for the
// request carries our credentials, or if it has no path or one that cannot be sent.
inline outcome<std::string> session_target(std::string_view session_url, origin const& base) {
  try {
    detail::origin_reader reader(session_url, "the upload session's URL");
    if (reader.read() != base)
      return trouble::permanent("the upload session is on another host than " + base.text() +
                                "; the credentials of this one are not sent there");
    if (!detail::is_sendable_target(reader.rest()) || reader.rest().find('#') != std::string_view::npos)
      return trouble::permanent("the upload session's URL on " + base.text() +
                                " has no path, or characters that cannot be sent");
    return std::string(reader.rest());
  } catch (http_error const& e) {
    return trouble::permanent(e.what());
  }
}

// The request of a command. A failure of one that sends bytes is unknown_outcome, 408 included: a part of a chunk may
// have been kept.
inline request upload_request(std::string target, upload_command const& command, std::filesystem::path const& file) {
  request call(post, std::move(target));
  call.header("X-Goog-Upload-Command", command.text());
  if (command.act != upload_command::what::query) call.header("X-Goog-Upload-Offset", std::to_string(command.offset));
  if (command.sends()) call.body(file, command.offset, command.size);
  if (command.act == upload_command::what::query) call.safe();
  call.read(408, trouble_kind::unknown_outcome).expect_empty();
  return call;
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
