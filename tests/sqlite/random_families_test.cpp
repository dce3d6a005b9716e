// Random work on parents and children by several processes, which die, and by people with SQL: no parent goes on too early,
// none is told twice or something wrong, and none is forgotten.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "sqlite/family.hpp"
#include "store/families.hpp"

namespace random_families_test {

using namespace family_test;

// What a person knows who watches both tables: for each life of a child how it has ended; empty: it is at work.
using child = std::pair<std::string, std::int64_t>;
struct parent {
  std::int64_t life = 0, version = 0;
  album_state state = album_state::fresh;
  std::map<child, std::optional<bool>> children{};
};

template <class Family> class world {
  using photo_type = typename Family::photo_type;

 public:
  explicit world(unsigned seed)
      : random_(seed), is_watched_(seed % 2 == 0), worker_(std::make_unique<process<Family>>(main_.db.path())) {
    worker_->open_photos();
  }

  void live(int days) {
    for (int day = 0; day < days; ++day) {
      CAPTURE(day);
      act();
      main_.albums->changed_elsewhere();  // what a run does within its poll
      look();
    }
    main_.albums->gather();
    is_touched_ = false;
    look();
  }
  int told() const { return told_; }

 private:
  int roll(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random_); }
  std::string title() { return "album " + std::to_string(roll(4)); }
  std::string key() { return "photo " + std::to_string(roll(9)); }
  std::vector<std::string> some_keys() {
    std::vector<std::string> keys(static_cast<std::size_t>(roll(5)));
    for (auto& one : keys) one = key();
    return keys;
  }

  void act() {
    did_several_ = false;
    switch (roll(16)) {
      case 0:
        return main_.add_album_if_absent(title());
      case 1:
      case 2:
        return move_album(title());
      case 3:
        return in_a_transaction([this] {
          for (int i = roll(6); i >= 0; --i) roll(3) == 0 ? move_album(title()) : move_photo(main_, key());
        });
      case 4:
        return die();
      case 5:
        return is_watched_ ? by_hand() : move_photo(main_, key());
      case 6:
        static_cast<void>(main_.albums->gather());
        is_touched_ = false;
        return;
      case 7:
        return clear_away();
      case 8:
      case 9:
      case 10:
        return move_photo(*worker_, key());
      default:
        return move_photo(main_, key());
    }
  }
  void move_album(std::string const& of) {
    auto const it = main_.album_at(of);
    if (!it) return main_.add_album_if_absent(of);
    auto const keys = some_keys();
    auto const move = [&]<album_state S, class Event>(Event event) {
      if (auto const typed = it->template as<S>()) {
        CHECK(main_.albums->apply(*typed, with(event, insert<photo_type>(keys))));
        meant_[of].insert(meant_[of].end(), keys.begin(), keys.end());
      }
    };
    move.template operator()<album_state::fresh>(scan{});
    move.template operator()<album_state::waiting>(add{});
    if (roll(2) == 0)
      move.template operator()<album_state::printing>(again{});
    else
      move.template operator()<album_state::printing>(print{});
  }
  void move_photo(process<Family>& by, std::string const& which) {
    auto const it = by.photos->get(which).item;
    if (!it) return;
    if (it->state != photo_state::found)
      by.move_photo(which, look_again{});
    else if (roll(4) == 0)
      by.move_photo(which, crack{});
    else
      by.shrink_photo(which);
  }
  template <class Work> void in_a_transaction(Work work) {
    auto const before = meant_;
    did_several_ = true;  // and a child may have left its end again
    REQUIRE(main_.db.try_begin());
    work();
    if (roll(3) == 0) {
      main_.albums->rollback();
      meant_ = before;
    } else {
      main_.db.commit();
    }
  }
  // In the middle of a transaction.
  void die() {
    REQUIRE(worker_->db.try_begin());
    move_photo(*worker_, key());
    worker_.reset();
    worker_ = std::make_unique<process<Family>>(main_.db.path());
    worker_->open_photos();
  }
  void by_hand() {
    bool const is_own = pawl::a_lifecycle<photo_type>;
    std::string const table(main_.photos->table_name()), photo = key();
    std::string const named = std::string(is_own ? "key" : "file") + "='" + photo + "'";
    is_touched_ = true;
    touched_.insert(photo);
    if (roll(2) == 0)
      main_.db.execute("DELETE FROM " + table + " WHERE " + named);
    else
      main_.db.execute("UPDATE " + table + " SET state=" + (is_own ? "2" : "'broken'") + ",version=version+1 WHERE " +
                       named);
    if (roll(8) == 0) main_.db.execute("DELETE FROM " + std::string(main_.albums->table_name()));
  }
  void clear_away() {
    if constexpr (pawl::a_lifecycle<photo_type>) main_.photos->remove_finished(std::chrono::nanoseconds(-1), 2);
    if constexpr (pawl::a_lifecycle<typename Family::album_type>)
      main_.albums->remove_finished(std::chrono::nanoseconds(-1), 1);
  }

