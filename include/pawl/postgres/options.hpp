// Options for a database on a PostgreSQL server.
#ifndef PAWL_POSTGRES_OPTIONS_HPP
#define PAWL_POSTGRES_OPTIONS_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres {

// What a committed transition survives.
enum class durability : std::uint8_t {
  power_loss,  // COMMIT waits for the disk, and for the synchronous standby where the server has one: for its disk, or
               // with synchronous_commit=remote_write for its memory
  process_crash  // synchronous_commit=off and local are accepted: a crash of the server, or of its machine, may lose the last commits
};

struct options {
  durability durable = durability::power_loss;
  // How long one host of the connection string may take until a session with it is open. Greater than zero.
  std::chrono::milliseconds connect_within{5000};
  // How long one request may take until its answer has come; then the connection is given up. Greater than zero. A third
  // of it, and two seconds at the most, is how long a statement waits for a lock of another transaction.
  std::chrono::milliseconds answer_within{30000};
  // How long a server may be out of reach until a write that is in doubt throws store_error (unknown), and all else fails. Not
  // negative. A run that is stopped waits so long for what its items read and write, for other answers as answer_within says, and a
  // second for a host that it can use.
  std::chrono::milliseconds outage_bound{30000};
  // Told in one sentence when no host can be used and one is waited for, and in another when one can be used again: for a
  // log. Called on the loop's thread, and by no two connections for one outage; must not throw.
  std::function<void(std::string_view what)> on_outage{};
  // Clock used to stamp transitions, and to decide when a start time has come; the server's by default, as it was when the
  // table was opened, and the time since: no matter what this machine's system clock is set to.
  std::function<std::chrono::system_clock::time_point()> now{};
};

namespace detail {
// Throws store_error (refused), and names the option.
inline void check(options const& chosen) {
  auto const refuse = [](std::string const& name, std::string const& range) {
    throw store_error(store_failure::refused, "pawl: the option " + name + " must be " + range);
  };
  if (chosen.connect_within <= std::chrono::milliseconds::zero()) refuse("connect_within", "greater than 0 ms");
  if (chosen.answer_within <= std::chrono::milliseconds::zero()) refuse("answer_within", "greater than 0 ms");
  if (chosen.outage_bound < std::chrono::milliseconds::zero()) refuse("outage_bound", "at least 0 ms");
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI::postgres

#endif
