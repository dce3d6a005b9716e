// Examines what a crash has left: whether pawl opens it, what it contains, and whether the work can be finished.
#ifndef PAWL_TESTS_CRASH_RECOVERY_HPP
#define PAWL_TESTS_CRASH_RECOVERY_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include "crash/fault_vfs.hpp"
#include "crash/memory_files.hpp"
#include "crash/workload.hpp"

namespace crash {

// Other files in the place of those that are mounted, without faults, to the end of the scope.
class mounted_instead {
 public:
  mounted_instead(fault_vfs& vfs, memory_files& files)
      : vfs_(vfs), files_(std::exchange(vfs.mounted, &files)), faults_(std::exchange(vfs.faults, {})) {}
  mounted_instead(mounted_instead const&) = delete;
  mounted_instead& operator=(mounted_instead const&) = delete;
  ~mounted_instead() {
    vfs_.mounted = files_;
    vfs_.faults = faults_;
  }

 private:
  fault_vfs& vfs_;
  memory_files* files_;
  fault_plan faults_;
};

// How a workload is done: all that a proof varies.
enum class way : std::uint8_t { one_by_one, in_batches, grouped };
struct scenario {
  std::size_t items = 1;
  durability durable = durability::power_loss;
  way how = way::one_by_one;
  std::size_t at_once = 1;  // transitions in a batch, or waiters of a queue
  int checkpoint_frames = 100;

  // What the database promises about a crash that ends so.
  loss allowed_after(ending e) const {
    return is_power_cut(e) && durable == durability::process_crash ? loss::of_latest : loss::none;
  }
  std::size_t batch() const { return how == way::one_by_one ? 1 : at_once; }
  pawl::sqlite::options options() const { return options_for(durable, checkpoint_frames); }
  std::string text() const {
    std::string words = std::to_string(items) + "x3 " + (durable == durability::power_loss ? "FULL" : "NORMAL");
    if (how == way::one_by_one) return words + " one by one";
    return words + (how == way::grouped ? " grouped " : " in batches of ") + std::to_string(at_once);
  }
};

struct finding {
  sentences wrong{};
  std::size_t lost = 0;  // transitions that had been acknowledged
};

// Looks at images: whether pawl opens them, whether SQLite finds them whole, and whether their rows can be, after all
// that is known. An image is opened once for all that have the same files of the same bytes, and the rows of a database
// are read once for all that have the same pages, seen through the log.
template <class T> class observer {
 public:
  observer(std::string path, scenario const& how) : path_(std::move(path)), how_(how) {}

  // The history goes on: what was judged is to be judged anew.
  void move_on() { judged_.clear(); }
  // Changes neither history nor items, but what is in the image where it opens it.
  finding const& look(fault_vfs& vfs, memory_files& image, history const& told, loss allowed) {
    auto const [known, is_new] = images_.try_emplace(image.fingerprint());
    if (is_new) known->second = open(vfs, image);
    for (auto const& j : judged_)
      if (j.of == known->second && j.allowed == allowed) return j.found;
    return judged_.emplace_back(known->second, allowed, judge(*known->second, told, allowed)).found;
  }
  // How many different images there were, and how many different databases in them.
  std::size_t different_images() const noexcept { return images_.size(); }
  std::size_t different_databases() const noexcept { return databases_.size(); }

 private:
  struct contents_of_database {
    std::vector<any_file> rows{};
    sentences wrong{};
  };
  using contents_ptr = std::shared_ptr<contents_of_database const>;
  struct judged_contents {
    judged_contents(contents_ptr c, loss a, finding f) : of(std::move(c)), allowed(a), found(std::move(f)) {}
    contents_ptr of;
    loss allowed;
    finding found;
  };

  static finding judge(contents_of_database const& there, history const& told, loss allowed) {
    finding found{.wrong = there.wrong, .lost = told.count_lost(there.rows)};
    for (auto& sentence : told.check(there.rows, allowed)) found.wrong.push_back(std::move(sentence));
    return found;
  }
  contents_ptr open(fault_vfs& vfs, memory_files& image) {
    mounted_instead const crashed(vfs, image);
    try {
      workplace<T> place(path_, how_.options());
      return read(place);
    } catch (std::exception const& e) {
      return std::make_shared<contents_of_database>(contents_of_database{{}, {e.what()}});
    }
  }
  contents_ptr read(workplace<T>& place) {
    contents_ptr& known = databases_[fingerprint_of(place)];
    if (known) return known;
    contents_of_database there;
    if (place.has_table()) there.rows = place.rows(there.wrong);
    place.check_integrity(there.wrong);
    return known = std::make_shared<contents_of_database>(std::move(there));
  }
  static std::size_t fingerprint_of(workplace<T>& place) {
    sqlite3_int64 size = 0;
    unsigned char* const pages = sqlite3_serialize(place.db.handle(), "main", &size, 0);
    if (!pages && size > 0) throw std::runtime_error("the pages of the database cannot be read");
    std::string_view const text(reinterpret_cast<char const*>(pages), static_cast<std::size_t>(size));
    std::size_t const fingerprint = std::hash<std::string_view>{}(text);
    sqlite3_free(pages);
    return fingerprint;
  }

  std::string path_;
  scenario how_;
  std::unordered_map<std::size_t, contents_ptr> images_{}, databases_{};
  std::vector<judged_contents> judged_{};  // since the history went on
};

// Begins anew on the database that is mounted and does all that is left to do.
template <class T> sentences go_on(std::string const& path, scenario const& how, history told, loss allowed) {
  sentences wrong;
  try {
    told.crashed();
    workplace<T> place(path, how.options());
    told.recovered(place.has_table() ? place.rows(wrong) : std::vector<any_file>{}, allowed);
    worker<T> successor(place, told);
    bool const done = successor.prepare(how.items) && successor.work(256);
    if (!done) wrong.push_back("the work did not go on to its end: " + successor.trouble());
    told.finished(place.rows(wrong));
    place.check_integrity(wrong);
  } catch (std::exception const& e) {
    wrong.push_back(e.what());
  }
  for (auto const& sentence : told.violations()) wrong.push_back(sentence);
  return wrong;
}

}  // namespace crash

#endif
