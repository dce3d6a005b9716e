// The part of a store_link that is the same for all stores: what each answers at once.
#ifndef PAWL_RUNNER_ENGINE_LINK_TO_HPP
#define PAWL_RUNNER_ENGINE_LINK_TO_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <pawl/runner/engine/store_link.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class Store> class link_to : public store_link {
 public:
  explicit link_to(Store& store) : store_(store) {}

  stored_time now() override { return store_.now(); }
  bool may_have_troubles() override { return store_.may_have_troubles(); }
  std::unique_ptr<run_owner> make_owner() override {
    return std::unique_ptr<run_owner>(owner_handle(store_.make_owner()).release());
  }
  void set_run(std::int64_t number) override {
    if constexpr (requires { store_.set_run(number); }) store_.set_run(number);
  }
  bool keeps_history() override {
    if constexpr (requires { store_.keeps_history(); })
      return store_.keeps_history();
    else
      return false;
  }
  std::string warning_when_shared() override {
    if constexpr (requires { store_.warning_when_shared(); })
      return store_.warning_when_shared();
    else
      return {};
  }
  std::string warning_when_keyed() override {
    if constexpr (requires { store_.warning_when_keyed(); })
      return store_.warning_when_keyed();
    else
      return {};
  }
  void verify() override {
    if constexpr (requires { store_.verify(); }) store_.verify();
  }

 protected:
  // Due items are counted by listing them, so only so many.
  static constexpr std::size_t most_due_counted = 10'000;

  Store& store_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
