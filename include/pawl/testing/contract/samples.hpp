// Texts, keys and events that a store easily gets wrong.
#ifndef PAWL_TESTING_CONTRACT_SAMPLES_HPP
#define PAWL_TESTING_CONTRACT_SAMPLES_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

// Texts that a store must not truncate, fold, trim or reinterpret.
inline std::vector<std::string> awkward_texts() {
  return {"",
          std::string("nul \0 inside", 12),
          std::string("nul \0 before", 12),
          "it's \"quoted\" `here`",
          "'; DROP TABLE items; --",
          "%_\\",
          "\xff\xfe not UTF-8",
          "A",
          "a",
          "\xc3\xa9",
          "e\xcc\x81",
          "line\r\nline\t\x1b[31m",
          " a",
          "a ",
          "007",
          "7",
          "1e3",
          "NULL",
          std::string(100'000, 'x')};
}
// The same of keys, which are not empty; and not longer than `static constexpr std::size_t longest_key` of the store, if it
// has one.
template <class Store> std::vector<std::string> awkward_keys() {
  auto keys = awkward_texts();
  std::erase(keys, std::string());
  if constexpr (requires { Store::longest_key; })
    for (auto& key : keys)
      if (key.size() > Store::longest_key) key.resize(Store::longest_key);
  return keys;
}
// A quoted and shortened text for use in a sentence.
inline std::string in_quotes(std::string_view text) {
  std::string shown = "'";
  for (char c : text.substr(0, 20)) shown += c < ' ' || c > '~' ? '?' : c;
  return shown + "'";
}
inline load full_load() {
  load all;
  all.text = "text";
  all.number = (std::numeric_limits<std::int64_t>::min)();
  all.large = (std::numeric_limits<std::uint64_t>::max)();
  all.flag = true;
  all.weight = 0.1;
  all.mark = grade::high;
  all.bytes = {std::byte{0}, std::byte{255}, std::byte{0}};
  all.note = "";
  return all;
}

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
