// Items with values of megabytes, and tables with very many columns: the same in every database. Worlds as in hands.hpp.
#ifndef PAWL_TESTS_CONSOLE_LARGE_VALUES_HPP
#define PAWL_TESTS_CONSOLE_LARGE_VALUES_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <pawl/console/console.hpp>
#include <pawl/store/utf8.hpp>

#include "catch.hpp"
#include "console/fixture.hpp"

namespace console_test {

inline constexpr std::size_t most = 4096;

// Of letters of two bytes, and one before them: a cut at 4096 bytes tears one.
inline std::string long_text(std::size_t letters) {
  std::string text = "a";
  for (std::size_t i = 0; i < letters; ++i) text += "\u00e9";
  return text;
}
inline pawl::seen_field field(pawl::item_story const& of, std::string_view name) {
  for (auto const& one : of.fields)
    if (one.name == name) return one;
  FAIL("there is no field " << name);
  return {};
}
inline bool is_cut_well(pawl::seen_field const& of, std::string const& whole) {
  return of.value && whole.starts_with(*of.value) && pawl::detail::as_utf8(*of.value) == *of.value &&
         of.value->size() <= most && of.value->size() > most - 4 && of.size == whole.size();
}
inline std::size_t bytes_of(pawl::item_story const& all) {
  std::size_t bytes = all.why.size();
  for (auto const& one : all.fields) bytes += one.name.size() + one.value.value_or("").size();
  return bytes;
}

// hand_over has the given courier and note, and a weight of 7 between them; then it is delivered with this signature.
template <class World>
void deliver_one(World& w, std::string const& courier, std::string const& note, std::string const& signature) {
  w.add("ada");
  pawl::item<parcel, state::packed> const first("ada", 0);
  auto const sending = w.now(w.store.apply(first, dispatch{}));
  hand_over const over{courier, 7, note};
  auto const sent = w.now(w.store.apply(*sending, over));
  deliver const delivered{signature};
  REQUIRE(w.now(w.store.apply(*sent, delivered)));
}
template <class World> pawl::item_story story_of(World& w, std::size_t most_bytes) {
  auto found = w.now(w.change()->story(w.table, "ada", most_bytes));
  REQUIRE(found);
  return *found;
}
template <class World> pawl::item_story whole_story_of(World& w) {
  auto found = w.now(w.change()->story(w.table, "ada"));
  REQUIRE(found);
  return *found;
}

// ---- the tests ----

// Names of the fields as pawl's own table tells them, and as a user's does.
template <class World> void large_values_are_told_in_part(World& w, bool is_own) {
  std::string const courier = long_text(1000), note = long_text(1'000'000), signature = long_text(2'000'000);
  deliver_one(w, courier, note, signature);
  auto const part = story_of(w, most);
  CHECK(field(part, is_own ? "hand_over.1" : "courier").value == courier);
  CHECK(field(part, is_own ? "hand_over.1" : "courier").size == 0);
  CHECK(field(part, is_own ? "hand_over.2" : "weight").value == "7");
  CHECK(is_cut_well(field(part, is_own ? "hand_over.3" : "note"), note));
  CHECK(bytes_of(part) < 20 * most);

  auto const all = whole_story_of(w);
  CHECK(field(all, is_own ? "hand_over.3" : "note").value == note);
  CHECK(field(all, is_own ? "hand_over.3" : "note").size == 0);
  CHECK(field(all, is_own ? "deliver" : "signature").value == signature);
  CHECK(all.is == part.is);
}

}  // namespace console_test

#endif
