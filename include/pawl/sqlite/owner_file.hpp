// Ownership of the stores in a database file: a lock file next to the database, which also records the items in
// progress.
#ifndef PAWL_SQLITE_OWNER_FILE_HPP
#define PAWL_SQLITE_OWNER_FILE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/system/failure.hpp>
#include <pawl/system/file_lock.hpp>
#include <pawl/system/mapped_journal.hpp>
#include <pawl/system/process.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// The lock file of one table of a database file.
inline std::string lock_file_of(std::string_view file, std::string_view table) {
  return text({file, ".", table, ".lock"});
}

// The recorded tables that may have a lock file. No pawl has written another name, and no file is to be called by one.
inline constexpr std::string_view tables_with_owners =
    "SELECT table_name FROM pawl_meta WHERE table_name NOT GLOB '*[^A-Za-z0-9_]*'";

// The lock is released when its process ends. The journal in the file only tells which items may have killed a process;
// the store alone is authoritative about an item.
class owner_file final : public run_owner {
 public:
  // With an empty path there is nothing to lock, and every claim succeeds.
  explicit owner_file(std::string path) : lock_(std::move(path)) {}

  bool try_acquire(ownership how) override;
  ownership how() const override { return how_; }
  std::string const& path() const { return lock_.path(); }
  std::string describe_holder() const override;
  // Who holds it, for a sentence.
  std::string holder() const;

  void begin_journal(std::size_t capacity) override;
  void grow_journal(std::size_t capacity) override;
  void end_journal() override { journal_.end(); }
  void hold(std::size_t slot, std::int64_t row, std::int64_t version) override { journal_.hold(slot, row, version); }
  void let_go(std::size_t slot) override { journal_.let_go(slot); }

  bool knows_of_deaths() const override { return !left_by_the_dead_.empty(); }
  bool was_held(std::int64_t row, std::int64_t version) override;
  void leave_journal() noexcept override { lock_.close(); }

 private:
  [[noreturn]] void fail(pawl::detail::system_failure const& failed) const;
  void read_what_the_dead_left();

  ownership how_ = ownership::sole;
  pawl::detail::file_lock lock_;
  pawl::detail::mapped_journal journal_{};
  std::unordered_map<std::int64_t, std::int64_t> left_by_the_dead_{};  // row to version
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/owner_file_impl.hpp>
#endif

#endif
