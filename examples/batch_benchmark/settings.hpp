// The settings of one run of the benchmark.
#ifndef BATCH_BENCHMARK_SETTINGS_HPP
#define BATCH_BENCHMARK_SETTINGS_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace batch_benchmark {

// Where the files' states are kept.
enum class store_kind : std::uint8_t { sqlite, postgres };
// How transitions reach the store.
enum class mode : std::uint8_t { per_file, shared, grouped };
enum class remote_profile : std::uint8_t { zero, realistic };
enum class clock_kind : std::uint8_t { warp, wall };
enum class durability : std::uint8_t { normal, full };
enum class progress_kind : std::uint8_t { automatic, bar, plain, none };

// The words for them on the command line, in tables and in JSON, in the order of the enumerators.
inline constexpr std::array<std::string_view, 2> store_names{"sqlite", "postgres"};
inline constexpr std::array<std::string_view, 3> mode_names{"per-file", "shared", "grouped"};
inline constexpr std::array<std::string_view, 2> profile_names{"zero", "realistic"};
inline constexpr std::array<std::string_view, 2> clock_names{"warp", "wall"};
inline constexpr std::array<std::string_view, 2> durability_names{"normal", "full"};
inline constexpr std::array<std::string_view, 4> progress_names{"auto", "bar", "plain", "none"};

constexpr std::string_view name(store_kind s) { return store_names[static_cast<std::size_t>(s)]; }
constexpr std::string_view name(mode m) { return mode_names[static_cast<std::size_t>(m)]; }
constexpr std::string_view name(remote_profile p) { return profile_names[static_cast<std::size_t>(p)]; }
constexpr std::string_view name(clock_kind c) { return clock_names[static_cast<std::size_t>(c)]; }
constexpr std::string_view name(durability d) { return durability_names[static_cast<std::size_t>(d)]; }

// One of the six: so many files in flight, and how long the remote takes.
struct configuration {
  std::size_t concurrency = 1;
  remote_profile remote = remote_profile::zero;
  friend bool operator==(configuration const&, configuration const&) = default;
};

struct settings {
  std::filesystem::path from;  // whose files are the items; empty: made-up ones
  std::size_t files = 818;     // at most, where they come from a folder
  std::vector<std::size_t> concurrency{1, 10, 50};
  std::vector<remote_profile> profiles{remote_profile::zero, remote_profile::realistic};
  store_kind store = store_kind::sqlite;
  std::string connect;  // to PostgreSQL's server; empty: a private one
  std::vector<mode> modes{mode::per_file, mode::grouped};
  bool quick = false;
  std::chrono::nanoseconds realistic_delay = std::chrono::seconds(2);  // of one call
  clock_kind clock = clock_kind::warp;
  durability kept = durability::normal;
  std::filesystem::path dir;                 // for the databases; empty: the system's folder for temporary files
  std::filesystem::path out = "benchmarks";  // for the reports
  std::filesystem::path html;                // the page with the charts; empty: none
  bool json = false;
  bool samples = false;
  bool keep_db = false;
  bool gate = false;
  progress_kind progress = progress_kind::automatic;

  std::chrono::nanoseconds delay(remote_profile p) const {
    return p == remote_profile::realistic ? realistic_delay : std::chrono::nanoseconds{};
  }
  // In the order of the original.
  std::vector<configuration> configurations() const {
    std::vector<configuration> all;
    for (auto c : concurrency)
      for (auto p : profiles) all.push_back({c, p});
    return all;
  }
};

// Of the mock's choices; it makes none, since its delays are constant and its script is empty.
inline constexpr int seed = 42;

}  // namespace batch_benchmark

#endif
