// The failure that a store in memory was told to have next.
#ifndef PAWL_STORE_TOLD_FAILURE_HPP
#define PAWL_STORE_TOLD_FAILURE_HPP

#include <cstdint>
#include <optional>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// What became of a transaction whose COMMIT threw `unknown`.
enum class commit_fate : std::uint8_t { applied, lost };

namespace detail {

class told_failure {
 public:
  void tell(store_failure failure, commit_fate fate) {
    if (failure == store_failure::cancelled || failure == store_failure::refused || failure == store_failure::misuse)
      throw store_error(store_failure::misuse, "pawl: memory_store cannot be told to fail in this way");
    next_ = failure;
    fate_ = fate;
  }
  bool is_told() const noexcept { return next_.has_value(); }
  // True once, if this is the failure to come.
  bool take(store_failure failure) noexcept {
    if (next_ != failure) return false;
    next_.reset();
    return true;
  }
  // Of the failure that was told last.
  commit_fate fate() const noexcept { return fate_; }

 private:
  std::optional<store_failure> next_{};
  commit_fate fate_ = commit_fate::applied;
};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI

#endif
