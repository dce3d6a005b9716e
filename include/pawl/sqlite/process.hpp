// Which databases this process has open, and which it has only inherited through fork().
#ifndef PAWL_SQLITE_PROCESS_HPP
#define PAWL_SQLITE_PROCESS_HPP

#include <optional>
#include <string>
#include <utility>

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
    auto* const added = new entry{file, {}, nullptr};
    lock const locked(mutex_);
    added->next = first_;
    first_ = added;
  }
  void remove(file_identity file) {
    lock const locked(mutex_);
    for (entry** at = &first_; *at; at = &(*at)->next) {
      if (!((*at)->file == file && (*at)->opened.is_here())) continue;
      delete std::exchange(*at, (*at)->next);
      return;
    }
  }
  bool was_inherited(file_identity file) {
    lock const locked(mutex_);
    for (entry const* at = first_; at; at = at->next)
      if (at->file == file && !at->opened.is_here()) return true;
    return false;
  }

 private:
  struct entry {
    file_identity file;
    birthplace opened;
    entry* next;
  };
  class lock {
   public:
    explicit lock(::pthread_mutex_t& mutex) : mutex_(mutex) { ::pthread_mutex_lock(&mutex_); }
    lock(lock const&) = delete;
    lock& operator=(lock const&) = delete;
    ~lock() { ::pthread_mutex_unlock(&mutex_); }

   private:
    ::pthread_mutex_t& mutex_;
  };

  // A fork waits until no other thread is in the list.
  open_files() {
    ::pthread_atfork([] { ::pthread_mutex_lock(&of_process().mutex_); },
                     [] { ::pthread_mutex_unlock(&of_process().mutex_); },
                     [] {
                       ++forks;
                       ::pthread_mutex_unlock(&of_process().mutex_);
                     });
  }

  ::pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  entry* first_ = nullptr;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
