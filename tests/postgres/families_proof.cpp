// Proves that parents and children whose processes are killed, and whose server crashes, neither lose each other nor are told
// twice: families_proof [--rounds N]. Processes work on albums and photos, on one kind or on both; meanwhile albums are
// added whose photos are new, are shared, have ended before, or are parked and released; and photos come late, or are reset.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "child_process.hpp"
#include "files.hpp"
#include "postgres/temporary_server.hpp"
#include "proof.hpp"
#include "store/families.hpp"

namespace families_proof {

using namespace families;
using namespace std::chrono_literals;

// Tables of pawl's own, and mapped ones.
struct own {
  using album_type = album;
  using photo_type = photo;
  static constexpr std::string_view name = "own tables", albums = "album", photos = "photo";
  static constexpr std::string_view album_key = "convert_from(key,'UTF8')", photo_key = album_key;
  static constexpr std::string_view not_printed = "state<>3", not_ended = "state=0", is_shrunk = "state=1";
  static constexpr std::string_view make_tables = "SELECT 1";
};
struct mapped {
  using album_type = albums_table<album_of_rows>;
  using photo_type = photos_table;
  static constexpr std::string_view name = "mapped tables", albums = "albums", photos = "photos";
  static constexpr std::string_view album_key = "title", photo_key = "file";
  static constexpr std::string_view not_printed = "state<>'printed'", not_ended = "state='found'",
                                    is_shrunk = "state='shrunk'";
  static constexpr std::string_view make_tables =
      "CREATE TABLE photos(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,file text NOT NULL UNIQUE,state text NOT "
      "NULL DEFAULT 'found',version bigint NOT NULL DEFAULT 0,changed_at timestamptz,urgency integer,thumbnail text);"
      "CREATE TABLE albums(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,title text NOT NULL UNIQUE,state text "
      "NOT "
      "NULL DEFAULT 'fresh',version bigint NOT NULL DEFAULT 0,photos bigint,broken bigint)";
};

// What an album is scanned for. The name of a photo tells what becomes of it.
std::vector<std::string> photos_of(std::string const& title) {
  int const number = std::stoi(title.substr(1));
  std::vector<std::string> all;
  for (int i = 0; i < 6; ++i) all.push_back(title + "/" + std::to_string(i) + (i % 3 == 0 ? " blurred" : ""));
  for (std::string const before : {"shared ", "early ", "locked "}) all.push_back(before + std::to_string(number));
  all.push_back("shared " + std::to_string(number + 1));
  return all;
}
bool is_blurred(std::string const& photo) { return photo.ends_with(" blurred"); }

template <class Kind> struct process {
  using albums_store = pawl::postgres::store<typename Kind::album_type>;
  using photos_store = pawl::postgres::store<typename Kind::photo_type>;
  using L = typename albums_store::lifecycle;

  explicit process(std::string const& conninfo) : db(loop, conninfo) {}
  template <class T> T wait(pawl::task<T> answer) { return loop.wait(std::move(answer)); }

  pawl::loop<> loop{};
  pawl::postgres::database db;
  albums_store albums{db, pawl::store_options{.history = true}};
  photos_store photos{db};
};

template <class Kind> struct photographer {
  using L = typename process<Kind>::L;
  pawl::event_loop& loop;

  pawl::task<pawl::with<scan>> operator()(pawl::item<L, album_state::fresh> it, pawl::safe&) {
    co_await loop.sleep(2ms);
    auto const photos = photos_of(it.key);
    co_return pawl::with(scan{}, pawl::insert<typename Kind::photo_type>(photos));
  }
  print operator()(pawl::item<L, album_state::printing>) { return {}; }
};
struct laboratory {
  pawl::event_loop& loop;
  temporary_folder const& allowed;  // has a file for each locked photo that may be shrunk

