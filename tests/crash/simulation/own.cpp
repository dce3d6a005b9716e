// The simulation on pawl's own table.
#include "crash/simulation/one_seed.hpp"

namespace crash::simulation {

template tally simulate<file_lifecycle>(laboratory& lab, seed_request what, sentences& wrong);

}  // namespace crash::simulation
