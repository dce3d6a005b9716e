// Who changes something in a database, and why: recorded with the change, for people.
#ifndef PAWL_CONSOLE_ON_BEHALF_HPP
#define PAWL_CONSOLE_ON_BEHALF_HPP

#include <string>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

class on_behalf {
 public:
  on_behalf() = default;
  on_behalf(std::string who, std::string why = {}) : who_(std::move(who)), why_(std::move(why)) {}

  // "ada", "ada: the address is wrong", or "hand: the address is wrong"; empty: neither is known.
  std::string text() const {
    if (why_.empty()) return who_;
    return (who_.empty() ? "hand" : who_) + ": " + why_;
  }

 private:
  std::string who_{}, why_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
