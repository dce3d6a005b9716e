// expect: pawl: no transition of the lifecycle has this event
#include <string>

#include <pawl/store/memory_store.hpp>

enum class state { open, busy, done };
struct begin {
  std::string who;
};
struct finish {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::busy>,
                             pawl::transition<state::busy, finish, state::done>> {};
struct other {};
void use(pawl::memory_store<job>& store, pawl::item<job, state::busy> const& busy) {
#ifndef PAWL_FIXED
  auto done = store.apply(busy, other{});
#else
  auto done = store.apply(busy, finish{});
#endif
  static_cast<void>(done);
}
