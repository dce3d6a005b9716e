// Finds the programs of a PostgreSQL server on this machine.
#ifndef BATCH_BENCHMARK_SERVER_PROGRAMS_HPP
#define BATCH_BENCHMARK_SERVER_PROGRAMS_HPP

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <unistd.h>

#include "failure.hpp"

namespace batch_benchmark {

// Where Debian's packages put them, a folder for each release.
inline constexpr char const* debian_servers = "/usr/lib/postgresql";

// The folder with initdb and postgres: the first of `path`, a list as PATH is, else the newest release of `releases`.
// Throws failure (fatal), with what to install, where there is none.
inline std::filesystem::path find_server_programs(std::string_view path,
                                                  std::filesystem::path const& releases = debian_servers) {
  auto const has_them = [](std::filesystem::path const& folder) {
    return ::access((folder / "initdb").c_str(), X_OK) == 0 && ::access((folder / "postgres").c_str(), X_OK) == 0;
  };
  for (std::size_t at = 0; at < path.size();) {
    auto const end = path.find(':', at);
    std::filesystem::path const folder = path.substr(at, end - at);
    if (folder.is_absolute() && has_them(folder)) return folder;
    at = end == std::string_view::npos ? path.size() : end + 1;
  }
  std::filesystem::path newest;
  int newest_release = 0;
  std::error_code absent;
  for (auto const& release : std::filesystem::directory_iterator(releases, absent)) {
    int const number = std::atoi(release.path().filename().c_str());
    if (number > newest_release && has_them(release.path() / "bin")) {
      newest_release = number;
      newest = release.path() / "bin";
    }
  }
  if (newest.empty())
    throw failure(exit_code::fatal,
                  "there is no PostgreSQL server on this machine to start: install one (Debian: postgresql), have its "
                  "initdb and postgres in the PATH, or name a running one with --connect");
  return newest;
}

}  // namespace batch_benchmark

#endif
