// What the operating system refused to do, and why.
#ifndef PAWL_SYSTEM_FAILURE_HPP
#define PAWL_SYSTEM_FAILURE_HPP

#include <system_error>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `code().message()` is the system's reason. For the code that knows what the file is for, which turns it into a
// pawl::error that says so.
class system_failure : public std::system_error {
 public:
  // `doing` is a verb such as "open", and a literal.
  system_failure(std::error_code code, char const* doing) : std::system_error(code, doing), doing_(doing) {}
  system_failure(system_failure const&) = default;
  system_failure& operator=(system_failure const&) = default;
  char const* doing() const noexcept { return doing_; }

 private:
  char const* doing_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
