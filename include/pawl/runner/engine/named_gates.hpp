// The gates that steps call by name: thousands of them in bounded memory.
#ifndef PAWL_RUNNER_ENGINE_NAMED_GATES_HPP
#define PAWL_RUNNER_ENGINE_NAMED_GATES_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/fnv.hpp>
#include <pawl/runner/engine/gate_line.hpp>
#include <pawl/runner/engine/gate_names.hpp>
#include <pawl/runner/gate_options.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A gate is kept while an item uses it, it is closed, or it owes its rate a pause. Of idle ones `most_idle` are kept; the
// least recently used goes first. Forgetting an idle gate changes nothing: a new one of its name is the same.
class named_gates final : public gate_names {
 public:
  static constexpr std::size_t most_idle = 1024;

  explicit named_gates(gate_options const& options)
      : rates_(options.names.begin(), options.names.end()), others_(options.others), buckets_(2 * most_idle) {
    std::sort(rates_.begin(), rates_.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
  }

  gate_line& use(std::string_view name, std::chrono::nanoseconds now) override {
    auto& found = find_or_make(name, now);
    ++found.users;
    found.unlink();
    found.link_before(ring_);
    return found;
  }
  void leave(gate_line& line) override { --static_cast<entry&>(line).users; }

  std::size_t size() const { return size_; }

 private:
  // A ring from the least to the most recently used.
  struct link {
    void unlink() {
      before->next = next;
      next->before = before;
    }
    void link_before(link& end) {
      before = end.before;
      next = &end;
      before->next = end.before = this;
    }
    link* before = this;
    link* next = this;
  };
  struct own_gate {
    rate_gate own;
  };
  struct entry final : link, own_gate, gate_line {
    entry(std::string_view called, rate allowed)
        : own_gate{rate_gate(allowed)}, gate_line(gate_kind::named, own, called) {}
    std::size_t users = 0;
    std::unique_ptr<entry> next_in_bucket{};
  };

  std::unique_ptr<entry>& bucket_of(std::string_view name) {
    return buckets_[fnv().text(name).value & (buckets_.size() - 1)];
  }
  entry& find_or_make(std::string_view name, std::chrono::nanoseconds now) {
    for (auto* at = bucket_of(name).get(); at; at = at->next_in_bucket.get())
      if (at->name() == name) return *at;
    // Two for one: however many are busy now, idle ones do not pile up.
    for (int i = 0; i < 2 && size_ >= most_idle; ++i) forget_oldest(now);
    if (size_ >= buckets_.size()) grow();
    std::unique_ptr<entry> made(new entry(name, rate_of(name)));
    made->link_before(ring_);
    auto& bucket = bucket_of(name);
    made->next_in_bucket = std::move(bucket);
    bucket = std::move(made);
    ++size_;
    return *bucket;
  }
  // One that is busy counts as used now.
  void forget_oldest(std::chrono::nanoseconds now) {
    auto& oldest = static_cast<entry&>(*ring_.next);
    oldest.unlink();
    if (oldest.users > 0 || !oldest.is_idle(now) /*mutant busy_gates_stay: && !OFF*/) return oldest.link_before(ring_);
    auto* at = &bucket_of(oldest.name());
    while (at->get() != &oldest) at = &(*at)->next_in_bucket;
    auto const forgotten = std::exchange(*at, std::move(oldest.next_in_bucket));
    --size_;
  }
  void grow() {
    auto before = std::exchange(buckets_, std::vector<std::unique_ptr<entry>>(2 * buckets_.size()));
    for (auto& bucket : before) {
      while (bucket) {
        auto moved = std::exchange(bucket, std::move(bucket->next_in_bucket));
        auto& into = bucket_of(moved->name());
        moved->next_in_bucket = std::move(into);
        into = std::move(moved);
      }
    }
  }
  rate rate_of(std::string_view name) const {
    auto const found = std::lower_bound(rates_.begin(), rates_.end(), name,
                                        [](named_rate const& one, std::string_view key) { return one.name < key; });
    return found != rates_.end() && found->name == name ? found->allowed : others_;
  }

  std::vector<named_rate> rates_;
  rate others_;
  std::vector<std::unique_ptr<entry>> buckets_;  // a power of two
  std::size_t size_ = 0;
  link ring_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
