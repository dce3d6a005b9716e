// The answer of a remote call: its value, or a trouble.
#ifndef PAWL_ADAPTER_OUTCOME_HPP
#define PAWL_ADAPTER_OUTCOME_HPP

#include <type_traits>
#include <utility>
#include <variant>

#include <pawl/adapter/trouble.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Holds exactly one of the two and converts from either, so that a coroutine can `co_return value` or
// `co_return trouble`. True: it holds the value. Accessing the one that it does not hold throws
// std::bad_variant_access.
template <class T> class [[nodiscard("a call's trouble would go unseen")]] outcome {
  static_assert(std::is_object_v<T>,
                "pawl: an outcome holds a value; a call that answers nothing but its success answers pawl::done_t");

 public:
  using value_type = T;

  outcome(T value) : answer_(std::in_place_index<0>, std::move(value)) {}
  outcome(trouble why) : answer_(std::in_place_index<1>, std::move(why)) {}

  explicit operator bool() const noexcept { return answer_.index() == 0; }

  T& operator*()& { return std::get<0>(answer_); }
  T const& operator*() const& { return std::get<0>(answer_); }
  T&& operator*()&& { return std::get<0>(std::move(answer_)); }
  T* operator->() { return &std::get<0>(answer_); }
  T const* operator->() const { return &std::get<0>(answer_); }

  trouble const& why() const& { return std::get<1>(answer_); }
  trouble&& why()&& { return std::get<1>(std::move(answer_)); }

 private:
  std::variant<T, trouble> answer_;
};

// A call that answers nothing but its success: `co_return pawl::done;`
struct done_t {};
inline constexpr done_t done{};

}  // namespace pawl::inline PAWL_ABI

#endif
