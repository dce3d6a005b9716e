// Who runs the stores of a database file: an operating-system lock on a file beside it, which dies with its process, and
// in that file what the owner has in hand.
#ifndef PAWL_SQLITE_OWNER_FILE_HPP
#define PAWL_SQLITE_OWNER_FILE_HPP

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
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
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The lock, and behind it what a sole owner has in hand: written as plain memory, so that it costs nothing and is there
// after kill -9. It says which items may have killed their process; what is true of them stands in the store.
class owner_file final : public run_owner {
 public:
  using items_in_hand = std::unordered_map<std::int64_t, std::int64_t>;  // row, version

  // An empty path: there is nothing to lock, and it is held at once.
  explicit owner_file(std::string path) : path_(std::move(path)) {}
  owner_file(owner_file const&) = delete;
  owner_file& operator=(owner_file const&) = delete;
  ~owner_file() override { release(); }

  // False: somebody else holds it. Throws error "run.lock" where the file cannot be used.
  bool try_acquire(ownership how) override {
    if (path_.empty()) return true;
    for (;;) {
      file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (file_ < 0) fail("open");
      if (::flock(file_, (how == ownership::sole /*mutant one_owner: && !OFF*/ ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
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
  // From here on hold() and let_go() say what is in hand. Throws error "run.lock".
  void begin_journal(std::size_t slots) override {
    if (file_ < 0 || how_ != ownership::sole) return;
    unmap();
    map(slots);
    head_->pid = static_cast<std::int64_t>(::getpid());
  }
  void end_journal() override { unmap(); }
  ownership how() const override { return how_; }
  std::string const& path() const { return path_; }
  std::string describe_holder() const override {
    auto const pid = owner();
    std::string who = "a process of unknown number";
    if (pid) who = "process " + std::to_string(*pid);
    if (pid && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH) who += ", or a child that outlives it,";
    return "pawl: " + path_ + " is locked: " + who + " runs this store; stop it, or use run_options::wait_for_owner";
  }
  // The process that holds it; nothing where it has not said so yet.
  std::optional<std::int64_t> owner() const {
    int const file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    std::int64_t pid = 0;
    bool const whole = file >= 0 && ::pread(file, &pid, sizeof pid, offsetof(head, pid)) == ssize_t{sizeof pid};
    if (file >= 0) ::close(file);
    return whole && pid != 0 ? std::optional(pid) : std::nullopt;
  }
  // What a sole owner had in hand when it died. Each is told once.
  bool was_held(std::int64_t row, std::int64_t version) override {
    auto const found = left_by_the_dead_.find(row);
    if (found == left_by_the_dead_.end() || found->second != version) return false;
    left_by_the_dead_.erase(found);
    return true;
  }
  bool knows_of_deaths() const override { return !left_by_the_dead_.empty(); }

  void hold(std::size_t slot, std::int64_t row, std::int64_t version) override {
    if (entries_ == nullptr) return;
    entries_[slot] = {row, version + 1};
  }
  void let_go(std::size_t slot) override {
    if (entries_ != nullptr) entries_[slot] = {};
  }

  // The last owner removes the file. In a child of the owner's process this lets go of the child's handle alone: the lock
  // is the owner's, and ends when neither has it open.
  void release() {
    if (file_ < 0) return;
    unmap();
    if (::getpid() != acquired_by_ /*mutant lock_of_the_owner: && !OFF*/) return close();
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

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
