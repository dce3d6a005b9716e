// A temporary folder, removed at the end of the program.
#ifndef BATCH_BENCHMARK_SCRATCH_FOLDER_HPP
#define BATCH_BENCHMARK_SCRATCH_FOLDER_HPP

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <pawl/report/escape.hpp>

#include "failure.hpp"

namespace batch_benchmark {

// A folder of its own under `parent`, removed with all that is in it unless it is to be kept.
class scratch_folder {
 public:
  // Throws failure (fatal), with what it was wanted for, if it cannot be made.
  scratch_folder(std::filesystem::path const& parent, std::string_view what_for, bool keep) : keep_(keep) {
    std::string name = (parent / "batch_benchmark_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw failure(exit_code::fatal,
                    fmt::format("cannot write {} into '{}': {}", what_for, pawl::escaped(parent.string()),
                                std::generic_category().message(errno)));
    path_ = std::move(name);
  }
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;
  ~scratch_folder() {
    std::error_code ignored;
    if (!keep_) std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool keep_;
};

}  // namespace batch_benchmark

#endif
