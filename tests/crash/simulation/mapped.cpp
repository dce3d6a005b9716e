// The simulation on a mapped table.
#include "crash/simulation/one_seed.hpp"

namespace crash::simulation {

template tally simulate<files_table>(laboratory& lab, seed_request what, sentences& wrong);

}  // namespace crash::simulation
