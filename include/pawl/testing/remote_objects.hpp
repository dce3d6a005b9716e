// The objects a remote has made, as its owner would see them.
#ifndef PAWL_TESTING_REMOTE_OBJECTS_HPP
#define PAWL_TESTING_REMOTE_OBJECTS_HPP

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// The objects of one kind at a remote: mailings, charges, documents. A mock's calls create them; kept outside the
// killed processes, it reveals duplicates.
//
//   remote.call([this, address, key] { return mailed.once(address, key, "receipt of " + address); });
class remote_objects {
 public:
  // Allows one object per item, or `most` if its lifecycle has resets.
  remote_objects() = default;
  explicit remote_objects(std::size_t most) : most_(most) {}

  // For a remote that recognises idempotency keys: creates the item's object and returns its value. A known key creates
  // nothing and returns the earlier value.
  std::string const& once(std::string const& item, std::string const& key, std::string value) {
    auto const [object, made] = by_key_.try_emplace(key, std::move(value));
    if (made) keys_of_[item].push_back(key);
    return object->second;
  }
  // For a remote without idempotency keys: every call creates another object.
  void add(std::string const& item) { keys_of_[item].emplace_back(); }
  // Removes all objects of the item.
  void remove(std::string const& item) {
    for (auto const& key : keys_of_[item]) by_key_.erase(key);
    keys_of_.erase(item);
  }

  std::size_t size() const {
    std::size_t all = 0;
    for (auto const& [item, keys] : keys_of_) all += keys.size();
    return all;
  }
  // Number of the item's objects.
  std::size_t of(std::string const& item) const {
    auto const found = keys_of_.find(item);
    return found == keys_of_.end() ? 0 : found->second.size();
  }

  // A sentence for each item with too many objects.
  std::vector<std::string> violations() const {
    std::vector<std::string> wrong;
    for (auto const& [item, keys] : keys_of_) {
      if (keys.size() <= most_) continue;
      std::string sentence = "the remote made " + std::to_string(keys.size()) + " objects for '" + item + "'";
      char const* before = ", under the keys ";
      for (auto const& key : keys) {
        if (key.empty()) continue;
        sentence += before + ("'" + key + "'");
        before = " and ";
      }
      wrong.push_back(std::move(sentence));
    }
    return wrong;
  }

 private:
  std::size_t most_ = 1;
  std::map<std::string, std::string> by_key_{};
  std::map<std::string, std::vector<std::string>> keys_of_{};  // by item; empty: created without a key
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
