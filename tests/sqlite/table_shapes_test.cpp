// Every shape of a user's table: a store is made that moves each row to the goal, or the constructor refuses the shape.
// A walker makes the tables: the kind of key, and for each column in turn every declared type with everything that may
// stand behind it. What must be refused is not written down: SQLite itself is asked whether it keeps the values.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/runner/run.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/explanation.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "sqlite/fixture.hpp"

namespace table_shapes_test {

using namespace std::string_literals;
using pawl::sqlite::database;
using pawl::sqlite::statement;
using bytes = std::vector<std::byte>;

// ---- a lifecycle with a field of each kind ----

enum class stage { fresh, worded, numbered, done };
constexpr std::string_view state_name(stage s) {
  return s == stage::fresh ? "fresh" : s == stage::worded ? "worded" : s == stage::numbered ? "it's numbered" : "done";
}
enum class hue : std::uint8_t { red = 0, blue = 255 };

struct words {
  std::string text;
  std::optional<std::string> maybe_text;
  bytes raw;
  std::optional<bytes> maybe_raw;
  friend bool operator==(words const&, words const&) = default;
};
struct numbers {
  std::int64_t whole = 0;
  std::optional<std::int64_t> maybe_whole;
  std::uint64_t large = 0;
  bool flag = false;
  hue color = hue::red;
  double real = 0;
  std::optional<double> maybe_real;
  float small = 0;
  friend bool operator==(numbers const&, numbers const&) = default;
};
struct finish {};

struct shaped : pawl::lifecycle<pawl::initial<stage::fresh>, pawl::goal<stage::done>,
                                pawl::transition<stage::fresh, words, stage::worded>,
                                pawl::transition<stage::worded, numbers, stage::numbered>,
                                pawl::transition<stage::numbered, finish, stage::done>> {};
template <stage S> using thing = pawl::item<shaped, S>;

struct mapping : pawl::table<shaped> {
  static constexpr auto columns = pawl::columns(
      pawl::on<words>(pawl::set("text", &words::text), pawl::set("maybe_text", &words::maybe_text),
                      pawl::set("raw", &words::raw), pawl::set("maybe_raw", &words::maybe_raw)),
      pawl::on<numbers>(pawl::set("whole", &numbers::whole), pawl::set("maybe_whole", &numbers::maybe_whole),
                        pawl::set("large", &numbers::large), pawl::set("flag", &numbers::flag),
                        pawl::set("color", &numbers::color), pawl::set("real", &numbers::real),
                        pawl::set("maybe_real", &numbers::maybe_real), pawl::set("small", &numbers::small)),
      pawl::on<finish>(pawl::now("finished"), pawl::clear("cleared")));
};
struct shapes : mapping {
  static constexpr pawl::names names{.table = "shapes", .key = "k", .state = "s", .version = "v", .changed_at = "at"};
};
struct ranked : mapping {
  static constexpr pawl::names names{
      .table = "shapes", .key = "k", .state = "s", .version = "v", .changed_at = "at", .priority = "p"};
};

// ---- values at their extremes ----

template <class T> constexpr T least = (std::numeric_limits<T>::min)();
template <class T> constexpr T greatest = (std::numeric_limits<T>::max)();

std::vector<std::string> const texts{"plain", "",     "007", "nul\0in"s, "\xc3\xa9\xff", "9007199254740993",
                                     " 7 ",   "1e308"};
std::vector<std::int64_t> const wholes{
    0, least<std::int64_t>, greatest<std::int64_t>, 9007199254740993, -1, 7, -9007199254740993, 1 << 20};
std::vector<double> const reals{
    3.0, -0.0, 1e308, 5e-324, 0.1 + 0.2, 9223372036854775808.0, -1e15, std::numeric_limits<double>::infinity()};

bytes as_bytes(std::string_view text) {
  bytes all;
  for (char const c : text) all.push_back(static_cast<std::byte>(c));
  return all;
}
words words_of(std::size_t i) {
  words w{texts[i % texts.size()], {}, as_bytes(texts[i % texts.size()]), {}};
  if (i % 3 != 0) w.maybe_text = texts[(i + 1) % texts.size()];
  if (i % 3 != 0) w.maybe_raw = as_bytes(texts[(i + 2) % texts.size()]);
  return w;
}
numbers numbers_of(std::size_t i) {
  numbers n;
  n.whole = wholes[i % wholes.size()];
  if (i % 3 != 0) n.maybe_whole = wholes[(i + 1) % wholes.size()];
  n.large = static_cast<std::uint64_t>(wholes[(i + 2) % wholes.size()]);
  n.flag = i % 2 == 1;
  n.color = i % 2 == 1 ? hue::blue : hue::red;
  n.real = reals[i % reals.size()];
  if (i % 3 != 0) n.maybe_real = reals[(i + 1) % reals.size()];
  n.small = static_cast<float>(i % 2 == 1 ? 0.1 : 3e38);
  return n;
}

// ---- what SQLite itself keeps ----

// True if the column takes each value and gives it back as the same.
template <class T> bool keeps(database& db, std::string const& column, std::vector<T> const& values) {
  for (auto const& value : values) {
    try {
      auto write = db.prepare("UPDATE shapes SET " + column + "=?1");
      write.bind(1, value);
      write.step();
      auto read = db.prepare("SELECT " + column + " FROM shapes");
      T back{};
      if (!read.step() || !read.read(0, back) || !(back == value)) return false;
    } catch (pawl::store_error const&) {
      return false;
    }
  }
  return true;
}
template <class T> std::vector<std::optional<T>> or_nothing(std::vector<T> const& values) {
  std::vector<std::optional<T>> all(values.begin(), values.end());
  all.emplace_back();
  return all;
}
bool keeps_text(database& db, std::string const& column, std::vector<std::string> const& values) {
  if (!keeps(db, column, values)) return false;
  auto s = db.prepare("SELECT typeof(" + column + ") FROM shapes");
  return s.step() && s.text(0) == "text";
}
bool keeps_version(database& db, std::string const& column) {
  if (!keeps(db, column, std::vector<std::int64_t>{0, 1, 2, 3})) return false;
  if (keeps(db, column, std::vector<std::optional<int>>{{}})) return false;
  auto s = db.prepare("SELECT typeof(v) FROM shapes");
  return s.step() && s.text(0) == "integer";
}

struct column {
  std::string name, declared;  // the usual one
  std::function<bool(database&, std::string const&)> fits{};
  std::string fills = "'x'";  // a default
  std::string writer{};       // as a refusal names it, and the type of the field
};
std::vector<bytes> all_bytes() {
  std::vector<bytes> all;
  for (auto const& text : texts) all.push_back(as_bytes(text));
  return all;
}
std::vector<column> const& all_columns() {
  auto const keeps_all = [](auto const& values) {
    return [values](database& db, std::string const& c) { return keeps(db, c, values); };
  };
  auto const keeps_names = [](std::vector<std::string> const& values) {
    return [values](database& db, std::string const& c) { return keeps_text(db, c, values); };
  };
  auto const keeps_time = keeps_names({"2024-02-29T12:34:56.789012"});
  auto const keeps_null = keeps_all(std::vector<std::optional<std::string>>{{}});
  std::string const text = "event words writes a std::string", raw = "event words writes a std::vector<std::byte>",
                    whole = "event numbers writes an integer, bool or enum",
                    real = "event numbers writes a floating-point number";
  static std::vector<column> const columns{
      {"k", "TEXT PRIMARY KEY"},
      {"s", "TEXT NOT NULL DEFAULT 'fresh'", keeps_names({"worded", "it's numbered", "done", "fresh"}), "'fresh'"},
      {"v", "INTEGER NOT NULL DEFAULT 0", keeps_version, "0"},
      {"at", "TEXT", keeps_time, "'x'", "each event writes the time"},
      {"p", "INTEGER", [](database&, std::string const&) { return true; }, "0"},
      {"text", "TEXT", keeps_all(texts), "'x'", text},
      {"maybe_text", "TEXT", keeps_all(or_nothing(texts)), "'x'", text},
      {"raw", "BLOB", keeps_all(all_bytes()), "x'00'", raw},
      {"maybe_raw", "BLOB", keeps_all(or_nothing(all_bytes())), "x'00'", raw},
      {"whole", "INTEGER", keeps_all(wholes), "0", whole},
      {"maybe_whole", "INTEGER", keeps_all(or_nothing(wholes)), "0", whole},
      {"large", "INTEGER", keeps_all(wholes), "0", whole},
      {"flag", "INTEGER", keeps_all(wholes), "0", whole},
      {"color", "INTEGER", keeps_all(wholes), "0", whole},
      {"real", "REAL", keeps_all(reals), "0", real},
      {"maybe_real", "REAL", keeps_all(or_nothing(reals)), "0", real},
      {"small", "REAL", keeps_all(reals), "0", real},
      {"finished", "TEXT", keeps_time, "'x'", "event finish writes the time"},
      {"cleared", "TEXT", keeps_null, "'x'", "event finish clears it"},
  };
  return columns;
}

// ---- one shape ----

struct shape {
  std::string of{};        // the column that varies
  std::string declared{};  // its type; empty: none
  std::string behind{};    // what stands behind the type
  std::string inside{};    // further columns and constraints of the table
  std::string tail{};      // STRICT, WITHOUT ROWID
  std::string after{};     // indexes
  bool ranked = false;
  bool numbers_rows = false;  // INTEGER PRIMARY KEY

