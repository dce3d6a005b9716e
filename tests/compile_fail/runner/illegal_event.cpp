// expect: pawl: this state's step returns an event that the state does not accept
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
#ifdef PAWL_FIXED
  pawl::one_of<deliver> operator()(sent) { return deliver{}; }
#else
  pawl::one_of<deliver, dispatch> operator()(sent) { return deliver{}; }
#endif
};
static_assert(pawl::total<steps, parcel>);
