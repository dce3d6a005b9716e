// The remote document search: the interface that its adapter must provide, and a mock.
#ifndef BATCH_BENCHMARK_SEARCH_API_HPP
#define BATCH_BENCHMARK_SEARCH_API_HPP

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/core.hpp>

namespace batch_benchmark {

struct uploaded {
  std::string name, uri;
};

// A long-running operation of the remote, as it stands when it is asked.
struct operation {
  bool done = false;
  std::string error;  // empty: none
  std::string document_name;
};

// Promises: a repetition with the same key finds the first upload and does not make a second one.
template <class Api>
concept uploads_files = requires(Api& api, std::string_view path, std::string_view display_name) {
  { api.upload_file(path, display_name) } -> pawl::answers<uploaded>;
};
// Promises: importing the same file again answers with the same document.
template <class Api>
concept imports_files = requires(Api& api, std::string_view name, std::string_view metadata) {
  { api.import_to_store(name, metadata) } -> pawl::answers<operation>;
};

// What the mock answers for a path. The verification of the table's contents is written against these, too.
inline constexpr std::string_view mock_name_prefix = "files/mock_";
inline constexpr std::string_view mock_uri_prefix = "uri://mock_";
inline constexpr std::string_view mock_document_prefix = "doc_";
// The path of an uploaded file, by the name that the mock gave it.
constexpr std::string_view mock_path(std::string_view name) {
  return name.substr(name.starts_with(mock_name_prefix) ? mock_name_prefix.size() : 0);
}

enum class api_call : std::uint8_t { upload, import };

// Told of each sleep that the mock asks for, and of each call that it has carried out. Another watcher has the same functions.
struct no_watcher {
  void on_asked_sleep(std::string_view /*path*/, std::chrono::nanoseconds /*delay*/) {}
  void on_call(api_call, std::string_view /*path*/, std::chrono::nanoseconds /*start*/,
               std::chrono::nanoseconds /*end*/) {}
};

// Answers as the remote does when all goes well, after the profile's delay. The delay is the mock's own: nothing around it
// knows of it. What is measured is measured here, for a coroutine around each call would be in memory with each file in flight.
template <class Clock, class Watcher = no_watcher> class mock_search_api {
  using answer_upload = typename Clock::template task<pawl::outcome<uploaded>>;
  using answer_import = typename Clock::template task<pawl::outcome<operation>>;

 public:
  // `watcher` may be null, and must outlive the mock.
  mock_search_api(Clock& clock, pawl::mock_profile profile, Watcher* watcher = nullptr)
      : clock_(clock), remote_(clock, profile), watcher_(watcher) {}

  answer_upload upload_file(std::string_view path, std::string_view /*display_name*/) {
    return call(api_call::upload, path, [](std::string const& of) {
      return uploaded{std::string(mock_name_prefix) + of, std::string(mock_uri_prefix) + of};
    });
  }
  answer_import import_to_store(std::string_view name, std::string_view /*metadata*/) {
    return call(api_call::import, mock_path(name), [](std::string const& of) {
      return operation{true, {}, std::string(mock_document_prefix) + of};
    });
  }

 private:
  template <class Effect> auto call(api_call which, std::string_view path, Effect effect) {
    if (watcher_) watcher_->on_asked_sleep(path, remote_.profile().delay);
    return remote_.call([this, which, effect, start = clock_.now(), path = std::string(path)] {
      if (watcher_) watcher_->on_call(which, path, start, clock_.now());
      return effect(path);
    });
  }

  Clock& clock_;
  pawl::mock_adapter<Clock> remote_;
  Watcher* watcher_;
};

}  // namespace batch_benchmark

#endif
