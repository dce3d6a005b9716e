// File systems on which a write-ahead log is not safe are refused before anything is created.
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>

#include <pawl/sqlite/database.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "sqlite/fixture.hpp"

#if defined(__linux__) && defined(__LP64__)
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace file_system_test {

using namespace sqlite_test;
using pawl::sqlite::database;

// A folder that a network's file system is taken to be mounted on, by what statfs() says of it in this program.
std::string pretended_folder;
std::uint32_t pretended_number = 0;
// Declared as the C library does.
extern "C" int statfs(char const* path, struct ::statfs* found) noexcept(noexcept(::statfs(path, found))) {
  int const answer = static_cast<int>(::syscall(SYS_statfs, path, found));
  if (answer == 0 && !pretended_folder.empty()) {
    std::error_code none;
    std::string const real = std::filesystem::canonical(path, none).string();
    if (real.compare(0, pretended_folder.size(), pretended_folder) == 0)
      found->f_type = static_cast<int>(pretended_number);
  }
  return answer;
}

struct mounted {
  temporary_folder folder;
  explicit mounted(std::uint32_t number) {
    std::filesystem::create_directory(folder / "remote");
    std::filesystem::create_directory(folder / "local");
    pretended_folder = std::filesystem::canonical(folder / "remote").string();
    pretended_number = number;
  }
  mounted(mounted const&) = delete;
  mounted& operator=(mounted const&) = delete;
  ~mounted() { pretended_folder.clear(); }
};
constexpr std::uint32_t nfs = 0x6969;

// The words with which it is refused; empty: it is opened.
std::string refusal_of(std::string const& path, pawl::sqlite::options const& o = quick()) {
  try {
    database db(path, o);
    db.execute("CREATE TABLE IF NOT EXISTS t(a)");
  } catch (pawl::store_error const& e) {
    CHECK(e.what_failed() == pawl::store_failure::refused);
    return e.what();
  }
  return {};
}

TEST_CASE("a database on a network's file system is refused in one sentence, and nothing is made there", "[sqlite]") {
  mounted m(nfs);
  std::string const path = m.folder / "remote/a.db";
  CHECK(refusal_of(path) ==
        "pawl: cannot open " + path +
            ": it is on NFS, where its write-ahead log may be damaged; move it to a local disk, or see "
            "sqlite::options::trust_file_system");
  CHECK(std::filesystem::is_empty(m.folder / "remote"));
  CHECK(refusal_of(m.folder / "local/a.db").empty());
}

TEST_CASE("a database that is there already is refused and left as it is", "[sqlite]") {
  mounted m(nfs);
  auto trusting = quick();
  trusting.trust_file_system = true;
  CHECK(refusal_of(m.folder / "remote/a.db", trusting).empty());
  auto const size = size_of(m.folder / "remote/a.db");
  CHECK(size > 0);
  CHECK(refusal_of(m.folder / "remote/a.db").find("NFS") != std::string::npos);
  CHECK(size_of(m.folder / "remote/a.db") == size);
}

TEST_CASE("one that only reads is not refused: it changes nothing", "[sqlite]") {
  mounted m(nfs);
  auto trusting = quick(), reading = quick();
  trusting.trust_file_system = true;
  reading.mode = pawl::sqlite::access::read_only;
  database writer(m.folder / "remote/a.db", trusting);
  writer.execute("CREATE TABLE t(a)");
  database reader(m.folder / "remote/a.db", reading);
  CHECK(ask(reader, "SELECT count(*) FROM t") == "0");
}

TEST_CASE("symbolic links are followed to where the file is, or would be made", "[sqlite]") {
  mounted m(nfs);
  namespace fs = std::filesystem;
  fs::create_directory_symlink(m.folder / "remote", m.folder / "folder");
  fs::create_symlink(m.folder / "remote/a.db", m.folder / "absolute.db");
  fs::create_symlink("remote/a.db", m.folder / "relative.db");
  fs::create_symlink("relative.db", m.folder / "twice.db");
  fs::create_symlink(m.folder / "local/a.db", m.folder / "remote/back.db");
  for (auto const* name : {"folder/a.db", "absolute.db", "relative.db", "twice.db"}) {
    CAPTURE(name);
    CHECK(refusal_of(m.folder / name).find("it is on NFS") != std::string::npos);
  }
  CHECK(refusal_of(m.folder / "remote/back.db").empty());
  CHECK(size_of(m.folder / "local/a.db") > 0);
}

TEST_CASE("a path in the working folder, and one that leads nowhere, are looked at too", "[sqlite]") {
  mounted m(nfs);
  auto const before = std::filesystem::current_path();
  std::filesystem::current_path(m.folder / "remote");
  auto const refused = refusal_of("a.db");
  std::filesystem::current_path(before);
  CHECK(refused.find("it is on NFS") != std::string::npos);
  std::filesystem::create_symlink("loop.db", m.folder / "local/loop.db");
  CHECK_FALSE(refusal_of(m.folder / "local/loop.db").empty());
  CHECK(refusal_of(m.folder / "local/none/a.db").find("its folder does not exist") != std::string::npos);
}

// A mount of FUSE without a server: the kernel answers for it, since it belongs to another user.
int in_a_fuse_folder(std::string const& folder, bool (*check)(std::string const&)) {
  auto const look = [&] {
    int const fuse = ::open("/dev/fuse", O_RDWR);
    std::string const with = "fd=" + std::to_string(fuse) + ",rootmode=40000,user_id=65534,group_id=65534";
    if (fuse < 0 || ::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("pawl", folder.c_str(), "fuse", 0, with.c_str()) != 0)
      return 2;
    return check(folder) ? 0 : 1;
  };
  return child_process(look).wait();
}

TEST_CASE("a real mount of FUSE is refused", "[sqlite]") {
  temporary_folder folder;
  int const answer = in_a_fuse_folder(folder / "", [](std::string const& mount) {
    return refusal_of(mount + "a.db").find("it is on FUSE") != std::string::npos;
  });
  if (answer == 2) {
    WARN("nothing may be mounted here: not tested");
    return;
  }
  CHECK(answer == 0);
}

}  // namespace file_system_test

#endif
