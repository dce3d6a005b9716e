// expect: pawl: more than one step takes this state; keep only one of them
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
  deliver operator()(sent) { return {}; }
#ifndef PAWL_FIXED
  deliver operator()(sent, pawl::keyed&) { return {}; }
#endif
};
static_assert(pawl::total<steps, parcel>);