  pawl::task<pawl::one_of<shrink, crack>> operator()(pawl::item<photo, photo_state::found> it, pawl::safe&) {
    co_await loop.sleep(2ms);
    if (it.key.starts_with("locked ") && !std::filesystem::exists(allowed / it.key))
      co_return pawl::trouble::permanent("nobody has allowed it yet");
    if (is_blurred(it.key)) co_return crack{};
    co_return shrink{"small " + it.key};
  }
};

enum class works_on : std::uint8_t { albums, photos, both };

// Works until it is killed.
template <class Kind> int work(std::string const& conninfo, temporary_folder const& allowed, works_on what) {
  process<Kind> me(conninfo);
  pawl::commit_queue of_albums{me.loop, me.albums};
  pawl::commit_queue of_photos{me.loop, me.photos};
  pawl::run_options options;
  options.concurrency = 16;
  options.until = pawl::until::stopped;
  options.poll = 100ms;
  options.retry.recoveries = 1000;
  bool has_ended = false;
  auto const begin = [&](pawl::task<pawl::summary> run) {
    boost::asio::co_spawn(me.loop.get_executor(), std::move(run), [&](std::exception_ptr failure, pawl::summary) {
      has_ended = true;
      if (failure) std::rethrow_exception(failure);
    });
  };
  if (what != works_on::photos) begin(pawl::async_run(of_albums, photographer<Kind>{me.loop}, options));
  if (what != works_on::albums) begin(pawl::async_run(of_photos, laboratory{me.loop, allowed}, options));
  me.loop.run_until(has_ended);
  return 1;
}

// The database, the processes that work on it, and what one that is not killed does meanwhile.
template <class Kind> class studio {
  using photo_type = typename Kind::photo_type;
  using L = typename process<Kind>::L;
  static constexpr int albums_at_once = 5;

 public:
  explicit studio(temporary_server& on) : server_(on) {
    server_.run(std::string(Kind::make_tables));
    {
      process<Kind> first(server_.conninfo());
      first.wait(first.photos.open());
      first.wait(first.albums.open());
    }
    server_.run("CREATE TABLE written(of text,key text,version bigint)");
    for (auto const& [table, key] : {std::pair(Kind::albums, Kind::album_key), {Kind::photos, Kind::photo_key}})
      server_.run(noting(std::string(table), std::string(key)));
    for (works_on const what : {works_on::both, works_on::photos, works_on::albums, works_on::both}) hire(what);
    me_.emplace(server_.conninfo());
  }

  // Albums whose photos are new, are those of others, have ended, or are parked until somebody has allowed them.
  void add_work() {
    int const end = albums_ + albums_at_once;
    for (int i = albums_; i < end; ++i) insert_row(me_->albums, Kind::albums, Kind::album_key, "a" + std::to_string(i));
    for (int i = end; i < end + albums_at_once; ++i)
      insert_row(me_->photos, Kind::photos, Kind::photo_key, "early " + std::to_string(i));
    albums_ = end;
  }
  // While others are at work: photos come late, are reset, and are allowed.
  void interfere() {
    for (int i = (std::max)(0, albums_ - 2 * albums_at_once); i < albums_; ++i) {
      std::string const number = std::to_string(i);
      if (random_() % 3 == 0) add_late("a" + number);
      if (random_() % 3 == 0) reset("a" + number + "/" + std::to_string(1 + random_() % 2));
      if (random_() % 3 == 0) allow("locked " + number);
    }
  }
  void kill_one() {
    auto const victim = crew_.begin() + static_cast<std::ptrdiff_t>(random_() % crew_.size());
    all_lived_ &= victim->second->end(SIGKILL) == 128 + SIGKILL;
    works_on const what = victim->first;
    crew_.erase(victim);
    hire(what);
    ++kills_;
  }
  void crash_server() {
    server_.crash();
    if (random_() % 2 == 0) kill_one();  // hired while there is none
    std::this_thread::sleep_for(some(100));
    server_.start();
    ++crashes_;
  }
  std::chrono::milliseconds some(unsigned most) { return std::chrono::milliseconds(1 + random_() % most); }

  // Undisturbed from now on; tells what must be said.
  bool close() {
    // More, so that what is forgotten now is not found by a run that begins.
    for (int i = 0; i < 5; ++i) add_work();
    for (int i = 0; i < albums_; ++i) allow("locked " + std::to_string(i));
    bool const is_done = wait_for_all();
    for (auto const& [what, one] : crew_) all_lived_ &= one->end(SIGKILL) == 128 + SIGKILL;
    std::string const tables = contradictions_of_tables();
    std::string const of_albums = contradictions_of_albums();
    if (!tables.empty() || !of_albums.empty())
      std::fprintf(stderr, "families_proof: %s\n%s\n", tables.c_str(), of_albums.c_str());
    bool const holds = is_done && all_lived_ && tables.empty() && of_albums.empty();
    return proof::report(
        "families", "PostgreSQL, " + std::string(Kind::name) + ", 4 workers, kill -9 and crashes of the server",
        std::to_string(kills_) + " kills, " + std::to_string(crashes_) + " crashes, " + std::to_string(albums_) +
            " parents of " + std::to_string(links_) + " children, " + std::to_string(lates_) + " late, " +
            std::to_string(resets_) + " reset, " + std::to_string(releases_) + " released, " + std::to_string(wrongs_) +
            " not told once and rightly",
        holds);
  }

 private:
  // Notes each version that a row comes to, as the server sees it.
  static std::string noting(std::string const& table, std::string const& key) {
    std::string const of_new = key.starts_with("convert_from(") ? "convert_from(new.key,''UTF8'')" : "new." + key;
    return "CREATE FUNCTION note_" + table +
           "() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO written VALUES(''" + table + "''," + of_new +
           ",new.version);RETURN NULL;END';CREATE TRIGGER note_insert AFTER INSERT ON " + table +
           " FOR EACH ROW EXECUTE FUNCTION note_" + table + "();CREATE TRIGGER note_update AFTER UPDATE ON " + table +
           " FOR EACH ROW WHEN(old.version<>new.version) EXECUTE FUNCTION note_" + table + "()";
  }
  void hire(works_on what) {
    crew_.emplace_back(
        what, std::make_unique<child_process>([this, what] { return work<Kind>(server_.conninfo(), allowed_, what); }));
  }
  template <class Store>
  void insert_row(Store& store, std::string_view table, std::string_view column, std::string const& key) {
    if constexpr (!pawl::a_table<photo_type>)
      me_->wait(store.insert_if_absent(key));
    else
      server_.run("INSERT INTO " + std::string(table) + "(" + std::string(column) + ") VALUES('" + key + "')");
  }
  void add_late(std::string const& title) {
    auto const now = me_->wait(me_->albums.get(title)).item;
    auto const waiting = now ? now->template as<album_state::waiting>() : std::nullopt;
    if (!waiting) return;
    std::string const key = "late " + std::to_string(lates_ + 1) + " of " + title;
    auto const event = pawl::with(add{}, pawl::insert<photo_type>(key));
    if (!me_->wait(me_->albums.apply(*waiting, event))) return;
    ++lates_;
    ++late_[title];
  }
  void reset(std::string const& key) {
    auto const now = me_->wait(me_->photos.get(key)).item;
    auto const ended = now ? now->template as<photo_state::shrunk>() : std::nullopt;
    if (!ended) return;
    look_again const event{};
    if (me_->wait(me_->photos.apply(*ended, event))) ++resets_;
  }
  void allow(std::string const& key) {
    std::ofstream(allowed_ / key).flush();
    if (me_->wait(me_->photos.release(key))) ++releases_;
  }

  std::int64_t count(std::string const& of) { return std::stoll(server_.run("SELECT count(*) FROM " + of)); }
  std::string of(std::string_view table, std::string_view condition) const {
    return std::string(table) + " WHERE " + std::string(condition);
  }
  // False if nothing happens for long. Who has tried a photo just before it was allowed parks it a little later.
  bool wait_for_all() {
    auto last = std::chrono::steady_clock::now();
    for (std::int64_t seen = 0;;) {
      for (auto const& one : me_->wait(me_->photos.parked(1000)))
        if (me_->wait(me_->photos.release(one.item.key))) ++releases_;
      std::int64_t const left = count(of(Kind::albums, Kind::not_printed)) + count(of(Kind::photos, Kind::not_ended)),
                         now = count("written");
      if (left == 0) return true;
      auto const at = std::chrono::steady_clock::now();
      if (now != seen) last = at;
      if (at - last > 60s) return false;
      seen = now;
      std::this_thread::sleep_for(50ms);
    }
  }
  std::string contradictions_of_tables() {
    std::string all;
    auto const expect = [&](std::int64_t wanted, std::string const& what) {
      if (std::int64_t const found = count(what); found != wanted)
        all += std::to_string(found) + " instead of " + std::to_string(wanted) + " of " + what + "; ";
    };
    std::int64_t const shared = albums_ + 1, early = albums_ + albums_at_once;
    links_ = 10 * albums_ + lates_;
    expect(0, "(SELECT FROM written GROUP BY of,key,version HAVING count(*)>1) AS twice");
    expect(0, "(SELECT FROM written GROUP BY of,key HAVING count(*)<>max(version)+1) AS gaps");
    expect(6 * albums_ + shared + early + albums_ + lates_, std::string(Kind::photos));
    expect(links_, "pawl_child");
    expect(albums_, "pawl_parent");
    expect(0, "pawl_parent WHERE complete");
    expect(0, "pawl_trouble WHERE parked");
    expect(0, "pawl_child AS c WHERE c.arrived IS NULL OR c.arrived<>(SELECT " + std::string(Kind::is_shrunk) +
                  " FROM " + std::string(Kind::photos) + " WHERE " + std::string(Kind::photo_key) +
                  "=convert_from(c.key,'UTF8'))");
    return all;
  }
  // Each has gone on once, and was told how its children have ended.
  std::string contradictions_of_albums() {
    std::string all;
    for (int i = 0; i < albums_; ++i) {
      std::string const title = "a" + std::to_string(i);
      std::string const wrong = wrong_of(title, late_[title]);
      if (wrong.empty()) continue;
      ++wrongs_;
      all += title + wrong + "; ";
    }
    return all;
  }
  std::string wrong_of(std::string const& title, std::int64_t late) {
    auto const now = me_->wait(me_->albums.get(title)).item;
    if (!now) return " is not there";
    std::int64_t told = 0;
    for (auto const& entry : me_->wait(me_->albums.history(title))) told += entry.event == "all_ended" ? 1 : 0;
    if (told != 1) return " was told " + std::to_string(told) + " times";
    if (now->version != 3 + late) return " has version " + std::to_string(now->version);
    std::int64_t const failed = 2, arrived = 8 + late;
    auto const what = me_->wait(me_->albums.template recorded<all_ended>(*now));
    if (!what || what->arrived != arrived || what->failed != failed) return " was told something else";
    auto const seen = me_->wait(me_->albums.children_of(*now));
    if (seen.size() != 1 || static_cast<std::int64_t>(seen[0].arrived) != arrived ||
        static_cast<std::int64_t>(seen[0].failed) != failed || seen[0].missing != 0)
      return " has other children than it was told of";
    return {};
  }

  temporary_server& server_;
  temporary_folder allowed_{};
  std::vector<std::pair<works_on, std::unique_ptr<child_process>>> crew_{};
  std::optional<process<Kind>> me_{};
  std::mt19937 random_{std::random_device{}()};
  std::map<std::string, std::int64_t> late_{};  // by album
  int albums_ = 0, kills_ = 0, crashes_ = 0, lates_ = 0, resets_ = 0, releases_ = 0, wrongs_ = 0;
  std::int64_t links_ = 0;
  bool all_lived_ = true;  // until they were killed
};

template <class Kind> bool disturbed(int rounds) {
  temporary_server server;
  server.start();
  studio<Kind> at(server);
  for (int i = 0; i < rounds; ++i) {
    at.add_work();
    std::this_thread::sleep_for(at.some(100));
    at.kill_one();
    at.interfere();
    std::this_thread::sleep_for(at.some(100));
    at.kill_one();
    if (i % 5 == 1) at.crash_server();
    at.interfere();
  }
  return at.close();
}

}  // namespace families_proof

int main(int argc, char** argv) try {
  int const rounds = argc == 3 && std::string_view(argv[1]) == "--rounds" ? std::atoi(argv[2]) : argc == 1 ? 3 : 0;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: families_proof [--rounds N], with N from 1 on\n");
    return 2;
  }
  bool holds = families_proof::disturbed<families_proof::own>(rounds);
  holds &= families_proof::disturbed<families_proof::mapped>(rounds);
  return holds ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "families_proof: %s\n", e.what());
  return 1;
}
