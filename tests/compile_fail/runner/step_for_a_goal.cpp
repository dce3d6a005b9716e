// expect: pawl: this state is declared goal, terminal or waiting, so its step would never be called
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
  deliver operator()(sent) { return {}; }
#ifndef PAWL_FIXED
  deliver operator()(pawl::item<parcel, state::delivered>) { return {}; }
#endif
};
static_assert(pawl::total<steps, parcel>);
