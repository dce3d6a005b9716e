// From a thousand rows to a million, and to ten if asked: how fast rows are inserted and items moved, what memory it
// takes and how large the database gets, for the user's table V11 and for pawl's own.
//
// Each line of the table is a process of its own, on a database of its own, synchronous=NORMAL, 50 items in flight, three
// transitions each. What is written is synced before each clock starts. A rate is that of
//   insert     rows in transactions of 10,000, keys in their order: V11 by a prepared INSERT, pawl's own by
//              insert_if_absent;
//   run        a whole run over all rows that the next two have left, by steps without a remote: it finds its items
//              itself, in the order of the rows. The peak of memory is after it;
//   key order  items moved through pawl::grouped, taken in the order of keys, which is that of the rows;
//   at random  the same, taken at random from all of the table: each item's row and its entries in the indexes stand
//              elsewhere than the last one's.
// Every item is moved for the first time: its row grows as it does for a user. Where there are too few rows for a rate
// the database is made anew, untimed, and they are moved again.
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/sqlite/database.hpp>

#include "benchmark/measuring.hpp"
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

// All rows of a fresh table, as often as it takes.
template <class Table, class Move> rate move_all(traffic<Table>& t, std::size_t sample, Move move) {
  rate sum;
  while (sum.done < transitions * sample) {
    t.fill();
    sum.add(transitions * t.rows(), move());
  }
  return sum;
}

template <class Table> line measure_line(std::string const& file, std::size_t rows, std::size_t sample) {
  traffic<Table> t(file, rows);
  line l;
  rate inserted;
  while (inserted.done < sample) inserted.add(rows, t.fill());
  l.insert = inserted.per_second();
  auto const as_it_is = [](std::size_t i) { return i; };
  if (rows < 4 * sample) {
    shuffle const shuffled(rows);
    l.in_order = move_all(t, sample, [&] { return t.move(rows, as_it_is); }).per_second();
    l.at_random = move_all(t, sample, [&] { return t.move(rows, shuffled); }).per_second();
    l.run = move_all(t, sample, [&] { return t.run().seconds; }).per_second();
  } else {
    shuffle const shuffled(rows - sample);
    auto const moved = static_cast<double>(transitions * sample);
    l.in_order = moved / t.move(sample, as_it_is);
    l.at_random = moved / t.move(sample, [&](std::size_t i) { return sample + shuffled(i); });
    l.run = t.run().per_second();
  }
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

// Transitions a second at random: of few rows all, again and again, and of very many always others.
template <class Table>
void enter(measuring::contest& all, std::string const& what, std::string const& file, std::size_t rows,
           std::size_t sample) {
  auto t = std::make_shared<traffic<Table>>(file, rows);
  shuffle const shuffled(rows);
  if (rows < sample)
    return all.enter(what, [=] { return move_all(*t, sample, [&] { return t->move(rows, shuffled); }).per_second(); });
  all.enter(what, [=, first = rows]() mutable {
    if (first + sample > rows) {
      t->fill();
      first = 0;
    }
    auto const took = t->move(sample, [&](std::size_t i) { return shuffled(first + i); });
    first += sample;
    return static_cast<double>(transitions * sample) / took;
  });
}

template <class Table>
void compare(std::filesystem::path const& folder, std::size_t few, std::size_t many, std::size_t sample,
             std::size_t rounds) {
  if (!fits<Table>(folder, many)) return;
  measuring::contest both;
  enter<Table>(both, "few", folder / "few.db", few, sample);
  enter<Table>(both, "many", folder / "many.db", many, sample);
  both.run(rounds);
  std::string const name = "scale.random." + std::string(Table::name);
  measuring::figure(name + ".818_per_second", both.median_of("few"));
  measuring::figure(name + ".1000000_per_second", both.median_of("many"));
  measuring::figure(name + ".1000000_vs_818", both.ratio("many", "few"), measuring::at_least(0.6));
}

void measure(measuring::effort how_much, plan p) {
  std::size_t const less = how_much.small ? 100 : 1;
  p.most /= less;
  p.sample /= less;
  temporary_folder const folder;
  std::vector<std::size_t> sizes;
  for (std::size_t rows = 1000 / less; rows <= p.most; rows *= 10) sizes.push_back(rows);
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
  compare<v11>(folder.path(), 818 / less, 1'000'000 / less, p.sample, how_much.rounds);
  compare<own>(folder.path(), 818 / less, 1'000'000 / less, p.sample, how_much.rounds);
}

}  // namespace scale

int main(int argc, char** argv) {
  std::vector<std::string> const words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == scale::line_word) return scale::print_line({words.begin() + 1, words.end()});
  scale::plan plan;
  return measuring::program(
      "Measures how inserts, transitions, memory and the database grow from a thousand rows to a million.", argc, argv,
      {}, [&](measuring::effort how_much) { scale::measure(how_much, plan); },
      [&](CLI::App& app) {
        app.add_option("--most", plan.most, "Rows of the largest table: a power of ten")->capture_default_str();
      });
}
