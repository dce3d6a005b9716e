// The steps: what to do with a file in each state.
#ifndef BATCH_BENCHMARK_STEPS_HPP
#define BATCH_BENCHMARK_STEPS_HPP

#include <chrono>
#include <utility>

#include <pawl/pawl.hpp>

#include "lifecycle.hpp"
#include "search_api.hpp"

namespace batch_benchmark {

template <class Api> struct steps {
  static_assert(uploads_files<Api>, "steps: the adapter needs upload_file(path, display name) that answers uploaded");
  static_assert(imports_files<Api>, "steps: the adapter needs import_to_store(name, metadata) that answers operation");
  Api& api;

  start_upload operator()(file<untracked>) { return {}; }

  // The path is the key of the call: the remote knows a repeated upload by it.
  pawl::task<pawl::one_of<complete_upload>> operator()(file<uploading> f, pawl::keyed&) {
    auto answer = co_await pawl::ask(api.upload_file(f.key, f.key));
    if (!answer) co_return std::move(answer).why();
    co_return complete_upload{std::move(answer->name), std::move(answer->uri)};
  }

  pawl::task<pawl::one_of<complete_processing, fail_processing>> operator()(file<processing>,
                                                                            complete_upload const& upload,
                                                                            pawl::safe&) {
    auto answer = co_await pawl::ask(api.import_to_store(upload.file_id, "{}"));
    if (!answer) co_return std::move(answer).why();
    if (!answer->done) co_return pawl::trouble::pending(std::chrono::seconds(2));
    if (!answer->error.empty()) co_return fail_processing{std::move(answer->error)};
    co_return complete_processing{std::move(answer->document_name)};
  }
};
template <class Api> steps(Api&) -> steps<Api>;

}  // namespace batch_benchmark

#endif
