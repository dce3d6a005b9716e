// expect: pawl: a schedule needs last_tick\(std::string_view\) from its store, returning std::optional<stored_time>
#include <chrono>

#include <pawl/recurring/recurring.hpp>
#include <pawl/store/memory_store.hpp>

enum class state { due, done };
struct finish {};
struct night : pawl::lifecycle<pawl::initial<state::due>, pawl::goal<state::done>,
                               pawl::transition<state::due, finish, state::done>> {};

struct store : pawl::memory_store<night> {
#ifndef PAWL_FIXED
  void last_tick() = delete;
#endif
};

void use(store& nights) { pawl::recurring<store>(nights, "nightly", pawl::period(std::chrono::hours(24))); }
