// expect: pawl: gate_of\(item\) returns the name of a gate: a std::string, or what a std::string_view is made of
#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
  deliver operator()(sent) { return {}; }
#ifdef PAWL_FIXED
  std::string gate_of(ordered const& it) { return it.key; }
#else
  int gate_of(ordered const&) { return 7; }
#endif
};
static_assert(pawl::total<steps, parcel>);
