// A folder in memory that knows which writes have reached the disk, and what a crash may leave.
#ifndef PAWL_TESTS_CRASH_MEMORY_FILES_HPP
#define PAWL_TESTS_CRASH_MEMORY_FILES_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crash/contents.hpp"

namespace crash {

using random_bits = std::mt19937_64;
inline bool coin(random_bits& random) { return (random() & 1) != 0; }

// How a crash ends. All but the first two are power cuts: what was not synced may or may not be on the disk.
enum class ending : std::uint8_t {
  process_died,         // the system has everything that was written
  process_died_midway,  // and the first half of the write that was under way
  all_unsynced_lost,    // data and names
  prefix_kept,          // of what was not synced, in the order in which it was done
  subset_kept,          // each write, truncation, creation and removal by chance
  sectors_torn,         // of each write, each sector of 512 bytes by chance
  sectors_garbled,      // the same, and some of those that are lost hold neither old nor new
  names_lost            // all data, but no creation or removal that was not synced
};
inline constexpr std::array<ending, 8> all_endings{
    ending::process_died, ending::process_died_midway, ending::all_unsynced_lost, ending::prefix_kept,
    ending::subset_kept,  ending::sectors_torn,        ending::sectors_garbled,   ending::names_lost};
constexpr bool is_power_cut(ending e) { return e != ending::process_died && e != ending::process_died_midway; }
constexpr char const* name_of(ending e) {
  constexpr std::array<char const*, 8> names{
      "process died", "process died in a write", "all unsynced lost", "prefix kept", "subset kept",
      "sectors torn", "sectors garbled",         "names lost"};
  return names[static_cast<std::size_t>(e)];
}

// A file, whatever names it has. The locks and the shared memory of its users live with it (fault_vfs.hpp).
struct file_node {
  contents now{};      // as the system sees it
  contents on_disk{};  // as of its last sync
  // If any has been, what it was to write is nowhere but in the system's memory: it counts as written, and no later sync
  // writes it. (What Linux does; PostgreSQL found out in 2018.)
  std::size_t refused_syncs = 0;

  struct region {
    alignas(8) std::array<char, 32768> bytes{};
  };
  std::vector<std::unique_ptr<region>> shared_memory{};
  std::array<int, 8> slots{};  // -1: held exclusively; else by how many
  int mappings = 0;
  int readers = 0;  // that hold a lock to read
  void const* reserved = nullptr;
  void const* exclusive = nullptr;
};
using node = std::shared_ptr<file_node>;

// Something that is done and not yet on the disk.
struct change {
  enum class kind : std::uint8_t { write, truncate, create, remove };
  kind what = kind::write;
  node of{};
  std::size_t offset = 0;  // of a write; the size of a truncation
  std::string text{};      // what is written, or the name
};

// Belongs to one thread. One folder is enough: a database and what SQLite keeps beside it.
class memory_files {
 public:
  using folder = std::map<std::string, node, std::less<>>;

  memory_files() = default;
  memory_files(memory_files const&) = delete;
  memory_files& operator=(memory_files const&) = delete;

  // ---- what a system does ----

  node find(std::string_view name) const {
    auto const found = names_.find(name);
    return found == names_.end() ? nullptr : found->second;
  }
  void apply(change c) {
    apply_to(names_, c);
    if (c.what == change::kind::write || c.what == change::kind::truncate) apply_to(c.of->now, c);
    unsynced_.push_back(std::move(c));
  }
  void sync(node const& f) {
    if (f->refused_syncs > 0)
      for (auto const& c : unsynced_) {
        if (is_data_of(c, f)) apply_to(f->on_disk, c);
      }
    else
      f->on_disk = f->now;
    std::erase_if(unsynced_, [&](change const& c) { return is_data_of(c, f); });
  }
  // A sync that failed. Some of it may be on the disk.
  void fail_to_sync(node const& f, random_bits& random) {
    for (auto const& c : unsynced_)
      if (is_data_of(c, f) && coin(random)) apply_to(f->on_disk, c);
    std::erase_if(unsynced_, [&](change const& c) { return is_data_of(c, f); });
    ++f->refused_syncs;
  }
  void sync_names() {
    names_on_disk_ = names_;
    std::erase_if(unsynced_, [](change const& c) { return is_of_names(c); });
  }

