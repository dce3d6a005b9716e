// expect: pawl: memory_store assigns events when they are recorded; no field of an event may be const or a reference
#include <string>

#include <pawl/store/memory_store.hpp>

enum class state { open, done };
struct begin {
#ifndef PAWL_FIXED
  std::string const who;
#else
  std::string who;
#endif
};
struct job : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                             pawl::transition<state::open, begin, state::done>> {};
pawl::memory_store<job> jobs;
