// Ownership of a store: by one run alone, or shared by several runs.
#ifndef PAWL_STORE_OWNERSHIP_HPP
#define PAWL_STORE_OWNERSHIP_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// `sole`: a second run is refused, or waits. `shared`: several runs, in one process or many, work on the store at the
// same time; the version decides which of them moves an item. Several runs may call the same step, but only one calls
// an unsafe step. Only a sole run knows that no other run is alive; therefore only a sole run counts deaths and parks
// items that a dead process left in doubt. Shared runs leave such items alone.
enum class ownership : std::uint8_t { sole, shared };

// A run's claim on its store, created by the store's make_owner() and acquired with the store's acquire(). Destroying
// it releases the store. While it is held, the journal records the items that the run is working on, so that the next
// sole owner can tell which items a process died with. Use it on one thread.
class run_owner {
 public:
  run_owner() = default;
  run_owner(run_owner const&) = delete;
  run_owner& operator=(run_owner const&) = delete;
  virtual ~run_owner() = default;

  // Tries to acquire without waiting. False if another owner holds the store. Throws error "run.lock" if that cannot be
  // determined.
  virtual bool try_acquire(ownership how) = 0;
  // How it was acquired.
  virtual ownership how() const = 0;
  // One sentence for the operator: which process holds the store, and what to do about it.
  virtual std::string describe_holder() const = 0;

  // ---- the journal: 0 <= slot < slots ----

  // Clears what an earlier owner left. Throws error "run.lock".
  virtual void begin_journal(std::size_t capacity) = 0;
  virtual void end_journal() = 0;
  virtual void hold(std::size_t slot, std::int64_t row, std::int64_t version) = 0;
  virtual void let_go(std::size_t slot) = 0;
  // True while was_held() could still return true for some item.
  virtual bool knows_of_deaths() const = 0;
  // True if an earlier owner died while working on this row at this version. Returns true once per row.
  virtual bool was_held(std::int64_t row, std::int64_t version) = 0;
};

// Owns a run_owner: a minimal std::unique_ptr, since <memory> would be a tenth of the cost of parsing core.hpp. A
// store's make_owner() may also return a std::unique_ptr to a class derived from run_owner.
class owner_handle {
 public:
  template <class Pointer>
    requires(!std::same_as<Pointer, owner_handle>)
  &&requires(Pointer p) {
    { p.release() } -> std::convertible_to<run_owner*>;
  }
  owner_handle(Pointer from) noexcept : owner_(from.release()) {}
  explicit owner_handle(run_owner* owner) noexcept : owner_(owner) {}
  owner_handle(owner_handle&& other) noexcept : owner_(other.release()) {}
  owner_handle& operator=(owner_handle&& other) noexcept {
    std::swap(owner_, other.owner_);
    return *this;
  }
  owner_handle(owner_handle const&) = delete;
  owner_handle& operator=(owner_handle const&) = delete;
  ~owner_handle() { delete owner_; }

  run_owner* get() const noexcept { return owner_; }
  run_owner& operator*() const noexcept { return *owner_; }
  run_owner* operator->() const noexcept { return owner_; }
  explicit operator bool() const noexcept { return owner_ != nullptr; }
  [[nodiscard]] run_owner* release() noexcept { return std::exchange(owner_, nullptr); }

 private:
  run_owner* owner_;
};

// The owner of a store that no other process can see: always acquired; its journal is lost with it.
class private_owner final : public run_owner {
 public:
  bool try_acquire(ownership how) override {
    how_ = how;
    return true;
  }
  ownership how() const override { return how_; }
  std::string describe_holder() const override { return "pawl: this store belongs to this process alone"; }
  void begin_journal(std::size_t) override {}
  void end_journal() override {}
  void hold(std::size_t, std::int64_t, std::int64_t) override {}
  void let_go(std::size_t) override {}
  bool knows_of_deaths() const override { return false; }
  bool was_held(std::int64_t, std::int64_t) override { return false; }

 private:
  ownership how_ = ownership::sole;
};

// Owns a store for its own lifetime: for a program that, before or after its runs, does something that no other process
// may do at the same time. Pass it to the runs as run_options::lock.
class store_lock {
 public:
  // Throws error "run.owned" if another process, or another lock or run in this one, holds the store, and error
  // "run.lock" if that cannot be determined.
  template <class Store>
  explicit store_lock(Store& store, ownership how = ownership::sole) : owner_(store.make_owner()) {
    if (!owner_->try_acquire(how)) throw error("run.owned", owner_->describe_holder());
  }
  run_owner& owner() const noexcept { return *owner_; }

 private:
  owner_handle owner_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
