// How long after its start a program is back at work: from opening the database until every slot is inside a step.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <pawl/fsm/names.hpp>
#include <pawl/runner/grouped.hpp>
#include <pawl/runner/loop.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "store/filing.hpp"

namespace restart {

using namespace filing;
using milliseconds = std::chrono::duration<double, std::milli>;
using time_point = std::chrono::steady_clock::time_point;

constexpr std::size_t slots = 50;

struct size {
  std::size_t rows, unfinished;
};

// Steps that do nothing but note when the last slot was filled, and end the run then.
struct stopwatch {
  std::size_t wanted;
  std::size_t entered = 0;
  time_point full{};
  std::stop_source stop{};

  void enter() {
    if (++entered < wanted) return;
    full = std::chrono::steady_clock::now();
    stop.request_stop();
  }
};
struct steps {
  pawl::loop<>& loop;
  stopwatch& watch;

  pawl::task<pawl::one_of<start_upload>> operator()(file<untracked>, pawl::safe&) { return enter<start_upload>(); }
  pawl::task<pawl::one_of<complete_upload>> operator()(file<uploading>, pawl::safe&) {
    return enter<complete_upload>();
  }
  pawl::task<pawl::one_of<complete_processing>> operator()(file<processing>, pawl::safe&) {
    return enter<complete_processing>();
  }

 private:
  template <class Event> pawl::task<pawl::one_of<Event>> enter() {
    watch.enter();
    co_await loop.sleep(std::chrono::hours(1));
    co_return pawl::trouble::cancelled();
  }
};

// ---- the databases ----

// Rows in which every n-th item is unfinished, in one state after the other; `name_of` says how a state is written.
template <class NameOf> std::string rows_sql(size s, NameOf name_of) {
  std::string const nth = std::to_string(s.rows / s.unfinished);
  return "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i+1<" + std::to_string(s.rows) +
         ") SELECT printf('/library/shelf %03d/file %07d.txt',i%997,i) AS path, CASE WHEN i%" + nth + "<>0 THEN " +
         name_of(indexed) + " WHEN i/" + nth + "%3=0 THEN " + name_of(untracked) + " WHEN i/" + nth + "%3=1 THEN " +
         name_of(uploading) + " ELSE " + name_of(processing) + " END AS state FROM n";
}

struct own {
  static constexpr char const* name = "pawl's own table";
  using store = pawl::sqlite::store<file_lifecycle>;

  static void fill(pawl::sqlite::database& db, size s) {
    store make{db};
    auto const code = [](file_state state) { return std::to_string(pawl::state_code<file_lifecycle>(state)); };
    db.execute("INSERT INTO file_lifecycle(key,state,version,changed_at) SELECT path,state,2,0 FROM (" +
               rows_sql(s, code) + ")");
  }
};
struct mapped {
  static constexpr char const* name = "a mapped table";
  using store = pawl::sqlite::store<files_table>;

  static void fill(pawl::sqlite::database& db, size s) {
    db.execute(files_schema);
    auto const text = [](file_state state) {
      return "'" + std::string(pawl::state_name_of<file_lifecycle>(state)) + "'";
    };
    db.execute(
        "INSERT INTO files(file_path,content_hash,filename,file_size,gemini_state,version) "
        "SELECT path,printf('%064x',length(path)),'file',1024,state,2 FROM (" +
        rows_sql(s, text) + ")");
    store make{db};
  }
};

// ---- measuring ----

template <class Table> milliseconds restart_once(std::string const& file, size s) {
  stopwatch watch{(std::min)(slots, s.unfinished)};
  auto const begun = std::chrono::steady_clock::now();
  pawl::sqlite::database db{file};
  typename Table::store store{db};
  pawl::loop<> loop;
  pawl::grouped queue{loop, store};
  auto const sum = pawl::run(queue, steps{loop, watch}, {.concurrency = slots, .stop = &watch.stop, .grace = {}});
  if (sum.left != watch.wanted) throw std::runtime_error("restart: some slots were not filled");
  return watch.full - begun;
}

struct measured {
  std::string what;
  double goal;  // milliseconds
  milliseconds (*once)(std::string const&, size);
  void (*fill)(pawl::sqlite::database&, size);
  size of;
  std::string file;
  std::vector<double> times;
};

template <class Table> measured measure(size s, double goal) {
  std::string what = std::to_string(s.unfinished) + " of " + std::to_string(s.rows) + " unfinished, " + Table::name;
  return {std::move(what), goal, &restart_once<Table>, &Table::fill, s, {}, {}};
}

void make_database(measured& m, std::string const& file) {
  m.file = file;
  pawl::sqlite::database db{m.file, {.durable = pawl::sqlite::durability::process_crash}};
  m.fill(db, m.of);
}

void report(measured& m) {
  std::sort(m.times.begin(), m.times.end());
  double const median = m.times[m.times.size() / 2];
  std::printf("%-55s %8.1f ms  (%.1f to %.1f)  goal %.0f ms: %s\n", m.what.c_str(), median, m.times.front(),
              m.times.back(), m.goal, median <= m.goal ? "reached" : "MISSED");
}

// Removed with all that is in it.
struct folder {
  folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pawl_restart_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("restart: cannot make " + pattern);
    path = pattern;
  }
  folder(folder const&) = delete;
  folder& operator=(folder const&) = delete;
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

}  // namespace restart

int main(int argc, char* argv[]) try {
  using namespace restart;
  std::size_t rounds = 7, scale = 1;
  CLI::App app{"Measures how long after its start a program is back at work: until 50 items are inside their steps."};
  app.add_option("--rounds", rounds, "Interleaved rounds, of which the median counts")->check(CLI::Range(1, 1000));
  app.add_option("--divide", scale, "Divides the numbers of rows and of unfinished items")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);

  size const many{20'000 / scale, 20'000 / scale}, large{1'000'000 / scale, 1'000 / scale};
  std::array all{measure<own>(many, 100), measure<mapped>(many, 100), measure<own>(large, 500),
                 measure<mapped>(large, 500)};
  folder const here;
  for (auto& m : all) make_database(m, here.path + "/" + std::to_string(&m - all.data()) + ".db");
  for (std::size_t round = 0; round < rounds; ++round)
    for (auto& m : all) m.times.push_back(m.once(m.file, m.of).count());
  for (auto& m : all) report(m);
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