  std::string sql() const {
    std::string text = "CREATE TABLE shapes(";
    for (auto const& c : all_columns()) {
      if (text.back() != '(') text += ',';
      text += c.name + ' ';
      text += c.name == of ? declared + ' ' + behind : numbers_rows && c.name == "k" ? "TEXT UNIQUE" : c.declared;
    }
    return text + inside + ") " + tail + "; " + after;
  }
};

// What was found wrong, and how many shapes there were.
struct findings {
  std::size_t made = 0, refused = 0, impossible = 0, rows = 0;
  std::vector<std::string> wrong{};
};
class walker {
 public:
  findings found{};

  walker() {
    sqlite3_create_collation(db_.handle(), "backwards", SQLITE_UTF8, nullptr,
                             [](void*, int a_size, void const* a, int b_size, void const* b) {
                               return std::string_view(static_cast<char const*>(b), static_cast<std::size_t>(b_size))
                                   .compare({static_cast<char const*>(a), static_cast<std::size_t>(a_size)});
                             });
    db_.execute("PRAGMA synchronous=OFF");
  }

  // `fits`: whether the store must be made; not known where it is empty.
  void try_shape(shape const& s, std::vector<std::string> const& keys) {
    auto& db = db_;
    db.execute("DROP TABLE IF EXISTS shapes");
    try {
      db.execute(s.sql());
    } catch (pawl::store_error const&) {
      ++found.impossible;  // SQLite has no such table
      return;
    }
    shape_ = &s;
    is_wrong_ = false;
    if (found.made > 0) db.execute("DELETE FROM pawl_trouble");
    try {
      if (s.ranked)
        walk<ranked>(db, keys);
      else
        walk<shapes>(db, keys);
    } catch (std::exception const& e) {
      wrong("throws "s + e.what());
    }
  }

