// Memory that outlives the killed processes: what they attempted, and what was acknowledged to them.
#ifndef PAWL_TESTS_CRASH_KILL_BOARD_HPP
#define PAWL_TESTS_CRASH_KILL_BOARD_HPP

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace crash {

// The files go a straight way of three moves, so that the version is also the number of the state.
inline constexpr std::size_t moves_of_a_file = 3;
inline constexpr std::size_t most_files = 4096;

// Of one file; each count by the version that is left.
struct file_tally {
  using counts = std::array<std::atomic<std::uint32_t>, moves_of_a_file>;

  counts attempted{}, acknowledged{}, refused{};
  std::atomic<std::uint64_t> remote_key{};  // under which the remote keeps it; a hash, 0: not yet
  std::atomic<std::uint32_t> other_keys{};  // calls under another one: each a duplicate

  // The version up to which any was counted.
  static std::size_t reached(counts const& c) {
    std::size_t version = moves_of_a_file;
    while (version > 0 && c[version - 1] == 0) --version;
    return version;
  }
};
static_assert(file_tally::counts::value_type::is_always_lock_free);

// A file that is mapped, made with zeros by the first who asks. A process that is killed has written what it stored: the
// page is the kernel's.
class kill_board {
 public:
  explicit kill_board(std::string const& path) {
    int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) fail(path);
    if (::ftruncate(file, static_cast<off_t>(sizeof(tallies))) != 0) fail(path);
    void* const mapped = ::mmap(nullptr, sizeof(tallies), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (mapped == MAP_FAILED) fail(path);
    all_ = static_cast<tallies*>(mapped);
  }
  kill_board(kill_board const&) = delete;
  kill_board& operator=(kill_board const&) = delete;
  ~kill_board() { ::munmap(all_, sizeof(tallies)); }

  file_tally& operator[](std::size_t number) { return (*all_)[number]; }

 private:
  using tallies = std::array<file_tally, most_files>;

  [[noreturn]] static void fail(std::string const& path) {
    throw std::system_error(errno, std::generic_category(), path);
  }

  tallies* all_ = nullptr;
};

}  // namespace crash

#endif
