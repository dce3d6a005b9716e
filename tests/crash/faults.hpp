// Faults of a file system, one operation at a time.
#ifndef PAWL_TESTS_CRASH_FAULTS_HPP
#define PAWL_TESTS_CRASH_FAULTS_HPP

#include <array>
#include <cstddef>
#include <cstdint>

#include <sqlite3.h>

namespace crash {

enum class operation : std::uint8_t { open, read, write, truncate, sync, remove, size, lock, map };

// A kind of fault: which operation it strikes, what SQLite is told, and whether half of a write is done all the same.
struct fault_kind {
  char const* name;
  operation where;
  int code;
  bool half_done = false;
};
inline constexpr std::array<fault_kind, 12> fault_kinds{{
    {"cannot open", operation::open, SQLITE_CANTOPEN},
    {"read error", operation::read, SQLITE_IOERR_READ},
    {"write error", operation::write, SQLITE_IOERR_WRITE},
    {"short write", operation::write, SQLITE_IOERR_WRITE, true},
    {"disk full", operation::write, SQLITE_FULL},
    {"disk full in a write", operation::write, SQLITE_FULL, true},
    {"truncate error", operation::truncate, SQLITE_IOERR_TRUNCATE},
    {"sync error", operation::sync, SQLITE_IOERR_FSYNC},
    {"remove error", operation::remove, SQLITE_IOERR_DELETE},
    {"size error", operation::size, SQLITE_IOERR_FSTAT},
    {"lock error", operation::lock, SQLITE_IOERR_LOCK},
    {"map error", operation::map, SQLITE_IOERR_SHMMAP},
}};

// One fault, at the n-th operation that its kind strikes, counted from 0 while it is armed; and at all after that where it
// is sticky. Without one nothing goes wrong.
class fault_plan {
 public:
  fault_plan() = default;
  fault_plan(fault_kind const& kind, std::size_t at, bool sticky) : kind_(&kind), at_(at), sticky_(sticky) {}

  // Counts an operation. The fault that strikes it, or nothing.
  fault_kind const* strike(operation o) {
    if (!kind_ || kind_->where != o) return nullptr;
    std::size_t const number = count_++;
    if (number < at_ || (number > at_ && !sticky_)) return nullptr;
    ++struck_;
    return kind_;
  }
  std::size_t struck() const noexcept { return struck_; }
  bool refused_a_sync() const noexcept { return struck_ > 0 && kind_->where == operation::sync; }
  // Whether something that was to be on the disk is not, and SQLite was told so.
  bool spoilt_a_write() const noexcept {
    return struck_ > 0 && (kind_->where == operation::write || kind_->where == operation::sync);
  }

 private:
  fault_kind const* kind_ = nullptr;
  std::size_t at_ = 0;
  bool sticky_ = false;
  std::size_t count_ = 0;
  std::size_t struck_ = 0;
};

}  // namespace crash

#endif
