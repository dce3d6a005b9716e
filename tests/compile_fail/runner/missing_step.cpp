// expect: pawl: no step takes this state; add operator\(\)\(item\), .* or declare the state goal, terminal or waiting
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
#ifdef PAWL_FIXED
  deliver operator()(sent) { return {}; }
#else
  deliver operator()(sent&) { return {}; }  // a step takes its item by value
#endif
};
static_assert(pawl::total<steps, parcel>);
