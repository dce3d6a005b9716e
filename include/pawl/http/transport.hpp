// Sends requests: the client over a network, or a script in a test.
#ifndef PAWL_HTTP_TRANSPORT_HPP
#define PAWL_HTTP_TRANSPORT_HPP

#include <pawl/adapter/outcome.hpp>
#include <pawl/http/answer.hpp>
#include <pawl/http/request.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

class transport {
 public:
  transport() = default;
  transport(transport const&) = delete;
  transport& operator=(transport const&) = delete;
  virtual ~transport() = default;

  // Answers a success as the remote has sent it, and everything else as trouble: `transient` only if no byte of the
  // request can have reached the remote's work or repeating it does no harm (request::is_read); `unknown_outcome`
  // wherever it may have been performed. Throws only what the program itself has done wrong (http_error) and
  // std::bad_alloc. The request must live until the task has ended, so it has to have a name: an adapter's is in its
  // coroutine. May be called for any number of requests at once, on the loop's thread.
  [[nodiscard("nothing is sent before the task is awaited")]] virtual task<outcome<answer>> send(
      request const& call) = 0;
  task<outcome<answer>> send(request&&) = delete;
};

}  // namespace pawl::inline PAWL_ABI::http

#endif
