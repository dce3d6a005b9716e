// What a queue needs of its store, without the store's type.
#ifndef PAWL_QUEUE_WRITE_PORT_HPP
#define PAWL_QUEUE_WRITE_PORT_HPP

#include <string>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

class batch_writer;

// The members of transition_store with which a batch is written.
class write_port {
 public:
  write_port() = default;
  write_port(write_port const&) = delete;
  write_port& operator=(write_port const&) = delete;

  virtual void* store() = 0;
  virtual bool poisoned() const = 0;
  // What messages call the store.
  virtual std::string name() const = 0;

  // ---- a store that answers at once ----

  virtual bool try_begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;

  // ---- a store that answers with coroutines ----

  virtual bool answers_later() const = 0;
  // Begins to write what waits, and settles it when all is answered.
  virtual void begin_batch(batch_writer& writer) = 0;

 protected:
  ~write_port() = default;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
