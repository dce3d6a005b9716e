// expect: pawl: a field of this event has a type that no column can hold
#include "recorded_event.hpp"

struct begin {
  std::string who;
#ifndef PAWL_FIXED
  int const times = 1;
#else
  int times = 1;
#endif
};
template void use<job<begin>>(pawl::sqlite::database&, begin const&);
