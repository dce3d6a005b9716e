// Tells those who wait that a store has changed.
#ifndef PAWL_STORE_CHANGE_SIGNAL_HPP
#define PAWL_STORE_CHANGE_SIGNAL_HPP

#include <functional>
#include <list>
#include <memory>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// One thread at a time. A listener is called after a commit and inside the call that made it, so it must not use the
// store: it notes the change, or posts work. It must not throw.
class change_signal {
  using listeners = std::list<std::function<void()>>;

 public:
  change_signal() = default;
  change_signal(change_signal const&) = delete;
  change_signal& operator=(change_signal const&) = delete;

  // Listens while it lives; it may outlive the signal.
  class [[nodiscard("it listens only while it lives")]] listener {
   public:
    listener(change_signal & to, std::function<void()> heard)
        : of_(to.listeners_), place_(to.listeners_->insert(to.listeners_->end(), std::move(heard))) {}
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;
    ~listener() {
      if (auto const still = of_.lock()) still->erase(place_);
    }

   private:
    std::weak_ptr<listeners> of_;
    listeners::iterator place_;
  };

  void raise() const {
    for (auto const& heard : *listeners_) heard();
  }

 private:
  std::shared_ptr<listeners> listeners_ = std::make_shared<listeners>();
};

}  // namespace pawl::inline PAWL_ABI

#endif
