// A latency collector for any number of threads: each records into a slot of its own, and reading merges the slots.
// Not part of core.hpp, for what <atomic>, <memory> and <mutex> cost to compile.
#ifndef PAWL_LATENCY_PER_THREAD_HPP
#define PAWL_LATENCY_PER_THREAD_HPP

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <pawl/latency/collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/latency/quantile.hpp>
#include <pawl/latency/single_writer.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/system/of_thread.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Everything here may be called by any thread at any time. A read includes every `record` that happens before it, and
// counts none twice. For a `record` that is in progress see `single_writer`.
// ```
// pawl::per_thread<pawl::log_linear_collector<>> latencies;   // shared by all threads
// latencies.record(ended - started);
// auto const now = latencies.snapshot();
// ```
// With a `log_linear_collector` `record` is wait-free; with another it may wait for a reader to copy what its thread
// has recorded. The first one of a thread finds or makes its slot, of the size of a collector, and may throw
// std::bad_alloc; nothing has changed then.
//
// A slot and its contents outlive its thread, and the next new thread reuses it: there are as many slots as threads
// have recorded at the same time. The object may be destroyed before its threads end; its slots are freed once each of
// these threads has ended or has recorded into another object. It can be neither copied nor moved and so is not a
// `latency_collector` itself; `merged()` returns one.
template <class Collector> class per_thread {
  static_assert(latency_collector<Collector>, "pawl: per_thread needs a latency_collector");

 public:
  per_thread() = default;
  per_thread(per_thread const&) = delete;
  per_thread& operator=(per_thread const&) = delete;
  ~per_thread() { slots_->over.store(true, std::memory_order_relaxed); }

  void record(std::chrono::nanoseconds duration) {
    auto const& recent = most_recent();
    if (recent.pool == slots_.get()) [[likely]]
      return recent.mine->record(duration);
    record_into_another(duration);
  }

  // All that was recorded, in one collector.
  Collector merged() const {
    Collector result;
    for (auto const* each = slots_->first(); each != nullptr; each = each->next) each->writer.add_to(result);
    return result;
  }

  // As those of `merged()`.
  std::uint64_t count() const { return merged().count(); }
  std::optional<std::chrono::nanoseconds> quantile(double p) const { return merged().quantile(p); }
  latency_snapshot snapshot(std::span<double const> ps = usual_quantiles) const { return merged().snapshot(ps); }

 private:
  // On cache lines of its own: what one thread counts does not slow down another.
  struct alignas(64) slot {
    single_writer<Collector> writer{};
    std::atomic<bool> taken{true};
    slot* next = nullptr;
  };

  // The slots of one object, a list that only grows.
  class slot_pool {
   public:
    slot_pool() = default;
    slot_pool(slot_pool const&) = delete;
    slot_pool& operator=(slot_pool const&) = delete;
    ~slot_pool() {
      for (auto* each = first_.load(std::memory_order_relaxed); each != nullptr;)
        delete std::exchange(each, each->next);
    }

    slot const* first() const noexcept { return first_.load(std::memory_order_acquire); }

    // A slot that no thread uses, or a new one. Never waits.
    slot* take() {
      for (auto* each = first_.load(std::memory_order_acquire); each != nullptr; each = each->next)
        if (!each->taken.load(std::memory_order_relaxed) && !each->taken.exchange(true, std::memory_order_acquire))
          return each;
      auto* const made = new slot;
      made->next = first_.load(std::memory_order_relaxed);
      while (!first_.compare_exchange_weak(made->next, made, std::memory_order_release, std::memory_order_relaxed)) {}
      return made;
    }

    std::atomic<bool> over{false};  // the object is gone

   private:
    std::atomic<slot*> first_{nullptr};
  };

  // A slot in use by a thread. It keeps the pool alive.
  struct give_back {
    std::shared_ptr<slot_pool> to;
    void operator()(slot* mine) const noexcept { mine->taken.store(false, std::memory_order_release); }
  };
  using lease = std::unique_ptr<slot, give_back>;
  static lease take_from(std::shared_ptr<slot_pool> const& pool) { return lease{pool->take(), give_back{pool}}; }

  // What a thread recorded into last. It has no destructor, so that it can be used until the very end of a thread.
  struct recently_used {
    slot_pool const* pool = nullptr;
    single_writer<Collector>* mine = nullptr;
    bool thread_ends = false;
  };
  static recently_used& most_recent() noexcept {
    constinit static thread_local recently_used value{};
    return value;
  }

  // All slots that a thread uses, of all objects of this type; released when it ends.
  class leases {
   public:
    leases() = default;
    leases(leases const&) = delete;
    leases& operator=(leases const&) = delete;
    ~leases() { most_recent() = {.thread_ends = true}; }

    slot& in(std::shared_ptr<slot_pool> const& pool) {
      for (auto const& each : held_)
        if (each.get_deleter().to == pool) return *each;
      most_recent() = {};  // it may be among the slots released here
      std::erase_if(held_,
                    [](lease const& each) { return each.get_deleter().to->over.load(std::memory_order_relaxed); });
      return *held_.emplace_back(take_from(pool));
    }

   private:
    std::vector<lease> held_{};
  };

  void record_into_another(std::chrono::nanoseconds duration) {
    if (most_recent().thread_ends) return take_from(slots_)->writer.record(duration);
    auto& mine = detail::of_thread<leases>().in(slots_).writer;
    most_recent() = {slots_.get(), &mine};
    mine.record(duration);
  }

  std::shared_ptr<slot_pool> const slots_ = std::make_shared<slot_pool>();
};

}  // namespace pawl::inline PAWL_ABI

#endif
