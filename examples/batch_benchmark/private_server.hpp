// A PostgreSQL server of the program's own, which ends with it, however that ends.
#ifndef BATCH_BENCHMARK_PRIVATE_SERVER_HPP
#define BATCH_BENCHMARK_PRIVATE_SERVER_HPP

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace batch_benchmark {

// Its data, its socket and its log are in a folder that exists and is the program's own. It is as it comes, and waits for
// the disk; it listens on no network. Where the program is root it is run by the user nobody, for it refuses root.
class private_server {
 public:
  // Takes a second or two. Throws failure (fatal) where there is none on this machine, or it does not start.
  explicit private_server(std::filesystem::path folder);
  private_server(private_server const&) = delete;
  private_server& operator=(private_server const&) = delete;
  ~private_server();

  std::string conninfo() const;

 private:
  // The user that it runs as; 0: the program's own.
  struct account {
    ::uid_t user = 0;
    ::gid_t group = 0;
    bool become() const;
  };
  static account account_of_server();
  bool may_use(std::filesystem::path const& file, int mode) const;
  std::filesystem::path programs() const;
  ::pid_t launch(std::vector<std::string> const& command) const;
  void make_cluster(std::filesystem::path const& in) const;
  void await_ready();
  [[noreturn]] void fail(char const* what) const;

  std::filesystem::path folder_;
  account account_ = account_of_server();
  ::pid_t process_ = 0;
};

}  // namespace batch_benchmark

#endif
