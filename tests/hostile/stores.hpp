// Hostile names through a store, as keys, recorded texts, errors and states: they come back byte for byte, also in the
// next process.
#ifndef PAWL_TESTS_HOSTILE_STORES_HPP
#define PAWL_TESTS_HOSTILE_STORES_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "hostile/names.hpp"
#include "store/filing.hpp"

namespace hostile {

using broken_rule = std::string;
using filing::any_file;

// Each name is the key of an item that is uploaded and, in that state, in trouble; and its file id, and its error.
template <class Store> broken_rule carry_through(Store& store, std::string const& name) {
  auto const fresh = store.get(name);
  if (!fresh.item || fresh.item->key != name) return "the item is not found by its key";
  auto const first = fresh.item->template as<filing::untracked>();
  if (!first) return "the item is not in its first state";
  auto const uploading = store.apply(*first, filing::start_upload{});
  if (!uploading) return "the first transition: " + uploading.why().describe();
  if (store.apply(*first, filing::start_upload{})) return "a stale item moved";
  auto const processing = store.apply(*uploading, filing::complete_upload{name, name});
  if (!processing) return "the second transition: " + processing.why().describe();
  pawl::trouble_record trouble;
  trouble.attempts = 1;
  trouble.parked = true;
  trouble.last_error = name;
  if (!store.note(*processing, trouble)) return "its trouble was not noted";
  return {};
}

template <class Store> broken_rule still_there(Store& store, std::string const& name) {
  auto const now = store.get(name);
  if (!now.item || now.item->key != name) return "the item is not found by its key";
  if (now.item->state != filing::processing || now.item->version != 2) return "the item is another's";
  auto const event = store.template recorded<filing::complete_upload>(*now.item);
  if (!event || event->file_id != name || event->file_uri != name) return "what was recorded is another text";
  auto const trouble = store.trouble_of(*now.item);
  if (!trouble || trouble->last_error != name) return "its error is another text";
  return {};
}

// The names that can be keys: a store that inserts takes all but the empty one, which it refuses.
template <class Store> names const& keys_for() {
  static names const keys = [] {
    names all = all_names();
    if (Store::inserts) std::erase(all, std::string());
    return all;
  }();
  return keys;
}
template <class Store> broken_rule refuses_the_empty_key(Store& store) {
  try {
    store.insert_if_absent(std::string_view());
  } catch (pawl::store_error const& e) {
    return e.what_failed() == pawl::store_failure::misuse ? "" : "the empty key is not refused as misuse";
  }
  return "the empty key is inserted";
}

// All keys, as pages and the list of what is parked give them.
template <class Store> broken_rule all_listed(Store& store) {
  std::set<std::string> const expected(keys_for<Store>().begin(), keys_for<Store>().end());
  std::set<std::string> parked, runnable;
  for (auto const& one : store.parked(keys_for<Store>().size() + 1)) parked.insert(one.item.key);
  if (parked != expected) return "the items that are parked are not those that were";
  for (auto const& name : keys_for<Store>())
    if (!store.release(name)) return "an item is not released by its key";
  typename Store::page_mark mark;
  for (auto page = store.runnable(filing::processing, mark, 7); !page.empty();
       page = store.runnable(filing::processing, mark, 7)) {
    for (auto const& item : page) runnable.insert(item.key);
    mark = page.next;
  }
  return runnable == expected ? "" : "the pages do not hold the items that are there";
}

// A text is a state only if it is the name of one, to the byte.
template <class L> broken_rule as_state(std::string const& text) {
  auto const known = pawl::machine<L>::hydrate(text);
  bool const is_name =
      std::find(pawl::stored_names<L>.begin(), pawl::stored_names<L>.end(), text) != pawl::stored_names<L>.end();
  if (known.has_value() != is_name) return "it is taken for a state, or a state is not";
  return !known || pawl::state_name_of<L>(known->state()) == text ? "" : "it is taken for another state";
}

}  // namespace hostile

#endif
