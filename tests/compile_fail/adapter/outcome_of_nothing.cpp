// expect: pawl: an outcome holds a value; a call that answers nothing but its success answers pawl::done_t
// errors: several
#include <pawl/runner/ask.hpp>

#ifdef PAWL_FIXED
pawl::task<pawl::done_t> remove_document() { co_return pawl::done; }
#else
pawl::task<void> remove_document() { co_return; }
#endif

pawl::task<bool> removed() {
  auto answer = co_await pawl::ask(remove_document());
  co_return static_cast<bool>(answer);
}
