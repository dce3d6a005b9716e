// The table of the files (schema V11 of the original), its rows, and what must stand in them at the end.
#ifndef BATCH_BENCHMARK_WORKLOAD_HPP
#define BATCH_BENCHMARK_WORKLOAD_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>

#include "settings.hpp"

namespace batch_benchmark {

// "/bench/file_0001.txt" of 1.
std::string file_path(std::size_t number);
// 1 of "/bench/file_0001.txt", and of whatever ends so. 0 of what does not.
constexpr std::size_t number_of(std::string_view path) {
  constexpr std::string_view ending = ".txt";
  if (!path.ends_with(ending)) return 0;
  path.remove_suffix(ending.size());
  std::size_t number = 0;
  for (std::size_t digit = 1; !path.empty() && path.back() >= '0' && path.back() <= '9';
       digit *= 10, path.remove_suffix(1))
    number += digit * static_cast<std::size_t>(path.back() - '0');
  return number;
}
static_assert(number_of("/bench/file_0818.txt") == 818 && number_of("files/mock_/bench/file_0001.txt") == 1);

// Of the write-ahead log of a database, in bytes; 0 when there is none.
std::uintmax_t log_size(std::string const& database);

// A folder of its own under `parent`, removed with all that is in it unless it is to be kept.
class scratch_folder {
 public:
  // Throws failure (fatal), with what it was wanted for, if it cannot be made.
  scratch_folder(std::filesystem::path const& parent, std::string_view what_for, bool keep);
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;
  ~scratch_folder();
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool keep_;
};

// The database of one mode. Its connection is idle while a configuration runs: no other one's close is ever the last,
// which would checkpoint the log and delete it.
class workload {
 public:
  // Inserts the rows, or only some of them once `stopped` says so.
  workload(std::filesystem::path const& file, std::size_t files, pawl::sqlite::options options,
           std::function<bool()> const& stopped);

  std::string const& path() const { return database_.path(); }
  // All rows back to untracked, version 0, without what an earlier run recorded: not a transition.
  void reset();

  struct verdict {
    std::size_t indexed = 0;  // at version 3
    std::size_t right = 0;    // of these, with the contents that the mock answered, and nothing else changed
  };
  verdict verify();

 private:
  pawl::sqlite::database database_;
};

}  // namespace batch_benchmark

#endif
