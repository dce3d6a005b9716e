// Notifies listeners that a store has changed.
#ifndef PAWL_STORE_CHANGE_SIGNAL_HPP
#define PAWL_STORE_CHANGE_SIGNAL_HPP

#include <utility>

#include <pawl/store/callback.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// A link in the ring of listeners.
struct signal_link {
  signal_link() = default;
  signal_link(signal_link const&) = delete;
  signal_link& operator=(signal_link const&) = delete;
  ~signal_link() { unlink(); }

  void link_before(signal_link& end) noexcept {
    before = end.before;
    next = &end;
    before->next = end.before = this;
  }
  void unlink() noexcept {
    before->next = next;
    next->before = before;
    before = next = this;
  }

  signal_link* before = this;
  signal_link* next = this;
};
}  // namespace detail

// Use it from one thread at a time. A listener is called after a commit, inside the call that committed, so it must not
// use the store: let it set a flag or post work. It must not throw, and must not destroy another listener.
class change_signal {
 public:
  change_signal() = default;
  change_signal(change_signal const&) = delete;
  change_signal& operator=(change_signal const&) = delete;
  ~change_signal() {
    while (ends_.next != &ends_) ends_.next->unlink();
  }

  // Its function is called as long as the listener lives. It may outlive the signal.
  class [[nodiscard("a listener is removed when it is destroyed")]] listener : private detail::signal_link {
   public:
    listener(change_signal & to, detail::callback<void> heard) : heard_(std::move(heard)) { link_before(to.ends_); }

   private:
    friend change_signal;
    detail::callback<void> heard_;
  };

  void raise() const {
    for (detail::signal_link const* at = ends_.next; at != &ends_;) {
      auto const* const after = at->next;
      static_cast<listener const*>(at)->heard_();
      at = after;
    }
  }

 private:
  detail::signal_link ends_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