  // Brings what the person knows up to date, and judges it.
  void look() {
    for (auto const& title : {"album 0", "album 1", "album 2", "album 3"}) {
      CAPTURE(title);
      auto const now = main_.album_at(title);
      if (!now || now->life != known_[title].life) {
        known_[title] = {};
        if (!now) meant_[title].clear();
      }
      if (!now) continue;
      parent& p = known_[title];
      p.life = now->life;
      for (auto const& name : std::exchange(meant_[title], {}))
        if (auto const row = main_.photos->get(name).item) p.children.try_emplace({name, row->life});
      std::size_t missing = 0;
      for (auto& [which, arrived] : p.children) missing += update(which, arrived) ? 0U : 1U;
      if (now->state == album_state::waiting && !is_touched_) CHECK(missing > 0);
      if (now->version != p.version && now->state == album_state::printing) judge_told(title, p);
      p.version = now->version;
      p.state = now->state;
    }
  }
  // True if it has ended.
  bool update(child const& which, std::optional<bool>& arrived) {
    auto const row = main_.photos->get(which.first).item;
    if (!row || row->life != which.second) {
      if (!arrived && !is_touched_) FAIL_CHECK(which.first << " has gone unseen");
      if (!arrived) arrived = false;
    } else if (row->state == photo_state::found) {
      arrived.reset();
    } else {
      arrived = row->state == photo_state::shrunk;
    }
    return arrived.has_value();
  }
  // The last thing that it was told, if nothing has happened since.
  void judge_told(std::string const& of, parent const& p) {
    auto const history = main_.albums->history(of);
    REQUIRE_FALSE(history.empty());
    if (history.back().event != "all_ended") return;
    ++told_;
    std::size_t in_a_row = 0;
    for (auto const& entry : history) {
      in_a_row = entry.event == "all_ended" ? in_a_row + 1 : 0;
      CHECK(in_a_row < 2);
    }
    // What was done by hand to a child that had ended is known only while its parent waits.
    bool const is_by_hand = std::any_of(p.children.begin(), p.children.end(),
                                        [this](auto const& c) { return touched_.contains(c.first.first); });
    if (is_by_hand || did_several_) return;
    auto const told = main_.told(of);
    REQUIRE(told);
    auto const count = [&p](bool arrived) {
      return std::count_if(p.children.begin(), p.children.end(), [&](auto const& c) { return c.second == arrived; });
    };
    CHECK(told->arrived == count(true));
    CHECK(told->failed == count(false));
  }

  std::mt19937 random_;
  bool is_watched_;  // by people, who lend a hand
  house<Family> main_{};
  std::unique_ptr<process<Family>> worker_;
  std::map<std::string, parent> known_{};
  std::map<std::string, std::vector<std::string>> meant_{};  // to be children, since the last look
  std::set<std::string> touched_{};                          // by hand, ever
  bool is_touched_ = false;                                  // by hand, and not looked for since
  bool did_several_ = false;
  int told_ = 0;
};

TEMPLATE_TEST_CASE("whatever happens to parents and children, each parent is told once, the truth, and in time",
                   "[sqlite]", PAWL_FAMILIES) {
  int told = 0;
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    world<TestType> w(seed);
    w.live(150);
    told += w.told();
  }
  CHECK(told > 80);
}

}  // namespace random_families_test
