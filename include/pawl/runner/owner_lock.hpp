// Who runs a store: one run alone, or several that meet in conflicts. Held by an operating-system lock on a file beside
// the database, which dies with its process.
#ifndef PAWL_RUNNER_OWNER_LOCK_HPP
#define PAWL_RUNNER_OWNER_LOCK_HPP

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// `sole`: a second run is refused, or waits. `shared`: several runs, of one process or many, work on the store at the
// same time; the version decides who moves an item, and a step may be called by more than one of them, an unsafe one by
// one of them alone. Only a sole run, which knows that no other lives, parks what a process that died has left in doubt,
// and counts deaths; sharing runs leave such items to it.
enum class ownership : std::uint8_t { sole, shared };

namespace detail {
template <class Queue> struct run_context;

// Tells runs apart, of all processes; never 0.
inline std::int64_t new_run_id() {
  std::random_device random;
  return static_cast<std::int64_t>(std::uint64_t{random()} << 31 | random() | 1);
}

// The file of a store whose owner is known by a lock; empty: the store is this process's alone.
template <class Store> std::string lock_path(Store const& store) {
  if constexpr (requires { store.lock_path(); })
    return store.lock_path();
  else
    return {};
}

// The lock, and behind it what a sole owner has in hand: written as plain memory, so that it costs nothing and is there
// after kill -9. It says which items may have killed their process; what is true of them stands in the store.
class owner_lock {
 public:
  using items_in_hand = std::unordered_map<std::int64_t, std::int64_t>;  // row, version

  // An empty path: there is nothing to lock, and it is held at once.
  explicit owner_lock(std::string path) : path_(std::move(path)) {}
  owner_lock(owner_lock const&) = delete;
  owner_lock& operator=(owner_lock const&) = delete;
  ~owner_lock() { release(); }

