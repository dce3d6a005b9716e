// The in-memory disk loses what a real disk may lose, and nothing else.
#include "crash/memory_files.hpp"

#include <memory>
#include <set>
#include <string>

#include "catch.hpp"

namespace memory_files_test {

using namespace crash;
using kind = change::kind;

// A folder with one file, of which everything is on the disk.
struct disk {
  memory_files files;
  node one = std::make_shared<file_node>();
  random_bits random{7};

  disk() {
    files.apply({kind::create, one, 0, "one"});
    write(0, std::string(2048, 'a'));
    files.sync(one);
    files.sync_names();
  }
  void write(std::size_t offset, std::string text) { files.apply({kind::write, one, offset, std::move(text)}); }
  std::unique_ptr<memory_files> after(ending e, change const* under_way = nullptr) {
    return files.after(e, under_way, random);
  }
};
std::string text_in(memory_files const& files, std::string const& name) {
  auto const found = files.find(name);
  if (!found) return "(none)";
  std::string text(found->now.size(), '?');
  found->now.read(0, text.data(), text.size());
  return text;
}
std::string text_after(disk& d, ending e, change const* under_way = nullptr) {
  return text_in(*d.after(e, under_way), "one");
}

TEST_CASE("contents are what was written, zeros where nothing was, and copies do not change with each other",
          "[crash]") {
  contents first;
  first.write(5000, "end");
  contents second = first;
  second.write(0, "begin");
  CHECK(first.size() == 5003);
  std::string text(10000, '?');
  CHECK(first.read(0, text.data(), text.size()) == 5003);
  CHECK(text.substr(0, 5003) == std::string(5000, '\0') + "end");
  CHECK(second.read(0, text.data(), 5) == 5);
  CHECK(text.substr(0, 5) == "begin");
  second.truncate(2);
  second.write(4, "x");  // what was cut off does not come back
  CHECK(second.read(0, text.data(), 10) == 5);
  CHECK(text.substr(0, 5) == std::string("be\0\0x", 5));
  CHECK(second.read(5, text.data(), 1) == 0);
}

TEST_CASE("contents of the same bytes have one fingerprint, however they came to be, and others another one",
          "[crash]") {
  contents first;
  first.write(5000, "end");
  contents second = first;
  std::size_t const before = first.fingerprint();
  CHECK(second.fingerprint() == before);
  second.write(5000, "and");
  CHECK(second.fingerprint() != before);
  second.write(5000, "end");
  second.write(0, std::string(4096, '\0'));  // where nothing was written it reads so too
  CHECK(second.fingerprint() == before);
  second.truncate(5002);
  CHECK(second.fingerprint() != before);
  CHECK(first.fingerprint() == before);
}

TEST_CASE("a process that dies loses nothing that was written, and a power cut all that was not synced", "[crash]") {
  disk d;
  d.write(0, "new");
  std::string const before(2048, 'a'), written = "new" + std::string(2045, 'a');
  CHECK(text_after(d, ending::process_died) == written);
  CHECK(text_after(d, ending::names_lost) == written);
  CHECK(text_after(d, ending::all_unsynced_lost) == before);
  d.files.sync(d.one);
  for (ending const e : all_endings) CHECK(text_after(d, e) == written);
}

TEST_CASE("a process that dies in a write has done half of it", "[crash]") {
  disk d;
  change const under_way{kind::write, d.one, 0, "1234"};
  CHECK(text_after(d, ending::process_died_midway, &under_way).substr(0, 5) == "12aaa");
  CHECK(text_after(d, ending::process_died, &under_way).substr(0, 5) == "aaaaa");
}

TEST_CASE("a prefix of what was done is kept in its order, a subset in any", "[crash]") {
  disk d;
  d.write(0, "1");
  d.write(1, "2");
  std::set<std::string> prefixes, subsets;
  for (int i = 0; i < 200; ++i) {
    prefixes.insert(text_after(d, ending::prefix_kept).substr(0, 2));
    subsets.insert(text_after(d, ending::subset_kept).substr(0, 2));
  }
  CHECK(prefixes == std::set<std::string>{"aa", "1a", "12"});
  CHECK(subsets == std::set<std::string>{"aa", "1a", "a2", "12"});
}

TEST_CASE("a torn write is torn at sectors, and a garbled one only where it was written", "[crash]") {
  disk d;
  d.write(512, std::string(1024, 'b'));
  std::set<std::string> torn;
  bool garbled = false;
  for (int i = 0; i < 200; ++i) {
    std::string const t = text_after(d, ending::sectors_torn), g = text_after(d, ending::sectors_garbled);
    for (std::size_t sector : {512U, 1024U})
      CHECK((t.substr(sector, 512) == std::string(512, 'a') || t.substr(sector, 512) == std::string(512, 'b')));
    torn.insert(t);
    garbled = garbled || g.find_first_not_of("ab") != std::string::npos;
    CHECK(g.substr(0, 512) == std::string(512, 'a'));
    CHECK(g.substr(1536) == std::string(512, 'a'));
  }
  CHECK(torn.size() == 4);
  CHECK(garbled);
}

TEST_CASE("names are on the disk when the folder is synced, whatever the file is", "[crash]") {
  disk d;
  auto const two = std::make_shared<file_node>();
  d.files.apply({kind::create, two, 0, "two"});
  d.files.apply({kind::write, two, 0, "text"});
  d.files.apply({kind::remove, d.one, 0, "one"});
  d.files.sync(two);
  CHECK(text_in(*d.after(ending::process_died), "two") == "text");
  for (ending const e : {ending::all_unsynced_lost, ending::names_lost}) {
    CHECK(text_in(*d.after(e), "two") == "(none)");
    CHECK(text_in(*d.after(e), "one") == std::string(2048, 'a'));
  }
  d.files.sync_names();  // the removal too: else a journal that was removed would rise again
  for (ending const e : all_endings) {
    CHECK(text_in(*d.after(e), "two") == "text");
    CHECK(text_in(*d.after(e), "one") == "(none)");
  }
}

TEST_CASE("what a failed sync was to write is not written by the next one", "[crash]") {
  bool lost = false, kept = false;
  for (unsigned i = 0; i < 50; ++i) {
    disk d;
    d.random.seed(i);
    d.write(0, "x");
    d.files.fail_to_sync(d.one, d.random);
    d.write(1, "y");
    d.files.sync(d.one);
    CHECK(text_after(d, ending::process_died).substr(0, 2) == "xy");  // the system believes it
    std::string const left = text_after(d, ending::all_unsynced_lost).substr(0, 2);
    CHECK(left[1] == 'y');
    (left[0] == 'x' ? kept : lost) = true;
  }
  CHECK(lost);
  CHECK(kept);
}

TEST_CASE("what a crash leaves goes on by itself", "[crash]") {
  disk d;
  auto const left = d.after(ending::process_died);
  left->apply({kind::write, left->find("one"), 0, "z"});
  CHECK(text_in(*left, "one")[0] == 'z');
  CHECK(text_in(d.files, "one")[0] == 'a');
  CHECK(d.after(ending::process_died)->fingerprint() == d.after(ending::names_lost)->fingerprint());
  CHECK(d.after(ending::process_died)->fingerprint() != left->fingerprint());
}

}  // namespace memory_files_test
