// Albums and photos on a server, as one process has them open, in a schema of a test's own.
#ifndef PAWL_TESTS_POSTGRES_FAMILY_FIXTURE_HPP
#define PAWL_TESTS_POSTGRES_FAMILY_FIXTURE_HPP

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/postgres.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"
#include "store/families.hpp"

namespace postgres_families {

using namespace families;
using pawl::insert;
using pawl::with;
using postgres_test::own_database;

// Parents in the table of Album and children in that of Photo: lifecycles, or mappings of them.
template <class Album, class Photo> struct family {
  using album_type = Album;
  using photo_type = Photo;
};
struct own_of_own : family<album, photo> {};
struct own_of_mapped : family<album_of_rows, photos_table> {};
struct mapped_of_own : family<albums_table<album>, photo> {};
struct mapped_of_mapped : family<albums_table<album_of_rows>, photos_table> {};

constexpr std::string_view photos_on_server =
    "CREATE TABLE photos(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,file text NOT NULL UNIQUE,state text NOT "
    "NULL "
    "DEFAULT 'found',version bigint NOT NULL DEFAULT 0,changed_at timestamptz,urgency integer,thumbnail text,taken_by "
    "text DEFAULT 'us')";
constexpr std::string_view albums_on_server =
    "CREATE TABLE albums(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,title text NOT NULL UNIQUE,state text NOT "
    "NULL DEFAULT 'fresh',version bigint NOT NULL DEFAULT 0,photos bigint CHECK(photos<>13),broken bigint)";

// A database as one process has it open, on a loop of its own.
template <class Family> struct process {
  using album_type = typename Family::album_type;
  using photo_type = typename Family::photo_type;
  using albums_store = pawl::postgres::store<album_type>;
  using photos_store = pawl::postgres::store<photo_type>;
  using L = typename albums_store::lifecycle;

  explicit process(std::string const& conninfo, pawl::postgres::options const& chosen = {})
      : db(loop, conninfo, chosen) {}

  template <class T> T wait(pawl::task<T> answer) { return loop.wait(std::move(answer)); }
  void open_albums() {
    albums.emplace(db, pawl::store_options{.history = true});
    wait(albums->open());
  }
  void open_photos() {
    photos.emplace(db);
    wait(photos->open());
  }

  auto album_at(std::string_view title) { return wait(albums->get(title)).item; }
  std::string state_of_album(std::string_view title) {
    auto const it = album_at(title);
    return it ? std::string(pawl::stored_names<L>[pawl::state_index<L>(it->state)]) : "none";
  }
  template <auto S> pawl::item<L, S> album_in(std::string_view title) {
    auto const it = album_at(title);
    REQUIRE(it);
    auto const typed = it->template as<S>();
    REQUIRE(typed);
    return *typed;
  }
  template <class Event> pawl::task<bool> moving(std::string key, Event event) {
    auto getting = photos->get(key);
    auto const row = co_await std::move(getting);
    bool moved = false;
    pawl::task<bool> moving_now;
    pawl::visit(
        [&]<auto S>(pawl::item<photo, S> const& from) {
          if constexpr (pawl::accepts<photo, S, Event>) moving_now = apply_photo(from, event);
        },
        row.item.value());
    moved = co_await std::move(moving_now);
    co_return moved;
  }
  template <auto S, class Event> pawl::task<bool> apply_photo(pawl::item<photo, S> from, Event event) {
    auto applying = photos->apply(from, event);
    auto const moved = co_await std::move(applying);
    co_return static_cast<bool>(moved);
  }
  template <class Event> void move_photo(std::string const& key, Event const& event) {
    REQUIRE(wait(moving(key, event)));
  }
  void shrink_photo(std::string const& key) { move_photo(key, shrink{"small " + key}); }
  template <auto S, class Event> bool move_album(std::string_view title, Event const& event) {
    auto const from = album_in<S>(title);
    return static_cast<bool>(wait(albums->apply(from, event)));
  }
  template <class... Keys> void scan_album(std::string_view title, Keys&&... keys) {
    REQUIRE(move_album<album_state::fresh>(title, with(scan{}, insert<photo_type>(keys...))));
  }
  std::optional<all_ended> told(std::string_view title) {
    auto const it = album_at(title);
    return wait(albums->template recorded<all_ended>(*it));
  }

  pawl::loop<> loop{};
  pawl::postgres::database db;
  std::optional<albums_store> albums{};
  std::optional<photos_store> photos{};
};

struct on_server {
  own_database at{};
};
template <class Family> struct house : on_server, process<Family> {
  static constexpr bool is_album_mapped = pawl::a_table<typename Family::album_type>;
  static constexpr bool is_photo_mapped = pawl::a_table<typename Family::photo_type>;

  house() : process<Family>(at.conninfo()) {
    if (is_photo_mapped) at.in.sql.script(std::string(photos_on_server));
    if (is_album_mapped) at.in.sql.script(std::string(albums_on_server));
    this->open_albums();
    this->open_photos();
    add_album("holiday");
  }
  void add_album(std::string const& title) {
    if constexpr (is_album_mapped)
      at.in.sql.must("INSERT INTO albums(title) VALUES($1)", {title});
    else
      REQUIRE(this->wait(this->albums->insert_if_absent(title)));
  }
  std::string ask(std::string const& sql) { return at.in.sql.must(sql).at(0, 0); }
  std::string tables() {
    return ask("SELECT (SELECT count(*) FROM pawl_parent)||' '||(SELECT count(*) FROM pawl_child)");
  }
  std::string album_table() const { return std::string(this->albums->rows()->name()); }
  std::string photo_table() const { return std::string(this->photos->rows()->name()); }
  std::string key_is(std::string const& key) const {
    return is_photo_mapped ? "file='" + key + "'" : "key='" + key + "'::bytea";
  }
};

}  // namespace postgres_families

#endif
