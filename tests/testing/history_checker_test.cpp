// What the history checker reports as a violation, and what it does not.
#include <string>
#include <vector>

#include <pawl/testing/history_checker.hpp>

#include "catch.hpp"
#include "store/filing.hpp"

namespace history_checker_test {

using namespace filing;
using pawl::testing::loss;
using checker = pawl::testing::history_checker<file_lifecycle>;
using rows = std::vector<any_file>;
using sentences = std::vector<std::string>;

// One move, and the store's answer to it.
void moves(checker& history, any_file const& from, file_state to) {
  history.attempted(from, to);
  history.acknowledged(from, to);
}
// a.txt up to a version, all of it acknowledged.
checker history_up_to(int version) {
  checker history;
  history.inserting("a.txt");
  history.inserted("a.txt");
  if (version > 0) moves(history, {"a.txt", 0, untracked}, uploading);
  if (version > 1) moves(history, {"a.txt", 1, uploading}, processing);
  if (version > 2) moves(history, {"a.txt", 2, processing}, indexed);
  return history;
}

TEST_CASE("a history without mistakes has no violations", "[testing]") {
  checker history = history_up_to(2);
  CHECK(history.check(rows{{"a.txt", 2, processing}}).empty());
  history.attempted({"a.txt", 2, processing}, indexed);
  history.crashed();
  SECTION("when what was under way at a crash was applied") {
    history.recovered(rows{{"a.txt", 3, indexed}});
    moves(history, {"a.txt", 3, indexed}, untracked);
    history.finished(rows{{"a.txt", 4, untracked}}, std::set<std::string>{"a.txt"});
  }
  SECTION("when it was not, and is done again") {
    history.recovered(rows{{"a.txt", 2, processing}});
    moves(history, {"a.txt", 2, processing}, indexed);
    history.finished(rows{{"a.txt", 3, indexed}});
  }
  history.remote_object("a.txt", "key 1");
  history.remote_object("a.txt", "key 2");
  CHECK(history.violations() == sentences{});
  CHECK(history.lost() == 0);
  CHECK(history.duplicates() == 0);
}

TEST_CASE("a version that two movers have left is a violation", "[testing]") {
  checker history;
  history.attempted({"a.txt", 0, untracked}, uploading);
  history.attempted({"a.txt", 0, untracked}, uploading);
  history.acknowledged({"a.txt", 0, untracked}, uploading);
  CHECK(history.violations().empty());
  history.acknowledged({"a.txt", 0, untracked}, uploading);
  CHECK(history.violations() == sentences{"'a.txt' left version 0 twice: to uploading and to uploading"});
}

TEST_CASE("versions have no gap, and a state is one that the item was brought to", "[testing]") {
  checker history;
  moves(history, {"a.txt", 0, untracked}, uploading);
  SECTION("a gap") {
    moves(history, {"a.txt", 2, processing}, indexed);
    CHECK(history.violations() ==
          sentences{"'a.txt' moved from processing at version 2, and nothing had brought it there"});
  }
  SECTION("another state at the same version") {
    moves(history, {"a.txt", 1, processing}, indexed);
    CHECK(history.violations() ==
          sentences{"'a.txt' moved from processing at version 1, and nothing had brought it there"});
  }
  SECTION("a beginning in another state") {
    moves(history, {"b.txt", 0, indexed}, untracked);
    CHECK(history.violations() ==
          sentences{"'b.txt' moved from indexed at version 0, and nothing had brought it there"});
  }
  SECTION("a move by one who was refused") {
    history.attempted({"a.txt", 1, uploading}, processing);
    history.refused({"a.txt", 1, uploading}, processing);
    moves(history, {"a.txt", 2, processing}, indexed);
    CHECK(history.violations().size() == 1);
  }
}

TEST_CASE("a move that is in no row of the lifecycle is a violation", "[testing]") {
  checker history;
  moves(history, {"a.txt", 0, untracked}, indexed);
  CHECK(history.violations() ==
        sentences{"'a.txt' moved from untracked at version 0 to indexed, which is in no row of file_lifecycle"});
}

TEST_CASE("an answer that nobody asked for is a violation", "[testing]") {
  checker history;
  history.acknowledged({"a.txt", 0, untracked}, uploading);
  CHECK(history.violations() ==
        sentences{"there is an answer for 'a.txt' from version 0 to uploading, which was never attempted"});
  history.attempted({"a.txt", 0, untracked}, uploading);
  history.refused({"a.txt", 0, untracked}, failed);
  CHECK(history.violations().size() == 2);
  history.attempted({"a.txt", -1, untracked}, uploading);
  CHECK(history.violations().back() == "'a.txt' was to be moved from version -1");
}

TEST_CASE("a recovered row is not older than what was acknowledged, unless that may be lost", "[testing]") {
  checker history = history_up_to(3);
  rows const older{{"a.txt", 1, uploading}};
  CHECK(history.check(older) == sentences{"'a.txt' is uploading at version 1, and version 3 was acknowledged"});
  CHECK(history.check(older, loss::of_latest).empty());
  CHECK(history.check(rows{{"a.txt", 1, processing}}, loss::of_latest).size() == 1);  // a mixed row is not excused

  CHECK(history.count_lost(older) == 2);
  CHECK(history.count_lost(rows{}) == 3);
  CHECK(history.count_lost(rows{{"a.txt", 3, indexed}, {"b.txt", 7, indexed}}) == 0);
  history.recovered(older, loss::of_latest);
  CHECK(history.lost() == 2);
  moves(history, {"a.txt", 1, uploading}, failed);  // another way, the second time
  CHECK(history.violations().empty());
  CHECK(history.check(rows{{"a.txt", 2, processing}}).size() == 1);
}

TEST_CASE("a recovered row is not newer than what was attempted, and was brought to its state", "[testing]") {
  checker const history = history_up_to(2);
  CHECK(history.check(rows{{"a.txt", 3, indexed}}) ==
        sentences{"'a.txt' is indexed at version 3, and no more than 2 moves were attempted"});
  CHECK(history.check(rows{{"a.txt", 2, uploading}}) ==
        sentences{"'a.txt' is uploading at version 2, and no move to it was acknowledged, unknown or under way"});
  CHECK(history.check(rows{{"a.txt", -1, untracked}}).size() == 1);
  CHECK(history.check(rows{{"a.txt", 2, static_cast<file_state>(77)}}).size() == 1);
}

TEST_CASE("what was answered as not applied is not there, and what is unknown may be either", "[testing]") {
  checker history = history_up_to(1);
  any_file const before{"a.txt", 1, uploading};
  rows const moved{{"a.txt", 2, processing}}, unmoved{{"a.txt", 1, uploading}};
  history.attempted(before, processing);
  SECTION("refused") {
    history.refused(before, processing);
    CHECK(history.check(moved) ==
          sentences{"'a.txt' is processing at version 2, and no move to it was acknowledged, unknown or under way"});
    CHECK(history.check(unmoved).empty());
  }
  SECTION("unknown") {
    history.unknown(before, processing);
    CHECK(history.check(moved).empty());
    CHECK(history.check(unmoved).empty());
  }
  SECTION("under way") {
    CHECK(history.check(moved).empty());
    CHECK(history.check(unmoved).empty());
  }
}

TEST_CASE("what was unknown is decided by the first recovery and stays so", "[testing]") {
  checker history = history_up_to(1);
  any_file const before{"a.txt", 1, uploading};
  history.attempted(before, processing);
  bool const told = GENERATE(true, false);
  told ? history.unknown(before, processing) : history.crashed();
  SECTION("not applied") {
    history.recovered(rows{{"a.txt", 1, uploading}});
    history.recovered(rows{{"a.txt", 2, processing}});
    CHECK(history.violations().size() == 1);
  }
  SECTION("applied") {
    history.recovered(rows{{"a.txt", 2, processing}});
    history.recovered(rows{{"a.txt", 1, uploading}});
    CHECK(history.violations().size() == 1);
  }
  SECTION("applied, and nobody else has left that version") {
    history.recovered(rows{{"a.txt", 2, processing}});
    moves(history, before, failed);
    CHECK(history.violations() == sentences{"'a.txt' left version 1 twice: to processing and to failed"});
  }
}

TEST_CASE("a rival that is still under way after a recovery may not have left an earlier version too", "[testing]") {
  checker history = history_up_to(1);
  any_file const before{"a.txt", 1, uploading};
  history.attempted(before, failed);  // by a process that lives on
  history.attempted(before, processing);
  history.acknowledged(before, processing);
  CHECK(history.check(rows{{"a.txt", 2, failed}}).size() == 1);
  history.recovered(rows{{"a.txt", 2, processing}});
  history.acknowledged(before, failed);
  CHECK(history.violations() == sentences{"'a.txt' left version 1 twice: to processing and to failed"});
}

TEST_CASE("rows that are missing, twice there, or nobody's are violations", "[testing]") {
  checker history = history_up_to(0);
  history.inserting("b.txt");  // its insert was not acknowledged
  rows const good{{"a.txt", 0, untracked}};
  CHECK(history.check(good).empty());
  CHECK(history.check(rows{}) == sentences{"there is no row 'a.txt', and it was inserted"});
  CHECK(history.check(rows{}, loss::of_latest).empty());
  CHECK(history.check(rows{good[0], good[0]}) == sentences{"there are two rows 'a.txt'"});
  CHECK(history.check(rows{good[0], {"c.txt", 0, untracked}}) ==
        sentences{"there is a row 'c.txt' that was never inserted"});
}

TEST_CASE("an item that a recovery did not find may be inserted anew, and what it lost is counted", "[testing]") {
  checker history = history_up_to(2);
  history.recovered(rows{}, loss::of_latest);
  CHECK(history.lost() == 2);
  history.inserting("a.txt");
  history.inserted("a.txt");
  history.recovered(rows{{"a.txt", 0, untracked}});
  CHECK(history.violations().empty());
  history.recovered(rows{});
  CHECK(history.violations().size() == 1);
}

TEST_CASE("an item that is left in a state with a step is a violation, unless it is parked", "[testing]") {
  checker history = history_up_to(1);
  rows const left{{"a.txt", 1, uploading}};
  history.finished(left, std::set<std::string>{"a.txt"});
  CHECK(history.violations().empty());
  history.finished(left);
  CHECK(history.violations() == sentences{"'a.txt' was left in uploading at version 1, neither done nor parked"});
}

TEST_CASE("a second object under one idempotency key is a violation and is counted", "[testing]") {
  checker history;
  history.remote_object("a.txt", "file_lifecycle/uploading/1/a.txt");
  history.remote_object("a.txt", "file_lifecycle/uploading/1/a.txt");
  CHECK(history.violations() ==
        sentences{"the remote made another object for 'a.txt' under the key 'file_lifecycle/uploading/1/a.txt'"});
  CHECK(history.duplicates() == 1);
}

}  // namespace history_checker_test
