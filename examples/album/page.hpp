// The page of an album: one file of HTML that asks for nothing but the thumbnails beside it.
#ifndef ALBUM_PAGE_HPP
#define ALBUM_PAGE_HPP

#include <string>
#include <string_view>
#include <vector>

namespace photo_album {

struct shown_photo {
  std::string name{};  // of its thumbnail too
  int width = 0, height = 0;
};
struct broken_photo {
  std::string name{}, why{};
};

// All texts may be hostile: none is taken for markup.
std::string page_of(std::string_view title, std::vector<shown_photo> const& shown,
                    std::vector<broken_photo> const& broken);

}  // namespace photo_album

#endif
