// A database of parents and children as one process, or several, have it open: in pawl's own tables or mapped ones.
#ifndef PAWL_TESTS_SQLITE_FAMILY_HPP
#define PAWL_TESTS_SQLITE_FAMILY_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "sqlite/fixture.hpp"
#include "store/families.hpp"

namespace family_test {

using namespace families;
using namespace sqlite_test;
using pawl::insert;
using pawl::with;

// Parents in the table of Album and children in that of Photo: lifecycles, or mappings of them.
template <class Album, class Photo> struct family {
  using album_type = Album;
  using photo_type = Photo;
};
struct own_of_own : family<album, photo> {};
struct own_of_mapped : family<album_of_rows, photos_table> {};
struct mapped_of_own : family<albums_table<album>, photo> {};
struct mapped_of_mapped : family<albums_table<album_of_rows>, photos_table> {};
#define PAWL_FAMILIES own_of_own, own_of_mapped, mapped_of_own, mapped_of_mapped

template <class T> void make_table(pawl::sqlite::database& db) {
  if constexpr (std::is_same_v<T, photos_table>) db.execute(std::string(photos_sql));
  if constexpr (pawl::a_table<T> && !std::is_same_v<T, photos_table>) db.execute(std::string(albums_sql));
}

// A database as one process has it open.
template <class Family> struct process {
  using album_type = typename Family::album_type;
  using photo_type = typename Family::photo_type;
  using albums_store = pawl::sqlite::store<album_type>;
  using photos_store = pawl::sqlite::store<photo_type>;
  using L = typename albums_store::lifecycle;

  explicit process(std::string const& path) : db(path, quick()) {}

  void open_albums() { albums.emplace(db, pawl::store_options{.history = true}); }
  void open_photos() { photos.emplace(db); }

  auto album_at(std::string_view title) { return albums->get(title).item; }
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
  template <class Event> void move_photo(std::string_view key, Event const& event) {
    auto const it = photos->get(key).item;
    REQUIRE(it);
    bool moved = false;
    pawl::visit(
        [&]<auto S>(pawl::item<photo, S> const& from) {
          if constexpr (pawl::accepts<photo, S, Event>) moved = bool(photos->apply(from, event));
        },
        *it);
    REQUIRE(moved);
  }
  void shrink_photo(std::string_view key) { move_photo(key, shrink{"small " + std::string(key)}); }

  pawl::sqlite::database db;
  std::optional<albums_store> albums{};
  std::optional<photos_store> photos{};
};

template <class Family> struct house : process<Family> {
  house() : house(std::make_unique<temporary_folder>()) {}
  explicit house(std::unique_ptr<temporary_folder> in) : process<Family>(*in / "family.db"), folder(std::move(in)) {
    make_table<typename Family::photo_type>(this->db);
    make_table<typename Family::album_type>(this->db);
    this->open_albums();
    this->open_photos();
    add_album("holiday");
  }
  void add_album(std::string const& title) {
    if constexpr (pawl::a_table<typename Family::album_type>)
      this->db.execute("INSERT INTO albums(title) VALUES('" + title + "')");
    else
      this->albums->insert_if_absent(title);
  }
  void add_album_if_absent(std::string const& title) {
    if (!this->album_at(title)) add_album(title);
  }
  template <class... Keys> void scan_album(std::string_view title, Keys&&... keys) {
    auto const fresh = this->template album_in<album_state::fresh>(title);
    REQUIRE(this->albums->apply(fresh, with(scan{}, insert<typename Family::photo_type>(keys...))));
  }
  std::optional<all_ended> told(std::string_view title) {
    return this->albums->template recorded<all_ended>(*this->album_at(title));
  }
  std::string tables() {
    return ask(this->db, "SELECT (SELECT count(*) FROM pawl_parent)||' '||(SELECT count(*) FROM pawl_child)");
  }

  std::unique_ptr<temporary_folder> folder;
};

}  // namespace family_test

#endif
