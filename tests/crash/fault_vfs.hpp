// An SQLite VFS on a folder in memory: does to memory_files what SQLite's Unix VFS does to a disk, with faults.
#ifndef PAWL_TESTS_CRASH_FAULT_VFS_HPP
#define PAWL_TESTS_CRASH_FAULT_VFS_HPP

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include "crash/allocations.hpp"
#include "crash/faults.hpp"
#include "crash/memory_files.hpp"

namespace crash {

// While it lives it is SQLite's default: every database that is opened stands in the files that are mounted, whatever
// its path. Deterministic: time stands still, and the random numbers come from the seed. One at a time, on one thread.
class fault_vfs {
 public:
  explicit fault_vfs(std::uint64_t seed) : random_(seed) {
    vfs_.iVersion = 1;
    vfs_.szOsFile = sizeof(open_file);
    vfs_.mxPathname = 1024;
    vfs_.zName = "pawl fault";
    vfs_.pAppData = this;
    vfs_.xOpen = &xopen;
    vfs_.xDelete = &xdelete;
    vfs_.xAccess = &xaccess;
    vfs_.xFullPathname = &xfull_pathname;
    vfs_.xRandomness = &xrandomness;
    vfs_.xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };
    vfs_.xCurrentTime = [](sqlite3_vfs*, double* day) { return *day = 2461370.0, SQLITE_OK; };
    vfs_.xGetLastError = [](sqlite3_vfs* v, int, char*) { return self(v).last_error_; };
    if (sqlite3_initialize() != SQLITE_OK || sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK)
      throw std::runtime_error("cannot register the file system");
    begin_anew(seed);
  }
  fault_vfs(fault_vfs const&) = delete;
  fault_vfs& operator=(fault_vfs const&) = delete;
  ~fault_vfs() { sqlite3_vfs_unregister(&vfs_); }

  // The same chance again: what is done after this is done in the same way, to the byte.
  void begin_anew(std::uint64_t seed) {
    random_.seed(seed);
    sqlite3_randomness(0, nullptr);  // SQLite's own, too
  }

  // ---- the files ----

  // Files that are open go on in the folder where they were opened.
  memory_files* mounted = nullptr;

  // ---- what happens to them ----

  fault_plan faults{};
  bool starves = false;  // from the first fault on there is no memory either
  // Called before each change of a file or a name, and before each sync, then without a change. It may mount other files
  // and use SQLite on them.
  std::function<void(change const*)> before{};

 private:
  struct open_file {
    sqlite3_file base;
    fault_vfs* vfs;
    memory_files* folder;
    node target;
    std::string name;
    bool sync_names;  // at the next sync: it may be new, or be left by who never came so far
    bool remove_at_close;
    bool mapped;
    std::size_t refusals;  // of syncs of this file, that it knows of
    int level;             // of SQLite's locks: SQLITE_LOCK_NONE..EXCLUSIVE
  };
  static fault_vfs& self(sqlite3_vfs* v) { return *static_cast<fault_vfs*>(v->pAppData); }
  static open_file& of(sqlite3_file* f) { return *reinterpret_cast<open_file*>(f); }

  fault_kind const* strike(operation o, int system_error = EIO) {
    fault_kind const* const fault = faults.strike(o);
    if (!fault) return nullptr;
    last_error_ = fault->code == SQLITE_FULL ? ENOSPC : system_error;
    if (starves) allocations::current = {.at = 0, .in_a_row = std::size_t(-1)};
    return fault;
  }
  void announce(change const* c) {
    if (!before) return;
    auto const told = std::exchange(before, {});  // what it does itself is not announced
    told(c);
    before = told;
  }
  void make(memory_files& folder, change c) {
    announce(&c);
    folder.apply(std::move(c));
  }

  // ---- names ----

