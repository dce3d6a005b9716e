// What a process has in hand, written to a file as plain memory: it costs nothing and survives kill -9.
#ifndef PAWL_SYSTEM_MAPPED_JOURNAL_HPP
#define PAWL_SYSTEM_MAPPED_JOURNAL_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <pawl/system/little_endian.hpp>
#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A fixed number of slots, each empty or holding one row at one version. It survives the process, not a power cut.
//
// The file: `owner` (8 bytes, see file_lock), `slots` (8), then for each slot `row` (8) and `version + 1` (8; 0: empty),
// all little-endian.
class mapped_journal {
 public:
  // Empties all slots. Throws system_failure, for example where the disk is full.
  void begin(native::file& in, std::size_t capacity, std::int64_t owner) {
    end();
    std::size_t const size = sizeof(head) + capacity * sizeof(entry);
    in.reserve(size);
    map_ = native::memory_map(in, size);
    head& h = *static_cast<head*>(map_.begin());
    h = {owner, static_cast<std::int64_t>(capacity)};
    entries_ = reinterpret_cast<entry*>(&h + 1);
    for (std::size_t slot = 0; slot < capacity; ++slot) entries_[slot] = {};
  }
  // What is in the slots stays there. Before begin() and after end(), and for no higher capacity, this does nothing.
  void grow(native::file& in, std::size_t capacity) {
    if (entries_ == nullptr) return;
    auto const before = static_cast<std::size_t>(std::int64_t{static_cast<head*>(map_.begin())->capacity});
    if (capacity <= before) return;
    std::size_t const size = sizeof(head) + capacity * sizeof(entry);
    in.reserve(size);
    map_ = native::memory_map(in, size);
    head& h = *static_cast<head*>(map_.begin());
    entries_ = reinterpret_cast<entry*>(&h + 1);
    // An earlier journal may have been larger: what it has left there is cleared before it counts.
    for (std::size_t slot = before; slot < capacity; ++slot) entries_[slot] = {};
    h.capacity = static_cast<std::int64_t>(capacity);
  }
  // What is in the slots stays in the file.
  void end() noexcept {
    entries_ = nullptr;
    map_ = {};
  }

  // Before begin() and after end() these do nothing.
  void hold(std::size_t slot, std::int64_t row, std::int64_t version) noexcept {
    if (entries_ != nullptr) entries_[slot] = {row, version + 1};
  }
  void let_go(std::size_t slot) noexcept {
    if (entries_ != nullptr) entries_[slot] = {};
  }

  // Calls each(row, version) for every slot that a journal in this file still holds. Stops where the file ends early.
  template <class Each> static void read(native::file const& in, Each each) {
    head before;
    if (!in.read(0, &before, sizeof before)) return;
    std::array<entry, 256> left;
    std::int64_t const capacity = before.capacity;
    for (std::int64_t slot = 0; slot < capacity;) {
      std::size_t const from = sizeof before + static_cast<std::size_t>(slot) * sizeof(entry);
      auto count = (std::min)(capacity - slot, static_cast<std::int64_t>(left.size()));
      if (!in.read(from, left.data(), static_cast<std::size_t>(count) * sizeof(entry))) count = 1;  // it ends early
      if (count == 1 && !in.read(from, left.data(), sizeof(entry))) return;
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
        if (left[i].version_and_one != 0) each(left[i].row, left[i].version_and_one - 1);
      slot += count;
    }
  }

 private:
  struct head {
    little_endian owner{};
    little_endian capacity{};
  };
  struct entry {
    little_endian row{};
    little_endian version_and_one{};
  };

  native::memory_map map_{};
  entry* entries_ = nullptr;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