 private:
  // The first of each shape alone.
  void wrong(std::string const& what) {
    if (std::exchange(is_wrong_, true)) return;
    std::string text;
    for (auto const& part : {shape_->of, shape_->declared, shape_->behind, shape_->inside, shape_->tail, shape_->after,
                             std::string(shape_->ranked ? "(by priority)" : "")})
      if (!part.empty()) text += part + ' ';
    found.wrong.push_back(text + ": " + what);
  }
  void must(bool holds, std::string const& what) {
    if (!holds) wrong(what);
  }

  void insert(database& db, std::vector<std::string> const& keys) {
    int i = 0;
    for (auto const& key : keys) {
      static std::array<std::string_view, 6> const priorities{"NULL", "'high'", "5", "-9223372036854775808",
                                                              "-1",   "2.5"};
      std::string const priority(priorities[static_cast<std::size_t>(i++) % priorities.size()]);
      try {
        db.execute("INSERT INTO shapes(k,p) VALUES(" + key + "," + priority + ")");
      } catch (pawl::store_error const&) {
        try {
          db.execute("INSERT INTO shapes(k) VALUES(" + key + ")");
        } catch (pawl::store_error const&) {
          continue;  // the column does not take this key, or has it
        }
      }
    }
    if (shape_->of == "s" && shape_->behind.find("AS(") == std::string::npos)
      for (auto const* state : {"'FRESH'", "'fresh  '", "NULL", "CAST('fresh' AS BLOB)"}) try {
          db.execute("INSERT INTO shapes(k,s) VALUES('state '||"s + state + "||random()," + state + ")");
        } catch (pawl::store_error const&) {}
  }