  // False: somebody else holds it. Throws error "run.lock" where the file cannot be used.
  bool try_acquire(ownership how) {
    if (path_.empty()) return true;
    for (;;) {
      file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (file_ < 0) fail("open");
      if (::flock(file_, (how == ownership::sole ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        bool const held = errno == EWOULDBLOCK;
        if (!held) fail("lock");
        close();
        return false;
      }
      if (is_still_there()) break;
      close();  // its owner removed it between the two calls
    }
    how_ = how;
    acquired_by_ = ::getpid();
    if (how == ownership::sole) read_what_the_dead_left();
    write_pid();
    return true;
  }
  // From here on take() and put_back() say what is in hand. Throws error "run.lock".
  void begin_journal(std::size_t slots) {
    if (file_ < 0 || how_ != ownership::sole) return;
    unmap();
    map(slots);
    head_->pid = static_cast<std::int64_t>(::getpid());
  }
  void end_journal() { unmap(); }
  ownership how() const { return how_; }
  std::string const& path() const { return path_; }
  // The process that holds it; nothing where it has not said so yet.
  std::optional<std::int64_t> owner() const {
    int const file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    std::int64_t pid = 0;
    bool const whole = file >= 0 && ::pread(file, &pid, sizeof pid, offsetof(head, pid)) == ssize_t{sizeof pid};
    if (file >= 0) ::close(file);
    return whole && pid != 0 ? std::optional(pid) : std::nullopt;
  }
  // What a sole owner had in hand when it died. Each is told once.
  bool was_in_hand(std::int64_t row, std::int64_t version) {
    auto const found = left_by_the_dead_.find(row);
    if (found == left_by_the_dead_.end() || found->second != version) return false;
    left_by_the_dead_.erase(found);
    return true;
  }
  bool knows_of_dead() const { return !left_by_the_dead_.empty(); }

  void take(std::size_t slot, std::int64_t row, std::int64_t version) {
    if (entries_ == nullptr) return;
    entries_[slot] = {row, version + 1};
  }
  void put_back(std::size_t slot) {
    if (entries_ != nullptr) entries_[slot] = {};
  }

  // The last owner removes the file. In a child of the owner's process this lets go of the child's handle alone: the lock
  // is the owner's, and ends when neither has it open.
  void release() {
    if (file_ < 0) return;
    unmap();
    if (::getpid() != acquired_by_) return close();
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0 && is_still_there()) ::unlink(path_.c_str());
    close();
  }

 private:
  struct head {
    std::int64_t pid = 0;
    std::int64_t slots = 0;
  };
  struct entry {
    std::int64_t row = 0;
    std::int64_t version_and_one = 0;  // 0: nothing is in hand
  };

  [[noreturn]] void fail(char const* doing) {
    int const why = errno;
    close();
    throw error("run.lock", "pawl: cannot " + std::string(doing) + " " + path_ +
                                ", which says who runs the store: " + std::generic_category().message(why));
  }
  void close() {
    if (file_ >= 0) ::close(std::exchange(file_, -1));
  }
  bool is_still_there() const {
    struct stat locked {
    }, named{};
    return ::fstat(file_, &locked) == 0 && ::stat(path_.c_str(), &named) == 0 && locked.st_ino == named.st_ino &&
           locked.st_dev == named.st_dev;
  }
  void read_what_the_dead_left() {
    head before;
    if (::pread(file_, &before, sizeof before, 0) != ssize_t{sizeof before}) return;
    for (std::int64_t slot = 0; slot < before.slots; ++slot) {
      entry left;
      auto const at = static_cast<off_t>(sizeof before + static_cast<std::size_t>(slot) * sizeof left);
      if (::pread(file_, &left, sizeof left, at) != ssize_t{sizeof left}) return;
      if (left.version_and_one != 0) left_by_the_dead_[left.row] = left.version_and_one - 1;
    }
  }
  void map(std::size_t slots) {
    length_ = sizeof(head) + slots * sizeof(entry);
    // A full disk is told here, not by a signal later. Not cut to nothing first: ext4 would write it out at its close.
    errno = ::posix_fallocate(file_, 0, static_cast<off_t>(length_));
    if (errno != 0) fail("write");
    void* const mapped = ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    if (mapped == MAP_FAILED) fail("map");
    head_ = static_cast<head*>(mapped);
    head_->slots = static_cast<std::int64_t>(slots);
    entries_ = reinterpret_cast<entry*>(head_ + 1);
    for (std::size_t slot = 0; slot < slots; ++slot) entries_[slot] = {};
  }
  void unmap() {
    if (head_ != nullptr) ::munmap(head_, length_);
    head_ = nullptr;
    entries_ = nullptr;
  }
  // What the dead left stays behind it until the journal begins.
  void write_pid() {
    auto const pid = static_cast<std::int64_t>(::getpid());
    if (::pwrite(file_, &pid, sizeof pid, offsetof(head, pid)) != ssize_t{sizeof pid}) fail("write");
  }

  std::string path_;
  int file_ = -1;
  ownership how_ = ownership::sole;
  pid_t acquired_by_ = 0;
  head* head_ = nullptr;
  entry* entries_ = nullptr;
  std::size_t length_ = 0;
  items_in_hand left_by_the_dead_{};
};

// Throws error "run.owned": who has it, and what to do.
[[noreturn]] inline void refuse_second_owner(owner_lock const& lock) {
  auto const owner = lock.owner();
  std::string who = "a process of unknown number";
  if (owner) who = "process " + std::to_string(*owner);
  if (owner && ::kill(static_cast<pid_t>(*owner), 0) != 0 && errno == ESRCH) who += ", or a child that outlives it,";
  throw error("run.owned", "pawl: " + lock.path() + " is locked: " + who +
                               " runs this store; stop it, or use run_options::wait_for_owner");
}

}  // namespace detail

// Owns a store while it lives, as a run does while it goes on: for a program that also does something before or after
// its runs which nobody else may do meanwhile. Hand it to them as run_options::lock.
class store_lock {
 public:
  // Throws error "run.owned" where another process, or another lock or run of this one, has it, and error "run.lock"
  // where the lock's file cannot be used.
  template <class Store>
  explicit store_lock(Store const& store, ownership how = ownership::sole) : lock_(detail::lock_path(store)) {
    if (!lock_.try_acquire(how)) detail::refuse_second_owner(lock_);
  }

 private:
  template <class> friend struct detail::run_context;
  detail::owner_lock lock_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
