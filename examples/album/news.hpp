// Tells what becomes of the albums, each thing once.
#ifndef ALBUM_NEWS_HPP
#define ALBUM_NEWS_HPP

#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <pawl/pawl.hpp>
#include <pawl/report/escape.hpp>

#include "../open_file.hpp"
#include "lifecycle.hpp"

namespace photo_album {

class news {
 public:
  news(pawl::sqlite::store<album>& albums, pawl::sqlite::store<photo>& photos, std::filesystem::path pages)
      : albums_(&albums), photos_(&photos), pages_(std::move(pages)) {}

  // True: an album is under way, or waits.
  bool tell() {
    bool more_to_come = false;
    for (auto page = albums_->items();; page = albums_->items({}, page.next)) {
      for (auto const& [it, trouble] : page) more_to_come |= tell_of(it, trouble);
      if (page.is_last) break;
    }
    for (auto const& [it, record] : photos_->parked(100))
      say(stderr, fmt::format("album: '{}' is parked, and its album waits for it: {}", pawl::escaped(it.key),
                              record.last_error));
    return more_to_come;
  }

 private:
  bool tell_of(pawl::any_item<album> const& it, std::optional<pawl::trouble_record> const& trouble) {
    auto const title = pawl::escaped(it.key);
    if (trouble && trouble->parked) {
      say(stderr, fmt::format("album: '{}' is parked: {}", title, trouble->last_error));
      return false;
    }
    if (auto const of_it = albums_->recorded<all_ended>(it); of_it && it.state == album_state::proof)
      say(stdout, fmt::format("'{}' waits to be approved: {} photos, {} broken", title, of_it->arrived, of_it->failed));
    if (it.state != album_state::published) return true;
    auto const page = pages_ / path_of_text(it.key) / "index.html";
    say(stdout, fmt::format("'{}' is published: {}", title, pawl::escaped(text_of_path(page))));
    return false;
  }
  void say(std::FILE* to, std::string const& line) {
    if (!said_.insert(line).second) return;
    fmt::print(to, "{}\n", line);
    std::fflush(to);
  }

  pawl::sqlite::store<album>* albums_;
  pawl::sqlite::store<photo>* photos_;
  std::filesystem::path pages_;
  std::set<std::string> said_{};
};

}  // namespace photo_album

#endif
