// Implements the functions of store_link.hpp that do not depend on a store's type.
#ifndef PAWL_RUNNER_ENGINE_STORE_LINK_IMPL_HPP
#define PAWL_RUNNER_ENGINE_STORE_LINK_IMPL_HPP

#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <pawl/loop/cancel.hpp>
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

PAWL_INLINE std::shared_ptr<asio::cancellation_signal> store_link::begin_question() {
  std::erase_if(under_way_, [](auto const& one) { return one.expired(); });
  auto made = std::make_shared<asio::cancellation_signal>();
  under_way_.push_back(made);
  return made;
}
PAWL_INLINE void store_link::give_up_questions() {
  auto const asked = under_way_;  // they may ask others
  for (auto const& one : asked)
    if (auto const question = one.lock()) cancel_through(*question, asio::cancellation_type::total);
}

PAWL_INLINE found_page make_found_page(std::vector<stored_item> items, bool is_last) {
  found_page page{{}, is_last};
  page.items.reserve(items.size());
  for (auto& it : items) page.items.push_back({std::move(it), nullptr});
  return page;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
