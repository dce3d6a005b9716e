// Tests album from outside: what it makes of photos, that a second process approves an album while the first runs, and that
// it may be killed. ALBUM is the path of the program.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>

#include "catch.hpp"
#include "examples/jpegs.hpp"
#include "examples/program.hpp"
#include "files.hpp"
#include "hostile/names.hpp"

namespace album_test {

namespace fs = std::filesystem;

bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t count_of(std::string const& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// A folder of photos, and what the program keeps of it.
struct world {
  temporary_folder root;
  std::string folder = root / "Pictures", db = root / "albums.db", pages = db + ".pages";

  world() { fs::create_directory(folder); }

  void write(std::string const& name, std::string const& content) const {
    fs::create_directories(fs::path(folder + "/" + name).parent_path());
    std::ofstream(folder + "/" + name, std::ios::binary) << content;
  }
  program::arguments making() const { return {"make", folder, db}; }
  ending make() const { return program(ALBUM, making()).wait(); }
  ending approve(std::string const& title) const { return program(ALBUM, {"approve", db, title}).wait(); }
  std::string page(std::string const& title) const { return text_of(pages + "/" + title + "/index.html"); }

  // Every file that has been made, by its path below the pages' folder.
  std::map<std::string, std::string> made() const {
    std::map<std::string, std::string> all;
    if (!fs::exists(pages)) return all;
    for (auto const& entry : fs::recursive_directory_iterator(pages))
      if (entry.is_regular_file()) all[fs::relative(entry.path(), pages).string()] = text_of(entry.path());
    return all;
  }
  // The keys of the items in a state.
  std::vector<std::string> in_state(std::string const& lifecycle, std::string const& state) const {
    std::vector<std::string> keys;
    if (!fs::exists(db)) return keys;
    pawl::sqlite::options look;
    look.mode = pawl::sqlite::access::read_only;
    pawl::sqlite::database here(db, look);
    auto is_there = here.prepare("SELECT 1 FROM sqlite_schema WHERE name=?1");
    is_there.bind(1, std::string_view(lifecycle + "_view"));
    if (!is_there.step()) return keys;
    auto row = here.prepare("SELECT key FROM " + lifecycle + "_view WHERE state=?1 ORDER BY key");
    row.bind(1, std::string_view(state));
    while (row.step()) keys.emplace_back(row.text(0));
    return keys;
  }
};

bool eventually_writes(program const& p, std::string const& text) {
  return eventually([&] { return has(p.written(), text); });
}
// Waits until the album is a proof, and approves it.
void approve_in(world const& w, program const& running, std::string const& title) {
  REQUIRE(eventually_writes(running, "'" + title + "' waits to be approved"));
  auto const e = w.approve(title);
  INFO(e.err);
  REQUIRE(e.code == 0);
}

TEST_CASE("photos become thumbnails, and a page once a second process has approved it", "[examples]") {
  world w;
  w.write("Rome/large.jpg", jpeg_of(2400, 1600, 1));
  w.write("Rome/tall.JPEG", jpeg_of(500, 1000, 2));
  w.write("Rome/small.Jpg", jpeg_of(40, 30, 3));
  w.write("Rome/notes.txt", "no photo");
  w.write("Rome/Day 1/grey.jpg", jpeg_of(1000, 900, 4, TJFLAG_PROGRESSIVE));
  w.write("at home.jpg", jpeg_of(600, 480, 5));

  program running(ALBUM, w.making());
  approve_in(w, running, "Pictures/Rome");
  REQUIRE(eventually_writes(running, "'Pictures/Rome' is published: " + w.pages + "/Pictures/Rome/index.html\n"));
  CHECK_FALSE(fs::exists(w.pages + "/Pictures/index.html"));
  CHECK(running.running());
  approve_in(w, running, "Pictures/Rome/Day 1");
  approve_in(w, running, "Pictures");
  auto const e = running.wait();
  CHECK(e.code == 0);
  CHECK(e.err.empty());
  CHECK(has(e.out, "'Pictures/Rome' waits to be approved: 3 photos, 0 broken\n"));
  CHECK(std::count(e.out.begin(), e.out.end(), '\n') == 6);

  auto const made = w.made();
  CHECK(made.size() == 8);
  CHECK(size_of_jpeg(made.at("Pictures/Rome/large.jpg")) == std::pair(600, 400));
  CHECK(size_of_jpeg(made.at("Pictures/Rome/tall.JPEG")) == std::pair(250, 500));
  CHECK(size_of_jpeg(made.at("Pictures/Rome/small.Jpg")) == std::pair(40, 30));
  CHECK(size_of_jpeg(made.at("Pictures/Rome/Day 1/grey.jpg")) == std::pair(500, 450));
  auto const page = w.page("Pictures/Rome");
  CHECK(has(page, "<h1>Pictures/Rome</h1>"));
  CHECK(has(page, "<img src=\"large.jpg\" alt=\"\" width=\"600\" height=\"400\""));
  CHECK(has(page, "<figcaption>tall.JPEG</figcaption>"));
  for (auto const* other : {"grey", "at home", "://", "Not shown"}) CHECK_FALSE(has(page, other));
  CHECK(has(w.page("Pictures"), "<img src=\"at%20home.jpg\""));
  CHECK_FALSE(fs::exists(w.pages + ".new"));
}

TEST_CASE("a photo that cannot be read is told with its reason, and its album goes on without it", "[examples]") {
  world w;
  auto const whole = jpeg_of(800, 600, 1);
  auto claims_to_be_huge = whole;
  auto const frame = claims_to_be_huge.find("\xff\xc0");
  claims_to_be_huge.replace(frame + 5, 4, "\xff\xdc\xff\xdc");  // height and width
  w.write("a/cut.jpg", whole.substr(0, whole.size() / 2));
  w.write("a/empty.jpg", "");
  w.write("a/huge.jpg", claims_to_be_huge);
  w.write("a/text.jpg", "<svg>");
  w.write("a/whole.jpg", whole);
  w.write("b/text.jpg", "none is left");

  program running(ALBUM, w.making());
  REQUIRE(eventually_writes(running, "'Pictures/a' waits to be approved: 1 photos, 4 broken\n"));
  CHECK(w.approve("Pictures/a").code == 0);
  approve_in(w, running, "Pictures/b");
  CHECK(running.wait().code == 0);
  auto const page = w.page("Pictures/a");
  CHECK(has(page, "<figcaption>whole.jpg</figcaption>"));
  CHECK(has(page, "<li>cut.jpg: Premature end of JPEG file</li>"));
  CHECK(has(page, "<li>empty.jpg: it is empty</li>"));
  CHECK(has(page, "<li>huge.jpg: it has more than 250 million pixels</li>"));
  CHECK(has(page, "<li>text.jpg: Not a JPEG file: starts with 0x3c 0x73</li>"));
  CHECK(has(w.page("Pictures/b"), "<li>text.jpg: Not a JPEG file"));
  CHECK(w.made().size() == 3);
}

TEST_CASE("an album that nobody approves waits, also for the next run, and nothing is made twice", "[examples]") {
  world w;
  for (auto const* title : {"Rome", "Paris"})
    for (int i = 0; i < 3; ++i) w.write(std::string(title) + "/" + std::to_string(i) + ".jpg", jpeg_of(640, 480, i));
  for (int const signal : {SIGINT, SIGTERM}) {
    program running(ALBUM, w.making());
    for (auto const* title : {"Rome", "Paris"})
      REQUIRE(eventually_writes(running, "'Pictures/" + std::string(title) + "' waits to be approved: 3 photos, 0"));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    CHECK(running.running());
    running.signal(signal);
    CHECK(running.wait().code == 128 + signal);
    CHECK(w.made().size() == 6);
    for (auto const& entry : fs::directory_iterator(w.pages + "/Pictures/Rome"))
      fs::last_write_time(entry, fs::file_time_type(std::chrono::hours(1)));
  }
  CHECK(w.approve("Pictures/Rome").code == 0);  // while nothing runs
  CHECK_FALSE(fs::exists(w.pages + "/Pictures/Rome/index.html"));
  CHECK(w.approve("Pictures/Paris").code == 0);
  CHECK(w.make().code == 0);
  CHECK(w.made().size() == 8);
  for (int i = 0; i < 3; ++i)
    CHECK(fs::last_write_time(w.pages + "/Pictures/Rome/" + std::to_string(i) + ".jpg") ==
          fs::file_time_type(std::chrono::hours(1)));
  auto const again = w.make();
  CHECK(again.code == 0);
  CHECK(has(again.out, "'Pictures/Rome' is published: "));
}

TEST_CASE("a new folder is an album of the next run", "[examples]") {
  world w;
  w.write("Rome/0.jpg", jpeg_of(40, 30, 0));
  {
    program running(ALBUM, w.making());
    approve_in(w, running, "Pictures/Rome");
    CHECK(running.wait().code == 0);
  }
  w.write("Paris/0.jpg", jpeg_of(40, 30, 1));
  program running(ALBUM, w.making());
  approve_in(w, running, "Pictures/Paris");
  CHECK(running.wait().code == 0);
  CHECK(w.made().size() == 4);
}

TEST_CASE("thumbnails and pages are moved to their places, and never written there", "[examples]") {
  world w;
  w.write("Rome/0.jpg", jpeg_of(800, 600, 0));
  fs::create_directories(w.pages + "/Pictures/Rome");
  int const events = ::inotify_init1(IN_NONBLOCK);
  REQUIRE(::inotify_add_watch(events, (w.pages + "/Pictures/Rome").c_str(), IN_CREATE | IN_MODIFY | IN_MOVED_TO) >= 0);
  program running(ALBUM, w.making());
  approve_in(w, running, "Pictures/Rome");
  CHECK(running.wait().code == 0);
  alignas(::inotify_event) char buffer[4096];
  auto const size = ::read(events, buffer, sizeof buffer);
  ::close(events);
  std::vector<std::string> moved;
  for (auto at = buffer; at < buffer + size;) {
    auto const* const event = reinterpret_cast<::inotify_event const*>(at);
    CHECK(event->mask == IN_MOVED_TO);
    moved.emplace_back(event->name);
    at += sizeof(::inotify_event) + event->len;
  }
  CHECK(moved == std::vector<std::string>{"0.jpg", "index.html"});
}

TEST_CASE("what is made within the folder of photos is none of them", "[examples]") {
  world w;
  w.write("Rome/0.jpg", jpeg_of(40, 30, 0));
  w.db = w.folder + "/albums.db";
  w.pages = w.db + ".pages";
  program running(ALBUM, w.making());
  approve_in(w, running, "Pictures/Rome");
  CHECK(running.wait().code == 0);
  auto const made = w.made();
  CHECK(made.size() == 2);
  program again(ALBUM, w.making());
  REQUIRE(eventually([&] { return !again.running() || has(again.written(), "waits"); }));
  CHECK(count_of(again.written(), "\n") == 1);
  CHECK(w.made() == made);
}

void expect_refusal(ending const& e, int code, std::string const& words) {
  INFO(e.err);
  CHECK(e.code == code);
  CHECK(e.out.empty());
  CHECK(e.err.find("album: ") == 0);
  CHECK(has(e.err, words));
  CHECK(std::count(e.err.begin(), e.err.end(), '\n') == 1);
}

TEST_CASE("bad input of album gets one sentence that names it, and changes nothing", "[examples]") {
  world w;
  auto const refused = [](program::arguments args, int code, std::string const& words) {
    expect_refusal(program(ALBUM, args).wait(), code, words);
  };
  refused({}, 2, "A subcommand is required");
  refused({"make"}, 2, "FOLDER is required");
  refused({"make", w.folder}, 2, "DATABASE is required");
  refused({"approve", w.db}, 2, "TITLE is required");
  refused({"make", w.root / "nowhere\x1b", w.db}, 1, "nowhere\\x1b': No such file or directory");
  refused(w.making(), 1, "there is no photo (*.jpg, *.jpeg) below '" + w.folder + "'");
  w.write("Rome/0.jpg", jpeg_of(40, 30, 0));
  refused({"make", w.folder + "/Rome/0.jpg", w.db}, 1, "0.jpg': Not a directory");
  refused({"make", w.folder, w.folder + "/Rome/0.jpg"}, 1, "0.jpg: it is not an SQLite database");
  refused({"make", w.folder, w.root / "no/such/albums.db"}, 1, "its folder does not exist");
  refused({"approve", w.db, "Pictures/Rome"}, 1, "albums.db: there is no such file");
  CHECK(w.root.entries() == 1);  // the photos

  auto const stranger = w.root / "stranger.db";
  pawl::sqlite::database(stranger).execute("CREATE TABLE notes(text)");
  auto const before = text_of(stranger);
  refused({"approve", stranger, "Pictures/Rome"}, 1, "there is no table [album]");
  CHECK(text_of(stranger) == before);

  program running(ALBUM, w.making());
  REQUIRE(eventually_writes(running, "waits to be approved"));
  refused({"approve", w.db, "Pictures"}, 3, "'Pictures' does not wait to be approved: there is no such row");
  refused({"approve", w.db, "Pictures/Rome/0.jpg"}, 3, "there is no such row");
  refused(w.making(), 1, "is running this store");
  CHECK(w.approve("Pictures/Rome").code == 0);
  CHECK(running.wait().code == 0);
  refused({"approve", w.db, "Pictures/Rome"}, 3,
          "'Pictures/Rome' does not wait to be approved: it is published at version 4");
  fs::rename(w.folder, w.root / "Other");
  refused({"make", w.root / "Other", w.db}, 1, "give each folder one of its own");
}

TEST_CASE("where pages cannot be written the run ends, and the next one goes on", "[examples]") {
  world w;
  for (int i = 0; i < 3; ++i) w.write("Rome/" + std::to_string(i) + ".jpg", jpeg_of(40, 30, i));
  fs::create_directory(w.pages);
  fs::permissions(w.pages, fs::perms::owner_read | fs::perms::owner_exec);
  auto const e =
      program("/usr/bin/setpriv", {"--bounding-set=-dac_override,-dac_read_search", ALBUM, "make", w.folder, w.db})
          .wait();
  fs::permissions(w.pages, fs::perms::owner_all);
  expect_refusal(e, 3, "stopped: auth: cannot write Pictures/Rome/");
  program running(ALBUM, w.making());
  approve_in(w, running, "Pictures/Rome");
  CHECK(running.wait().code == 0);
  CHECK(w.made().size() == 4);
}

TEST_CASE("a folder and a photo that may not be read are told", "[examples]") {
  world w;
  w.write("open/0.jpg", jpeg_of(40, 30, 0));
  w.write("open/1.jpg", jpeg_of(40, 30, 1));
  w.write("closed/0.jpg", jpeg_of(40, 30, 2));
  fs::permissions(w.folder + "/closed", fs::perms::none);
  fs::permissions(w.folder + "/open/1.jpg", fs::perms::none);
  program running("/usr/bin/setpriv", {"--bounding-set=-dac_override,-dac_read_search", ALBUM, "make", w.folder, w.db});
  approve_in(w, running, "Pictures/open");
  auto const e = running.wait();
  fs::permissions(w.folder + "/closed", fs::perms::owner_all);
  CHECK(e.code == 3);
  CHECK(e.err == "album: cannot read " + w.folder + "/closed: Permission denied\n");
  CHECK(has(w.page("Pictures/open"), "<li>1.jpg: Permission denied</li>"));
}

// ---- hostile names ----

std::string percent_decoded(std::string const& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%')
      bytes += static_cast<char>(std::stoi(text.substr(++i, 2), nullptr, 16)), ++i;
    else
      bytes += text[i];
  return bytes;
}

std::vector<std::string> names_of_files() {
  std::vector<std::string> names;
  for (auto const& name : hostile::all_names()) {
    bool const fits = !name.empty() && name.size() <= 250 && name.find('/') == std::string::npos &&
                      name.find('\0') == std::string::npos && name != "." && name != "..";
    if (fits) names.push_back(name);
  }
  return names;
}

TEST_CASE("photos and albums of hostile names are on their pages, and break neither page nor terminal", "[examples]") {
  world w;
  auto const names = names_of_files();
  REQUIRE(names.size() > 200);
  auto const photo = jpeg_of(16, 12, 0);
  for (auto const& name : names) w.write("all/" + name + ".jpg", photo);
  std::vector<std::string> titles{"Pictures/all"};
  for (std::size_t i = 0; i < names.size(); i += 8) {
    w.write(names[i] + "/0.jpg", photo);
    titles.push_back("Pictures/" + names[i]);
  }
  program running(ALBUM, w.making());
  REQUIRE(eventually([&] { return count_of(running.written(), "' waits to be approved: ") == titles.size(); }));
  for (auto const& title : titles) CHECK(w.approve(title).code == 0);
  auto const e = running.wait();
  CHECK(e.code == 0);
  CHECK(e.err.empty());
  CHECK(static_cast<std::size_t>(std::count(e.out.begin(), e.out.end(), '\n')) == 2 * titles.size());
  for (char c : e.out) CHECK((c == '\n' || static_cast<unsigned char>(c) >= ' '));

  auto const page = w.page("Pictures/all");
  std::regex const image("<img src=\"([^\"]*)\"");
  std::set<std::string> shown;
  for (std::sregex_iterator at(page.begin(), page.end(), image), end; at != end; ++at) {
    auto const name = percent_decoded((*at)[1]);
    shown.insert(name);
    CHECK(fs::is_regular_file(w.pages + "/Pictures/all/" + name));
  }
  CHECK(shown.size() == names.size());
  for (auto const& title : titles) {  // no tag but the page's own
    auto const text = w.page(title);
    std::regex const tag("<[/!]?([A-Za-z0-9]*)");
    static std::set<std::string> const own{"DOCTYPE", "html", "meta", "style",  "title",
                                           "h1",      "main", "img",  "figure", "figcaption"};
    for (std::sregex_iterator at(text.begin(), text.end(), tag), end; at != end; ++at) {
      INFO(title);
      CHECK(own.count((*at)[1]) == 1);
    }
  }
}

TEST_CASE("a folder that has the name of its parent's page is told, and nothing is overwritten", "[examples]") {
  world w;
  w.write("Rome/0.jpg", jpeg_of(40, 30, 0));
  w.write("Rome/index.html/0.jpg", jpeg_of(40, 30, 1));
  program running(ALBUM, w.making());
  approve_in(w, running, "Pictures/Rome");
  approve_in(w, running, "Pictures/Rome/index.html");
  auto const e = running.wait();
  CHECK(e.code == 3);
  CHECK(
      has(e.err, "album: 'Pictures/Rome' is parked: permanent: cannot write Pictures/Rome/index.html: Is a directory"));
  CHECK(fs::is_regular_file(w.pages + "/Pictures/Rome/index.html/index.html"));
}

// ---- kills ----

constexpr int albums = 3, photos_of_each = 12;

void fill(world const& w) {
  for (int a = 0; a < albums; ++a)
    for (int i = 0; i < photos_of_each; ++i)
      w.write("day " + std::to_string(a) + "/" + std::to_string(i) + ".jpg", jpeg_of(800, 600, a * 20 + i));
  auto const whole = jpeg_of(800, 600, 77);
  w.write("day 0/cut.jpg", whole.substr(0, whole.size() / 2));
}
std::string title(int a) { return "Pictures/day " + std::to_string(a); }

// The files that a committed transition tells of, each with what changes when it is written anew.
std::map<std::string, std::pair<::ino_t, std::int64_t>> acknowledged(world const& w) {
  std::map<std::string, std::pair<::ino_t, std::int64_t>> files;
  auto names = w.in_state("photo", "shrunk");
  for (auto const& one : w.in_state("album", "published")) names.push_back(one + "/index.html");
  for (auto const& name : names) {
    struct ::stat found {};
    INFO(name);
    REQUIRE(::stat((w.pages + "/" + name).c_str(), &found) == 0);
    files[name] = {found.st_ino, found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
  }
  return files;
}

TEST_CASE("killed a hundred times at random moments it makes what an undisturbed run makes, each file once",
          "[examples]") {
  world calm, killed;
  fill(calm);
  fill(killed);
  std::chrono::steady_clock::duration whole{};
  {
    auto const begin = std::chrono::steady_clock::now();
    program running(ALBUM, calm.making());
    for (int a = 0; a < albums; ++a) approve_in(calm, running, title(a));
    REQUIRE(running.wait().code == 0);
    whole = std::chrono::steady_clock::now() - begin;
  }
  auto const expected = calm.made();
  REQUIRE(expected.size() == albums * (photos_of_each + 1));

  std::mt19937 random(GENERATE(1u));
  auto const moment = [&](int part) {
    std::this_thread::sleep_for(whole * static_cast<int>(random() % 1000) / (1000 * part));
  };
  int kills = 0, rounds = 0, approved = 0, among_photos = 0;
  std::map<std::string, std::pair<::ino_t, std::int64_t>> once;
  while (kills < 100) {
    program running(ALBUM, killed.making());
    moment(6);
    if (killed.approve(title(static_cast<int>(random() % albums))).code == 0) ++approved;
    moment(6);
    running.signal(SIGKILL);
    auto const e = running.wait();
    INFO(e.err);
    // No file is there in part, and what has been acknowledged is neither lost nor made again.
    for (auto const& [name, content] : killed.made()) CHECK(content == expected.at(name));
    auto const now = acknowledged(killed);
    for (auto const& [name, identity] : once) CHECK(now.at(name) == identity);
    once = now;
    if (e.signal == SIGKILL) {
      ++kills;
      if (killed.in_state("photo", "shrunk").size() < std::size_t{albums} * photos_of_each) ++among_photos;
      continue;
    }
    REQUIRE(e.code == 0);
    CHECK(killed.made() == expected);
    CHECK(killed.in_state("photo", "broken") == std::vector<std::string>{title(0) + "/cut.jpg"});
    ++rounds;
    once.clear();
    for (auto const& entry : fs::directory_iterator(killed.root.path()))
      if (entry.path() != killed.folder) fs::remove_all(entry);
  }
  program last(ALBUM, killed.making());
  for (int a = 0; a < albums; ++a)
    REQUIRE(eventually([&] {
      killed.approve(title(a));
      return killed.in_state("album", "published").size() > static_cast<std::size_t>(a) || !last.running();
    }));
  REQUIRE(last.wait().code == 0);
  CHECK(killed.made() == expected);
  CHECK_FALSE(fs::exists(killed.pages + ".new"));
  CHECK(rounds > 0);
  CHECK(approved > 0);
  std::printf(
      "album: %d kills, %d of them before all thumbnails were made; %d rounds of %d albums, %d photos and a broken "
      "one\n",
      kills, among_photos, rounds + 1, albums, albums * photos_of_each);
}

}  // namespace album_test
