// The command serve: the live status page of any database.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include <fmt/core.h>

#include <pawl/console/console.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/stop_on_signals.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/page.hpp>
#include <pawl/report/escape.hpp>

#include "request.hpp"
#include "target.hpp"

namespace pawl_tool {

// --token-file, else the environment's PAWL_TOKEN. Without one nobody may change anything.
static pawl::page_token token_of(request const& r) {
  if (!r.token_file.empty()) return pawl::page_token::from_file(r.token_file);
  return std::getenv("PAWL_TOKEN") != nullptr ? pawl::page_token::from_environment("PAWL_TOKEN") : pawl::page_token();
}

static pawl::task<void> until_stopped(pawl::event_loop& loop, pawl::stop_source& stop) {
  while (!stop.stop_requested()) co_await loop.sleep(std::chrono::milliseconds(50));
}

int serve(request const& r) {
  pawl::page_options how;
  how.address = r.address;
  how.port = r.port;
  how.token = token_of(r);
  how.certificate = r.certificate;
  how.key = r.key_file;
  how.behind_proxy = r.behind_proxy;
  how.allowed_hosts = r.hosts;
  how.share = 1;  // there is nothing else on this loop
  bool const may_change = !how.token.empty();
  target at(r, may_change ? access::write : access::read);
  pawl::status_page const page(at.loop(), at.console(), std::move(how));
  fmt::print("{} is on {}{}\n", pawl::escaped(at.console().name()), page.url(),
             may_change ? "" : ", to be read; with PAWL_TOKEN or --token-file it has buttons");
  std::fflush(stdout);
  pawl::stop_source stop;
  pawl::stop_on_signals const signals(at.loop(), stop);
  at.wait(until_stopped(at.loop(), stop));
  return done;
}

}  // namespace pawl_tool
