// An observer that tells the story: where each order is left, and what goes wrong.
#ifndef STORYTELLER_HPP
#define STORYTELLER_HPP

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include <pawl/pawl.hpp>

#include "fulfilment.hpp"

struct storyteller {
  using item = pawl::any_item<fulfilment::lifecycle>;

  void on_leave(std::size_t, item const& it, std::chrono::nanoseconds) { tell(it, ""); }
  void on_trouble(std::size_t, item const& it, pawl::trouble const& why) { tell(it, ": " + why.describe()); }
  void on_warning(std::string_view what) { std::fprintf(stderr, "%s\n", std::string(what).c_str()); }

 private:
  static void tell(item const& it, std::string const& more) {
    std::string const name(pawl::state_name_of<fulfilment::lifecycle>(it.state));
    std::printf("%-10s %s%s\n", it.key.c_str(), name.c_str(), more.c_str());
    std::fflush(stdout);
  }
};

#endif
