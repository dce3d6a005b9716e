// Lifecycles whose items belong together: albums of photos, folders of folders.
#ifndef PAWL_TESTS_STORE_FAMILIES_HPP
#define PAWL_TESTS_STORE_FAMILIES_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/table.hpp>

namespace families {

enum class photo_state { found, shrunk, broken };
struct shrink {
  std::string thumbnail;
};
struct crack {};
struct look_again {};
struct photo : pawl::lifecycle<pawl::initial<photo_state::found>, pawl::goal<photo_state::shrunk>,
                               pawl::terminal<photo_state::broken>,
                               pawl::transition<photo_state::found, shrink, photo_state::shrunk>,
                               pawl::transition<photo_state::found, crack, photo_state::broken>,
                               pawl::transition<photo_state::shrunk, look_again, photo_state::found>,
                               pawl::transition<photo_state::broken, look_again, photo_state::found>> {};
static_assert(pawl::valid<photo>);
struct photos_table : pawl::table<photo> {
  static constexpr pawl::names names{
      .table = "photos", .key = "file", .changed_at = "changed_at", .priority = "urgency"};
  static constexpr auto columns = pawl::columns(pawl::on<shrink>(pawl::set("thumbnail", &shrink::thumbnail)));
};
inline constexpr std::string_view photos_sql =
    "CREATE TABLE photos(id INTEGER PRIMARY KEY AUTOINCREMENT,file TEXT NOT NULL UNIQUE,state TEXT NOT NULL DEFAULT "
    "'found',version INTEGER NOT NULL DEFAULT 0,changed_at TEXT,urgency INTEGER,thumbnail TEXT,taken_by TEXT DEFAULT "
    "'us')";

enum class album_state { fresh, waiting, printing, printed };
struct scan {};
struct add {};
struct all_ended {
  std::int64_t arrived, failed;
};
struct print {};
struct again {};

// An album of the photos in the table of Photo, a lifecycle or a mapping.
template <class Photo>
using album_of =
    pawl::lifecycle<pawl::initial<album_state::fresh>, pawl::gathers<album_state::waiting, Photo, all_ended>,
                    pawl::goal<album_state::printed>, pawl::transition<album_state::fresh, scan, album_state::waiting>,
                    pawl::transition<album_state::waiting, add, album_state::waiting>,
                    pawl::transition<album_state::waiting, all_ended, album_state::printing>,
                    pawl::transition<album_state::printing, add, album_state::printing>,
                    pawl::transition<album_state::printing, print, album_state::printed>,
                    pawl::transition<album_state::printing, again, album_state::fresh>>;
struct album : album_of<photo> {};
struct album_of_rows : album_of<photos_table> {};
static_assert(pawl::valid<album> && pawl::valid<album_of_rows>);
template <class Album> struct albums_table : pawl::table<Album> {
  static constexpr pawl::names names{.table = "albums", .key = "title"};
  static constexpr auto columns = pawl::columns(
      pawl::on<all_ended>(pawl::set("photos", &all_ended::arrived), pawl::set("broken", &all_ended::failed)));
};
inline constexpr std::string_view albums_sql =
    "CREATE TABLE albums(id INTEGER PRIMARY KEY AUTOINCREMENT,title TEXT NOT NULL UNIQUE,state TEXT NOT NULL DEFAULT "
    "'fresh',version INTEGER NOT NULL DEFAULT 0,photos INTEGER CHECK(photos<>13),broken INTEGER)";

// Done when all that is in it is, folders too.
enum class folder_state { found, waiting, complete };
struct list {};
struct listed {
  int failed;
};
struct folder
    : pawl::lifecycle<pawl::initial<folder_state::found>, pawl::gathers<folder_state::waiting, folder, listed>,
                      pawl::goal<folder_state::complete>,
                      pawl::transition<folder_state::found, list, folder_state::waiting>,
                      pawl::transition<folder_state::waiting, listed, folder_state::complete>> {};
static_assert(pawl::valid<folder>);

}  // namespace families

#endif