  bool fits(database& db) {
    auto const& all = all_columns();
    auto const varied = std::find_if(all.begin(), all.end(), [&](column const& c) { return c.name == shape_->of; });
    if (shape_->numbers_rows) return varied->name == "p";  // the only one that is not written
    if (!varied->fits) return true;
    db.execute("SAVEPOINT probe; DELETE FROM shapes WHERE rowid<>(SELECT max(rowid) FROM shapes)");
    bool const does = varied->fits(db, varied->name);
    db.execute("ROLLBACK TO probe; RELEASE probe");
    return does;
  }

  template <class Table> void walk(database& db, std::vector<std::string> const& keys) {
    insert(db, keys);
    if (shape_->of != "k" && count(db, "1") == 0) {  // its default is of another type than its values
      ++found.impossible;
      return;
    }
    bool const is_key = shape_->of == "k";
    bool const should_be_made = is_key || fits(db);
    std::optional<pawl::sqlite::store<Table>> store;
    try {
      store.emplace(db);
    } catch (pawl::store_error const& e) {
      ++found.refused;
      check_sentence(e);
      if (!is_key) must(!should_be_made, "is refused, although SQLite keeps each value: "s + e.what());
      return;
    }
    ++found.made;
    if (!should_be_made) return wrong("is not refused, although SQLite does not keep each value");
    move_all(db, *store);
  }

  void check_sentence(pawl::store_error const& e) {
    std::string_view const words = e.what();
    auto const says = [&](std::string_view what) {
      must(words.find(what) != std::string_view::npos, "the sentence lacks '" + std::string(what) + "': " + e.what());
    };
    must(e.what_failed() == pawl::store_failure::refused, "fails otherwise: "s + e.what());
    says("shapes");
    if (shape_->tail.find("WITHOUT") != std::string::npos) return;
    says("column " + shape_->of);
    auto const& all = all_columns();
    auto const varied = std::find_if(all.begin(), all.end(), [&](column const& c) { return c.name == shape_->of; });
    bool const is_unique = words.find("not unique") == std::string_view::npos;
    if (is_unique) says(shape_->declared.empty() ? "no declared type" : shape_->declared);
    says(varied->writer);
    says("; ");  // the remedy
    must(words.find("compile") == std::string_view::npos, "SQLite's own words: "s + e.what());
  }

  struct calls {
    std::map<std::string, std::size_t, std::less<>> numbers{};  // of the rows, by their key
    std::map<std::string, int> words{}, numbered{}, finished{};
    bool failed_once = false;
  };
  struct steps {
    calls* seen;
    pawl::task<pawl::one_of<words>> operator()(thing<stage::fresh> it, pawl::keyed&) {
      auto const i = seen->numbers[it.key];
      if (i == 1 && !std::exchange(seen->failed_once, true)) co_return pawl::trouble::transient("busy");
      ++seen->words[it.key];
      co_return words_of(i);
    }
    numbers operator()(thing<stage::worded> it) {
      ++seen->numbered[it.key];
      return numbers_of(seen->numbers[it.key]);
    }
    finish operator()(thing<stage::numbered> it) {
      ++seen->finished[it.key];
      return {};
    }
  };

