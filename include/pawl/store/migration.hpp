// Input and result of store::migrate(): which rows to move out of states that the lifecycle no longer has.
#ifndef PAWL_STORE_MIGRATION_HPP
#define PAWL_STORE_MIGRATION_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
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

namespace detail {
// What migrate() was asked for, without the lifecycle's type: each move, and the index of its new state.
struct migration_moves {
  std::vector<migrated_state> moves{};
  std::vector<std::size_t> to{};
};
template <a_lifecycle L> migration_moves migration_moves_of(std::initializer_list<renamed_state<state_of<L>>> asked) {
  migration_moves all;
  for (auto const& one : asked) {
    all.moves.push_back({std::string(one.old_state), std::string(state_name_of<L>(one.state)), 0});
    all.to.push_back(state_index<L>(one.state));
  }
  return all;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
