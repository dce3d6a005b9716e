// A lock on a file of its own, which ends with its process, and which names that process.
#ifndef PAWL_SYSTEM_FILE_LOCK_HPP
#define PAWL_SYSTEM_FILE_LOCK_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <pawl/system/little_endian.hpp>
#include <pawl/system/native.hpp>
#include <pawl/system/process.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

enum class lock_mode : std::uint8_t { exclusive, shared };

// The file's first 8 bytes are the id of the process that acquired it last, little-endian; mapped_journal uses the rest.
// The system releases the lock when the process dies, also by kill -9. Not thread-safe.
class file_lock {
 public:
  explicit file_lock(std::string path) : path_(std::move(path)) {}
  file_lock(file_lock const&) = delete;
  file_lock& operator=(file_lock const&) = delete;
  ~file_lock() { release(); }

  // Makes the file if it does not exist. False: another holder's lock conflicts. Never waits. Throws system_failure if
  // the file cannot be used; nothing is then held.
  bool try_acquire(lock_mode mode) {
    native::file opened;
    do {
      opened.close();  // a system may keep a removed file in its folder for as long as anybody has it open
      opened = native::file::open_or_make(path_);
      if (!opened.try_lock(mode == lock_mode::exclusive)) return false;
    } while (!opened.is_at(path_));  // its holder removed it between the two calls
    little_endian const id = this_process();
    opened.write(0, &id, sizeof id);
    file_ = std::move(opened);
    acquired_by_ = id;
    mode_ = mode;
    return true;
  }
  bool is_held() const noexcept { return file_.is_open(); }

  // An exclusive holder removes the file. Shared ones leave it, for none can tell whether it is the last without excluding,
  // for a moment, another that comes. In a child of the holder's process only the child's handle is closed: the lock stays
  // with the parent, and ends when neither has it open.
  void release() noexcept {
    if (!is_held()) return;
    bool const is_mine = this_process() == acquired_by_ /*mutant lock_of_the_owner: || OFF*/;
    if (mode_ == lock_mode::exclusive && is_mine && file_.is_at(path_)) native::file::remove(path_);
    close();
  }
  // The same, but the file stays.
  void close() noexcept { file_.close(); }

  std::string const& path() const noexcept { return path_; }
  // For what is kept behind the id. Open while the lock is held.
  native::file& file() noexcept { return file_; }
  // The process that acquired it last, whether or not this one holds it. Nothing if it has not written its id yet.
  std::optional<std::int64_t> owner() const {
    little_endian id;
    auto const opened = native::file::open_to_read(path_);
    bool const known = opened.is_open() && opened.read(0, &id, sizeof id) && id != 0;
    return known ? std::optional<std::int64_t>(id) : std::nullopt;
  }

 private:
  std::string path_;
  native::file file_{};
  std::int64_t acquired_by_ = 0;
  lock_mode mode_ = lock_mode::exclusive;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
