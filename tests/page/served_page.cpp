// A page with a hundred thousand items behind it and a run beside it, for a real browser and a real Prometheus:
//   served_page COMMAND...    runs the command with PAWL_PAGE_URL and PAWL_PAGE_TOKEN in its environment, and ends as it does
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <thread>

#include <pawl/loop/stop.hpp>
#include <pawl/page.hpp>

#include "page/fake_console.hpp"
#include "page/letters.hpp"

using namespace page_test;

static constexpr char const* token = "the-token-of-a-browser-test";

static void fill(fake_console& console) {
  for (int i = 0; i < 100'000; ++i) {
    auto trouble = i % 1000 == 7 ? std::optional(parked_for("the remote has no such address")) : std::nullopt;
    console.add("letter " + std::to_string(1'000'000 + i),
                i % 3 == 0   ? "written"
                : i % 3 == 1 ? "sent"
                             : "delivered",
                std::move(trouble));
  }
  console.add(
      "a <b>bold</b> \"key\" of someone \xe2\x80\xae with a very long name that has no blank: " + std::string(200, 'x'),
      "sent", parked_for("<script>alert(1)</script> " + std::string(300, 'e')));
  console.add("elsewhere", "archived");
  auto& story = console.items["letter 1000007"];
  story.fields = {{"receipt", "r-17"}, {"stamp", std::nullopt}, {"text", std::string(3000, 't')}};
  for (int i = 1; i < 6; ++i)
    story.history.push_back({i, "written", "mail", "sent", noon - 1min * i, 1, 2, "connection reset"});
  story.history.push_back({5, "sent", "hand: parked", "sent", noon, 0, 2, "by ada: the address is wrong"});
  console.workers = {{"process 4711", noon - 1s, false, 17}, {"process 4712", noon - 90s, true, 3}};
}
static std::string command_of(int count, char** words) {
  std::string command;
  for (int i = 1; i < count; ++i) command += "'" + std::string(words[i]) + "' ";
  return command;
}

int main(int argc, char** argv) {
  if (argc < 2) return std::cerr << "give a command\n", 2;
  pawl::loop<> loop;
  fake_console console(loop);
  fill(console);
  pawl::memory_store<letter> store;
  for (char const* const key : {"refused", "busy", "lost"}) store.insert_if_absent(key);
  for (int i = 0; i < 20'000; ++i) store.insert_if_absent("letter " + std::to_string(i));
  pawl::run_monitor monitor;
  pawl::commit_queue queue{loop, store, monitor.observer()};
  pawl::status_page const page(loop, console, {.token = pawl::page_token(token), .monitor = &monitor});
  ::setenv("PAWL_PAGE_URL", page.url().c_str(), 1);
  ::setenv("PAWL_PAGE_TOKEN", token, 1);

  pawl::stop_source stop;
  int failed = 1;
  std::thread command([&] {
    failed = std::system(command_of(argc, argv).c_str());
    stop.request_stop();
  });
  static_cast<void>(pawl::run(
      queue, post_office{loop, 10ms},
      {.concurrency = 20, .gates = {.states = {letter_state::sent}}, .until = pawl::until::stopped, .stop = &stop}));
  command.join();
  return failed == 0 ? 0 : 1;
}
