// Scaling from a thousand rows to a million (ten million on request): rates of inserts and transitions, memory use and
// database size, for the user's table V11 and for pawl's own table.
// What a single call inserts is measured at the end, in ten processes at once too.
//
// Each line of the table is a separate process on a separate database, with synchronous=NORMAL, 50 items in flight and
// three transitions per item. Everything written is synced before each clock starts. The rates are
//   insert     rows inserted in transactions of 10,000, in key order: V11 by a prepared INSERT, pawl's own by
//              insert_if_absent;
//   run        a complete run over all rows, with steps that make no remote call; it finds its items itself, in row
//              order. Peak memory is read after it;
//   key order  items moved through pawl::commit_queue to the goal and back by a reset, four transitions each, in key
//              order, which is row order;
//   at random  the same in random order over the whole table: an item's row and index entries are on other pages than
//              those of the item before.
// In the last two, a small table is gone through repeatedly while the clock runs, so that checkpoints are part of the
// measured time.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/sqlite/database.hpp>

#include "benchmark/measuring.hpp"
#include "bulk.hpp"
#include "child.hpp"
#include "files.hpp"
#include "shuffle.hpp"
#include "tables.hpp"
#include "traffic.hpp"

namespace scale {

struct plan {
  std::size_t most = 1'000'000;  // rows
  std::size_t sample = 20'000;   // items, at least, that make a rate
};

// ---- a line of the table ----

struct line {
  double insert = 0, run = 0, in_order = 0, at_random = 0;  // a second
  double peak = 0, file = 0;                                // megabytes
};

// The places of a table in the order of its rows, begun anew at its end.
class in_order {
 public:
  explicit in_order(std::size_t rows) : rows_(rows) {}
  place operator()() {
    auto const i = taken_++;
    return {i % rows_, version_after(i / rows_)};
  }
  // How often this row has gone round when so many have been taken.
  static std::size_t rounds(std::size_t taken, std::size_t rows, std::size_t number) {
    return taken / rows + (number < taken % rows ? 1 : 0);
  }
  static std::int64_t version_after(std::size_t rounds) {
    return static_cast<std::int64_t>(cycle_transitions * rounds);
  }

 private:
  std::size_t rows_, taken_ = 0;
};
// The same in an order that has nothing of theirs, after so many have been taken in order.
class at_random {
 public:
  explicit at_random(std::size_t rows, std::size_t before = 0) : rows_(rows), before_(before), shuffled_(rows) {}
  place operator()() {
    auto const i = taken_++;
    auto const number = shuffled_(i % rows_);
    return {number, in_order::version_after(i / rows_ + in_order::rounds(before_, rows_, number))};
  }

