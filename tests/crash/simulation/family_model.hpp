// What a transition does to parents and children, said once more and in the plainest way: the judge of what a store does.
#ifndef PAWL_TESTS_CRASH_SIMULATION_FAMILY_MODEL_HPP
#define PAWL_TESTS_CRASH_SIMULATION_FAMILY_MODEL_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/fsm/gathered.hpp>

#include "crash/simulation/batches.hpp"
#include "crash/simulation/family_picture.hpp"

namespace crash::simulation {

// What a batch was told, when it came to a version.
struct told_batch {
  relative batch;
  std::int64_t version = 0;
  bool of_files = false;
  pawl::gathered children{};
};

// One item that moves.
struct family_move {
  bool is_file = false;
  relative it;
  batch_state to = batch_state::drafted;                    // of a batch
  end_of_item before = std::nullopt, after = std::nullopt;  // of either
  std::vector<family_picture::child> inserted{};            // children of it, that are in the tables already
};

// Which parents somebody looks at: all that wait, when a run over them begins; or those that were left to be told, within its
// poll.
enum class looked_at : std::uint8_t { all, left };

class family_model {
 public:
  // `tells`: the parents' store is open in the process.
  family_model(family_picture before, bool tells) : now_(std::move(before)), tells_(tells) {}

  void move(family_move const& m) {
    if (m.is_file)
      now_.files[m.it] = m.after;
    else
      now_.batches[m.it] = {m.to, now_.batches[m.it].version + 1, false};
    for (auto const& c : m.inserted) now_.children[c] = end_of(now_, c);
    std::vector<relative> parents;
    for (auto& [c, end] : now_.children) {
      if (m.before == m.after || c.is_file != m.is_file || c.it != m.it || end == m.after) continue;
      end = m.after;
      parents.push_back(c.parent);
    }
    if (tells_)
      for (auto const& parent : parents) tell(parent);
    if (!m.is_file) tell(m.it);
  }
  // Looks at them. With `all`, what is recorded of the children that they wait for is compared with what these are: one that is
  // gone has ended as it had before, or has failed.
  void gather(looked_at which) {
    if (which == looked_at::all)
      for (auto& [c, end] : now_.children)
        if (waits(now_, c) && !exists(now_, c) && !end) end = false, ++gone_;
    std::vector<relative> parents;
    for (auto const& [who, batch] : now_.batches)
      if (which == looked_at::all || batch.is_left) parents.push_back(who);
    for (auto const& who : parents) tell(who);
  }
  family_picture const& now() const { return now_; }
  std::vector<told_batch> const& told() const { return told_; }
  // How many children were found to be gone.
  std::size_t gone() const { return gone_; }

  static bool exists(family_picture const& in, family_picture::child const& c) {
    return c.is_file ? in.files.contains(c.it) : in.batches.contains(c.it);
  }
  // Of a child that exists.
  static end_of_item end_of(family_picture const& in, family_picture::child const& c) {
    if (!exists(in, c)) return std::nullopt;
    return c.is_file ? in.files.at(c.it) : family_picture::end_of(in.batches.at(c.it));
  }
  // Whether a parent waits for children of this kind.
  static bool waits(family_picture const& in, family_picture::child const& c) {
    auto const found = in.batches.find(c.parent);
    return found != in.batches.end() && found->second.state == (c.is_file ? batch_state::filled : batch_state::split);
  }
  // Whether this batch waits, and for none of its children.
  static std::optional<pawl::gathered> gathered_by(family_picture const& in, relative const& of) {
    auto const found = in.batches.find(of);
    if (found == in.batches.end()) return std::nullopt;
    bool const files = found->second.state == batch_state::filled;
    if (!files && found->second.state != batch_state::split) return std::nullopt;
    pawl::gathered all;
    for (auto at = in.children.lower_bound({of, false, {}}); at != in.children.end() && at->first.parent == of; ++at) {
      if (at->first.is_file != files) continue;
      if (!at->second) return std::nullopt;
      ++(*at->second ? all.arrived : all.failed);
    }
    return all;
  }

 private:
  void tell(relative const& who) {
    while (auto const all = gathered_by(now_, who)) {
      auto& batch = now_.batches[who];
      bool const of_files = batch.state == batch_state::filled;
      batch.state = of_files ? batch_state::complete : batch_state::filled;
      told_.push_back({who, ++batch.version, of_files, *all});
    }
  }

  family_picture now_;
  bool tells_;
  std::size_t gone_ = 0;
  std::vector<told_batch> told_{};
};

}  // namespace crash::simulation

#endif
