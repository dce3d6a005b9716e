// expect: pawl: items of this lifecycle wait for their children \(pawl::gathers\), which this store does not keep
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

enum class letter_state { written, sent };
struct mail_letter {};
struct letter : pawl::lifecycle<pawl::initial<letter_state::written>, pawl::goal<letter_state::sent>,
                                pawl::transition<letter_state::written, mail_letter, letter_state::sent>> {};
enum class state { open, waiting, done };
struct begin {};
struct all_sent {};
struct batch : pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>,
                               pawl::gathers<state::waiting, letter, all_sent>,
                               pawl::transition<state::open, begin, state::waiting>,
                               pawl::transition<state::waiting, all_sent, state::done>> {};

struct steps {
  begin operator()(pawl::item<batch, state::open>) { return {}; }
};

#ifdef PAWL_FIXED
using store = pawl::sqlite::store<batch>;
#else
using store = pawl::memory_store<batch>;
#endif
pawl::summary run(pawl::commit_queue<store, pawl::loop<>>& queue) { return pawl::run(queue, steps{}); }