 private:
  std::size_t rows_, before_;
  shuffle shuffled_;
  std::size_t taken_ = 0;
};

template <class Table> line measure_line(std::string const& file, std::size_t rows, std::size_t sample) {
  traffic<Table> t(file, rows);
  double seconds = 0;
  std::size_t inserted = 0;
  for (; inserted < sample; inserted += rows) seconds += t.fill();
  line l;
  l.insert = static_cast<double>(inserted) / seconds;
  l.in_order = t.cycle(sample, in_order(rows));
  l.at_random = t.cycle(sample, at_random(rows, sample));
  l.run = t.run();
  l.file = t.close();
  l.peak = peak_megabytes();
  return l;
}

// The hidden command line of the process of one line: table, file, rows, sample.
constexpr char const* line_word = "line-of-the-table";

int print_line(std::vector<std::string> const& words) {
  auto const rows = std::stoul(words.at(2)), sample = std::stoul(words.at(3));
  line const l = words.at(0) == own::name ? measure_line<own>(words.at(1), rows, sample)
                                          : measure_line<v11>(words.at(1), rows, sample);
  std::printf("%.17g %.17g %.17g %.17g %.17g %.17g\n", l.insert, l.run, l.in_order, l.at_random, l.peak, l.file);
  return 0;
}

template <class Table> line measure_apart(std::string const& file, std::size_t rows, std::size_t sample) {
  std::istringstream said(
      output_of_self({line_word, std::string(Table::name), file, std::to_string(rows), std::to_string(sample)}));
  line l;
  if (!(said >> l.insert >> l.run >> l.in_order >> l.at_random >> l.peak >> l.file))
    throw std::runtime_error("scale: the process of a line said something else");
  return l;
}

// ---- the table ----

std::string grouped_digits(double value) {
  std::string digits = std::to_string(static_cast<long long>(value + 0.5));
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}
std::string thousands(double value) { return grouped_digits(value / 1000); }

void print_head() {
  measuring::remark(
      "| table | rows | insert, k/s | run, k/s | key order, k/s | at random, k/s | peak memory, MB | file, MB |");
  measuring::remark("|---|---|---|---|---|---|---|---|");
}
template <class Table> void print(std::size_t rows, line const& l) {
  measuring::remark("| " + std::string(Table::title) + " | " + grouped_digits(static_cast<double>(rows)) + " | " +
                    thousands(l.insert) + " | " + thousands(l.run) + " | " + thousands(l.in_order) + " | " +
                    thousands(l.at_random) + " | " + measuring::number(l.peak) + " | " + measuring::number(l.file) +
                    " |");
}

// False, and says so, where the disk does not suffice.
template <class Table> bool fits(std::filesystem::path const& folder, std::size_t rows) {
  auto const needed = static_cast<double>(rows * Table::bytes_a_row) * 1.2;  // with the write-ahead log
  auto const free = static_cast<double>(std::filesystem::space(folder).available);
  if (needed < free) return true;
  measuring::remark(grouped_digits(static_cast<double>(rows)) + " rows of the table " + std::string(Table::title) +
                    " are left out: they take about " + measuring::number(needed / 1e9) + " GB in " + folder.string() +
                    ", and " + measuring::number(free / 1e9) + " GB are free; TMPDIR names another folder");
  return false;
}

// The peaks of memory, by size.
template <class Table>
std::vector<double> measure_table(std::filesystem::path const& folder, std::vector<std::size_t> const& sizes,
                                  plan const& p) {
  std::vector<double> peaks;
  for (auto const rows : sizes) {
    if (!fits<Table>(folder, rows)) break;
    auto const l = measure_apart<Table>(folder / "line.db", rows, p.sample);
    print<Table>(rows, l);
    peaks.push_back(l.peak);
  }
  return peaks;
}

// ---- a few and very many, side by side ----

template <class Table>
void compare(std::filesystem::path const& folder, std::size_t few, std::size_t many, std::size_t sample,
             std::size_t rounds) {
  if (!fits<Table>(folder, many)) return;
  traffic<Table> of_few(folder / "few.db", few), of_many(folder / "many.db", many);
  of_few.fill();
  of_many.fill();
  at_random among_few(few), among_many(many);
  measuring::contest sizes;
  auto const many_with = [&](int log_pages) {
    return [&, log_pages] {
      of_many.open(log_pages);
      return of_many.cycle(sample, std::ref(among_many));
    };
  };
  sizes.enter("few", [&] { return of_few.cycle(sample, std::ref(among_few)); });
  sizes.enter("many", many_with(pawl::sqlite::options{}.checkpoint_frames));
  sizes.enter("many, long log", many_with(8000));
  sizes.run(rounds);
  std::string const name = "scale.random." + std::string(Table::name);
  measuring::figure(name + ".818_per_second", sizes.median_of("few"));
  measuring::figure(name + ".1000000_per_second", sizes.median_of("many"));
  measuring::figure(name + ".1000000_vs_818", sizes.ratio("many", "few"), measuring::at_least(0.6));
  measuring::figure(name + ".1000000_with_log_of_8000_pages_vs_default", sizes.ratio("many, long log", "many"));
}

void measure(measuring::effort how_much, plan p) {
  std::size_t const less = how_much.small ? 100 : 1;
  p.most /= less;
  p.sample /= less;
  temporary_folder const folder;
  std::vector<std::size_t> sizes;
  for (std::size_t rows = 1000; rows <= p.most; rows *= 10) sizes.push_back(rows);
  print_head();
  auto const memory = [&]<class Table>(Table) {
    auto const peaks = measure_table<Table>(folder.path(), sizes, p);
    return [=] {
      if (peaks.size() > 3)
        measuring::figure("scale.memory." + std::string(Table::name) + ".1000000_vs_10000", peaks[3] / peaks[1],
                          measuring::at_most(1.2));
    };
  };
  auto const memory_of_v11 = memory(v11{});
  auto const memory_of_own = memory(own{});
  memory_of_v11();
  memory_of_own();
  compare<v11>(folder.path(), 818, 1'000'000 / less, p.sample, how_much.rounds);
  compare<own>(folder.path(), 818, 1'000'000 / less, p.sample, how_much.rounds);
  measure_bulk(folder.path(), p.most, how_much.rounds);
}

}  // namespace scale

int main(int argc, char** argv) {
  std::vector<std::string> const words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == scale::line_word) return scale::print_line({words.begin() + 1, words.end()});
  if (!words.empty() && words.front() == scale::start_word) return scale::bulk::start(words.at(1)), 0;
  scale::plan plan;
  return measuring::program(
      "Measures how inserts, transitions, memory and the database grow from a thousand rows to a million.", argc, argv,
      {}, [&](measuring::effort how_much) { scale::measure(how_much, plan); },
      [&](CLI::App& app) {
        app.add_option("--most", plan.most, "Rows of the largest table")
            ->check(CLI::IsMember({10'000, 100'000, 1'000'000, 10'000'000}))
            ->capture_default_str();
      });
}
