// The client: sends requests over TCP and TLS, and keeps its connections.
#ifndef PAWL_HTTP_CLIENT_HPP
#define PAWL_HTTP_CLIENT_HPP

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <pawl/adapter/outcome.hpp>
#include <pawl/http/answer.hpp>
#include <pawl/http/classify.hpp>
#include <pawl/http/fields.hpp>
#include <pawl/http/request.hpp>
#include <pawl/http/transport.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

struct client_options {
  std::string base{};  // "https://host" or "http://host:port"
  fields headers{};    // sent with each request; one of the same name of the request's own takes its place
  api_rules rules{};

  // Durations: nanoseconds::max() means without end.
  std::chrono::nanoseconds connect = std::chrono::seconds(10);    // looking the host up, connecting and TLS together
  std::chrono::nanoseconds first_byte = std::chrono::minutes(1);  // from the last byte sent
  std::chrono::nanoseconds stall = std::chrono::seconds(30);      // without a byte in either direction
  std::size_t largest_body = 8 * 1024 * 1024;                     // of an answer, in bytes
  std::size_t idle_connections =
      256;  // kept at most for the next requests; how many are open at once is the run's concern
  std::chrono::nanoseconds idle_time = std::chrono::seconds(4);  // shorter where the server's Keep-Alive says so
  std::string ca_file{};  // certificates in PEM that are trusted instead of the system's
};

// What a client has done so far.
struct client_counts {
  std::size_t requests = 0;
  std::size_t connections = 0;  // opened
  std::size_t reused = 0;       // requests on a connection that had carried another one
  std::size_t repeated = 0;     // requests sent once more by the client itself: see client
};

// HTTP/1.1, without redirections, proxies and compression. Certificates and host names are verified.
//
// A request is sent once more by the client itself in two cases only: if a connection that was idle before turns out to
// be closed before one byte of the request is written, and if it is a read that met the end of such a connection before
// one byte of its answer. Everything else is left to the run, which knows how a step may be repeated.
//
// A connection is used again only if its last exchange ended by itself, it has been idle no longer than idle_time, and
// nothing has arrived on it. A deadline or a cancelled step closes its connection.
//
// A trouble's words never hold the value of one of the client's own header fields, or of a request's own whose name
// says that it is a secret (Authorization, Cookie, any with "key" or "token", ...), also where the remote repeats it in
// the form of JSON, HTML or a URL, or an answer breaks off in its midst. Not hidden, for they may be any word: values of
// less than 4 bytes, and of less than 8 where the name says nothing.
//
// This header needs neither Boost.Beast nor OpenSSL. One source of the program implements it:
//   #include <pawl/http/beast_client.hpp>
//
// A name that the system's resolver cannot find or refuse in time is left at the deadline, and nothing waits for the
// resolver: it goes on, on a thread of its own, though the client and the loop are gone.
//
// Throws http_error from the constructor for a base URL or options that cannot be used. The loop must outlive the
// client, and the client all tasks of send(). Use it on the loop's thread.
class client final : public transport {
 public:
  client(event_loop& loop, client_options options);
  ~client() override;

  [[nodiscard("nothing is sent before the task is awaited")]] task<outcome<answer>> send(request const& call) override;
  using transport::send;

  client_counts const& counts() const;

 private:
  class body;
  std::unique_ptr<body> body_;
};

}  // namespace pawl::inline PAWL_ABI::http

#endif
