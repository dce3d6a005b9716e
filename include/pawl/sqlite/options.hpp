// Options for opening a database.
#ifndef PAWL_SQLITE_OPTIONS_HPP
#define PAWL_SQLITE_OPTIONS_HPP

#include <chrono>
#include <cstdint>

#include <pawl/sqlite/any_function.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// What a committed transition survives. Both survive a crash of the process, including kill -9.
enum class durability : std::uint8_t {
  power_loss,    // synchronous=FULL: a power cut loses nothing; each COMMIT waits for the disk
  process_crash  // synchronous=NORMAL: a power cut may lose commits since the last checkpoint
};

// A read-only connection may be open alongside the writing one, in this process or another.
enum class access : std::uint8_t { read_write, read_only };

// The database's constructor checks them, and refuses one that is out of range with its name.
struct options {
  durability durable = durability::power_loss;
  access mode = access::read_write;
  // Creates the file if it does not exist and the mode is read_write. Never creates its folder.
  bool create = true;
  // By default a database is not opened for writing on a network file system or FUSE. These may lack shared memory or
  // working locks between processes, and then damage the database sooner or later without any error. Set to true to
  // open it anyway: for FUSE on a local disk (gocryptfs, ntfs-3g, virtiofs used by a single guest), if you know that no
  // other machine opens it. On Windows network drives alone are recognised.
  bool trust_file_system = false;
  // How long a call outside a transaction waits for another process before it throws store_error (busy); not
  // negative. 0: not at all; milliseconds::max(): without end.
  std::chrono::milliseconds busy_timeout{5000};
  // The write-ahead log is checkpointed when it reaches this many frames (pages; at least 1). A checkpoint blocked by a
  // reader is retried only after the log has grown by half. Larger values speed up large databases with random access,
  // but lengthen each checkpoint: with a million rows, 8000 frames made transitions 1.2 times as fast, and
  // checkpoints took 150 ms instead of 40.
  int checkpoint_frames = 1000;
  // Checkpoints and truncates the write-ahead log at close, unless another connection uses it. If false, the log is
  // left to the next connection, or to SQLite if this was the last one.
  bool checkpoint_at_close = true;
  // Clock used to stamp transitions, and to decide when a start time has come; the system clock by default.
  detail::any_function<std::chrono::system_clock::time_point()> now{};
  // Called with "open", "checkpoint" or "close" and the time it took. Must not throw or use the database.
  detail::any_function<void(char const* what, std::chrono::nanoseconds duration)> on_span{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
