// What all stores on one table of one database have in common.
#ifndef PAWL_SQLITE_SHARED_TABLE_HPP
#define PAWL_SQLITE_SHARED_TABLE_HPP

#include <cstdint>
#include <string>

#include <pawl/store/change_signal.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

struct shared_table {
  std::string name{};
  void const* type = nullptr;          // of its stores: an address for each
  change_signal changes{};             // raised after each commit that has changed its rows or their troubles
  bool touched = false;                // since the last commit
  bool any_troubles = true;            // there may be a record of one of its items
  std::int64_t troubles_seen_at = -1;  // the database's data_version when somebody looked
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
