// expect: pawl: this state's step returns an event that the state does not accept
#include <pawl/store/with.hpp>

#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
#ifdef PAWL_FIXED
  pawl::with<deliver> operator()(sent) { return pawl::with(deliver{}); }
#else
  pawl::with<dispatch> operator()(sent) { return pawl::with(dispatch{}); }
#endif
};
static_assert(pawl::total<steps, parcel>);
