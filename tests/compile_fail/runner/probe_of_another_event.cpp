// expect: pawl: this state's step returns an event that the state does not accept
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered, pawl::probeable&) { return {}; }
  deliver operator()(sent) { return {}; }
#ifdef PAWL_FIXED
  std::optional<dispatch> probe(ordered, pawl::probeable&) { return {}; }
#else
  std::optional<deliver> probe(ordered, pawl::probeable&) { return {}; }
#endif
};
static_assert(pawl::total<steps, parcel>);
