// expect: pawl: a step returns an event of its lifecycle, perhaps pawl::with statements
#include <pawl/store/with.hpp>

#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
#ifdef PAWL_FIXED
  pawl::with<deliver> operator()(sent) { return pawl::with(deliver{}); }
#else
  pawl::with<int> operator()(sent) { return pawl::with(7); }
#endif
};
static_assert(pawl::total<steps, parcel>);
