// Which databases this process has open, and which it has only inherited through fork().
#ifndef PAWL_SQLITE_PROCESS_HPP
#define PAWL_SQLITE_PROCESS_HPP

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// How often fork() was called on the way from the first process of pawl to this one. Only a child changes it, while it
// has one thread, so that reading it is all that a check costs (getpid() is a call into the system).
inline constinit unsigned forks = 0;

// The process in which it was made.
class birthplace {
 public:
  bool is_here() const noexcept { return made_after_ == forks; }

 private:
  unsigned made_after_ = forks;
};

// A file as the system knows it, whatever its path.
struct file_identity {
  dev_t device{};
  ino_t number{};
  friend bool operator==(file_identity const&, file_identity const&) = default;

  static std::optional<file_identity> of(std::string const& path) {
    struct ::stat found {};
    if (::stat(path.c_str(), &found) != 0) return std::nullopt;
    return file_identity{found.st_dev, found.st_ino};
  }
};

// The files of this process's open databases. SQLite keeps account of its locks on a file in memory, and a child inherits
// the account, but not the locks: where it opens the file anew it takes the parent's for its own, and what it commits
// may be lost. So such a file is refused there.
class open_files {
 public:
  static open_files& of_process() {
    static open_files& all = *new open_files;  // never destroyed: a static database may be closed after every static
    return all;
  }
  open_files(open_files const&) = delete;
  open_files& operator=(open_files const&) = delete;

  void add(file_identity file) {
    std::lock_guard<std::mutex> const lock(mutex_);
    files_.push_back({file, {}});
  }
  void remove(file_identity file) {
    std::lock_guard<std::mutex> const lock(mutex_);
    auto const found = std::find_if(files_.begin(), files_.end(),
                                    [&file](entry const& e) { return e.file == file && e.opened.is_here(); });
    if (found != files_.end()) files_.erase(found);
  }
  bool was_inherited(file_identity file) {
    std::lock_guard<std::mutex> const lock(mutex_);
    return std::any_of(files_.begin(), files_.end(),
                       [&file](entry const& e) { return e.file == file && !e.opened.is_here(); });
  }

 private:
  struct entry {
    file_identity file;
    birthplace opened;
  };

  // A fork waits until no other thread is in the list.
  open_files() {
    ::pthread_atfork([] { of_process().mutex_.lock(); }, [] { of_process().mutex_.unlock(); },
                     [] {
                       ++forks;
                       of_process().mutex_.unlock();
                     });
  }

  std::mutex mutex_{};
  std::vector<entry> files_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
