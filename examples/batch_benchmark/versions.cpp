#include "versions.hpp"

#include <boost/version.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <pawl/version.hpp>

namespace batch_benchmark {
static std::string sqlite_version() {
  std::string const running = sqlite3_libversion();
  return running == SQLITE_VERSION ? running : fmt::format("{} (compiled with {})", running, SQLITE_VERSION);
}
static std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

std::vector<std::pair<std::string, std::string>> versions() {
  return {{"pawl", PAWL_VERSION_STRING},
          {"sqlite", sqlite_version()},
          {"libpq", fmt::format("{}.{}", PQlibVersion() / 10000, PQlibVersion() % 10000)},
          {"boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
          {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
          {"compiler", compiler()}};
}

}  // namespace batch_benchmark
