// Watches parents and children in one process: what each transition does to them is what the model says, and what is found
// in the tables agrees with itself.
#ifndef PAWL_TESTS_CRASH_SIMULATION_FAMILY_WATCH_HPP
#define PAWL_TESTS_CRASH_SIMULATION_FAMILY_WATCH_HPP

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <pawl/sqlite/database.hpp>
#include <pawl/store/sql_statement.hpp>

#include "crash/simulation/family_model.hpp"
#include "crash/simulation/family_picture.hpp"
#include "crash/simulation/family_records.hpp"
#include "crash/simulation/transition_witness.hpp"
#include "crash/simulation/world.hpp"

namespace crash::simulation {

template <class T, class B> class family_watch final : public transition_witness {
 public:
  // `tells`: the store of the batches is open in this process.
  family_watch(family_records<B>& of, pawl::sqlite::database& db, bool tells)
      : world_(of.in), of_(of), reader_(db), tells_(tells) {}

  void moving() override { before_ = look(); }
  void moved(family_move what, std::span<pawl::sql_statement const> with) override {
    auto const now = look();
    if (!before_ || !now) return;
    if (what.is_file && !pawl::a_lifecycle<T>) what.it.life = 0;
    insert_into(*before_, *now, with, what);
    family_model model(*std::exchange(before_, {}), tells_);
    model.move(what);
    compare(model.now(), *now, "when '" + what.it.key + "' moved, ");
    note(model);
  }
  void gathering(looked_at which) override {
    expected_.reset();
    auto before = look();
    if (!before) return;
    expected_.emplace(*std::move(before), tells_);
    expected_->gather(which);
    note(*expected_);  // whoever dies in the middle of it may have committed
  }
  void gathered() override {
    auto const now = look();
    if (!expected_ || !now) return;
    compare(expected_->now(), *now, "when somebody looked for children that had ended, ");
    world_.counts[tally::left_batches] += expected_->told().size();
    world_.counts[tally::gone_children] += expected_->gone();
  }

  // What is found where nobody is at work. `all_told`: nor has anybody been since the last run over the batches began.
  void judge(bool all_told) {
    auto const now = look();
    if (!now) return;
    for (auto const& [c, end] : now->children) {
      bool const exists = family_model::exists(*now, c);
      if (auto const is = family_model::end_of(*now, c); exists && is != end)
        world_.violated("of '" + c.parent.key + "' the child '" + c.it.key + "' is recorded as " + in_words(end) +
                        ", and is " + in_words(is));
      if (!exists && !end && all_told && family_model::waits(*now, c))
        world_.violated("'" + c.parent.key + "' waits for a child that is no more");
    }
    for (auto const& [who, batch] : now->batches)
      if (family_model::gathered_by(*now, who) && (all_told || !batch.is_left))
        world_.violated("'" + who.key + "' waits at version " + std::to_string(batch.version) +
                        ", and all its children have ended");
    if (all_told && now->orphans > 0)
      world_.violated(std::to_string(now->orphans) + " batches are no more, and known as parents");
  }

 private:
  std::optional<family_picture> look() {
    if (world_.dead) return std::nullopt;
    onlooker const nobody(of_.vfs);
    return reader_.read();
  }
  // The rows that the statements have made, and the children that they have named.
  static void insert_into(family_picture& before, family_picture const& now, std::span<pawl::sql_statement const> with,
                          family_move& what) {
    for (auto const& one : with) {
      if (one.children() == nullptr) continue;
      bool const files = one.children()->into().name == pawl::sqlite::store<T>::table_name();
      for (auto const& key : one.children()->keys())
        files ? insert_row(before.files, now.files, key, what, end_of_item())
              : insert_row(before.batches, now.batches, key, what, family_picture::batch());
    }
  }
  template <class Rows, class Row>
  static void insert_row(Rows& before, Rows const& now, std::string const& key, family_move& what, Row const& fresh) {
    auto const row = now.lower_bound({key, 0});
    if (row == now.end() || row->first.key != key) return;  // the comparison says that it is missing
    before.try_emplace(row->first, fresh);
    what.inserted.push_back({what.it, std::same_as<Row, end_of_item>, row->first});
  }
  void note(family_model const& model) {
    for (auto const& told : model.told()) {
      of_.told.note(told);
      ++world_.counts[tally::gathered];
      world_.note(told.batch.key, " is told: ", told.children.arrived, " have arrived, ", told.children.failed,
                  " have not");
    }
  }
  void compare(family_picture const& expected, family_picture const& now, std::string const& when) {
    auto const wrong = [&](std::string const& what) { world_.violated(when + what); };
    for (auto const& [who, batch] : now.batches) {
      auto const is = expected.batches.find(who);
      if (is == expected.batches.end())
        wrong("a batch '" + who.key + "' was made");
      else if (!(is->second == batch))
        wrong("'" + who.key + "' came to version " + std::to_string(batch.version) + ", and not to " +
              std::to_string(is->second.version));
    }
    for (auto const& [c, end] : now.children) {
      auto const is = expected.children.find(c);
      if (is == expected.children.end())
        wrong("'" + c.it.key + "' was made a child of '" + c.parent.key + "'");
      else if (is->second != end)
        wrong("'" + c.it.key + "', a child of '" + c.parent.key + "', was recorded as " + in_words(end) + ", not " +
              in_words(is->second));
    }
    for (auto const& [who, end] : now.files)
      if (!expected.files.contains(who)) wrong("a file '" + who.key + "' was made");
    if (now.batches.size() < expected.batches.size() || now.children.size() < expected.children.size() ||
        now.files.size() < expected.files.size())
      wrong("a batch, a file or a child was lost");
  }
  static std::string in_words(end_of_item const& end) { return !end ? "at work" : *end ? "arrived" : "failed"; }

  world& world_;
  family_records<B>& of_;
  family_reader<T, B> reader_;
  bool tells_;
  std::optional<family_picture> before_{};
  std::optional<family_model> expected_{};
};

}  // namespace crash::simulation

#endif
