// The database of webhooks: what is to be sent, and what became of it.
#ifndef WEBHOOKS_OUTBOX_HPP
#define WEBHOOKS_OUTBOX_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/pawl.hpp>

#include "lifecycle.hpp"

namespace webhooks {

// What is to be sent.
struct message {
  std::string url{}, payload{};
  std::string event{};  // unique; empty: one is made up
};

struct dead_letter {
  std::string id{}, url{}, error{};
  std::int64_t attempts = 0;
};

class outbox {
 public:
  using store_type = pawl::sqlite::store<webhooks_table>;

  // Opens the database, and makes it and its table where they may be written. Throws pawl::store_error with the path.
  outbox(std::string path, pawl::sqlite::options options);

  pawl::sqlite::database& db() { return db_; }
  store_type& store() { return store_; }

  // The columns that a step needs; empty: there is no such row.
  std::optional<message> read(std::string_view id);

  // All of them or, where it throws, none. Answers how many: an event that is there already is not added again.
  std::size_t add(std::vector<message> const& messages);

  // In the order of their ids, at most so many after this one.
  std::vector<dead_letter> dead_letters(std::string_view after, std::size_t most);
  // Lets it be tried again, as if it had never been tried. False: it is not dead.
  bool revive(std::string_view id);
  // Drops what was delivered so many days ago, and the history of that time: a thousand rows in a transaction, so that a
  // run is not held up. Answers how many webhooks.
  std::size_t prune(int days);

 private:
  pawl::sqlite::database db_;
  store_type store_;
  pawl::sqlite::statement read_;
};

}  // namespace webhooks

#endif
