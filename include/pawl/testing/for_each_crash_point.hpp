// Kills a program at every point at which it can die, lets it resume, and judges what became of its items.
#ifndef PAWL_TESTING_FOR_EACH_CRASH_POINT_HPP
#define PAWL_TESTING_FOR_EACH_CRASH_POINT_HPP

#include <array>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/testing/crash_point.hpp>
#include <pawl/testing/crash_verdict.hpp>
#include <pawl/testing/process.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

namespace detail {

// One way to die: processes that follow each other, of which the first ones die at these points and the last one comes
// to its end; and one more, which finds everything done.
class crash_scenario {
 public:
  crash_scenario(std::vector<crash_point> points, crash_options const& options)
      : points_(std::move(points)), me_(options) {}

  template <class Durable, class Body> void run(Body& body) {
    Durable durable{};
    bool dead = false;
    do {
      dead = live(durable, body, me_.life_ < points_.size() ? std::optional(points_[me_.life_]) : std::nullopt);
    } while (dead || me_.life_ <= points_.size());
    commits_ = me_.mortal_.reached(crash_site::commit);
    calls_ = me_.mortal_.reached(crash_site::call);
    me_.finished_ = true;
    live(durable, body, std::nullopt);
    for (auto const* objects : me_.objects_)
      for (auto& sentence : objects->violations()) me_.complain(std::move(sentence));
    for (auto const& [tag, judge] : me_.judges_)
      for (auto& sentence : judge->violations()) me_.complain(std::move(sentence));
  }

  // Of the process that came to its end.
  std::size_t commits() const { return commits_; }
  std::size_t calls() const { return calls_; }
  std::vector<std::string> const& violations() const { return me_.complaints_; }

  std::string describe() const {
    if (points_.empty()) return "without a crash";
    std::string text;
    for (std::size_t i = 0; i < points_.size(); ++i)
      text += (i == 0 ? "" : "; then ") + testing::describe(points_[i], i < places_.size() ? places_[i] : "");
    return text;
  }

 private:
  // One process. Whether it died.
  template <class Durable, class Body> bool live(Durable& durable, Body& body, std::optional<crash_point> at) {
    ++me_.life_;
    me_.calls_.clear();
    me_.mortal_.begin(at);
    try {
      body(durable, me_);
    } catch (std::exception const& e) {
      if (!me_.mortal_.dead()) me_.complain("process " + std::to_string(me_.life_) + " failed: " + e.what());
    } catch (...) {
      if (!me_.mortal_.dead()) throw;
    }
    if (at) places_.push_back(me_.mortal_.place());
    if (at && !me_.mortal_.met())
      me_.complain("process " + std::to_string(me_.life_) +
                   " did not come to its crash point: it does not do the same every time");
    return me_.died_before_ = me_.mortal_.dead();
  }

  std::vector<crash_point> points_;
  std::vector<std::string> places_{};  // of each
  process me_;
  std::size_t commits_ = 0;
  std::size_t calls_ = 0;
};

template <class Durable, class Body> class crash_explorer {
 public:
  crash_explorer(Body& body, crash_options const& options) : body_(body), options_(options) {}

  // This way to die, and all that go on from it.
  void explore(std::vector<crash_point> const& points) {
    std::array<std::size_t, 2> reached{};
    {
      crash_scenario scenario(points, options_);
      scenario.run<Durable>(body_);
      note(points, scenario);
      if (!scenario.violations().empty() || points.size() == options_.crashes) return;
      reached = {scenario.commits(), scenario.calls()};
    }
    for (auto const site : {crash_site::commit, crash_site::call})
      for (std::size_t number = 1; number <= reached[static_cast<std::size_t>(site)]; ++number)
        for (auto const moment : {crash_moment::before, crash_moment::unanswered, crash_moment::answered}) {
          auto further = points;
          further.push_back({site, number, moment});
          explore(further);
        }
  }
  void replay(std::vector<crash_point> const& points) {
    crash_scenario scenario(points, options_);
    scenario.run<Durable>(body_);
    note(points, scenario);
  }
  crash_verdict verdict() && { return std::move(verdict_); }

 private:
  void note(std::vector<crash_point> const& points, crash_scenario const& scenario) {
    if (++verdict_.scenarios == 1) {
      verdict_.commits = scenario.commits();
      verdict_.calls = scenario.calls();
    }
    if (!scenario.violations().empty())
      verdict_.failures.push_back({points, scenario.describe(), scenario.violations()});
  }

  Body& body_;
  crash_options const& options_;
  crash_verdict verdict_{};
};

}  // namespace detail

// `body(durable, process)` is the program: it is called once for each process, on a loop of its own with a virtual
// clock, makes all that dies with a process, and comes to its end when there is nothing left to do. `Durable` is what
// outlives a process, such as a memory_store, what a remote has made, or the folder of a database; each way to die
// begins with a new one.
//
//   struct post { pawl::memory_store<letter> letters; pawl::testing::remote_objects mailed; };
//
//   CHECK(pawl::testing::for_each_crash_point<post>([](post& durable, pawl::testing::process& process) {
//     pawl::loop<pawl::virtual_clock> loop;
//     auto letters = process.watch(durable.letters);
//     letters.insert_if_absent("ada");
//     pawl::commit_queue queue{loop, letters};
//     mock_courier courier{loop, durable.mailed};
//     process.watch(courier.remote);
//     process.watch(durable.mailed);
//     pawl::run(queue, postman{courier});
//   }));
//
// A first run without a crash counts the points: each commit of a watched store and each call of a watched mock. Then a
// process dies at each of them in each of three moments (see crash_moment), and another one resumes. It is a violation when something
// acknowledged is lost, a version is left twice or a move is in no row of the table; when an item is not done in the end;
// when the remote has more than one object for it; when what process.expect() says is not true; and when the program fails.
//
// Other coroutines of the process may run on a little when it is dead, but nothing that is watched answers them. A call
// that is under way elsewhere then is carried out. The body must do the same every time: no real clock, no random seed.
// Throws error "testing.no_crash_points" where nothing can die or is to die, and "testing.crash_point" for an `only` that
// is none.
template <class Durable, class Body> crash_verdict for_each_crash_point(Body&& body, crash_options options = {}) {
  if (options.crashes == 0)
    throw error("testing.no_crash_points",
                "pawl: crash_options::crashes is 0: nothing would be killed, and nothing shown; it is at least 1");
  detail::crash_explorer<Durable, std::remove_reference_t<Body>> explorer(body, options);
  if (options.only.empty())
    explorer.explore({});
  else
    explorer.replay(crash_points_of(options.only));
  auto verdict = std::move(explorer).verdict();
  if (verdict && verdict.commits + verdict.calls == 0)
    throw error("testing.no_crash_points",
                "pawl: the process watches no store and no mock, or writes and calls nothing: there is no point at "
                "which to kill it; use what process.watch() returns");
  return verdict;
}

}  // namespace pawl::inline PAWL_ABI::testing

#endif
