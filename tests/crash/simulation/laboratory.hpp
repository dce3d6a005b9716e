// Shared by the seeds of one process: the file system, its folders, and the initial databases.
#ifndef PAWL_TESTS_CRASH_SIMULATION_LABORATORY_HPP
#define PAWL_TESTS_CRASH_SIMULATION_LABORATORY_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include <unistd.h>

#include "crash/fault_vfs.hpp"
#include "crash/memory_files.hpp"
#include "crash/simulation/batches.hpp"
#include "crash/simulation/tally.hpp"
#include "crash/workload.hpp"
#include "files.hpp"

namespace crash::simulation {

// Where a database has batches.
enum class batches_in : std::uint8_t { no_table, own_table, mapped_table };
template <class B>
inline constexpr batches_in batches_in_table = pawl::a_lifecycle<B> ? batches_in::own_table : batches_in::mapped_table;

class laboratory {
 public:
  static constexpr std::size_t most_items = 10;

  laboratory() : vfs_(1) {
    for (auto const batches : {batches_in::no_table, batches_in::own_table, batches_in::mapped_table}) {
      prepare<files_table>(batches);
      prepare<file_lifecycle>(batches);
    }
  }
  laboratory(laboratory const&) = delete;
  laboratory& operator=(laboratory const&) = delete;

  fault_vfs& vfs() { return vfs_; }
  std::string const& path() const { return path_; }
  template <class T> memory_files const& database_of(std::size_t items, batches_in batches) const {
    return (workplace<T>::is_mapped ? mapped_ : own_)[static_cast<std::size_t>(batches)][items];
  }

  // ---- the file by whose lock a run owns the store; it is a real one ----

  template <class T> std::string lock() const {
    return path_ + "." + std::string(pawl::sqlite::store<T>::table_name()) + ".lock";
  }
  static void move(std::string const& from, std::string const& to) {
    std::error_code nothing_to_move;
    std::filesystem::rename(from, to, nothing_to_move);
  }
  static void copy(std::string const& from, std::string const& to) {
    std::error_code nothing_to_copy;
    std::filesystem::copy_file(from, to, nothing_to_copy);
  }
  static void remove(std::string const& file) {
    std::error_code nothing_to_remove;
    std::filesystem::remove(file, nothing_to_remove);
  }

 private:
  using databases = std::array<std::array<memory_files, most_items + 1>, 3>;

  template <class T> void prepare(batches_in batches) {
    auto& all = (workplace<T>::is_mapped ? mapped_ : own_)[static_cast<std::size_t>(batches)];
    for (std::size_t items = 1; items <= most_items; ++items) {
      vfs_.mounted = &all[items];
      vfs_.begin_anew(items);
      history nobody;
      workplace<T> place(path_, options_for(durability::power_loss, 100));
      worker<T>(place, nobody).prepare(items);
      if (batches == batches_in::own_table) pawl::sqlite::store<batches_table<T, true>> const made(place.db);
      if (batches != batches_in::mapped_table) continue;
      place.db.execute(std::string(batches_sql));
      pawl::sqlite::store<batches_table<T, false>> const known(place.db);
    }
    vfs_.mounted = nullptr;
  }

  // The lock is made and removed with every process: where there is a file system in memory, there.
  static std::filesystem::path fast_folder() {
    std::filesystem::path const in_memory = "/dev/shm";
    return ::access(in_memory.c_str(), W_OK) == 0 ? in_memory : std::filesystem::temp_directory_path();
  }

  temporary_folder folder_{fast_folder()};
  std::string path_ = folder_ / "simulated.db";
  fault_vfs vfs_;
  databases mapped_{}, own_{};
};

// One seed, told aloud or not, on the table that is named by the type. Adds what is wrong.
struct seed_request {
  std::uint64_t seed = 0;
  bool aloud = false;
};
template <class T> tally simulate(laboratory& lab, seed_request what, sentences& wrong);

}  // namespace crash::simulation

#endif
