// What a run costs that waits for work: how often its thread wakes up, and how much of a core it takes.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include <sys/resource.h>
#include <sys/time.h>

#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "benchmark/measuring.hpp"
#include "files.hpp"

namespace idle {

enum class lamp_state { off, on };
struct light {};
struct lamp : pawl::lifecycle<pawl::initial<lamp_state::off>, pawl::goal<lamp_state::on>,
                              pawl::transition<lamp_state::off, light, lamp_state::on>> {
  static constexpr std::string_view name = "lamp";
};

// Every third one is to be tried again in a day; the others are done at once.
struct steps {
  std::atomic<int>& calls;

  pawl::one_of<light> operator()(pawl::item<lamp, lamp_state::off> it) const {
    ++calls;
    if (it.row % 3 == 0) return pawl::trouble::transient("no power", std::chrono::hours(24));
    return light{};
  }
};

// Of the whole process, so far. The thread that ends the run sleeps through what is measured.
struct cost {
  double wake_ups = 0, seconds = 0;

  static cost so_far() {
    ::rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const in_seconds = [](::timeval const& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return {static_cast<double>(used.ru_nvcsw), in_seconds(used.ru_utime) + in_seconds(used.ru_stime)};
  }
};

void measure(measuring::effort const& how_much) {
  using namespace std::chrono_literals;
  std::chrono::milliseconds const settled = how_much.small ? 50ms : 2s, time = how_much.small ? 200ms : 20s;
  constexpr int items = 900;
  temporary_folder folder;
  pawl::loop<> loop;
  pawl::sqlite::database db(folder / "idle.db");
  pawl::sqlite::store<lamp> lamps(db);
  pawl::commit_queue queue(loop, lamps);
  for (int i = 0; i < items; ++i) lamps.insert_if_absent("lamp " + std::to_string(i));
  pawl::stop_source stop;
  std::atomic<int> calls = 0;
  cost before, after;
  std::jthread const watcher([&](std::stop_token const& ended) {
    while (calls < items && !ended.stop_requested()) std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(settled);
    before = cost::so_far();
    std::this_thread::sleep_for(time);
    after = cost::so_far();
    stop.request_stop();
  });
  auto const sum = pawl::run(queue, steps{calls}, {.until = pawl::until::stopped, .stop = &stop});
  if (sum.finished != items * 2 / 3) throw std::runtime_error("the run has not done what there was to do");
  double const seconds = std::chrono::duration<double>(time).count();
  measuring::remark("a run with until::stopped: 600 of 900 items are done, 300 wait for a day");
  // One is that of the watcher.
  measuring::figure("idle.wake_ups_per_second", (after.wake_ups - before.wake_ups - 1) / seconds,
                    measuring::at_most(1));
  measuring::figure("idle.percent_of_a_core", 100 * (after.seconds - before.seconds) / seconds,
                    measuring::at_most(0.1));
}

}  // namespace idle

int main(int argc, char** argv) {
  return measuring::program("What a run costs that waits for work", argc, argv, {.rounds = 1}, idle::measure);
}
