// A server of the test's own that runs in the background, as an unprivileged user in a temporary folder; it ends with the
// test, however that ends.
#ifndef PAWL_TESTS_POSTGRES_SERVER_PROCESS_HPP
#define PAWL_TESTS_POSTGRES_SERVER_PROCESS_HPP

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.hpp"

class server_process {
 public:
  // `name` is for messages: "PostgreSQL's server".
  explicit server_process(std::string name) : name_(std::move(name)) {
    if (user_.user != 0 && ::chown((folder_ / "").c_str(), user_.user, user_.group) != 0)
      fail("cannot be given its folder");
  }
  server_process(server_process const&) = delete;
  server_process& operator=(server_process const&) = delete;
  ~server_process() { end(SIGKILL); }

  std::string operator/(std::string const& name) const { return folder_ / name; }
  // Unused on the loopback when this was made.
  int port() const { return port_; }

  void run_to_end(std::vector<std::string> const& command) const {
    int status = 0;
    if (::waitpid(launch(command), &status, 0) < 0 || status != 0) fail("cannot be made by " + command[0]);
  }
  // Returns once it answers.
  void start(std::vector<std::string> const& command, std::function<bool()> const& answers) {
    pid_ = launch(command);
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!answers()) {
      if (std::chrono::steady_clock::now() > until || ::waitpid(pid_, nullptr, WNOHANG) != 0) fail("does not start");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  void end(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  void send(int signal) const { ::kill(pid_, signal); }

  // The first line that a script prints.
  static std::string told_by(std::string const& script) {
    std::unique_ptr<FILE, decltype(&::pclose)> asked(::popen(("bash '" + script + "'").c_str(), "r"), &::pclose);
    std::string line;
    for (int c = 0; asked && (c = std::fgetc(asked.get())) != EOF && c != '\n';) line += static_cast<char>(c);
    if (line.empty()) throw std::runtime_error(script + " has found nothing to test with");
    return line;
  }
  // A folder of programs, or a copy of it with what is beside it, for others may not look into the home of root.
  static std::filesystem::path runnable(std::filesystem::path const& folder, std::string const& program) {
    if (may_be_run(folder / program, server_user())) return folder;
    static temporary_folder const copies;
    std::filesystem::path const copy = copies / program;
    std::filesystem::copy(folder.parent_path(), copy,
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
    std::filesystem::permissions(copies.path(), std::filesystem::perms(0755));
    return copy / folder.filename();
  }

 private:
  struct unprivileged {
    ::uid_t user = 0;  // 0: this process is
    ::gid_t group = 0;

    bool become() const {
      return user == 0 || (::setgroups(0, nullptr) == 0 && ::setgid(group) == 0 && ::setuid(user) == 0);
    }
  };
  // Nobody where this is root, for such servers refuse to run as root.
  static unprivileged server_user() {
    passwd const* const nobody = ::geteuid() == 0 ? ::getpwnam("nobody") : nullptr;
    return nobody != nullptr ? unprivileged{nobody->pw_uid, nobody->pw_gid} : unprivileged{};
  }
  static bool may_be_run(std::filesystem::path const& program, unprivileged by) {
    ::pid_t const child = ::fork();
    if (child == 0) ::_exit(by.become() && ::access(program.c_str(), X_OK) == 0 ? 0 : 1);
    int status = 1;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
  }

  [[noreturn]] void fail(std::string const& how) const {
    throw std::runtime_error(name_ + " " + how + ": " + text_of(folder_ / "log"));
  }
  static int free_port() {
    int const probe = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    bool const bound = ::bind(probe, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
                       ::getsockname(probe, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    ::close(probe);
    if (!bound) throw std::runtime_error("no port is free");
    return ntohs(at.sin_port);
  }
  ::pid_t launch(std::vector<std::string> const& command) const {
    std::vector<char*> words;
    for (auto const& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    std::string const log = folder_ / "log", place = folder_ / "";
    ::pid_t const parent = ::getpid();
    ::pid_t const child = ::fork();
    if (child < 0) throw std::runtime_error("no process can be made");
    if (child > 0) return child;
    if (!user_.become()) ::_exit(98);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // reaches one that is frozen too; after setuid(), which forgets it
    if (::getppid() != parent) ::_exit(95);
    int const to = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    ::dup2(to, 1);
    ::dup2(to, 2);
    if (::chdir(place.c_str()) != 0) ::_exit(97);
    ::execvp(words[0], words.data());
    ::_exit(96);
  }

  std::string name_;
  temporary_folder folder_{};
  unprivileged user_ = server_user();
  ::pid_t pid_ = 0;
  int port_ = free_port();
};

#endif
