// expect: pawl: this event has no fields, so nothing is recorded for it
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
void use(pawl::memory_store<job>& store, pawl::item<job, state::busy> const& busy) {
#ifndef PAWL_FIXED
  auto last = store.recorded<finish>(busy);
#else
  auto last = store.recorded<begin>(busy);
#endif
  static_cast<void>(last);
}
