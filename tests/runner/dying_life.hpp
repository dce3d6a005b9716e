// A lifecycle whose failure tells what it was and after how many attempts, in pawl's own table and in a user's.
#ifndef PAWL_TESTS_RUNNER_DYING_LIFE_HPP
#define PAWL_TESTS_RUNNER_DYING_LIFE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <pawl/adapter/step_failure.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/table.hpp>

namespace dying {

enum class state { pending, delivered, dead };
struct deliver {};
struct give_up {
  std::string error{};
  std::int64_t attempts = 0;

  static give_up from(pawl::step_failure const& f) { return {f.error, f.attempts}; }
};
struct life : pawl::lifecycle<pawl::initial<state::pending>, pawl::goal<state::delivered>, pawl::terminal<state::dead>,
                              pawl::transition<state::pending, deliver, state::delivered>,
                              pawl::transition<state::pending, give_up, state::dead>,
                              pawl::on_failure<state::pending, give_up>> {};
static_assert(pawl::valid<life>);
struct lives : pawl::table<life> {
  static constexpr pawl::names names{.table = "lives", .key = "name"};
  static constexpr auto columns =
      pawl::columns(pawl::on<give_up>(pawl::set("error", &give_up::error), pawl::set("attempts", &give_up::attempts)));
};

// Meets the given troubles in their order, and the last one for ever.
struct unlucky {
  std::vector<pawl::trouble>& meets;
  std::size_t& calls;

  pawl::task<pawl::one_of<deliver>> operator()(pawl::item<life, state::pending>, pawl::safe&) {
    auto const at = calls++;
    co_return meets[at < meets.size() ? at : meets.size() - 1];
  }
};

// One run that ends with a failure, and what event and history are to tell of it.
struct ending {
  std::vector<pawl::trouble> meets;
  pawl::run_options options;
  std::int64_t attempts;
  std::string error;
};
inline std::vector<ending> all_endings() {
  using pawl::trouble;
  pawl::run_options const thrice{.retry = {.attempts = 3}}, once{.retry = {.attempts = 1}};
  pawl::run_options hurried;
  hurried.item_deadline = std::chrono::minutes(1);
  return {{{trouble::transient("a"), trouble::transient("b"), trouble::transient("c")}, thrice, 3, "transient: c"},
          {{trouble::transient("a")}, once, 1, "transient: a"},
          {{trouble::permanent("no")}, thrice, 1, "permanent: no"},
          {{trouble::transient("a"), trouble::conflict("b")}, thrice, 2, "conflict: b"},
          {{trouble::unknown_outcome("lost"), trouble::not_found("gone")}, thrice, 2, "not_found: gone"},
          {{trouble::transient("a"), trouble::pending(std::chrono::hours(1))},
           hurried,
           0,
           "pending: the item's deadline has passed"}};
}

}  // namespace dying

#endif
