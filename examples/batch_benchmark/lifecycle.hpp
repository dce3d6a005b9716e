// The lifecycle of a file on its way into the index of a remote document search.
#ifndef BATCH_BENCHMARK_LIFECYCLE_HPP
#define BATCH_BENCHMARK_LIFECYCLE_HPP

#include <string>

#include <pawl/core.hpp>

namespace batch_benchmark {

enum class file_state { untracked, uploading, processing, indexed, failed };

struct start_upload {};
struct complete_upload {
  std::string file_id, file_uri;
};
struct complete_processing {
  std::string document_id;
};
struct fail_upload {
  std::string error_message;
};
struct fail_processing {
  std::string error_message;
};
struct reset {};
struct retry {};
struct fail_reset {
  std::string error_message;
};

using enum file_state;

// clang-format off
struct file_lifecycle : pawl::lifecycle<
    pawl::initial<untracked>, pawl::goal<indexed>, pawl::waiting<failed>,
    pawl::transition<untracked,  start_upload,        uploading>,
    pawl::transition<uploading,  complete_upload,     processing>,
    pawl::transition<uploading,  fail_upload,         failed>,
    pawl::transition<processing, complete_processing, indexed>,
    pawl::transition<processing, fail_processing,     failed>,
    pawl::transition<indexed,    reset,               untracked>,
    pawl::transition<indexed,    fail_reset,          failed>,
    pawl::transition<failed,     retry,               untracked>,
    pawl::on_failure<uploading,  fail_upload>,
    pawl::on_failure<processing, fail_processing>> {};
// clang-format on
static_assert(pawl::valid<file_lifecycle>);

template <file_state S> using file = pawl::item<file_lifecycle, S>;
using any_file = pawl::any_item<file_lifecycle>;

// What a file commits from untracked to indexed: start_upload, complete_upload, complete_processing.
inline constexpr int transitions_of_a_file = 3;

}  // namespace batch_benchmark

#endif
