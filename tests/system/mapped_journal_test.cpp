// The journal of the items that a process is working on.
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <pawl/system/failure.hpp>
#include <pawl/system/little_endian.hpp>
#include <pawl/system/mapped_journal.hpp>
#include <pawl/system/native.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "files.hpp"

namespace mapped_journal_test {

using pawl::detail::mapped_journal;
using pawl::detail::native::file;

using in_hand = std::vector<std::pair<std::int64_t, std::int64_t>>;
in_hand left_in(file const& journal) {
  in_hand found;
  mapped_journal::read(journal, [&found](std::int64_t row, std::int64_t version) { found.emplace_back(row, version); });
  return found;
}

TEST_CASE("what is held when a process ends is read from the file, and what was let go is not", "[system]") {
  temporary_folder folder;
  auto journal_file = file::open_or_make(folder / "journal");
  REQUIRE(child_process([&journal_file] {
            mapped_journal journal;
            journal.begin(journal_file, 3, 42);
            journal.hold(0, 7, 0);
            journal.hold(1, 8, 5);
            journal.hold(2, 9, 1);
            journal.let_go(1);
            journal.hold(2, 10, 2);
            std::raise(SIGKILL);
            return 0;
          }).wait() == 128 + SIGKILL);
  CHECK(left_in(journal_file) == in_hand{{7, 0}, {10, 2}});
  pawl::detail::little_endian owner;
  REQUIRE(journal_file.read(0, &owner, sizeof owner));
  CHECK(std::int64_t{owner} == 42);
}

TEST_CASE("a journal is the same bytes on machines of either byte order", "[system]") {
  temporary_folder folder;
  auto journal_file = file::open_or_make(folder / "journal");
  mapped_journal journal;
  journal.begin(journal_file, 1, 0x0102'0304'0506'0708);
  journal.hold(0, 0x1112'1314'1516'1718, 0x41);
  CHECK(text_of(folder / "journal") == std::string("\x08\x07\x06\x05\x04\x03\x02\x01"
                                                   "\x01\0\0\0\0\0\0\0"
                                                   "\x18\x17\x16\x15\x14\x13\x12\x11"
                                                   "\x42\0\0\0\0\0\0\0",
                                                   32));
}

TEST_CASE("a journal that begins is empty, whatever was in the file", "[system]") {
  temporary_folder folder;
  auto journal_file = file::open_or_make(folder / "journal");
  mapped_journal first, second;
  first.begin(journal_file, 4, 1);
  for (std::size_t slot = 0; slot < 4; ++slot) first.hold(slot, 1, 1);
  first.end();
  CHECK(left_in(journal_file).size() == 4);
  second.begin(journal_file, 2, 1);
  CHECK(left_in(journal_file).empty());
}

TEST_CASE("a journal that grows keeps what is held, and takes nothing of a larger one that was there before",
          "[system]") {
  temporary_folder folder;
  auto journal_file = file::open_or_make(folder / "journal");
  mapped_journal earlier, journal;
  earlier.begin(journal_file, 100, 1);
  for (std::size_t slot = 0; slot < 100; ++slot) earlier.hold(slot, 1000, 7);
  earlier.end();
  journal.grow(journal_file, 5);  // has not begun
  journal.begin(journal_file, 2, 1);
  journal.hold(1, 5, 3);
  journal.grow(journal_file, 50);
  CHECK(left_in(journal_file) == in_hand{{5, 3}});
  journal.hold(49, 6, 4);
  journal.grow(journal_file, 10);  // is larger already
  CHECK(left_in(journal_file) == in_hand{{5, 3}, {6, 4}});
}

TEST_CASE("before it begins and after its end a journal writes nothing", "[system]") {
  temporary_folder folder;
  auto journal_file = file::open_or_make(folder / "journal");
  mapped_journal journal;
  journal.hold(0, 1, 1);
  journal.let_go(0);
  journal.begin(journal_file, 1, 1);
  journal.end();
  journal.hold(0, 1, 1);
  CHECK(left_in(journal_file).empty());
}

TEST_CASE("a file that is empty or ends early is read as far as it goes", "[system]") {
  temporary_folder folder;
  auto journal_file = file::open_or_make(folder / "journal");
  CHECK(left_in(journal_file).empty());
  mapped_journal journal;
  journal.begin(journal_file, 2, 1);
  journal.hold(0, 5, 6);
  journal.hold(1, 7, 8);
  journal.end();
  std::filesystem::resize_file(folder / "journal", std::filesystem::file_size(folder / "journal") - 1);
  CHECK(left_in(journal_file) == in_hand{{5, 6}});
}

TEST_CASE("a journal that cannot be written is a failure", "[system]") {
  temporary_folder folder;
  static_cast<void>(file::open_or_make(folder / "journal"));
  auto read_only = file::open_to_read(folder / "journal");
  mapped_journal journal;
  CHECK_THROWS_AS(journal.begin(read_only, 1, 1), pawl::detail::system_failure);
}

}  // namespace mapped_journal_test
