// expect: pawl: a probeable step needs steps.probe\(item, pawl::probeable&\)
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered, pawl::probeable&) { return {}; }
  deliver operator()(sent) { return {}; }
#ifdef PAWL_FIXED
  std::optional<dispatch> probe(ordered, pawl::probeable&) { return {}; }
#endif
};
static_assert(pawl::total<steps, parcel>);
