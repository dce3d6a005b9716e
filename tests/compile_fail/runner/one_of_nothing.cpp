// expect: pawl: a step returns an event of its lifecycle, perhaps pawl::with statements, pawl::one_of<events...>, or a pawl::task of one of these
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
#ifdef PAWL_FIXED
  pawl::one_of<deliver> operator()(sent) { return pawl::trouble::permanent("lost"); }
#else
  pawl::one_of<> operator()(sent) { return pawl::trouble::permanent("lost"); }
#endif
};
static_assert(pawl::total<steps, parcel>);