  template <class Store> void move_all(database& db, Store& store) {
    using namespace std::chrono_literals;
    std::size_t const rows = count(db, "1");
    found.rows += rows;
    calls seen;
    std::size_t movable = 0;
    {
      auto s = db.prepare(
          "SELECT CAST(k AS TEXT) FROM shapes WHERE typeof(k) IN('text','integer') AND typeof(s)='text' AND "
          "s='fresh' COLLATE BINARY AND typeof(v)='integer' ORDER BY rowid");
      for (; s.step(); ++movable) seen.numbers.emplace(s.text(0), seen.numbers.size());
    }
    must(seen.numbers.size() == movable, "two rows have one key");
    must(counted(store) == rows, "counts " + std::to_string(counted(store)) + " of " + std::to_string(rows) + " rows");
    page_by_one(store, seen);
    if (shape_->of == "s") spare_other_states(db, store);
    if (shape_->of == "k") ask_for_aliases(store, seen);
    auto const summary =
        pawl::run(store, steps{&seen}, {.concurrency = 3, .retry = {.attempts = 3, .wait = {1us, 1us}}});
    must(summary.finished == movable && summary.parked == 0 && summary.dropped == 0,
         "of " + std::to_string(movable) + " rows " + std::to_string(summary.finished) + " finish, " +
             std::to_string(summary.dropped) + " are dropped, " + std::to_string(summary.parked) + " parked" +
             (summary.first_parked.empty() ? "" : " (" + summary.first_parked[0].why.describe() + ")"));
    must(summary.unrecognised == rows - movable, "the run counts other rows as unrecognised");
    must(counted(store) == rows, "the counts do not add up after the run");
    must(count(db, "s='done' COLLATE BINARY AND v=3") == movable, "not all rows are done at version 3");
    for (auto const* made : {&seen.words, &seen.numbered, &seen.finished}) {
      must(made->size() == movable, "not each item is called for");
      for (auto const& [key, times] : *made) must(times == 1, std::to_string(times) + " calls for '" + key + "'");
    }
    for (auto const& [key, i] : seen.numbers) read_back(store, key, i);
    if (shape_->of != "k") return;
    for (auto const& alias : aliases_of(seen))
      must(!store.template recorded<words>(pawl::any_item<shaped>(alias, 1, stage::worded)),
           "recorded finds '" + alias + "'");
  }

  template <class Store> void read_back(Store& store, std::string const& key, std::size_t i) {
    auto const now = store.get(key);
    if (!now.item) return wrong("'" + key + "' is not found");
    must(now.item->key == key, "'" + key + "' is read as '" + now.item->key + "'");
    auto const text = store.template recorded<words>(*now.item);
    must(text && *text == words_of(i), "the words of '" + key + "' are not read back");
    auto const number = store.template recorded<numbers>(*now.item);
    must(number && *number == numbers_of(i), "the numbers of '" + key + "' are not read back");
  }

  static std::size_t count(database& db, std::string const& condition) {
    auto s = db.prepare("SELECT count(*) FROM shapes WHERE " + condition);
    s.step();
    return static_cast<std::size_t>(s.integer(0));
  }
  template <class Store> static std::size_t counted(Store& store) {
    auto const counts = store.count_items();
    return std::accumulate(counts.begin(), counts.end(), store.unrecognised());
  }

  // Rows in a state that only the collation takes for one of the lifecycle's.
  template <class Store> void spare_other_states(database& db, Store& store) {
    std::vector<std::string> others;
    auto s = db.prepare("SELECT k FROM shapes WHERE s<>'fresh' COLLATE BINARY");
    while (s.step()) others.emplace_back(s.text(0));
    s.reset();
    for (auto const& key : others) {
      auto const item = thing<stage::fresh>(key, 0);
      pawl::trouble_record record;
      record.attempts = 1;
      must(!store.apply(item, words_of(0)), "an item is moved from another state");
      must(!store.note(pawl::any_item<shaped>(item), record), "a trouble of another state is noted");
    }
  }

  template <class Store> void page_by_one(Store& store, calls const& seen) {
    std::multiset<std::string> paged;
    typename Store::page_mark mark{};
    for (std::size_t pages = 0; pages <= seen.numbers.size(); ++pages) {
      auto const page = store.runnable(stage::fresh, mark, 1);
      for (auto const& it : page.items) paged.insert(it.key);
      mark = page.next;
      if (page.is_last) break;
    }
    std::multiset<std::string> all;
    for (auto const& [key, i] : seen.numbers) all.insert(key);
    must(paged == all, "pages of one hand out " + std::to_string(paged.size()) + " of " + std::to_string(all.size()));
  }

