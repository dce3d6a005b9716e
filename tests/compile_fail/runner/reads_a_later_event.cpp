// expect: pawl: this state's step reads an event that no item in this state can have met: it happens only later
#include "steps.hpp"

struct steps {
#ifdef PAWL_FIXED
  dispatch operator()(ordered) { return {}; }
#else
  dispatch operator()(ordered, dispatch const&) { return {}; }
#endif
  deliver operator()(sent) { return {}; }
};
static_assert(pawl::total<steps, parcel>);
