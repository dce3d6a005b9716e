// expect: pawl: a step returns one of the events that its one_of names, or a pawl::trouble; this is neither
#include <pawl/loop/task.hpp>

#include "steps.hpp"

struct steps {
  pawl::task<pawl::one_of<dispatch>> operator()(ordered) {
    std::string tracking = "t";
#ifdef PAWL_FIXED
    co_return dispatch{tracking};
#else
    co_return tracking;
#endif
  }
  deliver operator()(sent) { return {}; }
};
static_assert(pawl::total<steps, parcel>);
