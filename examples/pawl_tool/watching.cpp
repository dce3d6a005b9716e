// The command watch: a table that is drawn anew on a terminal, and a line for each change elsewhere.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

#include <fmt/format.h>

#include <pawl/console/console.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/stop_on_signals.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/report/escape.hpp>

#include "printing.hpp"
#include "request.hpp"
#include "target.hpp"
#include "words.hpp"

namespace pawl_tool {

static bool stdout_can_be_drawn_on() {
  char const* const terminal = std::getenv("TERM");
#ifdef _WIN32
  bool const is_one = ::_isatty(_fileno(stdout)) != 0;
#else
  bool const is_one = ::isatty(STDOUT_FILENO) == 1;
#endif
  return is_one && terminal != nullptr && std::string_view(terminal) != "dumb";
}

// Draws over what was there. Lines are cut at the edge of the terminal, and the cursor is hidden, until the end.
class screen {
 public:
  screen() { fmt::print("\x1b[?25l\x1b[?7l\x1b[2J"); }
  screen(screen const&) = delete;
  screen& operator=(screen const&) = delete;
  ~screen() {
    fmt::print("\x1b[?7h\x1b[?25h");
    std::fflush(stdout);
  }
  static void draw(std::string_view text) {
    std::string all = "\x1b[H";
    for (char const c : text) {
      if (c == '\n') all += "\x1b[K";
      all += c;
    }
    fmt::print("{}\x1b[J", all);
    std::fflush(stdout);
  }
};

// One line for each state whose numbers have changed.
class change_lines {
 public:
  void print(std::vector<pawl::seen_table> const& tables, pawl::stored_time now) {
    for (auto const& table : tables) {
      if (!table.problem.empty()) note(table.name, "cannot be read: " + pawl::escaped(table.problem), now);
      for (auto const& state : table.states) note(table.name + '.' + state.name, words(state), now);
    }
    std::fflush(stdout);
  }

 private:
  static std::string words(pawl::seen_state const& state) {
    std::string text = counted(state.items, "item");
    if (state.parked > 0) text += fmt::format(", {} parked", state.parked);
    if (state.delayed > 0) text += fmt::format(", {} delayed", state.delayed);
    if (state.in_doubt > 0) text += fmt::format(", {} in doubt", state.in_doubt);
    if (state.paused)
      text += state.paused->by.empty() ? ", paused" : ", paused by " + pawl::escaped(state.paused->by, 200);
    return text;
  }
  void note(std::string const& what, std::string const& is, pawl::stored_time now) {
    auto& before = last_[what];
    if (before == is) return;
    before = is;
    fmt::print("{} {}: {}\n", utc(now), pawl::escaped(what), is);
  }

  std::map<std::string, std::string> last_{};
};

static pawl::task<void> rest(pawl::event_loop& loop, pawl::stop_source& stop, std::chrono::nanoseconds left) {
  constexpr std::chrono::nanoseconds least = std::chrono::milliseconds(50);
  while (left.count() > 0 && !stop.stop_requested()) {
    auto const nap = (std::min)(left, least);
    co_await loop.sleep(nap);
    left -= nap;
  }
}

int watch(request const& r) {
  auto const every = duration_of(r.every);
  if (every.count() == 0) throw refusal(usage, "--every is to be at least 1s");
  target at(r, access::read);
  pawl::stop_source stop;
  pawl::stop_on_signals const signals(at.loop(), stop);
  auto const see = [&](auto show) {
    while (!stop.stop_requested()) {
      auto const tables = at.tables();
      show(tables, at.wait(at.console().now()));
      at.wait(rest(at.loop(), stop, every));
    }
  };
  if (stdout_can_be_drawn_on()) {
    screen const drawn_on;
    see([&](auto const& tables, pawl::stored_time now) {
      std::string text = fmt::format("{} at {}\n", pawl::escaped(at.console().name()), utc(now));
      for (auto const& table : tables) text += '\n' + to_text(table, now);
      screen::draw(text);
    });
  } else {
    change_lines lines;
    see([&](auto const& tables, pawl::stored_time now) { lines.print(tables, now); });
  }
  return done;
}

}  // namespace pawl_tool
