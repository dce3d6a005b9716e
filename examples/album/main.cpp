// album: makes a page of thumbnails of each folder of photos, once a person has approved it. Kill it at any time and run it
// again.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>

#include <pawl/pawl.hpp>
#include <pawl/report.hpp>

#include "../command_line.hpp"
#include "../folder_table.hpp"
#include "../open_file.hpp"
#include "gallery.hpp"
#include "library.hpp"
#include "lifecycle.hpp"
#include "news.hpp"
#include "steps.hpp"

using namespace photo_album;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using album_store = pawl::sqlite::store<album>;
using photo_store = pawl::sqlite::store<photo>;

enum exit_code : int { done = 0, fatal = 1, usage = 2, not_done = 3, stopped = 128 };  // stopped + the signal's number

struct request {
  std::string folder, db, title;
};

// ---- make ----

static pawl::task<pawl::done_t> tell_until_all_are_published(pawl::loop<>& loop, news& of_albums) {
  while (of_albums.tell()) co_await loop.sleep(200ms);
  co_return pawl::done;
}

static int make_albums(request const& r) {
  auto const pages = fs::weakly_canonical(fs::absolute(r.db + ".pages"));
  library const found(r.folder, text_of_path(pages));
  for (auto const& why : found.unreadable()) fmt::print(stderr, "album: cannot read {}\n", why);

  pawl::sqlite::database db(r.db);
  db.execute("CREATE TABLE IF NOT EXISTS folder(path TEXT NOT NULL)");
  expect_database_of(db, found.folder());
  album_store albums(db);
  photo_store photos(db);
  pawl::store_lock lock(albums);  // also over what is done before the run
  albums.insert_many(found.titles());
  gallery made(pages);
  news of_albums(albums, photos, pages);

  pawl::loop<> loop;
  pawl::stop_source stop;
  pawl::stop_on_signals const signals(loop, stop);
  pawl::commit_queue album_queue(loop, albums);
  pawl::commit_queue photo_queue(loop, photos);
  auto const threads = (std::max)(2U, std::thread::hardware_concurrency());
  boost::asio::thread_pool pool(threads);
  workshop at{loop, pool, found, made};

  // Whichever ends first ends the others: all are published, a signal has come, or a disk is full.
  using namespace boost::asio::experimental::awaitable_operators;
  auto const ended = loop.wait(
      pawl::async_run(
          album_queue, album_steps{at, photos},
          {.concurrency = threads, .until = pawl::until::stopped, .poll = 200ms, .stop = &stop, .lock = &lock}) ||
      pawl::async_run(photo_queue, photo_steps{at},
                      {.concurrency = 2 * threads, .until = pawl::until::stopped, .stop = &stop}) ||
      tell_until_all_are_published(loop, of_albums));
  pool.join();
  for (auto const* sum : {std::get_if<0>(&ended), std::get_if<1>(&ended)})
    if (sum != nullptr && sum->halted)
      fmt::print(stderr, "album: stopped: {}; run it again when that is over\n", sum->halted->describe());
  if (signals.signal() != 0) return stopped + signals.signal();
  auto const now = pawl::inspect(albums);
  bool const all = now.states[pawl::state_index<album>(album_state::published)].items == now.items;
  return all && found.unreadable().empty() ? done : not_done;
}

// ---- approve ----

static int approve_album(request const& r) {
  pawl::sqlite::options look;
  look.mode = pawl::sqlite::access::read_only;  // what is no database of albums stays as it is
  pawl::sqlite::database as_it_is(r.db, look);
  auto row = album_store(as_it_is).get(r.title);
  auto const proof = row.item ? row.item->as<album_state::proof>() : std::nullopt;
  if (proof) {
    pawl::sqlite::database db(r.db);
    album_store albums(db);
    if (albums.apply(*proof, approve{})) return done;
    row = albums.get(r.title);  // somebody was faster
  }
  fmt::print(stderr, "album: '{}' does not wait to be approved: {}\n", pawl::escaped(r.title), row.describe());
  return not_done;
}

// ---- the command line ----

static constexpr char const* footer = R"(Examples:
  album make ~/Pictures pictures.db                 and in another terminal, once an album waits for it:
  album approve pictures.db Pictures/Rome

Each folder with photos (*.jpg, *.jpeg) is an album, with what was in it when it was first seen. Thumbnails and pages are in
DATABASE.pages; `pawl status DATABASE` counts what is done. Ctrl-C and kill -9 lose nothing: run it again.
Exit codes: 0 all albums are published, or this one is approved; 1 fatal; 2 usage; 3 some are not, or it is not; 130 and 143
stopped by SIGINT and SIGTERM.)";

static int parsed_and_done(int argc, char* argv[]) {
  request r;
  CLI::App app("Makes a page of each folder of photos, once a person has approved it; may be killed at any time.",
               "album");
  app.footer(footer);
  app.require_subcommand(1);
  auto* const makes =
      app.add_subcommand("make", "Makes thumbnails, waits until each album is approved, writes its page");
  makes->add_option("FOLDER", r.folder, "The photos")->required()->type_name("");
  auto* const approves = app.add_subcommand("approve", "Lets an album be published, while `make` runs or later");
  for (auto* const one : {makes, approves})
    one->add_option("DATABASE", r.db, "The database")->required()->type_name("");
  approves->add_option("TITLE", r.title, "The album, as `make` prints it")->required()->type_name("");
  try {
    app.parse(command_line::words(app, argc, argv));
  } catch (CLI::ParseError const& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::string const words = e.what();
    fmt::print(stderr, "album: {}; see album --help\n", pawl::escaped(words));
    return usage;
  }
  return *makes ? make_albums(r) : approve_album(r);
}

int main(int argc, char* argv[]) try { return parsed_and_done(argc, argv); } catch (std::exception const& e) {
  std::string_view words = e.what();
  if (words.starts_with("pawl: ")) words.remove_prefix(6);
  fmt::print(stderr, "album: {}\n", words);
  return fatal;
}
