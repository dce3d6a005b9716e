// The second file of a program in the compiled form, with its own lifecycle and run.
#include <chrono>
#include <cstdlib>
#include <string>

#include <pawl/pawl.hpp>

#ifndef PAWL_COMPILED
#error "this program is to be compiled in the compiled form"
#endif

namespace {
enum class lamp { off, on };
struct light {
  std::string by;
};
struct lamp_life
    : pawl::lifecycle<pawl::initial<lamp::off>, pawl::goal<lamp::on>, pawl::transition<lamp::off, light, lamp::on>> {};
struct lamplighter {
  pawl::loop<pawl::virtual_clock>& loop;
  pawl::task<light> operator()(pawl::item<lamp_life, lamp::off>, pawl::safe&) {
    co_await loop.sleep(std::chrono::hours(1));
    co_return light{"a match"};
  }
};

// Runs before main(): the program's exit code is main()'s, so a wrong answer here ends it.
bool const lit = [] {
  pawl::loop<pawl::virtual_clock> loop;
  pawl::memory_store<lamp_life> lamps;
  lamps.insert_if_absent("street");
  pawl::commit_queue queue{loop, lamps};
  if (pawl::run(queue, lamplighter{loop}).finished != 1) std::abort();
  if (loop.now() != std::chrono::hours(1)) std::abort();
  return true;
}();
}  // namespace
