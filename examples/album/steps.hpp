// The steps of both lifecycles. What blocks is done in the pool.
#ifndef ALBUM_STEPS_HPP
#define ALBUM_STEPS_HPP

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include <pawl/pawl.hpp>

#include "../open_file.hpp"
#include "gallery.hpp"
#include "library.hpp"
#include "lifecycle.hpp"
#include "page.hpp"
#include "thumbnail.hpp"

namespace photo_album {

struct workshop {
  pawl::loop<>& loop;
  boost::asio::thread_pool& pool;
  library const& photos;
  gallery& made;
};

struct photo_steps {
  workshop& at;

  // safe: a thumbnail that is made again is the same. What cannot be made one becomes a crack.
  pawl::task<pawl::one_of<shrink>> operator()(photo_in<photo_state::found> it, pawl::safe&) {
    auto const make = [this, photo = it.key] { return make_thumbnail(photo); };
    auto making = pawl::offload(at.loop, at.pool, make);
    auto const made = co_await std::move(making);
    if (!made) co_return made.why();
    co_return *made;
  }

 private:
  pawl::outcome<shrink> make_thumbnail(std::string const& photo) const {
    auto const content = at.photos.read(photo);
    if (!content) return content.why();
    auto const small = thumbnail_of(*content);
    if (!small) return small.why();
    auto const written = at.made.put(path_of_text(photo), small->jpeg);
    if (!written) return written.why();
    return shrink{small->width, small->height};
  }
};

struct album_steps {
  workshop& at;
  pawl::sqlite::store<photo>& photos;

  // The photos are there with the album's transition, or not at all.
  pawl::with<open> operator()(album_in<album_state::found> it) {
    return pawl::with(open{}, pawl::insert<photo>(at.photos.photos_of(it.key)));
  }

  // An album that is shrinking waits for its photos, and a proof for a person. Neither has a step.

  // safe: a page that is written again is the same.
  pawl::task<pawl::one_of<publish>> operator()(album_in<album_state::approved> it, pawl::safe&) {
    auto const write = [this, title = it.key, page = page_of_album(it.key)] {
      return at.made.put(path_of_text(title) / "index.html", page);
    };
    auto writing = pawl::offload(at.loop, at.pool, write);
    auto const written = co_await std::move(writing);
    if (!written) co_return written.why();
    co_return publish{};
  }

 private:
  std::string page_of_album(std::string const& title) const {
    std::vector<shown_photo> shown;
    std::vector<broken_photo> broken;
    for (auto const& it : photos_of(title)) {
      if (auto const small = photos.recorded<shrink>(it))
        shown.push_back({name_of(it.key), small->width, small->height});
      if (auto const cracked = photos.recorded<crack>(it)) broken.push_back({name_of(it.key), cracked->why});
    }
    return page_of(title, shown, broken);
  }
  // In the order of their names.
  std::vector<pawl::any_item<photo>> photos_of(std::string const& title) const {
    auto const within = title + '/';
    std::vector<pawl::any_item<photo>> found;
    pawl::item_query<photo> const query{.key_prefix = within};
    for (auto page = photos.items(query);; page = photos.items(query, page.next)) {
      for (auto& [it, trouble] : page)
        if (title_of(it.key) == title) found.push_back(std::move(it));  // not of an album in a folder below it
      if (page.is_last) break;
    }
    std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) { return a.key < b.key; });
    return found;
  }
};

}  // namespace photo_album

#endif
