// Which server was met before, so that an old primary is not taken for the new one.
#ifndef PAWL_POSTGRES_SERVER_HISTORY_HPP
#define PAWL_POSTGRES_SERVER_HISTORY_HPP

#include <cstdint>
#include <string>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

struct server_identity {
  std::int64_t system = 0;     // the same for a primary and its standbys, for life
  std::uint32_t timeline = 0;  // grows with each promotion
};

// After a split both servers accept writes; what is written to the old one is lost. Keep one of these for as long as the
// program runs. What no earlier session has seen it cannot know.
class server_history {
 public:
  // Empty where the server may be used, which is then remembered; else why not.
  std::string accept(server_identity const& met) {
    if (highest_.timeline != 0 && met.system != highest_.system)
      return "is another database cluster than the one that was open before";
    if (met.timeline < highest_.timeline /*mutant old_primary_is_refused: && !OFF*/)
      return "is on timeline " + std::to_string(met.timeline) + ", and " + std::to_string(highest_.timeline) +
             " was met before: it is an old primary, and what is written to it is lost";
    highest_ = met;
    return {};
  }
  server_identity const& highest() const noexcept { return highest_; }

 private:
  server_identity highest_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
