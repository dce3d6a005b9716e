// The remote document search: the interface that its adapter must provide, and a mock.
#ifndef BATCH_BENCHMARK_SEARCH_API_HPP
#define BATCH_BENCHMARK_SEARCH_API_HPP

#include <chrono>
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

// Answers as the remote does when all goes well, after the profile's delay. `asked(path, delay)` is told of every sleep
// that the mock asks for. The delay is the mock's own: nothing around it knows of it.
template <class Clock, class Asked> class mock_search_api {
  using answer_upload = typename Clock::template task<pawl::outcome<uploaded>>;
  using answer_import = typename Clock::template task<pawl::outcome<operation>>;

 public:
  mock_search_api(Clock& clock, pawl::mock_profile profile, Asked asked)
      : remote_(clock, profile), asked_(std::move(asked)) {}

  answer_upload upload_file(std::string_view path, std::string_view /*display_name*/) {
    asked_(path, remote_.profile().delay);
    return remote_.call([path = std::string(path)] {
      return uploaded{std::string(mock_name_prefix) + path, std::string(mock_uri_prefix) + path};
    });
  }
  answer_import import_to_store(std::string_view name, std::string_view /*metadata*/) {
    auto const path = mock_path(name);
    asked_(path, remote_.profile().delay);
    return remote_.call([path = std::string(path)] {
      return operation{true, {}, std::string(mock_document_prefix) + path};
    });
  }

 private:
  pawl::mock_adapter<Clock> remote_;
  Asked asked_;
};

}  // namespace batch_benchmark

#endif
