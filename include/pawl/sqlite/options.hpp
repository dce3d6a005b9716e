// How a database is opened.
#ifndef PAWL_SQLITE_OPTIONS_HPP
#define PAWL_SQLITE_OPTIONS_HPP

#include <chrono>
#include <cstdint>

#include <pawl/sqlite/any_function.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// What an acknowledged transition survives. A crash of the process, also by kill -9, loses nothing with either.
enum class durability : std::uint8_t {
  power_loss,    // synchronous=FULL: a power cut loses nothing; each COMMIT waits for the disk
  process_crash  // synchronous=NORMAL: a power cut may roll back what was committed since the last checkpoint
};

// What a connection may do. One that only reads may stand beside the one that writes, in this process or another.
enum class access : std::uint8_t { read_write, read_only };

struct options {
  durability durable = durability::power_loss;
  access mode = access::read_write;
  // Makes the file when there is none, unless it is opened to be read only. Never its folder.
  bool create = true;
  // A database that is to be written is refused on a network's file system and on FUSE, which may not give the processes
  // on it one memory and true locks: there it would be damaged sooner or later, unnoticed. True: open it all the same,
  // for FUSE on a disk of this machine (gocryptfs, ntfs-3g, virtiofs of one guest alone), where you know of no other
  // machine that opens it. Linux only; elsewhere nothing is checked.
  bool trust_file_system = false;
  // How long a call outside of a transaction waits for another process before it throws store_error (busy).
  std::chrono::milliseconds busy_timeout{5000};
  // The write-ahead log is copied back into the database when it has grown to this many pages (at least 1). A
  // checkpoint that a reader keeps from finishing is tried again only when the log has grown by half.
  // More of them make a large database faster where its items are met at random, and each checkpoint longer: with a
  // million rows and 8000 pages 1.3 to 1.4 times as fast, and checkpoints of 150 ms instead of 40.
  int checkpoint_frames = 1000;
  // Empties the write-ahead log at close, unless another connection needs it. Off: it is left to the next one, or to
  // SQLite where this was the last.
  bool checkpoint_at_close = true;
  // The time that transitions are stamped with; by default the system clock.
  detail::any_function<std::chrono::system_clock::time_point()> now{};
  // Told how long "open", "checkpoint" and "close" took. Must not throw, and must not use the database.
  detail::any_function<void(char const* what, std::chrono::nanoseconds duration)> on_span{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
