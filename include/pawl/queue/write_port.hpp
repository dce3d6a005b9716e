// What a queue needs from its store, type-erased.
#ifndef PAWL_QUEUE_WRITE_PORT_HPP
#define PAWL_QUEUE_WRITE_PORT_HPP

#include <cstdint>
#include <string>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

class batch_writer;

// How a store's batch is written: by calls that answer at once, by a coroutine for each call, or by one for the whole
// batch (batch_store.hpp).
enum class write_manner : std::uint8_t { at_once, one_by_one, as_a_whole };

// The members of transition_store used to write a batch.
class write_port {
 public:
  write_port() = default;
  write_port(write_port const&) = delete;
  write_port& operator=(write_port const&) = delete;

  virtual void* store() = 0;
  virtual bool poisoned() const = 0;
  // Identifies the store in messages.
  virtual std::string name() const = 0;
  // In messages: who holds the lock that try_begin() did not get.
  virtual std::string lock_holder() const { return "another process"; }

  // ---- a store that answers at once ----

  virtual bool try_begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;

  // ---- a store that answers by coroutines ----

  virtual write_manner manner() const = 0;
  // Starts writing what waits, and settles it once everything is answered.
  virtual void begin_batch(batch_writer& writer) = 0;

 protected:
  ~write_port() = default;
};

// Why nothing was written within the bound.
inline std::string busy_sentence(write_port const& port) {
  return "pawl: " + port.lock_holder() + " has held the write lock of " + port.name() +
         " for longer than commit_queue_options::busy_bound; nothing was written, run again when it is free";
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
