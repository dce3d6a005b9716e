// expect: pawl: a field of this event has a type that no column can hold
#include "recorded_event.hpp"

#ifndef PAWL_FIXED
struct begin {
  std::string who;
  char const* why;
};
#else
struct begin {
  std::string who;
};
#endif
template void use<job<begin>>(pawl::sqlite::database&, begin const&);
