// What it costs that items belong together: children of one parent beside items of their own, and the insertion of both.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/with.hpp>

#include "benchmark/measuring.hpp"
#include "files.hpp"

namespace together {

// Of two transitions, so that one in two ends a child: most lifecycles have more.
enum class page_state { blank, set, printed };
struct typeset {
  std::string font;
};
struct print {};
struct page : pawl::lifecycle<pawl::initial<page_state::blank>, pawl::goal<page_state::printed>,
                              pawl::transition<page_state::blank, typeset, page_state::set>,
                              pawl::transition<page_state::set, print, page_state::printed>> {
  static constexpr std::string_view name = "page";
};
struct steps {
  typeset operator()(pawl::item<page, page_state::blank>) const { return {"Garamond"}; }
  print operator()(pawl::item<page, page_state::set>) const { return {}; }
};

enum class book_state { planned, at_the_printer, printed };
struct order {};
struct all_printed {
  std::int64_t arrived, failed;
};
struct book
    : pawl::lifecycle<pawl::initial<book_state::planned>, pawl::gathers<book_state::at_the_printer, page, all_printed>,
                      pawl::goal<book_state::printed>,
                      pawl::transition<book_state::planned, order, book_state::at_the_printer>,
                      pawl::transition<book_state::at_the_printer, all_printed, book_state::printed>> {
  static constexpr std::string_view name = "book";
};

std::vector<std::string> keys_of(std::size_t count) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back("a book of ours, page " + std::to_string(100'000 + i));
  return keys;
}

enum class kin { none, beside, children };

struct rates {
  double inserted = 0, ended = 0;  // items a second
};

// `beside`: of another book's children in the same table there are some, but these are nobody's.
rates measure_once(kin how, std::size_t count) {
  temporary_folder folder;
  pawl::loop<> loop;
  pawl::sqlite::options options;
  options.durable = pawl::sqlite::durability::process_crash;
  pawl::sqlite::database db(folder / "books.db", options);
  pawl::sqlite::store<book> books(db);
  pawl::sqlite::store<page> pages(db);
  auto const order_book = [&](std::string const& title, std::vector<std::string> const& of) {
    books.insert_if_absent(title);
    auto const planned = books.get(title).item->as<book_state::planned>();
    if (!books.apply(*planned, pawl::with(order{}, pawl::insert<page>(of)))) throw std::runtime_error("a conflict");
  };
  if (how == kin::beside) order_book("another", {"another page"});
  auto const keys = keys_of(count);
  auto const begun = std::chrono::steady_clock::now();
  if (how == kin::children)
    order_book("ours", keys);
  else
    pages.insert_many(keys);
  auto const inserted = std::chrono::steady_clock::now();
  pawl::commit_queue queue(loop, pages);
  auto const sum = pawl::run(queue, steps{}, {.concurrency = 50});
  auto const ended = std::chrono::steady_clock::now();
  if (sum.finished < count) throw std::runtime_error("the run has not ended all pages");
  if (how == kin::children && books.get("ours").item->state != book_state::printed)
    throw std::runtime_error("the book was not told that its pages are printed");
  auto const rate = [count](std::chrono::duration<double> in) { return static_cast<double>(count) / in.count(); };
  return {rate(inserted - begun), rate(ended - inserted)};
}

void measure(measuring::effort const& how_much) {
  std::size_t const count = how_much.small ? 200 : 10'000;
  measuring::contest ending, inserting;
  struct entrant {
    std::string name;
    kin how;
    rates last{};
  };
  std::vector<entrant> entrants{{"none", kin::none}, {"beside", kin::beside}, {"children", kin::children}};
  for (auto& one : entrants) ending.enter(one.name, [&one, count] { return measure_once(one.how, count).ended; });
  for (auto& one : entrants) inserting.enter(one.name, [&one, count] { return measure_once(one.how, count).inserted; });
  ending.run(how_much.rounds);
  inserting.run(how_much.rounds);
  measuring::remark("SQLite, pawl's own table, " + std::to_string(count) +
                    " items of two transitions through a run, 50 in flight");
  measuring::remark("of nobody: " + measuring::number(ending.median_of("none")) + " items a second");
  measuring::figure("together.sqlite.children.c50.vs_items_of_nobody", ending.ratio("children", "none"),
                    measuring::at_least(0.5));
  measuring::figure("together.sqlite.beside_children.c50.vs_items_of_nobody", ending.ratio("beside", "none"));
  measuring::remark("inserted in one call: " + measuring::number(inserting.median_of("none")) + " a second");
  measuring::figure("together.sqlite.insert.vs_insert_many", inserting.ratio("children", "none"));
}

}  // namespace together

int main(int argc, char** argv) {
  return measuring::program("What it costs that items belong together", argc, argv, {.rounds = 9}, together::measure);
}
