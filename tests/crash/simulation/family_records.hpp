// What is known of the batches of one seed, across all processes.
#ifndef PAWL_TESTS_CRASH_SIMULATION_FAMILY_RECORDS_HPP
#define PAWL_TESTS_CRASH_SIMULATION_FAMILY_RECORDS_HPP

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/fsm/gathered.hpp>
#include <pawl/store/item.hpp>

#include "crash/fault_vfs.hpp"
#include "crash/simulation/batches.hpp"
#include "crash/simulation/family_model.hpp"
#include "crash/simulation/ledger.hpp"
#include "crash/simulation/onlooker.hpp"
#include "crash/simulation/world.hpp"

namespace crash::simulation {

// What each batch was told at each of its versions, if that was committed. What was taken back is told anew, and so is what comes
// after it.
class told_batches {
 public:
  void note(told_batch const& told) {
    auto& all = told_[told.batch];
    all.erase(all.lower_bound(told.version), all.end());
    all.emplace(told.version, told);
  }
  // The last thing that it was told of its files, or its parts, up to this version.
  std::optional<pawl::gathered> last(relative const& batch, std::int64_t version, bool of_files) const {
    std::optional<pawl::gathered> found;
    if (auto const all = told_.find(batch); all != told_.end())
      for (auto const& [at, told] : all->second)
        if (at <= version && told.of_files == of_files) found = told.children;
    return found;
  }

 private:
  std::map<relative, std::map<std::int64_t, told_batch>> told_{};
};

template <class B> struct family_records {
  world& in;
  fault_vfs& vfs;
  std::uint64_t seed;  // of what is in the batches
  told_batches told{};
  ledger<lifecycle_of<B>> known{};

  // What a batch has read of its children, as it was recorded.
  void hear(pawl::any_item<lifecycle_of<B>> const& of, bool of_files, std::optional<pawl::gathered> const& heard) {
    auto const said = told.last({of.key, of.life}, of.version, of_files);
    if (in.dead || said == heard) return;
    in.violated("'" + of.key + "' reads at version " + std::to_string(of.version) + " that of its " +
                (of_files ? "files " : "parts ") + in_words(heard) + ", and it was told that " + in_words(said));
  }

 private:
  static std::string in_words(std::optional<pawl::gathered> const& g) {
    return g ? std::to_string(g->arrived) + " have arrived and " + std::to_string(g->failed) + " have not"
             : std::string("nothing is known");
  }
};

}  // namespace crash::simulation

#endif
