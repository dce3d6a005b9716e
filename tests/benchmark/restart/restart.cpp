// How long a restarted program takes to be back at work: from opening the database until every slot is inside a step.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include <pawl/fsm/names.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "benchmark/measuring.hpp"
#include "files.hpp"
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
  static constexpr char const* name = "own_table";
  using store = pawl::sqlite::store<file_lifecycle>;

  static void fill(pawl::sqlite::database& db, size s) {
    store make{db};
    auto const code = [](file_state state) { return std::to_string(pawl::state_code<file_lifecycle>(state)); };
    db.execute("INSERT INTO file_lifecycle(key,state,version,changed_at) SELECT path,state,2,0 FROM (" +
               rows_sql(s, code) + ")");
  }
};
struct mapped {
  static constexpr char const* name = "v11";
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
  pawl::commit_queue queue{loop, store};
  auto const sum = pawl::run(queue, steps{loop, watch}, {.concurrency = slots, .stop = &watch.stop, .grace = {}});
  if (sum.left != watch.wanted) throw std::runtime_error("restart: some slots were not filled");
  return watch.full - begun;
}

// Adds the contestant `restart.WHAT.TABLE`, on a database of its own.
template <class Table> std::string enter(measuring::contest& all, std::string const& folder, std::string what, size s) {
  std::string const name = "restart." + what + "." + Table::name + "_ms", file = folder + "/" + name + ".db";
  pawl::sqlite::database db{file, {.durable = pawl::sqlite::durability::process_crash}};
  Table::fill(db, s);
  all.enter(name, [file, s] { return restart_once<Table>(file, s).count(); });
  return name;
}

void measure(measuring::effort how_much) {
  std::size_t const scale = how_much.small ? 100 : 1;
  size const many{20'000 / scale, 20'000 / scale}, large{1'000'000 / scale, 1'000 / scale};
  temporary_folder const folder;
  auto const path = folder.path().string();
  measuring::contest all;
  std::pair<std::string, double> const goals[] = {{enter<own>(all, path, "all_of_20000", many), 100},
                                                  {enter<mapped>(all, path, "all_of_20000", many), 100},
                                                  {enter<own>(all, path, "1000_of_1000000", large), 500},
                                                  {enter<mapped>(all, path, "1000_of_1000000", large), 500}};
  all.run(how_much.rounds);
  for (auto const& [name, bound] : goals) measuring::figure(name, all.median_of(name), measuring::at_most(bound));
}

}  // namespace restart

int main(int argc, char** argv) {
  return measuring::program(
      "Measures how long after its start a program is back at work: from opening the database "
      "until 50 items are inside their steps.",
      argc, argv, {}, restart::measure);
}
