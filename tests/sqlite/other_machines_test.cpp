// A database moves between machines: of either byte order, with integers of other sizes, with a char that is signed or not.
// The two in databases/ were written on x86-64, the second by continuing the first. Every machine writes the same bytes.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/sqlite/store.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "sqlite/fixture.hpp"

namespace other_machines_test {

using namespace sqlite_test;
using std::chrono::seconds;

enum class state { made, counted, described, compiled, answered };
enum class tone : char { calm = 'c', loud = static_cast<char>(0xE9) };
enum class shade : std::uint64_t { none, most = 0xFFFF'FFFF'FFFF'FFFF };

struct count {
  std::int8_t a = 0;
  std::uint8_t b = 0;
  std::int16_t c = 0;
  std::uint16_t d = 0;
  std::int32_t e = 0;
  std::uint32_t f = 0;
  std::int64_t g = 0;
  std::uint64_t h = 0;
  friend bool operator==(count const&, count const&) = default;
};
struct describe {
  bool i = false;
  float j = 0;
  double k = 0;
  std::string l;
  std::vector<std::byte> m;
  shade n = shade::none;
  std::optional<std::string> o;
  std::optional<std::int64_t> p;
  friend bool operator==(describe const&, describe const&) = default;
};
// What a compiler decides the size or the sign of.
struct compile {
  char q = 0;
  wchar_t r = 0;
  char16_t s = 0;
  long t = 0;
  unsigned long u = 0;
  std::size_t v = 0;
  std::ptrdiff_t w = 0;
  tone x = tone::calm;
  friend bool operator==(compile const&, compile const&) = default;
};
struct answer {};

struct life : pawl::lifecycle<pawl::initial<state::made>, pawl::goal<state::answered>,
                              pawl::transition<state::made, count, state::counted>,
                              pawl::transition<state::counted, describe, state::described>,
                              pawl::transition<state::described, compile, state::compiled>,
                              pawl::transition<state::compiled, answer, state::answered>> {};
struct lives : pawl::table<life> {
  static constexpr pawl::names names{.table = "lives", .key = "name", .changed_at = "changed"};
  static constexpr auto columns = pawl::columns(
      pawl::on<count>(pawl::set("a", &count::a), pawl::set("b", &count::b), pawl::set("c", &count::c),
                      pawl::set("d", &count::d), pawl::set("e", &count::e), pawl::set("f", &count::f),
                      pawl::set("g", &count::g), pawl::set("h", &count::h)),
      pawl::on<describe>(pawl::set("i", &describe::i), pawl::set("j", &describe::j), pawl::set("k", &describe::k),
                         pawl::set("l", &describe::l), pawl::set("m", &describe::m), pawl::set("n", &describe::n),
                         pawl::set("o", &describe::o), pawl::set("p", &describe::p)),
      pawl::on<compile>(pawl::set("q", &compile::q), pawl::set("r", &compile::r), pawl::set("s", &compile::s),
                        pawl::set("t", &compile::t), pawl::set("u", &compile::u), pawl::set("v", &compile::v),
                        pawl::set("w", &compile::w), pawl::set("x", &compile::x)));
};
constexpr auto ddl =
    "CREATE TABLE lives(id INTEGER PRIMARY KEY,name TEXT NOT NULL UNIQUE,state TEXT NOT NULL,version INTEGER NOT NULL,"
    "changed TEXT,a INTEGER,b INTEGER,c INTEGER,d INTEGER,e INTEGER,f INTEGER,g INTEGER,h INTEGER,i INTEGER,j REAL,"
    "k REAL,l TEXT,m BLOB,n INTEGER,o TEXT,p INTEGER,q INTEGER,r INTEGER,s INTEGER,t INTEGER,u INTEGER,v INTEGER,"
    "w INTEGER,x INTEGER)";

count const all_counts{-128,
                       255,
                       -32768,
                       65535,
                       (std::numeric_limits<std::int32_t>::min)(),
                       (std::numeric_limits<std::uint32_t>::max)(),
                       (std::numeric_limits<std::int64_t>::min)(),
                       (std::numeric_limits<std::uint64_t>::max)()};
describe const all_words{true,
                         0.1F,
                         1e-300,
                         std::string("\0h\xE9\xFF", 4),
                         {std::byte{0}, std::byte{0xFE}},
                         shade::most,
                         std::string(700, 'o'),
                         std::nullopt};
compile const all_of_compilers{static_cast<char>(0xE9), L'\x20AC',      u'\xFFFF', -2'000'000'000L,
                               4'000'000'000UL,         4'000'000'000U, -5,        tone::loud};

// ---- what is written ----

void insert(pawl::sqlite::store<life>& store, pawl::sqlite::database&, char const* key) {
  REQUIRE(store.insert_if_absent(key));
}
void insert(pawl::sqlite::store<lives>&, pawl::sqlite::database& db, char const* key) {
  db.execute("INSERT INTO lives(name,state,version) VALUES('" + std::string(key) + "','made',0)");
}
template <state From, class Event, class Store> void move(Store& store, std::string_view key, Event const& event) {
  REQUIRE(store.apply(*store.get(key).item->template as<From>(), event));
}
template <class Store> void note(Store& store, std::string_view key, pawl::trouble_record const& record) {
  REQUIRE(store.note(*store.get(key).item, record));
}

template <class Store> void make(Store& store, pawl::sqlite::database& db) {
  for (auto const key : {"made", "counted", "described", "compiled", "parked", "delayed", "later", "in doubt"})
    insert(store, db, key);
  for (auto const key : {"counted", "described", "compiled", "in doubt"}) move<state::made>(store, key, all_counts);
  for (auto const key : {"described", "compiled"}) move<state::counted>(store, key, all_words);
  move<state::described>(store, "compiled", all_of_compilers);
  auto const at = [](int time) { return pawl::stored_time(seconds(time)); };
  note(store, "parked", {3, 0, {}, at(7), true, false, 5, "permanent: no such \xC3\xA9"});
  note(store, "delayed", {1, 0, at(1'700'000'000), at(8), false, false, 5, "transient: " + std::string(600, '!')});
  note(store, "later", {0, 0, at(2'000'000'000), {}, false, false, 0, ""});
  note(store, "in doubt", {0, 1, {}, {}, false, true, -5, ""});
}

template <class Store> void look_through(Store& store) {
  CHECK(store.count_items() == std::array<std::size_t, 5>{4, 2, 1, 1, 0});
  CHECK(store.count_troubles() == pawl::trouble_counts{1, 2, 1});
  auto const item = [&store](char const* key) { return *store.get(key).item; };
  for (auto const key : {"counted", "described", "compiled", "in doubt"})
    CHECK(store.template recorded<count>(item(key)) == all_counts);
  for (auto const key : {"described", "compiled"}) CHECK(store.template recorded<describe>(item(key)) == all_words);
  CHECK(store.template recorded<compile>(item("compiled")) == all_of_compilers);
  CHECK(store.trouble_of(item("parked"))->last_error == "permanent: no such \xC3\xA9");
  CHECK(store.trouble_of(item("delayed"))->next_at == pawl::stored_time(seconds(1'700'000'000)));
  CHECK(store.trouble_of(item("later"))->next_at == pawl::stored_time(seconds(2'000'000'000)));
  CHECK(store.trouble_of(item("in doubt"))->is_mark());
}

template <class Store> void go_on(Store& store, pawl::sqlite::database& db) {
  look_through(store);
  move<state::made>(store, "made", all_counts);
  move<state::counted>(store, "counted", all_words);
  move<state::described>(store, "described", all_of_compilers);
  move<state::compiled>(store, "compiled", answer{});
  move<state::counted>(store, "in doubt", all_words);
  REQUIRE(store.release("parked"));
  insert(store, db, "new");
}

// ---- the file ----

pawl::sqlite::options at_noon() {
  auto options = quick();
  options.now = [] { return std::chrono::system_clock::time_point(seconds(1'600'000'000)); };
  return options;
}

// Releases of SQLite leave different things in unused places.
void tidy(pawl::sqlite::database& db) { db.execute("PRAGMA secure_delete=ON;VACUUM"); }

void make(std::string const& path) {
  make_with_pages_of(512, path, ddl);
  pawl::sqlite::database db{path, at_noon()};
  pawl::sqlite::store<life> own(db);
  pawl::sqlite::store<lives> mapped(db);
  db.execute("UPDATE pawl_meta SET identity='0123456789abcdef0123456789abcdef'");
  make(own, db);
  make(mapped, db);
  tidy(db);
}

void go_on(std::string const& path) {
  pawl::sqlite::database db{path, at_noon()};
  pawl::sqlite::store<life> own(db);
  pawl::sqlite::store<lives> mapped(db);
  go_on(own, db);
  go_on(mapped, db);
  tidy(db);
}

std::filesystem::path const committed = std::filesystem::path(__FILE__).parent_path() / "databases";

// Without what SQLite does not read (sqlite.org/fileformat2.html): the number of the SQLite that wrote last, and how often
// anybody had written by then, at 92 to 99; and what a page of a tree has between its list of cells and the cells.
std::string bytes_of(std::filesystem::path const& path) {
  constexpr std::size_t page_size = 512;
  std::string bytes = text_of(path);
  REQUIRE(bytes.size() > page_size);
  auto const number = [&bytes](std::size_t at) -> std::size_t {
    return static_cast<unsigned char>(bytes[at]) * std::size_t{256} + static_cast<unsigned char>(bytes[at + 1]);
  };
  bytes.replace(92, 8, 8, '-');
  for (std::size_t page = 0; page < bytes.size(); page += page_size) {
    std::size_t const head = page == 0 ? 100 : page;
    char const kind = bytes[head];
    if (kind != 2 && kind != 5 && kind != 10 && kind != 13) continue;
    std::size_t const begin = head + (kind < 10 ? 12 : 8) + 2 * number(head + 3), end = page + number(head + 5);
    bytes.replace(begin, end - begin, end - begin, '-');
  }
  return bytes;
}
std::ptrdiff_t first_difference(std::string_view a, std::string_view b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
}
// PAWL_TEST_DATABASES names a folder that gets what was written here.
void check_same(std::string const& path, char const* name) {
  if (char const* const kept = std::getenv("PAWL_TEST_DATABASES"))
    std::filesystem::copy_file(path, std::filesystem::path(kept) / name,
                               std::filesystem::copy_options::overwrite_existing);
  std::string const is = bytes_of(path), was = bytes_of(committed / name);
  CAPTURE(name, is.size(), was.size(), first_difference(is, was));
  CHECK((is == was));
}

TEST_CASE("every machine writes the same bytes", "[sqlite]") {
  temporary_folder folder;
  make(folder / "made.db");
  check_same(folder / "made.db", "made.db");
}

TEST_CASE("a database of another machine is read and continued, to the same bytes", "[sqlite]") {
  temporary_folder folder;
  std::filesystem::copy_file(committed / "made.db", folder.path() / "continued.db");
  go_on(folder / "continued.db");
  check_same(folder / "continued.db", "continued.db");
}

}  // namespace other_machines_test
