// Two lifecycles that belong together: an album, and the photos in it. The photos are the album's children.
#ifndef ALBUM_LIFECYCLE_HPP
#define ALBUM_LIFECYCLE_HPP

#include <cstdint>
#include <string>

#include <pawl/core.hpp>

namespace photo_album {

// ---- a photo: its key is its path, FOLDER's name first ----

enum class photo_state { found, shrunk, broken };

struct shrink {
  int width, height;  // of its thumbnail, in pixels
};
struct crack {
  std::string why;

  static crack from(pawl::step_failure const& f) { return {f.why.detail}; }
};

struct photo : pawl::lifecycle<pawl::initial<photo_state::found>, pawl::goal<photo_state::shrunk>,
                               pawl::terminal<photo_state::broken>,
                               pawl::transition<photo_state::found, shrink, photo_state::shrunk>,
                               pawl::transition<photo_state::found, crack, photo_state::broken>,
                               pawl::on_failure<photo_state::found, crack>> {};
static_assert(pawl::valid<photo>);

// ---- an album: its key, the title, is the path of the folder that its photos are in ----

enum class album_state { found, shrinking, proof, approved, published };

struct open {};     // inserts its photos
struct all_ended {  // fired with the last of them
  std::int64_t arrived, failed;
};
struct approve {};  // by a person
struct publish {};  // its page is written

struct album
    : pawl::lifecycle<pawl::initial<album_state::found>, pawl::goal<album_state::published>,
                      pawl::gathers<album_state::shrinking, photo, all_ended>, pawl::waiting<album_state::proof>,
                      pawl::transition<album_state::found, open, album_state::shrinking>,
                      pawl::transition<album_state::shrinking, all_ended, album_state::proof>,
                      pawl::transition<album_state::proof, approve, album_state::approved>,
                      pawl::transition<album_state::approved, publish, album_state::published>> {};
static_assert(pawl::valid<album>);

template <photo_state S> using photo_in = pawl::item<photo, S>;
template <album_state S> using album_in = pawl::item<album, S>;

}  // namespace photo_album

#endif