  // ---- what a crash leaves ----

  // The files after a crash, while `under_way`, if anything, was being done. They share no state with these.
  std::unique_ptr<memory_files> after(ending e, change const* under_way, random_bits& random) const {
    auto left = std::make_unique<memory_files>();
    bool const power_cut = is_power_cut(e);
    bool const data_kept = !power_cut || e == ending::names_lost;
    left->names_ = power_cut ? names_on_disk_ : names_;
    std::unordered_map<file_node const*, node> copies;
    auto const copy_of = [&](node const& f) -> node& {
      node& copy = copies[f.get()];
      if (!copy) {
        copy = std::make_shared<file_node>();
        copy->now = data_kept ? f->now : f->on_disk;
      }
      return copy;
    };
    for (auto& [name, f] : left->names_) f = copy_of(f);

    if (e == ending::process_died_midway && under_way && under_way->what == change::kind::write) {
      change half = *under_way;
      half.text.resize(half.text.size() / 2);
      apply_to(copy_of(half.of)->now, half);
    }
    if (power_cut && e != ending::all_unsynced_lost && e != ending::names_lost) {
      std::size_t const count = unsynced_.size() + (under_way ? 1 : 0);
      std::size_t const kept = e == ending::prefix_kept ? random() % (count + 1) : count;
      for (std::size_t i = 0; i < kept; ++i) {
        change c = i < unsynced_.size() ? unsynced_[i] : *under_way;
        c.of = copy_of(c.of);
        keep_of(*left, c, e, random);
      }
    }
    left->settle();
    return left;
  }

  // The same for files of the same names and bytes.
  std::size_t fingerprint() const {
    std::size_t mixed = names_.size();
    for (auto const& [name, f] : names_)
      mixed = contents::mix(contents::mix(mixed, std::hash<std::string>{}(name)), f->now.fingerprint());
    return mixed;
  }

 private:
  static bool is_of_names(change const& c) { return c.what == change::kind::create || c.what == change::kind::remove; }
  static bool is_data_of(change const& c, node const& f) { return !is_of_names(c) && c.of == f; }
  static void apply_to(folder& names, change const& c) {
    if (c.what == change::kind::create) names[c.text] = c.of;
    if (c.what == change::kind::remove) names.erase(c.text);
  }
  static void apply_to(contents& data, change const& c) {
    if (c.what == change::kind::write) data.write(c.offset, c.text);
    if (c.what == change::kind::truncate) data.truncate(c.offset);
  }

  static void keep_of(memory_files& left, change const& c, ending e, random_bits& random) {
    bool const by_sector = e == ending::sectors_torn || e == ending::sectors_garbled;
    if (by_sector && c.what == change::kind::write)
      return keep_sectors(c.of->now, c, e == ending::sectors_garbled, random);
    if (e != ending::prefix_kept && !coin(random)) return;
    apply_to(left.names_, c);
    if (!is_of_names(c)) apply_to(c.of->now, c);
  }
  static void keep_sectors(contents& data, change const& c, bool garble, random_bits& random) {
    constexpr std::size_t sector = 512;
    std::string_view const text = c.text;
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t const length = (std::min)(sector - (c.offset + begin) % sector, text.size() - begin);
      if (coin(random)) {
        data.write(c.offset + begin, text.substr(begin, length));
      } else if (garble && coin(random)) {
        std::array<std::uint64_t, sector / sizeof(std::uint64_t)> noise;
        for (auto& n : noise) n = random();
        data.write(c.offset + begin, {reinterpret_cast<char const*>(noise.data()), length});
      }
      begin += length;
    }
  }
  void settle() {
    for (auto& [name, f] : names_) f->on_disk = f->now;
    names_on_disk_ = names_;
  }

  folder names_{}, names_on_disk_{};
  std::vector<change> unsynced_{};
};

}  // namespace crash

#endif
