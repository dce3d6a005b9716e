// expect: pawl: the event of on_failure must be empty, be built from a pawl::trouble or from a std::string, or have a static function from, of a pawl::step_failure
#include "steps.hpp"

#ifdef PAWL_FIXED
struct give_up {
  std::string reason;
};
#else
using give_up = lose;
#endif

struct fragile
    : pawl::lifecycle<pawl::initial<state::ordered>, pawl::goal<state::delivered>, pawl::terminal<state::sent>,
                      pawl::transition<state::ordered, deliver, state::delivered>,
                      pawl::transition<state::ordered, give_up, state::sent>,
                      pawl::on_failure<state::ordered, give_up>> {};
static_assert(pawl::valid<fragile>);

struct steps {
  deliver operator()(pawl::item<fragile, state::ordered>) { return {}; }
};
static_assert(pawl::total<steps, fragile>);
