// Which items are to be moved out of states that the lifecycle no longer has, and what came of it.
#ifndef PAWL_SQLITE_MIGRATION_HPP
#define PAWL_SQLITE_MIGRATION_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// The rows of `old_state`, the stored name of a state that the lifecycle had once, are to be in `state`.
template <class State> struct renamed_state {
  std::string_view old_state;
  State state;
};

// So many rows were moved, or would be.
struct migrated_state {
  std::string old_state;
  std::string state;
  std::size_t rows = 0;
};

enum class migration : std::uint8_t {
  dry_run,  // counts the rows, and changes nothing
  apply
};

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
