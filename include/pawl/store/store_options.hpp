// Options of a store.
#ifndef PAWL_STORE_STORE_OPTIONS_HPP
#define PAWL_STORE_STORE_OPTIONS_HPP

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct store_options {
  // Each transition that this store writes, and each release, adds a history_entry in its transaction, as does what operators
  // do through a console; store.history(key) reads them. What a store without it writes is missing there. An entry stays until
  // store.remove_history(), whatever becomes of its item.
  bool history = false;
};

}  // namespace pawl::inline PAWL_ABI

#endif
