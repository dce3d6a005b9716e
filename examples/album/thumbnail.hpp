// Thumbnails of JPEGs, made by libjpeg-turbo.
#ifndef ALBUM_THUMBNAIL_HPP
#define ALBUM_THUMBNAIL_HPP

#include <string>
#include <string_view>

#include <pawl/core.hpp>

namespace photo_album {

struct thumbnail {
  std::string jpeg{};
  int width = 0, height = 0;  // in pixels
};

// The photo at an eighth of its size or more: the smallest of these whose longer side has 480 pixels, for a page shows it half
// as large, and sharp screens want two pixels for one. A smaller photo keeps its size. The same photo has the same thumbnail.
// What is no JPEG, or not all of one, is permanent trouble, in the library's words. May be called on several threads.
pawl::outcome<thumbnail> thumbnail_of(std::string_view jpeg);

}  // namespace photo_album

#endif
