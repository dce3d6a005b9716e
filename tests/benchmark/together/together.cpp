// What it costs that items belong together: children of one parent beside items of their own, and the insertion of both.
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <pawl/loop/loop.hpp>
#include <pawl/postgres/store.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/with.hpp>

#include "benchmark/measuring.hpp"
#include "books.hpp"
#include "files.hpp"
#include "postgres/temporary_server.hpp"

namespace together {

enum class kin { none, beside, children };

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
  return rates_of(count, begun, inserted, ended);
}

// The same in tables of a server, each time in a schema of its own.
rates measure_on_server(temporary_server& server, bool are_children, std::size_t count) {
  static int schemas = 0;
  std::string const schema = "together_" + std::to_string(++schemas);
  server.run("CREATE SCHEMA " + schema);
  pawl::loop<> loop;
  pawl::postgres::database db(loop, server.conninfo("user=postgres options='-c search_path=" + schema + "'"));
  pawl::postgres::store<book> books(db);
  pawl::postgres::store<page> pages(db);
  loop.wait(books.open());
  loop.wait(pages.open());
  auto const keys = keys_of(count);
  auto const begun = std::chrono::steady_clock::now();
  if (are_children) {
    loop.wait(books.insert_if_absent("ours"));
    auto const planned = loop.wait(books.get("ours")).item->as<book_state::planned>();
    auto const ordered = pawl::with(order{}, pawl::insert<page>(keys));
    if (!loop.wait(books.apply(*planned, ordered))) throw std::runtime_error("a conflict");
  } else {
    server.run("INSERT INTO " + schema +
               ".page(key,state,version,changed_at) SELECT convert_to('page '||n,'UTF8'),0,0,now() "
               "FROM generate_series(1," +
               std::to_string(count) + ") AS n");
  }
  auto const inserted = std::chrono::steady_clock::now();
  pawl::commit_queue queue(loop, pages);
  auto const sum = pawl::run(queue, steps{}, {.concurrency = 50});
  auto const ended = std::chrono::steady_clock::now();
  if (sum.finished < count) throw std::runtime_error("the run has not ended all pages");
  if (are_children && loop.wait(books.get("ours")).item->state != book_state::printed)
    throw std::runtime_error("the book was not told that its pages are printed");
  return rates_of(count, begun, inserted, ended);
}

void measure(measuring::effort const& how_much) {
  std::size_t const count = how_much.small ? 200 : 10'000;
  temporary_server server;
  server.start();
  measuring::contest ending, inserting;
  auto const enter = [&](std::string const& name, auto once) {
    ending.enter(name, [once] { return once().ended; });
    inserting.enter(name, [once] { return once().inserted; });
  };
  enter("sqlite.none", [count] { return measure_once(kin::none, count); });
  enter("sqlite.beside", [count] { return measure_once(kin::beside, count); });
  enter("sqlite.children", [count] { return measure_once(kin::children, count); });
  enter("postgres.none", [&server, count] { return measure_on_server(server, false, count); });
  enter("postgres.children", [&server, count] { return measure_on_server(server, true, count); });
  ending.run(how_much.rounds);
  inserting.run(how_much.rounds);
  measuring::remark(std::to_string(count) +
                    " items of two transitions in pawl's own table through a run, 50 in flight, " +
                    "of one parent and of nobody; SQLite with NORMAL, PostgreSQL " + server.run("SHOW server_version"));
  for (std::string const on : {"sqlite", "postgres"}) {
    measuring::remark(on + ", of nobody: " + measuring::number(ending.median_of(on + ".none")) + " items a second; " +
                      measuring::number(inserting.median_of(on + ".children")) + " children inserted in one call");
    measuring::figure("together." + on + ".children.c50.vs_items_of_nobody",
                      ending.ratio(on + ".children", on + ".none"), measuring::at_least(0.5));
  }
  measuring::figure("together.sqlite.insert.vs_insert_many", inserting.ratio("sqlite.children", "sqlite.none"));
  measuring::figure("together.sqlite.beside_children.c50.vs_items_of_nobody",
                    ending.ratio("sqlite.beside", "sqlite.none"));
}

}  // namespace together

int main(int argc, char** argv) {
  return measuring::program("What it costs that items belong together", argc, argv, {.rounds = 9}, together::measure);
}
