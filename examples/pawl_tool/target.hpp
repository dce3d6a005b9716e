// The database that a command is about, and what the command line names in it.
#ifndef PAWL_TOOL_TARGET_HPP
#define PAWL_TOOL_TARGET_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/loop/loop.hpp>

#include "request.hpp"

namespace pawl_tool {

enum class access { read, write };

// Bytes of a field's value that are read for a person, who is shown the first of them.
inline constexpr std::size_t longest_value = 4096;

// An item that was found by its key.
struct named_item {
  std::string table;
  pawl::item_story story;
};

// A schedule that was found by its name.
struct named_schedule {
  std::string table;
  pawl::seen_schedule schedule;
};

class target {
 public:
  // A path, or what libpq connects to. Throws pawl::error if it cannot be used.
  target(request const& r, access how);
  target(target const&) = delete;
  target& operator=(target const&) = delete;

  pawl::console& console() { return *console_; }
  pawl::event_loop& loop() { return loop_; }
  template <class T> T wait(pawl::task<T> job) { return loop_.wait(std::move(job)); }

  // All, or the one that --table names. Throws refusal (not_done) if that is not there.
  std::vector<pawl::seen_table> tables();
  std::vector<std::string> table_names();
  // Throws refusal: not_done if no table has it, usage if several have. Of a field at most so many bytes are read.
  named_item item(std::size_t most = longest_value);
  // The table that has the state, by the same rules.
  pawl::seen_table table_of_state();
  named_schedule schedule();

 private:
  void check_table(std::vector<std::string> const& names);
  std::string words_for_tables(std::vector<std::string> const& names) const;

  request const& request_;
  pawl::loop<> loop_;
  std::unique_ptr<pawl::console> console_;
};

// "'ada' of parcels", escaped.
std::string named(named_item const& it);

}  // namespace pawl_tool

#endif
