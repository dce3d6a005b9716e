// expect: pawl: this store takes no statements with an event \(pawl::with\)
#include <pawl/store/memory_store.hpp>
#include <pawl/store/with.hpp>

enum class state { open, done };
struct finish {};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, finish, state::done>> {};
void use(pawl::memory_store<job>& store, pawl::item<job, state::open> const& open) {
#ifdef PAWL_FIXED
  static_cast<void>(store.apply(open, finish{}));
#else
  static_cast<void>(store.apply(open, pawl::with(finish{}, pawl::sql("DELETE FROM drafts"))));
#endif
}
