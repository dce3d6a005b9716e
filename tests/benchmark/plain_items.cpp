// Works off items that have no parent, with nothing but what pawl has had from the beginning: tests/benchmark/plain_items
// compiles it with the headers of two commits.
//   plain_items own|mapped run|alone ITEMS DATABASE
// Prints the processor's nanoseconds for a transition; `alone`: a commit for each of them.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include <time.h>

#include <pawl/pawl.hpp>

enum class leaf { blank, set, printed };
struct typeset {
  std::string font;
};
struct print {};
struct page : pawl::lifecycle<pawl::initial<leaf::blank>, pawl::goal<leaf::printed>,
                              pawl::transition<leaf::blank, typeset, leaf::set>,
                              pawl::transition<leaf::set, print, leaf::printed>> {};
struct pages_table : pawl::table<page> {
  static constexpr pawl::names names{.table = "pages", .key = "name"};
  static constexpr auto columns = pawl::columns(pawl::on<typeset>(pawl::set("font", &typeset::font)));
};
struct press {
  typeset operator()(pawl::item<page, leaf::blank>) const { return {"Garamond"}; }
  print operator()(pawl::item<page, leaf::set>) const { return {}; }
};

static double processor_time() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

template <class Store> void work_off(Store& store, bool alone) {
  if (!alone) {
    pawl::loop<> loop;
    pawl::commit_queue queue(loop, store);
    pawl::run(queue, press{}, {.concurrency = 50});
    return;
  }
  auto const pages = store.runnable(leaf::blank, {}, 1'000'000);
  for (auto const& it : pages.items) {
    auto const is_set = store.apply(*it.template as<leaf::blank>(), typeset{"Garamond"});
    if (!is_set || !store.apply(*is_set, print{}))
      throw std::runtime_error(it.key + " has been moved by somebody else");
  }
}
template <class Store> [[gnu::noinline]] void measured_part(Store& store, bool alone, int items) {
  double const begun = processor_time();
  work_off(store, alone);
  std::printf("%.1f\n", (processor_time() - begun) / (2.0 * items));
}

int main(int count, char** words) {
  if (count != 5) return 2;
  bool const own = std::string_view(words[1]) == "own", alone = std::string_view(words[2]) == "alone";
  int const items = std::atoi(words[3]);
  pawl::sqlite::options how;
  how.durable = pawl::sqlite::durability::process_crash;
  pawl::sqlite::database db(words[4], how);
  auto const name = [](int i) { return "page " + std::to_string(100'000 + i); };
  if (own) {
    pawl::sqlite::store<page> store(db);
    db.begin();
    for (int i = 0; i < items; ++i) store.insert_if_absent(name(i));
    db.commit();
    measured_part(store, alone, items);
  } else {
    db.execute(
        "CREATE TABLE pages(id INTEGER PRIMARY KEY AUTOINCREMENT,name TEXT UNIQUE,state TEXT DEFAULT 'blank',version "
        "INTEGER NOT NULL DEFAULT 0,font TEXT)");
    pawl::sqlite::store<pages_table> store(db);
    db.begin();
    for (int i = 0; i < items; ++i) db.execute("INSERT INTO pages(name) VALUES('" + name(i) + "')");
    db.commit();
    measured_part(store, alone, items);
  }
}