  static int xopen(sqlite3_vfs* v, char const* name, sqlite3_file* raw, int flags, int* given) {
    allocations::of_pawl const ours(false);
    auto& vfs = self(v);
    raw->pMethods = nullptr;
    if (vfs.strike(operation::open)) return SQLITE_CANTOPEN;
    std::string const path = name ? name : "";
    node target = path.empty() ? std::make_shared<file_node>() : vfs.mounted->find(path);
    if (!target && (flags & SQLITE_OPEN_CREATE) == 0) return vfs.last_error_ = ENOENT, SQLITE_CANTOPEN;
    if (!target) {
      target = std::make_shared<file_node>();
      vfs.make(*vfs.mounted, {change::kind::create, target, 0, path});
    }
    constexpr int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
    ::new (static_cast<void*>(raw)) open_file{{&methods},
                                              &vfs,
                                              vfs.mounted,
                                              target,
                                              path,
                                              (flags & SQLITE_OPEN_CREATE) != 0 && (flags & journals) != 0,
                                              (flags & SQLITE_OPEN_DELETEONCLOSE) != 0 && !path.empty(),
                                              false,
                                              target->refused_syncs,
                                              SQLITE_LOCK_NONE};
    if (given) *given = flags;
    return SQLITE_OK;
  }
  static int xclose(sqlite3_file* raw) {
    allocations::of_pawl const ours(false);
    auto& f = of(raw);
    xunlock(raw, SQLITE_LOCK_NONE);
    xshm_unmap(raw, 0);
    if (f.remove_at_close) f.folder->apply({change::kind::remove, f.target, 0, f.name});
    f.~open_file();
    return SQLITE_OK;
  }
  static int xdelete(sqlite3_vfs* v, char const* name, int sync_names) {
    allocations::of_pawl const ours(false);
    auto& vfs = self(v);
    node const target = vfs.mounted->find(name);
    if (!target) return vfs.last_error_ = ENOENT, SQLITE_IOERR_DELETE_NOENT;
    if (auto const* const fault = vfs.strike(operation::remove)) return fault->code;
    vfs.make(*vfs.mounted, {change::kind::remove, target, 0, name});
    if (sync_names) {
      vfs.announce(nullptr);
      vfs.mounted->sync_names();
    }
    return SQLITE_OK;
  }
  static int xaccess(sqlite3_vfs* v, char const* name, int what, int* answer) {
    auto& vfs = self(v);
    node const target = vfs.mounted->find(name);
    // As Unix has it: an empty file counts as absent where it is a journal that may be hot.
    *answer = target && (what != SQLITE_ACCESS_EXISTS || target->now.size() > 0) ? 1 : 0;
    return SQLITE_OK;
  }
  static int xfull_pathname(sqlite3_vfs*, char const* name, int size, char* into) {
    if (std::strlen(name) >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(into, name);
    return SQLITE_OK;
  }
  static int xrandomness(sqlite3_vfs* v, int count, char* into) {
    for (int i = 0; i < count; ++i) into[i] = static_cast<char>(self(v).random_());
    return count;
  }

  // ---- data ----

  static int xread(sqlite3_file* raw, void* into, int count, sqlite3_int64 offset) {
    auto& f = of(raw);
    if (auto const* const fault = f.vfs->strike(operation::read)) return fault->code;
    auto const wanted = static_cast<std::size_t>(count);
    std::size_t const got = f.target->now.read(static_cast<std::size_t>(offset), static_cast<char*>(into), wanted);
    if (got == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(into) + got, 0, wanted - got);
    return SQLITE_IOERR_SHORT_READ;
  }
  static int xwrite(sqlite3_file* raw, void const* from, int count, sqlite3_int64 offset) {
    allocations::of_pawl const ours(false);
    auto& f = of(raw);
    std::string_view text(static_cast<char const*>(from), static_cast<std::size_t>(count));
    auto const* const fault = f.vfs->strike(operation::write);
    if (fault) text = text.substr(0, fault->half_done ? text.size() / 2 : 0);
    if (!text.empty())
      f.vfs->make(*f.folder, {change::kind::write, f.target, static_cast<std::size_t>(offset), std::string(text)});
    return fault ? fault->code : SQLITE_OK;
  }
  static int xtruncate(sqlite3_file* raw, sqlite3_int64 size) {
    allocations::of_pawl const ours(false);
    auto& f = of(raw);
    if (auto const* const fault = f.vfs->strike(operation::truncate)) return fault->code;
    f.vfs->make(*f.folder, {change::kind::truncate, f.target, static_cast<std::size_t>(size), {}});
    return SQLITE_OK;
  }
  static int xsync(sqlite3_file* raw, int) {
    allocations::of_pawl const ours(false);
    auto& f = of(raw);
    f.vfs->announce(nullptr);
    if (auto const* const fault = f.vfs->strike(operation::sync)) {
      f.folder->fail_to_sync(f.target, f.vfs->random_);
      f.refusals = f.target->refused_syncs;
      return fault->code;
    }
    f.folder->sync(f.target);
    if (std::exchange(f.sync_names, false)) f.folder->sync_names();
    // Whoever had the file open when a sync was refused is told of it, once, at his next one.
    bool const heard_of_all = std::exchange(f.refusals, f.target->refused_syncs) == f.target->refused_syncs;
    return heard_of_all ? SQLITE_OK : SQLITE_IOERR_FSYNC;
  }
  static int xfile_size(sqlite3_file* raw, sqlite3_int64* size) {
    auto& f = of(raw);
    if (auto const* const fault = f.vfs->strike(operation::size)) return fault->code;
    *size = static_cast<sqlite3_int64>(f.target->now.size());
    return SQLITE_OK;
  }

  // ---- locks of the file ----

  static int xlock(sqlite3_file* raw, int wanted) {
    auto& f = of(raw);
    auto& n = *f.target;
    if (f.level >= wanted) return SQLITE_OK;
    if (auto const* const fault = f.vfs->strike(operation::lock)) return fault->code;
    bool const by_another = (n.exclusive && n.exclusive != &f) || (n.reserved && n.reserved != &f && wanted > 1);
    if (by_another) return SQLITE_BUSY;
    if (f.level == SQLITE_LOCK_NONE) ++n.readers;
    if (wanted >= SQLITE_LOCK_RESERVED) n.reserved = &f;
    if (wanted == SQLITE_LOCK_EXCLUSIVE && n.readers > 1) return f.level = SQLITE_LOCK_RESERVED, SQLITE_BUSY;
    if (wanted == SQLITE_LOCK_EXCLUSIVE) n.exclusive = &f;
    f.level = wanted;
    return SQLITE_OK;
  }
  static int xunlock(sqlite3_file* raw, int wanted) {
    auto& f = of(raw);
    auto& n = *f.target;
    if (f.level <= wanted) return SQLITE_OK;
    if (n.exclusive == &f) n.exclusive = nullptr;
    if (n.reserved == &f) n.reserved = nullptr;
    if (wanted == SQLITE_LOCK_NONE) --n.readers;
    f.level = wanted;
    return SQLITE_OK;
  }
  static int xcheck_reserved_lock(sqlite3_file* raw, int* answer) {
    return *answer = of(raw).target->reserved != nullptr ? 1 : 0, SQLITE_OK;
  }

  // ---- the index of the write-ahead log, which processes share ----

  static int xshm_map(sqlite3_file* raw, int number, int size, int extend, void volatile** answer) {
    allocations::of_pawl const ours(false);
    auto& f = of(raw);
    auto& regions = f.target->shared_memory;
    *answer = nullptr;
    if (auto const* const fault = f.vfs->strike(operation::map)) return fault->code;
    if (size > static_cast<int>(sizeof(file_node::region))) return SQLITE_IOERR_SHMMAP;
    if (!std::exchange(f.mapped, true)) ++f.target->mappings;
    auto const index = static_cast<std::size_t>(number);
    if (index >= regions.size() && extend == 0) return SQLITE_OK;
    while (index >= regions.size()) regions.push_back(std::make_unique<file_node::region>());
    *answer = regions[index]->bytes.data();
    return SQLITE_OK;
  }
  static int xshm_lock(sqlite3_file* raw, int first, int count, int flags) {
    auto& f = of(raw);
    auto& slots = f.target->slots;
    bool const exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    auto const begin = static_cast<std::size_t>(first), end = begin + static_cast<std::size_t>(count);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {  // SQLite unlocks only what it holds
      for (auto i = begin; i < end; ++i) exclusive ? slots[i] = 0 : --slots[i];
      return SQLITE_OK;
    }
    if (auto const* const fault = f.vfs->strike(operation::lock)) return fault->code;
    for (auto i = begin; i < end; ++i)
      if (exclusive ? slots[i] != 0 : slots[i] < 0) return SQLITE_BUSY;
    for (auto i = begin; i < end; ++i) exclusive ? slots[i] = -1 : ++slots[i];
    return SQLITE_OK;
  }
  static void xshm_barrier(sqlite3_file*) {}
  static int xshm_unmap(sqlite3_file* raw, int) {
    auto& f = of(raw);
    if (std::exchange(f.mapped, false) && --f.target->mappings == 0) f.target->shared_memory.clear();
    return SQLITE_OK;
  }

  // What SQLite's own one for Unix says of a disk: a power cut in a write leaves the bytes beside it alone.
  static constexpr int sector_size = 4096;
  static inline sqlite3_io_methods const methods{2,
                                                 &xclose,
                                                 &xread,
                                                 &xwrite,
                                                 &xtruncate,
                                                 &xsync,
                                                 &xfile_size,
                                                 &xlock,
                                                 &xunlock,
                                                 &xcheck_reserved_lock,
                                                 [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
                                                 [](sqlite3_file*) { return sector_size; },
                                                 [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; },
                                                 &xshm_map,
                                                 &xshm_lock,
                                                 &xshm_barrier,
                                                 &xshm_unmap,
                                                 nullptr,
                                                 nullptr};

  sqlite3_vfs vfs_{};
  random_bits random_;
  int last_error_ = 0;
};

}  // namespace crash

#endif
