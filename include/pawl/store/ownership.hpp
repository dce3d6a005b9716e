// Who may run a store: one run alone, or several that meet in conflicts.
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

// `sole`: a second run is refused, or waits. `shared`: several runs, of one process or many, work on the store at the
// same time; the version decides which of them moves an item. A step may be called by more than one run, an unsafe step
// by one alone. Only a sole run knows that no other run is alive, so only a sole run counts deaths and parks the items
// that a dead process left in doubt; shared runs leave those items to it.
enum class ownership : std::uint8_t { sole, shared };

// A run's claim on its store, made by the store's make_owner(). The store acquires it (acquire()); destroying it gives
// the store up. While it is held, the journal records which items the run has in hand, so that the next sole owner can
// tell which items a process died with. Belongs to one thread.
class run_owner {
 public:
  run_owner() = default;
  run_owner(run_owner const&) = delete;
  run_owner& operator=(run_owner const&) = delete;
  virtual ~run_owner() = default;

  // Claims what can be claimed at once. False: another owner holds it. Throws error "run.lock" where that cannot be found
  // out.
  virtual bool try_acquire(ownership how) = 0;
  // How it was acquired.
  virtual ownership how() const = 0;
  // Who holds the store and what to do about it, as one sentence for people.
  virtual std::string describe_holder() const = 0;

  // ---- the journal: `slot` counts from 0 and is less than `slots` ----

  // Forgets what an earlier owner has left. Throws error "run.lock".
  virtual void begin_journal(std::size_t slots) = 0;
  virtual void end_journal() = 0;
  virtual void hold(std::size_t slot, std::int64_t row, std::int64_t version) = 0;
  virtual void let_go(std::size_t slot) = 0;
  // Whether an earlier owner died with some item in hand that was_held() has not answered for yet.
  virtual bool knows_of_deaths() const = 0;
  // Whether an earlier owner died with this row in hand at this version. True once for each.
  virtual bool was_held(std::int64_t row, std::int64_t version) = 0;
};

// Owns a run_owner: std::unique_ptr in little, whose header would be a tenth of what core.hpp costs to parse. A store's
// make_owner() may also answer a std::unique_ptr of what it derives from run_owner.
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

// The owner of a store that no other process can see: always acquired, and its journal dies with it.
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

// Owns a store while it lives, as a run does: for a program that also does something before or after its runs which no
// other process may do meanwhile. Hand it to the runs as run_options::lock.
class store_lock {
 public:
  // Throws error "run.owned" where another process, or another lock or run of this one, holds the store, and error
  // "run.lock" where that cannot be found out.
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
