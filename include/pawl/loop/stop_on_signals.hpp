// Requests a stop on SIGINT and SIGTERM.
#ifndef PAWL_LOOP_STOP_ON_SIGNALS_HPP
#define PAWL_LOOP_STOP_ON_SIGNALS_HPP

#include <memory>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// While it lives, the first SIGINT or SIGTERM requests a stop on the loop's thread; the second one terminates the
// process. The destructor restores the previous signal dispositions. At most one per process. The loop and the source
// must outlive it. Throws error: `stop_on_signals.second`, `stop_on_signals.pipe`.
class stop_on_signals {
 public:
  stop_on_signals(event_loop& loop, stop_source& source);
  stop_on_signals(stop_on_signals const&) = delete;
  stop_on_signals& operator=(stop_on_signals const&) = delete;
  ~stop_on_signals();

  // The signal received, or 0.
  int signal() const;

 private:
  class watch;
  std::unique_ptr<watch> watch_;
};

}  // namespace pawl::inline PAWL_ABI

#ifndef PAWL_COMPILED
#include <pawl/loop/stop_on_signals_impl.hpp>
#endif

#endif
