// The rows whose writes the store has refused, as they were found then.
#ifndef PAWL_RUNNER_ENGINE_REFUSED_ROWS_HPP
#define PAWL_RUNNER_ENGINE_REFUSED_ROWS_HPP

#include <cstddef>
#include <cstdint>
#include <utility>

#include <pawl/runner/engine/row_map.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Of the sweep that goes on and the one before it: what was refused earlier is forgotten, so that a run without end needs no
// memory for all that others have ever moved before it.
class refused_rows {
 public:
  // True if the row was refused before, and was found in the same way then.
  bool refuse(std::int64_t row, row_memo const& found, std::size_t sweep) {
    if (std::exchange(sweep_, sweep) != sweep) before_ = std::exchange(now_, row_map());
    bool const again = holds(now_, row, found) || holds(before_, row, found);
    now_[row] = found;
    return again;
  }

 private:
  static bool holds(row_map& of, std::int64_t row, row_memo const& found) {
    return of.contains(row) && of[row] == found;
  }

  row_map now_{}, before_{};
  std::size_t sweep_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
