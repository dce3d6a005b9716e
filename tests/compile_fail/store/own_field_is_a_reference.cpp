// expect: pawl: a field of this event has a type that no column can hold
#include "recorded_event.hpp"

struct begin {
  std::string who;
#ifndef PAWL_FIXED
  std::string& why;
#else
  std::string why;
#endif
};
template void use<job<begin>>(pawl::sqlite::database&, begin const&);
