// expect: pawl: a mock_adapter needs a clock with sleep\(duration\) and task<T>, such as pawl::loop
#include <pawl/adapter/mock_adapter.hpp>

struct sundial {
  template <class T> struct task {};
#ifdef PAWL_FIXED
  void sleep(std::chrono::nanoseconds) {}
#endif
};

std::size_t calls(pawl::mock_adapter<sundial> const& remote) { return remote.calls(); }
