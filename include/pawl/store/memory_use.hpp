// A call of a memory_store: while it lives, the store is this thread's; an open transaction keeps it so.
#ifndef PAWL_STORE_MEMORY_USE_HPP
#define PAWL_STORE_MEMORY_USE_HPP

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class Store> class memory_use {
 public:
  explicit memory_use(Store& of) : of_(&of) {
    if (!of.threads_.enter())
      throw store_error(store_failure::misuse,
                        "pawl: the memory_store is in use by another thread; use a store and its queue on one thread");
  }
  memory_use(memory_use const&) = delete;
  memory_use& operator=(memory_use const&) = delete;
  ~memory_use() { of_->threads_.leave(of_->open_); }

 private:
  Store* of_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
