// A stranger's program with a schedule in a time zone.
#include <chrono>
#include <cstdio>

#include <pawl/calendar/zone.hpp>
#include <pawl/pawl.hpp>
#include <pawl/recurring.hpp>

enum class state { due, done };
struct finish {};
struct night : pawl::lifecycle<pawl::initial<state::due>, pawl::goal<state::done>,
                               pawl::transition<state::due, finish, state::done>> {};
struct steps {
  finish operator()(pawl::item<night, state::due> it) {
    std::printf("%s\n", it.key.c_str());
    return {};
  }
};

int main() {
  auto now = pawl::stored_time(std::chrono::sys_days(std::chrono::year(2026) / 7 / 1));
  pawl::memory_store<night> nights([&now] { return now; });
  auto const nightly = pawl::cron(nights, "nightly", "0 3 * * *", pawl::zone("Europe/Berlin"));
  pawl::run(nights, steps{}, {}, nightly);
  now += std::chrono::hours(1);
  auto const sum = pawl::run(nights, steps{}, {}, nightly);
  return sum.finished == 1 && nights.get("nightly 2026-07-01T01:00:00Z").item ? 0 : 1;
}
