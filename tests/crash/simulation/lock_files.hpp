// The files by whose locks runs own their stores, and what becomes of them when their processes do not end as they should.
#ifndef PAWL_TESTS_CRASH_SIMULATION_LOCK_FILES_HPP
#define PAWL_TESTS_CRASH_SIMULATION_LOCK_FILES_HPP

#include <string>
#include <utility>
#include <vector>

#include "crash/simulation/laboratory.hpp"

namespace crash::simulation {

class lock_files {
 public:
  lock_files(laboratory& lab, std::vector<std::string> files) : lab_(lab), files_(std::move(files)) {}
  lock_files(lock_files const&) = delete;
  lock_files& operator=(lock_files const&) = delete;
  ~lock_files() {
    for (auto const& file : files_) {
      lab_.remove(file);
      lab_.remove(lost(file));
    }
  }

  // Whoever holds them goes on holding them, and nobody sees it.
  void take_away() {
    for (auto const& file : files_) lab_.move(file, lost(file));
  }
  void bring_back() {
    for (auto const& file : files_) lab_.move(lost(file), file);
  }
  // Leaves files as of one who is dead.
  void leave_copies() {
    for (auto const& file : files_) lab_.copy(lost(file), file);
  }

 private:
  static std::string lost(std::string const& file) { return file + ".lost"; }

  laboratory& lab_;
  std::vector<std::string> files_;
};

}  // namespace crash::simulation

#endif
