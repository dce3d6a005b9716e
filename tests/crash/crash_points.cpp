// The process dies, or the power fails, before each file system operation of a workload. The disk is left in every
// possible order of its writes, and each time everything acknowledged must be there.
#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "crash/fault_vfs.hpp"
#include "crash/grouped_work.hpp"
#include "crash/memory_files.hpp"
#include "crash/recovery.hpp"
#include "crash/verdict.hpp"
#include "crash/workload.hpp"
#include "files.hpp"

namespace crash {

template <class T> class crash_points {
 public:
  crash_points(scenario const& how, std::uint64_t seed)
      : how_(how),
        vfs_(seed),
        random_(seed),
        path_(folder_ / "crash.db"),
        observer_(path_, how),
        verdict_("crash points",
                 std::string(std::is_same_v<T, files_table> ? "mapped table " : "own table ") + how.text()) {}

  bool run() {
    vfs_.mounted = &files_;
    vfs_.before = [this](change const* under_way) { stop_the_world(under_way); };
    work();
    vfs_.before = {};  // what is done to look at an image is no point of the work
    stop_the_world(nullptr);
    verdict_.figure(points_, "points");
    verdict_.figure(images_, "images");
    verdict_.figure(observer_.different_images(), "different ones opened");
    verdict_.figure(observer_.different_databases(), "different databases");
    verdict_.figure(resumed_, "resumed to the end");
    if (how_.durable == durability::process_crash) {
      verdict_.figure(with_loss_, "power cuts that lost something");
      verdict_.figure(most_lost_, "transitions at most");
    }
    return verdict_.end();
  }

 private:
  // One image in so many is also worked on to the end.
  static constexpr std::size_t resumed_one_of = 509;

  void work() {
    workplace<T> place(path_, how_.options());
    worker<T> by_hand(place, told_);
    bool done = by_hand.prepare(how_.items);
    if (how_.how == way::grouped) {
      sentences wrong;
      grouped_work<T>(place, told_).run(place.rows(wrong), how_.at_once);
    } else {
      done = done && by_hand.work(how_.batch());
    }
    if (!done) verdict_.wrong("without a crash", "the work failed: " + by_hand.trouble());
    sentences wrong;
    told_.finished(place.rows(wrong));
    verdict_.wrong_if_any("without a crash", wrong);
    verdict_.wrong_if_any("without a crash", told_.violations());
  }

  void stop_the_world(change const* under_way) {
    ++points_;
    observer_.move_on();
    for (ending const e : all_endings) judge(e, *files_.after(e, under_way, random_));
  }
  void judge(ending e, memory_files& left) {
    std::string const where = "point " + std::to_string(points_) + ", " + name_of(e);
    auto const allowed = how_.allowed_after(e);
    if (++images_ % resumed_one_of == 0) {
      ++resumed_;
      auto const same = left.after(ending::process_died, nullptr, random_);
      mounted_instead const crashed(vfs_, *same);
      verdict_.wrong_if_any(where + ", gone on", go_on<T>(path_, how_, told_, allowed));
    }
    auto const& found = observer_.look(vfs_, left, told_, allowed);
    verdict_.wrong_if_any(where, found.wrong);
    if (found.lost > 0) ++with_loss_;
    most_lost_ = (std::max)(most_lost_, found.lost);
  }

  scenario how_;
  temporary_folder folder_{};  // whatever looks at the real folder of the path finds one
  fault_vfs vfs_;
  memory_files files_{};
  random_bits random_;
  std::string path_;
  observer<T> observer_;
  history told_{};
  verdict verdict_;
  std::size_t points_ = 0, images_ = 0, resumed_ = 0, with_loss_ = 0, most_lost_ = 0;
};

parts crash_points_of(scope const& s) {
  parts all;
  for (auto const durable : {durability::process_crash, durability::power_loss}) {
    scenario const each{.items = s.files, .durable = durable};
    scenario const together{.items = s.files, .durable = durable, .how = way::grouped, .at_once = 50};
    all.emplace_back([=, seed = s.seed] { return crash_points<files_table>(each, seed).run(); });
    all.emplace_back([=, seed = s.seed] { return crash_points<file_lifecycle>(each, seed).run(); });
    all.emplace_back([=, seed = s.seed] { return crash_points<files_table>(together, seed).run(); });
    all.emplace_back([=, seed = s.seed] { return crash_points<file_lifecycle>(together, seed).run(); });
  }
  return all;
}

}  // namespace crash
