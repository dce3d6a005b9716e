// expect: pawl: this state does not accept this event
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
void use(pawl::memory_store<job>& store, pawl::item<job, state::open> const& open) {
#ifndef PAWL_FIXED
  auto done = store.apply(open, finish{});
#else
  auto done = store.apply(open, begin{"me"});
#endif
  static_cast<void>(done);
}
