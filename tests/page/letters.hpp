// A run of letters beside a page: a lifecycle, a store in memory and steps that sleep, refuse and close gates.
#ifndef PAWL_TESTS_PAGE_LETTERS_HPP
#define PAWL_TESTS_PAGE_LETTERS_HPP

#include <chrono>
#include <cstddef>
#include <string>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/memory_store.hpp>

namespace page_test {

using namespace std::chrono_literals;

enum class letter_state { written, sent, delivered };
struct mail {};
struct deliver {};
struct letter : pawl::lifecycle<pawl::initial<letter_state::written>, pawl::goal<letter_state::delivered>,
                                pawl::transition<letter_state::written, mail, letter_state::sent>,
                                pawl::transition<letter_state::sent, deliver, letter_state::delivered>> {};
static_assert(pawl::valid<letter>);

// Each letter takes 10 ms to be mailed and 30 to be delivered. The first tries to mail "refused" fail, "busy" closes a gate
// once, and "lost" is refused for good.
struct post_office {
  pawl::event_loop& loop;
  std::chrono::nanoseconds slower = 1ms;
  std::size_t refused = 0;
  bool was_busy = false;

  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, letter_state::written> it, pawl::safe&) {
    auto sleeping = loop.sleep(10 * slower);
    co_await std::move(sleeping);
    if (it.key == "lost") co_return pawl::trouble::permanent("no such address");
    if (it.key == "refused" && refused++ < 2) co_return pawl::trouble::transient("connection reset");
    co_return mail{};
  }
  pawl::task<pawl::one_of<deliver>> operator()(pawl::item<letter, letter_state::sent> it, pawl::safe&) {
    auto sleeping = loop.sleep(30 * slower);
    co_await std::move(sleeping);
    if (it.key == "busy" && !was_busy) {
      was_busy = true;
      co_return pawl::trouble::throttled(2s);
    }
    co_return deliver{};
  }
};

}  // namespace page_test

#endif
