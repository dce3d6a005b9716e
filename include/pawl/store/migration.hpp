// Input and result of store::migrate(): which rows to move out of states that the lifecycle no longer has.
#ifndef PAWL_STORE_MIGRATION_HPP
#define PAWL_STORE_MIGRATION_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Moves the rows of `old_state`, the stored name of a state that the lifecycle no longer has, to `state`.
template <class State> struct renamed_state {
  std::string_view old_state;
  State state;
};

// The number of rows moved, or that a dry run would move.
struct migrated_state {
  std::string old_state;
  std::string state;
  std::size_t rows = 0;
};

enum class migration : std::uint8_t {
  dry_run,  // counts the rows without changing them
  apply
};

}  // namespace pawl::inline PAWL_ABI

#endif
