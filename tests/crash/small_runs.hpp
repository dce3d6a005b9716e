// A small workload that is interrupted once at a chosen place; its answers are compared with what is found afterwards.
#ifndef PAWL_TESTS_CRASH_SMALL_RUNS_HPP
#define PAWL_TESTS_CRASH_SMALL_RUNS_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "crash/fault_vfs.hpp"
#include "crash/memory_files.hpp"
#include "crash/recovery.hpp"
#include "crash/verdict.hpp"
#include "crash/workload.hpp"
#include "files.hpp"

namespace crash {

// The table that a workload is done on, in words.
template <class T>
inline std::string const table_text = std::is_same_v<T, files_table> ? "mapped table " : "own table ";

template <class T> class small_runs {
 public:
  small_runs(scenario const& how, std::uint64_t seed, verdict& told_to)
      : how_(how), seed_(seed), vfs_(seed), random_(seed), verdict_(told_to) {}

  fault_vfs& vfs() { return vfs_; }
  std::size_t failed() const noexcept { return failed_; }
  std::size_t ends() const noexcept { return ends_; }
  // Ends that differ in a byte that is left, or in what had been answered: each of them was judged, the others are like
  // one of these.
  std::size_t different_ends() const noexcept { return judged_.size(); }

  // Begins with an empty folder, does the work while `broken` lasts (made before the database is opened, gone after it
  // is closed), and then looks at every way in which a crash may end there, and at none: each time all answers are
  // true, and the work goes on to its end.
  template <class Break> void once(std::string const& where, Break broken) {
    memory_files files;
    history told;
    vfs_.mounted = &files;
    vfs_.begin_anew(seed_);
    log_.clear();
    {
      auto const breaking = broken();
      work(where, told);
    }
    told.crashed();
    for (ending const e : all_endings)
      judge(where + ", " + name_of(e), *files.after(e, nullptr, random_), told, how_.allowed_after(e));
    judge(where + ", opened anew", files, told, loss::none);
    vfs_.mounted = nullptr;
  }

 private:
  void work(std::string const& where, history& told) {
    try {
      allocations::of_pawl at_work(true);
      workplace<T> place(path_, how_.options());
      allocations::of_pawl const ours(false);
      worker<T> by_hand(place, told);
      bool const done = by_hand.prepare(how_.items) && by_hand.work(how_.batch());
      if (!done) ++failed_;
      log_ = by_hand.log();
      if (vfs_.faults.spoilt_a_write() && !place.db.poisoned())
        verdict_.wrong(where, "the database was usable after a write or a sync that failed");
      if (by_hand.went_on()) verdict_.wrong(where, "the database was usable after an error that is to poison it");
    } catch (std::exception const&) {
      ++failed_;
    }
  }
  void judge(std::string const& where, memory_files& left, history const& told, loss allowed) {
    ++ends_;
    std::size_t const answers = std::hash<std::string>{}(log_);
    if (!judged_.emplace(left.fingerprint(), answers, allowed).second) return;
    mounted_instead const crashed(vfs_, left);
    verdict_.wrong_if_any(where, go_on<T>(path_, how_, told, allowed));
  }

  scenario how_;
  temporary_folder folder_{};
  std::string path_ = folder_ / "broken.db";
  std::uint64_t seed_;
  fault_vfs vfs_;
  random_bits random_;
  verdict& verdict_;
  std::string log_{};
  std::set<std::tuple<std::size_t, std::size_t, loss>> judged_{};
  std::size_t ends_ = 0, failed_ = 0;
};

}  // namespace crash

#endif
