// Awaits any call of an adapter as an outcome.
#ifndef PAWL_RUNNER_ASK_HPP
#define PAWL_RUNNER_ASK_HPP

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include <pawl/adapter/lifting.hpp>
#include <pawl/adapter/outcome.hpp>
#include <pawl/runner/asio.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// `auto answer = co_await pawl::ask(api.upload(path));` where upload returns T, outcome<T>, task<T> or
// task<outcome<T>>. What the call throws becomes unknown_outcome: it may have been carried out.
template <class Call> task<outcome_of<Call>> ask(Call call) {
  if constexpr (coroutine_type<Call>) {
    std::string thrown;
    try {
      co_return co_await std::move(call);
    } catch (std::exception const& e) {
      thrown = e.what();
    } catch (...) {
      thrown = "an exception of an unknown type";
    }
    co_return trouble::unknown_outcome(std::move(thrown));
  } else {
    co_return std::move(call);
  }
}

}  // namespace pawl::inline PAWL_ABI

#endif
