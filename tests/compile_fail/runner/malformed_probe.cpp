// expect: pawl: a probe returns std::optional of what its step returns; std::nullopt means: not carried out
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered, pawl::probeable&) { return {}; }
  deliver operator()(sent) { return {}; }
#ifdef PAWL_FIXED
  std::optional<dispatch> probe(ordered, pawl::probeable&) { return {}; }
#else
  bool probe(ordered, pawl::probeable&) { return true; }
#endif
};
static_assert(pawl::total<steps, parcel>);
