// Several observers of one queue.
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/queue/write_times.hpp>
#include <pawl/runner/engine/hooks.hpp>
#include <pawl/runner/observers.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/delivery.hpp"
#include "runner/parcel.hpp"

namespace observers_test {

using namespace run_test;
using std::chrono::nanoseconds;
using it = pawl::any_item<parcel::life>;

// Notes the hooks that were called, with its name, in a list of all.
struct noting {
  std::vector<std::string>& all;
  std::string name;
  void note(std::string const& hook) { all.push_back(name + " " + hook); }
};
struct with_all : noting {
  void on_take(std::size_t, it const& of, nanoseconds) { note("take " + of.key); }
  void on_phase(std::size_t, pawl::phase, nanoseconds, nanoseconds) { note("phase"); }
  void on_trouble(std::size_t, it const&, pawl::trouble const& why) { note("trouble " + why.describe()); }
  void on_leave(std::size_t, it const&, nanoseconds) { note("leave"); }
  void on_transition(pawl::transition_times const& of) { note("transition " + std::string(of.key)); }
  void on_batch(pawl::batch_times const&) { note("batch"); }
  void on_promise(std::string_view state, pawl::repetition) { note("promise " + std::string(state)); }
  void on_warning(std::string_view) { note("warning"); }
  void on_gate(pawl::closed_gate const&) { note("gate"); }
  void on_progress(pawl::run_progress const&) { note("progress"); }
};
struct with_few : noting {
  template <class L> void on_take(std::size_t, pawl::any_item<L> const& of, nanoseconds) { note("take " + of.key); }
  void on_transition(pawl::transition_times of) { note("transition " + std::string(of.key)); }
};

// By their places: a hook that is new has to be counted here.
template <class Observer> std::string bound(Observer& of) {
  auto const& [take, phase, trouble, leave, promise, warning, gate, progress] =
      pawl::detail::run_hooks::of<parcel::life>(of);
  auto const& [transition, batch] = pawl::detail::write_watch::of(of);
  std::string all;
  for (bool const is_bound : {bool(take), bool(phase), bool(trouble), bool(leave), bool(promise), bool(warning),
                              bool(gate), bool(progress), bool(transition), bool(batch)})
    all += is_bound ? '1' : '0';
  return all;
}

TEST_CASE("of several observers each hook is called that one of them has, and no other", "[runner]") {
  std::vector<std::string> all;
  with_all everything{{all, "all"}};
  with_few some{{all, "few"}};
  pawl::null_observer none;
  CHECK(bound(everything) == "1111111111");
  pawl::observers both{everything, none};
  CHECK(bound(both) == "1111111111");
  pawl::observers few{none, some};
  CHECK(bound(few) == "1000000010");
  CHECK(bound(some) == "1000000010");
  pawl::observers nothing{none, none};
  CHECK(bound(nothing) == "0000000000");
  pawl::observers<> nobody;
  CHECK(bound(nobody) == "0000000000");
  pawl::observers nested{few, both};
  CHECK(bound(nested) == "1111111111");
}

// What one observer alone is told of this run.
template <class Observer> void deliver_two(Observer& observer) {
  virtual_loop loop;
  parcel::store memory;
  parcel::fill(memory, 2);
  test_queue queue{loop, memory, observer};
  run_test::carrier api{loop};
  api.remote.refuse(1, pawl::trouble::transient("busy"));
  CHECK(pawl::run(queue, run_test::steps{api}, {.concurrency = 1}).finished == 2);
}
std::vector<std::string> of(std::vector<std::string> const& all, std::string_view name) {
  std::vector<std::string> its;
  for (auto const& one : all)
    if (one.starts_with(name)) its.push_back(one.substr(name.size() + 1));
  return its;
}

TEST_CASE("several observers are each told what one alone is told, in their order", "[runner]") {
  std::vector<std::string> alone, together;
  with_all one{{alone, "one"}};
  deliver_two(one);
  with_all first{{together, "one"}}, second{{together, "two"}};
  with_few third{{together, "few"}};
  pawl::observers inner{second, third};
  pawl::observers all{first, inner};
  deliver_two(all);
  CHECK(of(together, "one") == of(alone, "one"));
  CHECK(of(together, "two") == of(alone, "one"));
  std::vector<std::string> takes_and_transitions;
  for (auto const& line : of(alone, "one"))
    if (line.starts_with("take") || line.starts_with("transition")) takes_and_transitions.push_back(line);
  CHECK(takes_and_transitions.size() > 6);
  CHECK(of(together, "few") == takes_and_transitions);
  for (std::size_t i = 0; i + 1 < together.size(); ++i)
    if (together[i].starts_with("one")) CHECK(together[i + 1] == "two" + together[i].substr(3));
}

}  // namespace observers_test
