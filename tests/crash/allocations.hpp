// Memory that runs out on request: the allocations of SQLite, Asio and operator new, counted together.
#ifndef PAWL_TESTS_CRASH_ALLOCATIONS_HPP
#define PAWL_TESTS_CRASH_ALLOCATIONS_HPP

#include <cstddef>
#include <limits>
#include <utility>

namespace crash::allocations {

// So many allocations in a row fail, from the n-th on, counted from 0 while a plan is set and pawl is at work.
struct plan {
  std::size_t at = (std::numeric_limits<std::size_t>::max)();
  std::size_t in_a_row = 1;
  std::size_t count = 0;
  std::size_t struck = 0;
};
inline plan current{};
inline bool counting = false;

inline bool strikes() noexcept {
  if (!counting) return false;
  std::size_t const number = current.count++;
  if (number < current.at || number - current.at >= current.in_a_row) return false;
  ++current.struck;
  return true;
}

// From here to the end of the scope allocations are those of pawl (true), or of a test that was called from it (false).
class of_pawl {
 public:
  explicit of_pawl(bool is) noexcept : before_(std::exchange(counting, is)) {}
  of_pawl(of_pawl const&) = delete;
  of_pawl& operator=(of_pawl const&) = delete;
  ~of_pawl() { counting = before_; }

 private:
  bool before_;
};

// Puts itself before SQLite's allocator. Once, before SQLite is used: the setting is that of the whole process.
void watch_sqlite();

}  // namespace crash::allocations

#endif