  static std::set<std::string> aliases_of(calls const& seen) {
    std::set<std::string> aliases;
    for (auto const& [key, i] : seen.numbers) {
      auto const turned = [](std::string text, char first, char last, int by) {
        for (char& c : text)
          if (c >= first && c <= last) c = static_cast<char>(c + by);
        return text;
      };
      for (auto const& alias : {key + ' ', ' ' + key, '0' + key, '+' + key, key + ".0", key + "e0",
                                turned(key, 'a', 'z', 'A' - 'a'), turned(key, 'A', 'Z', 'a' - 'A')})
        if (!seen.numbers.contains(alias)) aliases.insert(alias);
    }
    return aliases;
  }

  // Every call agrees on which texts name a row: its own key, and nothing that only compares equal to it.
  template <class Store> void ask_for_aliases(Store& store, calls const& seen) {
    for (auto const& [key, i] : seen.numbers) {
      pawl::trouble_record record;
      record.parked = true;
      auto const item = store.get(key);
      if (!item.item || !store.note(*item.item, record)) return wrong("'" + key + "' cannot be parked");
    }
    must(store.parked(100).size() == seen.numbers.size() && store.count_troubles().parked == seen.numbers.size(),
         "not each parked item is listed once");
    must(store.runnable(stage::fresh, {}, 100).empty(), "a parked item is handed out");
    for (auto const& alias : aliases_of(seen)) {
      if (!store.get(alias).gone()) wrong("get finds '" + alias + "'");
      if (pawl::explain(store, alias).is != pawl::standing::absent) wrong("explain finds '" + alias + "'");
      if (store.release(alias)) wrong("release finds '" + alias + "'");
      if (store.trouble_of(pawl::any_item<shaped>(alias, 0, stage::fresh))) wrong("trouble_of finds '" + alias + "'");
      pawl::trouble_record other;
      other.attempts = 1;
      if (store.note(pawl::any_item<shaped>(alias, 0, stage::fresh), other)) wrong("note finds '" + alias + "'");
      auto const moved = store.apply(thing<stage::fresh>(alias, 0), words_of(0));
      if (moved) wrong("apply finds '" + alias + "'");
      if (!moved && !moved.why().now.gone()) wrong("the conflict of '" + alias + "' finds a row");
    }
    for (auto const& [key, i] : seen.numbers) {
      must(pawl::explain(store, key).is == pawl::standing::parked,
           "explain does not know that '" + key + "' is parked");
      must(store.release(key), "'" + key + "' is not released");
    }
  }

