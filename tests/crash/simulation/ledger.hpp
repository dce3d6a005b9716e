// What is known of the items of one table: their history, and the latest version of each.
#ifndef PAWL_TESTS_CRASH_SIMULATION_LEDGER_HPP
#define PAWL_TESTS_CRASH_SIMULATION_LEDGER_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item.hpp>
#include <pawl/testing/history_checker.hpp>

#include "crash/workload.hpp"

namespace crash::simulation {

template <pawl::a_lifecycle L> class ledger {
 public:
  using any_item = pawl::any_item<L>;

  pawl::testing::history_checker<L> told{};
  std::unordered_map<std::string, std::int64_t> versions{};  // the latest that was acknowledged or found, by name

  // Files stay. A batch that is made anew under the key of a deleted one is another, with a name of its own in the history.
  static std::string name_of(any_item const& it) {
    if constexpr (std::same_as<L, file_lifecycle>)
      return it.key;
    else
      return it.key + "#" + std::to_string(it.life);
  }
  static any_item named(any_item it) {
    it.key = name_of(it);
    return it;
  }

  // ---- items that are deleted ----

  void deleting(any_item const& it) { deleted_.insert_or_assign(name_of(it), deletion{it, false}); }
  // The answer to that; without one it is told by what is found.
  void deleted(any_item const& it) { deleted_.insert_or_assign(name_of(it), deletion{it, true}); }
  void not_deleted(any_item const& it) { deleted_.erase(name_of(it)); }

  // ---- deaths, and who comes after ----

  // `loses`: what was committed last may be gone, until somebody has looked.
  void crashed(bool loses) {
    told.crashed();
    if (loses) allowed_ = pawl::testing::loss::of_latest;
  }
  // All rows there are when a process begins; how many transitions they lack that were acknowledged.
  std::size_t recovered(std::vector<any_item> const& rows) {
    if (allowed_ != pawl::testing::loss::none) deleted_.clear(), versions.clear();
    auto const found = in_history(rows);
    std::size_t const lost = told.count_lost(found);
    told.recovered(found, std::exchange(allowed_, pawl::testing::loss::none));
    for (auto const& row : found) versions[row.key] = row.version;
    return lost;
  }
  // All faults have stopped, and the work is claimed to be done.
  void finished(std::vector<any_item> const& rows, std::vector<any_item> const& parked) {
    std::set<std::string> done;
    for (auto const& it : parked) done.insert(name_of(it));
    for (auto const& [name, gone] : deleted_) done.insert(name);
    told.finished(in_history(rows), done);
  }

 private:
  struct deletion {
    any_item it{};
    bool is_known = false;
  };

  // The same rows, with those that were deleted, as they were.
  std::vector<any_item> in_history(std::vector<any_item> const& rows) {
    std::vector<any_item> all;
    for (auto const& row : rows) {
      auto const found = deleted_.find(name_of(row));
      if (found != deleted_.end() && !found->second.is_known) deleted_.erase(found);
      all.push_back(named(row));
    }
    for (auto const& [name, gone] : deleted_) all.push_back(named(gone.it));
    for (auto const& it : all) told.inserting(it.key);
    return all;
  }

  std::map<std::string, deletion> deleted_{};
  pawl::testing::loss allowed_ = pawl::testing::loss::none;
};

}  // namespace crash::simulation

#endif
