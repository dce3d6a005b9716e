// expect: pawl: a step returns an event of its lifecycle, perhaps pawl::with statements, pawl::one_of<events...>, or a pawl::task of one of these
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
#ifdef PAWL_FIXED
  deliver operator()(sent) { return {}; }
#else
  void operator()(sent) {}
#endif
};
static_assert(pawl::total<steps, parcel>);
