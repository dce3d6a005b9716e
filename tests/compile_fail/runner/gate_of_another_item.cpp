// expect: pawl: gate_of takes no item of this lifecycle, so it would never be called
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
  deliver operator()(sent) { return {}; }
#ifdef PAWL_FIXED
  std::string gate_of(ordered const& it) { return it.key; }
#else
  std::string gate_of(ordered const& it, pawl::keyed&) { return it.key; }
#endif
};
static_assert(pawl::total<steps, parcel>);
