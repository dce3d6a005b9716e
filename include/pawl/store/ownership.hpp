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

// `sole`: each item that the run works on is its alone. A second run is refused, or waits; a store that leases its items
// (leases_items) refuses none, and gives each run items of its own. `shared`: several runs, in one process or many, work on
// the same items at the same time; the version decides which of them moves an item. Several runs may call the same step, but only one calls
// an unsafe step. Only a sole run knows that no other run is at work on its items; therefore only a sole run counts deaths
// and parks items that a dead process left in doubt. Shared runs leave such items alone. Do not run both kinds at once.
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

  // ---- the journal: 0 <= slot < capacity; `row` is the item's life, or its row where its store tells no lives. An owner
  // without a journal leaves these as they are ----

  // Clears what an earlier owner left. Throws error "run.lock".
  virtual void begin_journal([[maybe_unused]] std::size_t capacity) {}
  // There are more slots from now on; a lower capacity changes nothing. After begin_journal().
  virtual void grow_journal([[maybe_unused]] std::size_t capacity) {}
  virtual void end_journal() {}
  virtual void hold([[maybe_unused]] std::size_t slot, [[maybe_unused]] std::int64_t row,
                    [[maybe_unused]] std::int64_t version) {}
  virtual void let_go([[maybe_unused]] std::size_t slot) {}
  // True while was_held() could still return true for some item.
  virtual bool knows_of_deaths() const { return false; }
  // True if an earlier owner died while working on this row at this version. Returns true once per row.
  virtual bool was_held([[maybe_unused]] std::int64_t row, [[maybe_unused]] std::int64_t version) { return false; }
  // Releases the store with the journal as it was found: the next owner learns of these deaths as well. Not after
  // begin_journal().
  virtual void leave_journal() noexcept {}

  // ---- leases, of an owner whose store leases items (leases_items). `row`: an item's ----

  // The run keeps the item but does not work on it: if the process dies now, it was not the item's fault.
  virtual void set_aside([[maybe_unused]] std::int64_t row) {}
  // The run needs the item no more: others may claim it soon. Harmless for one that it has not claimed.
  virtual void give_back([[maybe_unused]] std::int64_t row) {}
  // The same, and the run will not take the item again: the store gives it to other runs alone.
  virtual void pass_on(std::int64_t row) { give_back(row); }
  // The run takes no more items: a claim that waits for anything but its answer ends with none.
  virtual void end_intake() noexcept {}
  // Asked by a run that has nothing else to do. True while others who are alive, as far as is known, have claimed items: if they
  // die, these are this run's to do; and while it is not known whether something is left that could not be claimed, as a row
  // that another transaction holds. When it becomes false, the store raises changes().
  virtual bool others_at_work() { return false; }
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
  [[nodiscard("the claim is the caller's to delete")]] run_owner* release() noexcept {
    return std::exchange(owner_, nullptr);
  }

 private:
  run_owner* owner_;
};

// The owners of a store that no other process can see: only runs and locks of this program compete. Must outlive the
// owners that it makes. A journal would be lost with the store, so there is none.
class private_owners {
 public:
  private_owners() = default;
  private_owners(private_owners const&) = delete;
  private_owners& operator=(private_owners const&) = delete;

  owner_handle make() { return owner_handle(new owner(*this)); }

 private:
  class owner final : public run_owner {
   public:
    explicit owner(private_owners& all) : all_(&all) {}
    owner(owner const&) = delete;
    owner& operator=(owner const&) = delete;
    ~owner() override {
      if (holds_) --(how_ == ownership::sole ? all_->sole_ : all_->shared_);
    }
    bool try_acquire(ownership how) override {
      if (holds_) return true;
      bool const is_taken = all_->sole_ > 0 || (how == ownership::sole && all_->shared_ > 0);
      if (is_taken /*mutant one_private_owner: && !OFF*/) return false;
      how_ = how;
      holds_ = true;
      ++(how == ownership::sole ? all_->sole_ : all_->shared_);
      return true;
    }
    ownership how() const override { return how_; }
    std::string describe_holder() const override {
      return "pawl: another run or store_lock of this program holds this store; end it, or use "
             "run_options::wait_for_owner";
    }

   private:
    private_owners* all_;
    ownership how_ = ownership::sole;
    bool holds_ = false;
  };

  int sole_ = 0, shared_ = 0;  // owners that hold the store
};

// Owns a store for its own lifetime: for a program that, before or after its runs, does something that no other process
// may do at the same time. Pass it to the runs as run_options::lock; a sole lock serves one run at a time.
class store_lock {
 public:
  // Throws error "run.owned" if another process, or another lock or run in this one, holds the store, and error
  // "run.lock" if that cannot be determined.
  template <class Store>
  explicit store_lock(Store& store, ownership how = ownership::sole) : owner_(store.make_owner()) {
    if (!owner_->try_acquire(how)) throw error("run.owned", owner_->describe_holder());
  }
  store_lock(store_lock const&) = delete;
  store_lock& operator=(store_lock const&) = delete;
  run_owner& owner() const noexcept { return *owner_; }

  // A run's use of a lock: the journal has room for one sole run. Throws error "run.owned" if another run uses it.
  class use {
   public:
    explicit use(store_lock& of) : of_(&of) {
      if (of.owner().how() == ownership::sole && of.runs_ > 0)
        throw error("run.owned",
                    "pawl: another run uses this store_lock; run one after the other, or make the lock shared");
      ++of.runs_;
    }
    use(use const&) = delete;
    use& operator=(use const&) = delete;
    ~use() { --of_->runs_; }

   private:
    store_lock* of_;
  };

 private:
  owner_handle owner_;
  int runs_ = 0;
};

}  // namespace pawl::inline PAWL_ABI

#endif
