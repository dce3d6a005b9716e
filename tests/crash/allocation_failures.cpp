// Makes each allocation of SQLite, or of operator new in pawl, fail: alone, several in a row, or all from then on.
#include <algorithm>
#include <cstddef>
#include <string>

#include "crash/allocations.hpp"
#include "crash/small_runs.hpp"
#include "crash/verdict.hpp"

namespace crash {

template <class T> class allocation_failures {
 public:
  allocation_failures(scenario const& how, scope const& s)
      : verdict_("allocation failures", table_text<T> + how.text()), runs_(how, s.seed, verdict_), stride_(s.stride) {}

  bool run() {
    // One; as many as it takes that there is none left to say so either; and all that follow.
    for (std::size_t const in_a_row : {std::size_t{1}, std::size_t{6}, std::size_t(-1)})
      for (std::size_t at = 0; fail(at, in_a_row); at += stride_) ++failures_;
    verdict_.tried(failures_, "allocations");
    verdict_.tried(runs_.failed(), "that stopped the work");
    verdict_.figure(runs_.ends(), "ends");
    verdict_.figure(runs_.different_ends(), "different ones resumed to the end");
    return verdict_.end();
  }

 private:
  // False: the work was done with fewer allocations.
  bool fail(std::size_t at, std::size_t in_a_row) {
    bool struck = false;
    runs_.once("allocation " + std::to_string(at) + (in_a_row == 1 ? "" : " and after"),
               [&] { return armed({.at = at, .in_a_row = in_a_row}, struck); });
    return struck;
  }
  class armed {
   public:
    armed(allocations::plan plan, bool& struck) : struck_(struck) { allocations::current = plan; }
    armed(armed const&) = delete;
    armed& operator=(armed const&) = delete;
    ~armed() {
      struck_ = allocations::current.struck > 0;
      allocations::current = {};
    }

   private:
    bool& struck_;
  };

  verdict verdict_;
  small_runs<T> runs_;
  std::size_t stride_;
  std::size_t failures_ = 0;
};

parts allocation_failures_of(scope const& s) {
  parts all;
  scenario const each{.items = s.few, .checkpoint_frames = 8};
  scenario const together{
      .items = s.few, .how = way::in_batches, .at_once = (std::max)(s.few, std::size_t{2}), .checkpoint_frames = 8};
  all.emplace_back([=] { return allocation_failures<files_table>(each, s).run(); });
  all.emplace_back([=] { return allocation_failures<file_lifecycle>(each, s).run(); });
  all.emplace_back([=] { return allocation_failures<files_table>(together, s).run(); });
  all.emplace_back([=] { return allocation_failures<file_lifecycle>(together, s).run(); });
  return all;
}

}  // namespace crash
