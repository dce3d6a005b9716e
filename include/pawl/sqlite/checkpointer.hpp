// Decides when to checkpoint the write-ahead log: after one of our commits, never inside it, with backoff.
#ifndef PAWL_SQLITE_CHECKPOINTER_HPP
#define PAWL_SQLITE_CHECKPOINTER_HPP

#include <cstdint>

#include <sqlite3.h>

#include <pawl/sqlite/connection.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// SQLite's automatic checkpoint ignores a failed sync, and while a reader holds an old snapshot it starts over after
// every COMMIT, which made commits 10 to 30 times slower. Therefore our WAL hook only records the size of the log; the
// checkpoint runs on the same connection, PASSIVE, and backs off when it could not finish.
class checkpointer {
 public:
  explicit checkpointer(int frames) noexcept : threshold_(frames > 1 ? frames : 1), next_(threshold_) {}

  // Call after each commit, with the number of frames in the log.
  void note_size(int frames) noexcept {
    if (frames < frames_) next_ = threshold_;  // the log was restarted
    frames_ = frames;
  }

  bool due() const noexcept { return frames_ >= next_; }
  // True if a reader kept the last checkpoint from copying the whole log.
  bool was_hindered() const noexcept { return hindered_; }
  // Tries to copy the whole log back, in one of SQLite's checkpoint modes. Returns an error that concerns the
  // connection, not the last commit. A checkpoint blocked by a reader is not an error.
  int run(sqlite3* handle, int mode) noexcept {
    int in_log = 0, copied = 0;
    int const code = sqlite3_wal_checkpoint_v2(handle, "main", mode, &in_log, &copied);
    hindered_ = code != SQLITE_OK || in_log != copied;
    next_ = /*mutant checkpoint_backs_off: OFF ? std::int64_t{threshold_} :*/ frames_ +
            (hindered_ && frames_ / 2 > threshold_ ? frames_ / 2 : std::int64_t{threshold_});
    return is_busy(code) /*mutant checkpoint_may_be_busy: && !OFF*/ ? SQLITE_OK : code;
  }

 private:
  int threshold_;
  std::int64_t next_;
  std::int64_t frames_ = 0;
  bool hindered_ = false;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
