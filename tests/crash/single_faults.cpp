// Makes each file system operation fail, in each possible way: once, from then on, or together with all memory gone.
#include <algorithm>
#include <cstddef>
#include <string>

#include "crash/allocations.hpp"
#include "crash/faults.hpp"
#include "crash/small_runs.hpp"
#include "crash/verdict.hpp"

namespace crash {

template <class T> class single_faults {
 public:
  single_faults(scenario const& how, std::uint64_t seed)
      : verdict_("single faults", table_text<T> + how.text()), runs_(how, seed, verdict_) {}

  bool run() {
    for (auto const& kind : fault_kinds)
      for (auto const then : {afterwards::well, afterwards::the_same, afterwards::no_memory})
        fail_everywhere(kind, then);
    verdict_.tried(faults_, "faults");
    verdict_.tried(runs_.failed(), "that stopped the work");
    verdict_.figure(runs_.ends(), "ends");
    verdict_.figure(runs_.different_ends(), "different ones resumed to the end");
    return verdict_.end();
  }

 private:
  enum class afterwards { well, the_same, no_memory };

  void fail_everywhere(fault_kind const& kind, afterwards then) {
    std::size_t at = 0;
    while (fail(kind, at, then)) ++at;
    if (at == 0) verdict_.wrong(kind.name, "there was no operation that it could strike");
    faults_ += at;
  }
  // False: the work was done before the fault could strike.
  bool fail(fault_kind const& kind, std::size_t at, afterwards then) {
    bool struck = false;
    char const* const words[] = {"", " and after", " and no memory after"};
    runs_.once(std::string(kind.name) + " " + std::to_string(at) + words[static_cast<int>(then)], [&] {
      runs_.vfs().starves = then == afterwards::no_memory;
      return armed(runs_.vfs(), {kind, at, then == afterwards::the_same}, struck);
    });
    return struck;
  }
  class armed {
   public:
    armed(fault_vfs& vfs, fault_plan plan, bool& struck) : vfs_(vfs), struck_(struck) { vfs.faults = plan; }
    armed(armed const&) = delete;
    armed& operator=(armed const&) = delete;
    ~armed() {
      struck_ = vfs_.faults.struck() > 0;
      vfs_.faults = {};
      vfs_.starves = false;
      allocations::current = {};
    }

   private:
    fault_vfs& vfs_;
    bool& struck_;
  };

  verdict verdict_;
  small_runs<T> runs_;
  std::size_t faults_ = 0;
};

parts single_faults_of(scope const& s) {
  parts all;
  for (auto const durable : {durability::power_loss, durability::process_crash}) {
    // A few pages make a checkpoint due, so that there are several.
    scenario const each{.items = s.few, .durable = durable, .checkpoint_frames = 8};
    scenario const together{.items = s.few,
                            .durable = durable,
                            .how = way::in_batches,
                            .at_once = (std::max)(s.few, std::size_t{2}),
                            .checkpoint_frames = 8};
    all.emplace_back([=, seed = s.seed] { return single_faults<files_table>(each, seed).run(); });
    all.emplace_back([=, seed = s.seed] { return single_faults<file_lifecycle>(each, seed).run(); });
    all.emplace_back([=, seed = s.seed] { return single_faults<files_table>(together, seed).run(); });
    all.emplace_back([=, seed = s.seed] { return single_faults<file_lifecycle>(together, seed).run(); });
  }
  return all;
}

}  // namespace crash
