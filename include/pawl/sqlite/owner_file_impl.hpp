// Implements owner_file: locking the file, describing its holder, and reading the journal of an earlier owner.
#ifndef PAWL_SQLITE_OWNER_FILE_IMPL_HPP
#define PAWL_SQLITE_OWNER_FILE_IMPL_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/system/failure.hpp>
#include <pawl/system/file_lock.hpp>
#include <pawl/system/mapped_journal.hpp>
#include <pawl/system/process.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE bool owner_file::try_acquire(ownership how) {
  using pawl::detail::lock_mode;
  if (path().empty()) return true;
  try {
    if (!lock_.try_acquire(how == ownership::sole /*mutant one_owner: && !OFF*/ ? lock_mode::exclusive
                                                                                : lock_mode::shared))
      return false;
  } catch (pawl::detail::system_failure const& failed) {
    fail(failed);
  }
  how_ = how;
  if (how == ownership::sole) read_what_the_dead_left();
  return true;
}

PAWL_INLINE std::string owner_file::describe_holder() const {
  bool const is_ours = lock_.owner() == pawl::detail::this_process();
  return "pawl: " + path() + " is locked: " + holder() +
         (is_ours ? " holds this store; end it, or use run_options::wait_for_owner"
                  : " is running this store; stop it, or use run_options::wait_for_owner");
}

PAWL_INLINE std::string owner_file::holder() const {
  auto const pid = lock_.owner();
  if (pid == pawl::detail::this_process()) return "another run or store_lock of this program";
  if (!pid) return "a process with unknown PID";
  bool const lives = pawl::detail::process_is_alive(*pid);
  return "process " + std::to_string(*pid) + (lives ? "" : ", or a child that outlives it,");
}

PAWL_INLINE void owner_file::begin_journal(std::size_t capacity) {
  if (!lock_.is_held() || how_ != ownership::sole) return;
  try {
    journal_.begin(lock_.file(), capacity, pawl::detail::this_process());
  } catch (pawl::detail::system_failure const& failed) {
    fail(failed);
  }
}

PAWL_INLINE void owner_file::grow_journal(std::size_t capacity) {
  try {
    journal_.grow(lock_.file(), capacity);
  } catch (pawl::detail::system_failure const& failed) {
    fail(failed);
  }
}

PAWL_INLINE bool owner_file::was_held(std::int64_t row, std::int64_t version) {
  auto const found = left_by_the_dead_.find(row);
  if (found == left_by_the_dead_.end() || found->second != version) return false;
  left_by_the_dead_.erase(found);
  return true;
}

PAWL_INLINE void owner_file::fail(pawl::detail::system_failure const& failed) const {
  throw error("run.lock",
              std::string("pawl: cannot ") + failed.doing() + " " + path() +
                  ", the lock file of the store: " + failed.code().message() +
                  (failed.code() == std::errc::filename_too_long ? "; give the database a shorter name" : ""));
}

PAWL_INLINE void owner_file::read_what_the_dead_left() {
  pawl::detail::mapped_journal::read(
      lock_.file(), [this](std::int64_t row, std::int64_t version) { left_by_the_dead_[row] = version; });
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
