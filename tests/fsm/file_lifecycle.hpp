// The lifecycle that most tests of this room use: five states, eight events, no holes.
#ifndef PAWL_TESTS_FSM_FILE_LIFECYCLE_HPP
#define PAWL_TESTS_FSM_FILE_LIFECYCLE_HPP

#include <pawl/fsm/lifecycle.hpp>

namespace fsm_test {

enum class file_state { untracked, uploading, processing, indexed, failed };
using enum file_state;

struct start_upload {};
struct complete_upload {
  char const* file_id;
};
struct complete_processing {
  char const* document_id;
};
struct fail_upload {
  char const* error_message;
};
struct fail_processing {
  char const* error_message;
};
struct reset {};
struct fail_reset {
  char const* error_message;
};
struct retry {};

struct file_lifecycle
    : pawl::lifecycle<
          pawl::initial<untracked>, pawl::goal<indexed>, pawl::waiting<failed>,
          pawl::transition<untracked, start_upload, uploading>,
          pawl::transition<uploading, complete_upload, processing>, pawl::transition<uploading, fail_upload, failed>,
          pawl::transition<processing, complete_processing, indexed>,
          pawl::transition<processing, fail_processing, failed>, pawl::transition<indexed, reset, untracked>,
          pawl::transition<indexed, fail_reset, failed>, pawl::transition<failed, retry, untracked>,
          pawl::on_failure<uploading, fail_upload>, pawl::on_failure<processing, fail_processing>> {};

}  // namespace fsm_test

#endif
