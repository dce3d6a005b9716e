// The owner of the stores of a database file: a lock on a file beside the database, and in that file what the owner has
// in hand.
#ifndef PAWL_SQLITE_OWNER_FILE_HPP
#define PAWL_SQLITE_OWNER_FILE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/system/failure.hpp>
#include <pawl/system/file_lock.hpp>
#include <pawl/system/mapped_journal.hpp>
#include <pawl/system/process.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The lock ends with its process. The journal only tells which items may have killed a process; what is true of an item
// is in the store.
class owner_file final : public run_owner {
 public:
  // An empty path: there is nothing to lock, and every claim succeeds.
  explicit owner_file(std::string path) : lock_(std::move(path)) {}

  bool try_acquire(ownership how) override {
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
  ownership how() const override { return how_; }
  std::string const& path() const { return lock_.path(); }
  std::string describe_holder() const override {
    auto const pid = lock_.owner();
    std::string holder = pid ? "process " + std::to_string(*pid) : std::string("a process of unknown number");
    if (pid && !pawl::detail::process_is_alive(*pid)) holder += ", or a child that outlives it,";
    return "pawl: " + path() + " is locked: " + holder +
           " runs this store; stop it, or use run_options::wait_for_owner";
  }

  void begin_journal(std::size_t slots) override {
    if (!lock_.is_held() || how_ != ownership::sole) return;
    try {
      journal_.begin(lock_.file(), slots, pawl::detail::this_process());
    } catch (pawl::detail::system_failure const& failed) {
      lock_.close();
      fail(failed);
    }
  }
  void end_journal() override { journal_.end(); }
  void hold(std::size_t slot, std::int64_t row, std::int64_t version) override { journal_.hold(slot, row, version); }
  void let_go(std::size_t slot) override { journal_.let_go(slot); }

  bool knows_of_deaths() const override { return !left_by_the_dead_.empty(); }
  bool was_held(std::int64_t row, std::int64_t version) override {
    auto const found = left_by_the_dead_.find(row);
    if (found == left_by_the_dead_.end() || found->second != version) return false;
    left_by_the_dead_.erase(found);
    return true;
  }

 private:
  [[noreturn]] void fail(pawl::detail::system_failure const& failed) const {
    throw error("run.lock", std::string("pawl: cannot ") + failed.doing() + " " + path() +
                                ", the lock file of the run that owns the store: " + failed.code().message());
  }
  void read_what_the_dead_left() {
    pawl::detail::mapped_journal::read(
        lock_.file(), [this](std::int64_t row, std::int64_t version) { left_by_the_dead_[row] = version; });
  }

  ownership how_ = ownership::sole;
  pawl::detail::file_lock lock_;
  pawl::detail::mapped_journal journal_{};
  std::unordered_map<std::int64_t, std::int64_t> left_by_the_dead_{};  // row, version
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
