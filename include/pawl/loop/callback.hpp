// A callback to a member function that keeps its object alive.
#ifndef PAWL_LOOP_CALLBACK_HPP
#define PAWL_LOOP_CALLBACK_HPP

#include <memory>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Two pointers and a single type; std::function instantiates about twenty functions for each type it holds.
class keeping_call {
 public:
  keeping_call() = default;
  // Calls `Member` of *of.
  template <auto Member, class T> static keeping_call to(std::shared_ptr<T> of) {
    return {std::move(of), [](void* self) { (static_cast<T*>(self)->*Member)(); }};
  }
  // Calls `Member` of *of, whose lifetime is the caller's responsibility.
  template <auto Member, class T> static keeping_call to(T* of) {
    return {std::shared_ptr<void>(std::shared_ptr<void>(), of), [](void* self) { (static_cast<T*>(self)->*Member)(); }};
  }
  void operator()() const { call_(kept_.get()); }

 private:
  keeping_call(std::shared_ptr<void> kept, void (*call)(void*)) : kept_(std::move(kept)), call_(call) {}

  std::shared_ptr<void> kept_{};
  void (*call_)(void*) = nullptr;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
