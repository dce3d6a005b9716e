// Wraps an adapter and measures each call on the loop's clock.
#ifndef BATCH_BENCHMARK_MEASURED_API_HPP
#define BATCH_BENCHMARK_MEASURED_API_HPP

#include <string_view>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/pawl.hpp>

#include "measurements.hpp"
#include "search_api.hpp"

namespace batch_benchmark {

template <class Loop, class Api> class measured_api {
 public:
  measured_api(Loop& loop, Api& api, measurements& to) : loop_(loop), api_(api), to_(to) {}

  pawl::task<pawl::outcome<uploaded>> upload_file(std::string_view path, std::string_view display_name) {
    auto const start = loop_.now();
    auto call = api_.upload_file(path, display_name);
    auto answer = co_await unless_stopped(std::move(call));
    if (answer) to_.on_call(measurements::call::upload, path, start, loop_.now());
    co_return answer;
  }
  pawl::task<pawl::outcome<operation>> import_to_store(std::string_view name, std::string_view metadata) {
    auto const start = loop_.now();
    auto call = api_.import_to_store(name, metadata);
    auto answer = co_await unless_stopped(std::move(call));
    if (answer) to_.on_call(measurements::call::import, mock_path(name), start, loop_.now());
    co_return answer;
  }

 private:
  // A call that a stop ended early leaves its file where it is.
  template <class T> static pawl::task<pawl::outcome<T>> unless_stopped(pawl::task<pawl::outcome<T>> call) {
    try {
      co_return co_await std::move(call);
    } catch (boost::system::system_error const& e) {
      if (e.code() != boost::asio::error::operation_aborted) throw;
    }
    co_return pawl::trouble::cancelled();
  }

  Loop& loop_;
  Api& api_;
  measurements& to_;
};

}  // namespace batch_benchmark

#endif
