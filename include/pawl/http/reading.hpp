// What a status means where an API says something other than HTTP does.
#ifndef PAWL_HTTP_READING_HPP
#define PAWL_HTTP_READING_HPP

#include <functional>

#include <pawl/adapter/trouble.hpp>
#include <pawl/http/answer.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// Statuses from `first` to `last`, both included.
struct status_range {
  int first = 200;
  int last = 299;

  constexpr bool contains(int status) const noexcept { return first <= status && status <= last; }
};

using answer_reader = std::function<trouble(answer const&)>;

struct reading {
  status_range statuses{};
  trouble_kind kind = trouble_kind::permanent;  // counts where there is no reader
  answer_reader reader{};
};

}  // namespace pawl::inline PAWL_ABI::http

#endif
