// Implements the functions of store_link.hpp that do not depend on a store's type.
#ifndef PAWL_RUNNER_ENGINE_STORE_LINK_IMPL_HPP
#define PAWL_RUNNER_ENGINE_STORE_LINK_IMPL_HPP

#include <utility>
#include <vector>

#include <pawl/runner/engine/store_link.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

PAWL_INLINE store_link::~store_link() = default;

PAWL_INLINE task<void> store_link::news_of_later(stored_item const& it, look also, item_news& into) {
  into = news_of(it, also);
  co_return;
}
PAWL_INLINE task<void> store_link::note_later(stored_item const& it, trouble_record const& record, bool& noted) {
  noted = note(it, record);
  co_return;
}
PAWL_INLINE task<void> store_link::begin_item(stored_item const&, bool& ours) {
  ours = true;
  co_return;
}

PAWL_INLINE found_page make_found_page(std::vector<stored_item> items, bool is_last) {
  found_page page{{}, is_last};
  page.items.reserve(items.size());
  for (auto& it : items) page.items.push_back({std::move(it), nullptr});
  return page;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
