// Kills a program at every point where it can die, lets it resume, and checks what became of its items.
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

// One sequence of crashes: successive processes that die at the given points, one that finishes the work, and one more
// that finds everything done.
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

  // Of the process that finished the work.
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
  // Runs one process. True if it died.
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
      me_.complain("process " + std::to_string(me_.life_) + " did not reach its crash point: it is not deterministic");
    return me_.died_before_ = me_.mortal_.dead();
  }

  std::vector<crash_point> points_;
  std::vector<std::string> places_{};  // one place per process
  process me_;
  std::size_t commits_ = 0;
  std::size_t calls_ = 0;
};

template <class Durable, class Body> class crash_explorer {
 public:
  crash_explorer(Body& body, crash_options const& options) : body_(body), options_(options) {}

  // This sequence of crashes and all that extend it.
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

// `body(durable, process)` is the program. It is called once per process, creates everything that dies with the
// process, including its own loop with a virtual clock, and returns when nothing is left to do. `Durable` is what
// outlives a process, such as a memory_store, the objects a remote has made, or the folder of a database; each sequence
// of crashes starts with a new one.
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
// process dies at each of them, at each of three moments (see crash_moment), and another one resumes. It is a violation
// if something acknowledged is lost, if a version is left twice, if a move is in no row of the table, if an item is not
// done at the end, if the remote has more than one object for it, if a process.expect() is false, or if the program
// fails.
//
// Other coroutines of a dead process may run on for a while, but get no answer from anything watched. A call under way
// elsewhere at that moment is carried out. The body must be deterministic: no real clock, no random seed. Throws error
// "testing.no_crash_points" if there is no point to die at, and "testing.crash_point" for an invalid `only`.
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