  temporary_folder folder_{};
  database db_{folder_ / "shapes.db", sqlite_test::quick()};
  shape const* shape_ = nullptr;
  bool is_wrong_ = false;
};

// ---- the walk ----

std::vector<std::string> const types{"",
                                     "INT",
                                     "INTEGER",
                                     "TINYINT",
                                     "UNSIGNED BIG INT",
                                     "CHARINT",
                                     "FLOATING POINT",
                                     "VARCHAR(255)",
                                     "TEXT",
                                     "CLOB",
                                     "BLOB",
                                     "REAL",
                                     "FLOAT",
                                     "DOUBLE PRECISION",
                                     "NUMERIC",
                                     "DECIMAL(10,5)",
                                     "STRING",
                                     "BOOLEAN",
                                     "DATE",
                                     "DATETIME",
                                     "JSON",
                                     "UUID",
                                     "ANY",
                                     "TEXTBLOB",
                                     "REALBLOB"};
std::vector<std::string> const strict_types{"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"};
std::vector<std::string> const collations{"", " COLLATE NOCASE", " COLLATE RTRIM", " COLLATE backwards"};

std::vector<std::string> const simple_keys{"'a'", "'b'", "'c'", "'d'", "'e'", "'f'", "'g'", "'h'"};
std::vector<std::string> const awkward_keys{"'Ada'",
                                            "'ADA'",
                                            "'Ada '",
                                            "'ada'",
                                            "''",
                                            "'007'",
                                            "'7'",
                                            "7",
                                            "-5",
                                            "0",
                                            "9223372036854775807",
                                            "-9223372036854775808",
                                            "'7x'",
                                            "'+7'",
                                            "' 8'",
                                            "'9.0'",
                                            "'7.5'",
                                            "'1e3'",
                                            "'0x10'",
                                            "NULL",
                                            "NULL",
                                            "x'00ff'",
                                            "x'37'",
                                            "'nul'||char(0)||'x'",
                                            "'nul'",
                                            "'12345678901234567890'",
                                            "CAST(x'ff80' AS TEXT)"};

std::vector<std::string> const key_types{"",     "INT",  "INTEGER", "VARCHAR(255)", "TEXT",
                                         "BLOB", "REAL", "NUMERIC", "UUID",         "ANY"};
template <class F> void with_each_type(std::vector<std::string> const& of, F f) {
  for (auto const& type : of) f(type, "");
  for (auto const& type : strict_types) f(type, "STRICT");
}
void report(findings const& found) {
  std::string list;
  for (auto const& one : found.wrong) list += one + "\n";
  INFO(found.made << " made, " << found.refused << " refused, " << found.impossible << " impossible, " << found.rows
                  << " rows\n"
                  << list);
  CHECK(found.wrong.empty());
  CHECK(found.made > 100);
  CHECK(found.refused > 100);
}

TEST_CASE("each column of a table, declared in any way, gives back what is written, or is refused by name",
          "[sqlite]") {
  walker all;
  for (auto const& column : all_columns()) {
    if (column.name == "k") continue;
    std::string const& fills = column.fills;
    std::vector<std::string> behind{"", "DEFAULT " + fills, "NOT NULL DEFAULT " + fills, "AS(" + fills + ") VIRTUAL"};
    bool const is_like_another = column.name == "large" || column.name == "flag" || column.name == "color" ||
                                 column.name == "small";  // in all that depends on the table
    if (!is_like_another)
      behind.insert(behind.end(),
                    {"AS(" + fills + ") STORED", "DEFAULT " + fills + " CHECK(" + column.name + " IS NOT 'no')",
                     "NOT NULL DEFAULT " + fills + " COLLATE NOCASE"});
    if (column.name == "s" || column.name == "text")
      behind.insert(behind.end(), {"DEFAULT " + fills + " COLLATE RTRIM", "DEFAULT " + fills + " COLLATE backwards"});
    with_each_type(types, [&](std::string const& type, std::string const& tail) {
      for (auto const& more : behind)
        all.try_shape({.of = column.name, .declared = type, .behind = more, .tail = tail, .ranked = column.name == "p"},
                      simple_keys);
    });
    for (auto const* tail : {"", "STRICT"})
      all.try_shape({.of = column.name,
                     .declared = "INTEGER",
                     .behind = column.name == "v" ? "NOT NULL PRIMARY KEY" : "PRIMARY KEY",
                     .tail = tail,
                     .ranked = column.name == "p",
                     .numbers_rows = true},
                    {"'a'"});
  }
  report(all.found);
}

TEST_CASE("a key of any make has one text, and rows that have one are moved, or the table is refused by name",
          "[sqlite]") {
  struct kind {
    std::string behind, inside, after, tail{};
  };
  std::vector<kind> const kinds{
      {"PRIMARY KEY", "", ""},
      {"PRIMARY KEY DESC", "", ""},
      {"UNIQUE", "", ""},
      {"NOT NULL UNIQUE", "", ""},
      {"UNIQUE", ",id INTEGER PRIMARY KEY", ""},
      {"", ",PRIMARY KEY(k DESC)", ""},
      {"", ",PRIMARY KEY(k,p)", ""},
      {"", ",UNIQUE(p,k)", ""},
      {"", "", ""},
      {"", "", "CREATE UNIQUE INDEX u ON shapes(k)"},
      {"", "", "CREATE UNIQUE INDEX u ON shapes(k COLLATE BINARY)"},
      {"", "", "CREATE UNIQUE INDEX u ON shapes(k COLLATE NOCASE)"},
      {"", "", "CREATE UNIQUE INDEX u ON shapes(k COLLATE backwards DESC)"},
      {"", "", "CREATE UNIQUE INDEX u ON shapes(lower(k))"},
      {"", "", "CREATE UNIQUE INDEX u ON shapes(k) WHERE v>=0"},
      {"", "", "CREATE INDEX u ON shapes(k)"},
      {"PRIMARY KEY", "", "", "WITHOUT ROWID"},
  };
  walker all;
  for (bool const is_ranked : {false, true})
    for (auto const& make : kinds) {
      if (is_ranked && &make != &kinds[0] && &make != &kinds[4]) continue;  // how keys are made matters not to it
      with_each_type(key_types, [&](std::string const& type, std::string const& tail) {
        for (auto const& collation : collations)
          all.try_shape({.of = "k",
                         .declared = type,
                         .behind = make.behind + collation,
                         .inside = make.inside,
                         .tail = make.tail.empty() ? tail
                                 : tail.empty()    ? make.tail
                                                   : tail + "," + make.tail,
                         .after = make.after,
                         .ranked = is_ranked},
                        awkward_keys);
      });
    }
  report(all.found);
}

// A name of digits is text, which a column of numbers would make a number of.
enum class grade { first, second };
constexpr std::string_view state_name(grade g) { return g == grade::first ? "1" : "02"; }
struct promote {};
struct graded : pawl::lifecycle<pawl::initial<grade::first>, pawl::goal<grade::second>,
                                pawl::transition<grade::first, promote, grade::second>> {};
struct grades : pawl::table<graded> {
  static constexpr pawl::names names{.table = "grades", .key = "k", .state = "s", .version = "v"};
};

TEST_CASE("a state that is called by a number needs a column that keeps text", "[sqlite]") {
  temporary_folder folder;
  for (auto const& type : types) {
    database db(folder / "grades.db", sqlite_test::quick());
    db.execute("DROP TABLE IF EXISTS grades; CREATE TABLE grades(k TEXT PRIMARY KEY,s " + type +
               ",v INTEGER NOT NULL); INSERT INTO grades VALUES('a','02',1)");
    bool const kept = sqlite_test::ask(db, "SELECT s FROM grades") == "02";
    CAPTURE(type);
    if (kept) {
      pawl::sqlite::store<grades> store(db);
      CHECK(store.get("a").item->state == grade::second);
    } else {
      auto const e = sqlite_test::error_of([&] { pawl::sqlite::store<grades> store(db); });
      CHECK(e.what_failed() == pawl::store_failure::refused);
      CHECK(sqlite_test::mentions(e, "column s is declared " + type));
      CHECK(sqlite_test::mentions(e, "a state's name, such as '"));
    }
  }
}

TEST_CASE("a store whose table compares keys or states otherwise than when it was opened is to be opened again",
          "[sqlite]") {
  temporary_folder folder;
  database db(folder / "grades.db", sqlite_test::quick());
  auto const make = [&db](std::string const& key, std::string const& state) {
    db.execute("DROP TABLE IF EXISTS grades; CREATE TABLE grades(k " + key + " PRIMARY KEY,s TEXT " + state +
               ",v INTEGER NOT NULL); INSERT INTO grades VALUES('a','1',0)");
  };
  for (auto const& [key, state] : {std::pair("TEXT COLLATE NOCASE", ""), {"INT", ""}, {"TEXT", "COLLATE NOCASE"}}) {
    CAPTURE(key, state);
    make("TEXT", "");
    pawl::sqlite::store<grades> store(db);
    REQUIRE(store.runnable(grade::first, {}, 10).size() == 1);
    make("TEXT", "");
    REQUIRE(store.runnable(grade::first, {}, 10).size() == 1);
    make(key, state);
    auto const e = sqlite_test::error_of([&] { (void)store.runnable(grade::first, {}, 10); });
    CHECK(e.what_failed() == pawl::store_failure::refused);
    CHECK(sqlite_test::mentions(e, "grades"));
    CHECK(sqlite_test::mentions(e, "open it again"));
  }
}

TEST_CASE("in pawl's own table the row of the least number is an item like any other", "[sqlite]") {
  temporary_folder folder;
  database db(folder / "own.db", sqlite_test::quick());
  pawl::sqlite::store<shaped> store(db);
  for (auto const* key : {"a", "b", "c"}) REQUIRE(store.insert_if_absent(key));
  db.execute(
      "UPDATE shaped SET id=-9223372036854775808 WHERE key='a'; UPDATE shaped SET id=9223372036854775807 WHERE "
      "key='c'");
  std::string paged;
  decltype(store)::page_mark mark{};
  for (int pages = 0; pages < 10; ++pages) {
    auto const page = store.runnable(stage::fresh, mark, 1);
    for (auto const& it : page.items) paged += it.key;
    mark = page.next;
    if (page.is_last) break;
  }
  CHECK(paged == "abc");
}

}  // namespace table_shapes_test
