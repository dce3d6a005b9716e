// One seed from start to end: processes that are killed, frozen, stopped and broken, over files and over batches of them, on
// clocks that are wrong and jump; and the final state.
#ifndef PAWL_TESTS_CRASH_SIMULATION_SIMULATED_SEED_HPP
#define PAWL_TESTS_CRASH_SIMULATION_SIMULATED_SEED_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crash/simulation/batches.hpp"
#include "crash/simulation/errand.hpp"
#include "crash/simulation/family_records.hpp"
#include "crash/simulation/human_operator.hpp"
#include "crash/simulation/laboratory.hpp"
#include "crash/simulation/lock_files.hpp"
#include "crash/simulation/onlooker.hpp"
#include "crash/simulation/process.hpp"
#include "crash/simulation/remote.hpp"
#include "crash/simulation/schedules.hpp"
#include "crash/simulation/setup.hpp"
#include "crash/simulation/watched_store.hpp"
#include "crash/simulation/world.hpp"

namespace crash::simulation {

template <class T, idempotency Kind> class simulated_seed {
  using process_type = process<T, Kind>;
  using standing = typename process_type::standing;
  using process_ptr = std::unique_ptr<process_type>;
  using batches_type = batches_of<T, Kind>;

 public:
  simulated_seed(laboratory& lab, seed_request what)
      : lab_(lab),
        world_(what.seed, what.aloud),
        items_(1 + world_.below(laboratory::most_items)),
        calm_(world_.one_in(16)),
        errands_(world_.one_in(2) ? 1 + world_.below(2) : 0),
        durable_(world_.one_in(2) ? durability::power_loss : durability::process_crash),
        remote_(world_, Kind, durable_ == durability::power_loss),
        families_{world_, lab_.vfs(), what.seed} {
    world_.has_batches = !calm_ && has_batches(what.seed);
    lab_.vfs().begin_anew(what.seed);
    auto const& database =
        lab_.database_of<T>(items_, world_.has_batches ? batches_in_table<batches_type> : batches_in::no_table);
    mount(database.after(ending::process_died, nullptr, world_.random()));
    lab_.vfs().before = [this](change const* c) { before_operation(c); };
    for (std::size_t i = 0; i < items_; ++i)
      world_.files.told.inserting(key_of(i)), world_.files.told.inserted(key_of(i)),
          world_.first_files.insert(key_of(i));
    ++world_.counts[tally::seeds];
    world_.counts[tally::items] += items_;
    world_.note(name_of(Kind), workplace<T>::is_mapped ? ", mapped table, " : ", own table, ", items_, " items",
                durable_ == durability::power_loss ? ", FULL" : ", NORMAL", calm_ ? ", calm" : "");
  }
  simulated_seed(simulated_seed const&) = delete;
  simulated_seed& operator=(simulated_seed const&) = delete;
  ~simulated_seed() {
    lab_.vfs().before = {};
    lab_.vfs().faults = {};
    lab_.vfs().mounted = nullptr;
  }

  void run() {
    if (calm_) return run_calmly();
    remote_.exact = false;
    remote_.now = weather::of(world_);
    for (std::size_t turns = 1 + world_.below(3); turns > 0 && !done_; --turns) take_turn();
    finish();
  }

  world& of() { return world_; }
  // All that was found wrong.
  sentences wrong() const {
    sentences all = world_.wrong();
    for (auto const* more : {&world_.files.told.violations(), &families_.known.told.violations()})
      all.insert(all.end(), more->begin(), more->end());
    return all;
  }

 private:
  // ---- the beginning of a process ----

  setup draw_setup(which_process which = which_process::any) {
    return setup::drawn(world_, {durable_, calm_, batches_}, which);
  }
  // Nothing: a fault of the file system has kept it from beginning, or the world has died.
  process_ptr start(which_process which = which_process::any) {
    process_ptr begun;
    setup const how = draw_setup(which);
    families_touched_ = false;
    int const number = static_cast<int>(++world_.counts[tally::processes]);
    remote_.forget_waits();
    world_.note("process ", number, " begins, ", how.run.concurrency, " at once, batches of ", how.queue.batch);
    try {
      begun = std::make_unique<process_type>(world_, lab_.path(), how, number, families());
      if (!world_.dead) look_at_rows(*begun);
      if (!world_.dead) begun->begin(remote_);
    } catch (std::exception const& e) {
      world_.say("process ", number, " cannot begin: ", e.what());
      if (!world_.dead && lab_.vfs().faults.struck() == 0)
        world_.violated("process " + std::to_string(number) + " cannot begin: " + e.what());
      begun.reset();
    }
    if (world_.dead) begun.reset();
    return begun;
  }
  template <class Store> auto rows(Store& store) {
    std::vector<pawl::any_item<typename Store::lifecycle>> found;
    for (auto& listed : store.items({.limit = most_rows}).items) found.push_back(std::move(listed.item));
    return found;
  }
  void look_at_rows(process_type& it) {
    look_at_rows(it.store());
    if (it.crew()) look_at_rows(it.crew()->store());
    if (it.crew()) judge_families(it, false);
  }
  template <class Store> void look_at_rows(Store& store) {
    auto const found = rows(store);
    auto const lost = store.known().recovered(found);
    if (lost > 0) world_.note("lost: ", lost);
    world_.counts[tally::lost_transitions] += lost;
    world_.led_back.clear();
    for (auto const& row : found) world_.note("found ", row.key, " at ", row.version);
  }
  // `all_told`: no child has ended unseen since the last run over the batches began.
  void judge_families(process_type& it, bool all_told) {
    onlooker const nobody(lab_.vfs());
    if (it.watch()) it.watch()->judge(all_told);
    if constexpr (pawl::a_lifecycle<batches_type>)
      if (it.crew()) schedules::judge(world_, it.crew()->store(), keys_of(it.crew()->store()));
  }
  template <class Store> std::set<std::string> keys_of(Store& store) {
    std::set<std::string> keys;
    for (auto const& row : rows(store)) keys.insert(row.key);
    return keys;
  }

  // ---- what is done to it ----

  // One process, or two of which the first does not know that it is given up, until neither lives.
  void take_turn() {
    arm();
    if (world_.has_batches && world_.family_random()() % 4 == 0)
      world_.advance_to(world_.now() + 1min * static_cast<std::int64_t>(world_.family_random()() % 2160));
    if (world_.has_batches && world_.family_random()() % 4 == 0) operate(errand::of_batches(world_), beside::nobody);
    if (has_errand(32) && !world_.dead) operate(errand::drawn(world_, items_), beside::nobody);
    auto first = world_.dead ? nullptr : start();
    if (!first) {
      if (world_.dead) bury(first);
      return disarm();
    }
    bool const asked_to_stop = world_.one_in(8);
    running_ = first.get();
    if (asked_to_stop) first->stop_in(world_.upto(20s));
    if (dies_in_ > 0ns) first->in(dies_in_, [this] { die(nullptr); });
    if (has_errand(16)) operate_in(*first, world_.upto(20s));
    bool const freezes = world_.one_in(3);
    if (freezes && world_.one_in(2)) first->freeze_in(world_.upto(20s));
    if (freezes && freeze_at_ == 0) freeze_at_ = operations_ + 1 + world_.below(100);
    auto const how = first->resume();
    if (how == standing::frozen) {
      let_two_live(std::move(first));
    } else {
      if (how == standing::ended) judge_rest(*first);
      leave(first, how);
      if (world_.dead) bury(first);
    }
    disarm();
  }
  void let_two_live(process_ptr zombie) {
    world_.note("process ", zombie->number(), " is frozen");
    zombie->supersede();
    locks_.take_away();
    if (world_.one_in(2)) locks_.leave_copies();  // then the successor takes it for dead
    bool const is_seen = has_errand(2);
    if (is_seen) operate(errand::of_what_hangs(items_), beside::processes);
    auto successor = world_.dead ? nullptr : start();
    ++world_.counts[tally::zombies];
    auto* it = is_seen || world_.one_in(2) ? &successor : &zombie;
    for (; !world_.dead && (zombie || successor); it = it == &zombie ? &successor : &zombie) {
      if (!*it) continue;
      running_ = it->get();
      world_.note("process ", running_->number(), " goes on");
      auto until = world_.upto(world_.one_in(2) ? 1s : 10s);
      if (has_errand(8)) {
        operate_in(*running_, until);
        until += world_.upto(1s);  // who wakes up next may find what is led back on its way again
      }
      running_->freeze_in(1ns + until);
      if (auto const how = running_->resume(); how != standing::frozen) leave(*it, how);
    }
    if (world_.dead) bury(zombie, successor);
  }

  // ---- what is done to its items ----

  enum class beside : std::uint8_t { nobody, processes };

  // By a connection of its own.
  void operate(errand const& what, beside whom) {
    world_.note("somebody leads items back");
    try {
      auto const how = draw_setup();
      human_operator<T, batches_type> at_work(world_, lab_.path(), how.database, families(), how.has_batches);
      families_touched_ = true;
      if (!world_.dead && whom == beside::nobody) look_at_rows(at_work.store());
      if (!world_.dead) at_work.run(what);
    } catch (std::exception const& e) {
      world_.say("who leads items back cannot go on: ", e.what());
      if (!world_.dead && lab_.vfs().faults.struck() == 0)
        world_.violated(std::string("items cannot be led back: ") + e.what());
    }
  }
  // While this one works.
  void operate_in(process_type& it, nanoseconds when) {
    if (world_.one_in(4))
      it.in(when, [this] { operate(errand::drawn(world_, items_), beside::processes); });
    else
      it.lead_back_in(when, errand::drawn(world_, items_));
  }
  // Once in so many times, as long as there are some.
  bool has_errand(std::size_t times) {
    if (errands_ == 0 || !world_.one_in(times)) return false;
    --errands_;
    return true;
  }

  // ---- how it ends ----

  // What it ended with, and its last writes.
  void leave(process_ptr& it, standing how) {
    running_ = nullptr;
    if (how == standing::died) return;
    if (how == standing::hung) world_.violated("process " + std::to_string(it->number()) + " waits for nothing");
    done_ = how == standing::ended && !it->failure() && !it->sum().halted && !it->sum().stopped;
    if (how == standing::ended && it->failure()) judge_failure(*it);
    world_.note("process ", it->number(), " ends");
    it.reset();
  }
  void judge_failure(process_type& it) {
    try {
      std::rethrow_exception(it.failure());
    } catch (std::exception const& e) {
      world_.say("its run failed: ", e.what());
      auto const* const refused = dynamic_cast<pawl::error const*>(&e);
      if (it.superseded() && refused != nullptr && refused->id() == std::string_view("run.owned")) return;
      if (lab_.vfs().faults.struck() == 0) world_.violated(std::string("a run failed: ") + e.what());
    }
  }

  // ---- faults and deaths ----

  void arm() {
    operations_ = freeze_at_ = die_at_ = 0;
    dies_in_ = 0ns;
    ending_ = all_endings[world_.below(all_endings.size())];
    if (world_.one_in(2))
      die_at_ =
          1 + world_.below(world_.one_in(2) ? 20 : 20 + 16 * (items_ + (world_.has_batches ? 4 + 4 * batches_ : 0)));
    else if (world_.one_in(3))
      dies_in_ = 1ns + world_.upto(30s);
    if (world_.one_in(6))
      lab_.vfs().faults = fault_plan{fault_kinds[world_.below(fault_kinds.size())], world_.below(200), false};
  }
  void disarm() {
    world_.counts[tally::broken_files] += lab_.vfs().faults.struck();
    if (lab_.vfs().faults.struck() > 0) done_ = false;
    had_refusal_ = had_refusal_ || lab_.vfs().faults.refused_a_sync();
    lab_.vfs().faults = {};
    operations_ = freeze_at_ = die_at_ = 0;
  }
  void before_operation(change const* under_way) {
    if (world_.dead) return;
    ++operations_;
    if (operations_ == die_at_) return die(under_way);
    if (operations_ == freeze_at_ && running_) running_->freeze_soon();
  }
  // The disk is as this moment leaves it, and so is what anybody knows.
  void die(change const* under_way) {
    if (world_.dead) return;
    // What a refused sync may have lost is written over itself: a power cut that garbles that may take it all the same.
    had_refusal_ = had_refusal_ || lab_.vfs().faults.refused_a_sync();
    if (had_refusal_ && ending_ == ending::sectors_garbled) ending_ = ending::sectors_torn;
    world_.note("all die: ", name_of(ending_));
    ++world_.counts[is_power_cut(ending_) ? tally::power_cuts : tally::deaths];
    world_.dead = true;
    world_.had_power_cut = world_.had_power_cut || is_power_cut(ending_);
    bool const loses = is_power_cut(ending_) && durable_ == durability::process_crash;
    left_ = disk_->after(ending_, under_way, world_.random());
    world_.files.crashed(loses);
    families_.known.crashed(loses);
    if (running_) running_->halt_soon();
  }
  template <class... Processes> void bury(Processes&... dead) {
    done_ = false;
    running_ = nullptr;
    locks_.take_away();  // whoever dies does not remove them
    (dead.reset(), ...);
    if (!is_power_cut(ending_) || world_.one_in(2)) locks_.bring_back();
    if (left_) mount(std::move(left_));
    world_.dead = false;
  }
  void mount(std::unique_ptr<memory_files> files) {
    disk_ = std::move(files);
    lab_.vfs().mounted = disk_.get();
  }

  // ---- the end ----

  void run_calmly() {
    ++world_.counts[tally::calm];
    auto const concurrency = [this] {
      auto only = start();
      if (!only) return std::size_t{1};
      running_ = only.get();
      auto const how = only->resume();
      if (how == standing::ended && (only->sum().finished != items_ || only->sum().transitions != 3 * items_))
        world_.violated("a calm run did not bring every item to its goal");
      auto const at_once = only->concurrency();
      leave(only, how);
      return at_once;
    }();
    auto const rounds = static_cast<std::int64_t>((items_ + concurrency - 1) / concurrency);
    if (world_.now() != rounds * 2 * remote::latency)
      world_.violated("a calm run of " + std::to_string(items_) + " items, " + std::to_string(concurrency) +
                      " at once, took " + std::to_string(world_.now().count()) + " ns");
    finish();
  }
  // Without any more faults everything comes to its end.
  void finish() {
    remote_.now = {};
    if (has_errand(16)) operate(errand::drawn(world_, items_), beside::nobody);
    if (!world_.has_batches) return static_cast<void>(run_last());
    world_.advance_to(world_.now() + 24h);  // whatever clock has put it off
    while (run_last()) world_.advance_to(world_.now() + 30s);
  }
  // True: there is something that is to start later.
  bool run_last() {
    auto last = start(which_process::last);
    if (!last) return false;
    running_ = last.get();
    auto const how = last->resume();
    bool const more = how == standing::ended && is_more_to_start(*last);
    if (how == standing::ended) {
      if (last->sum().halted || last->failure()) world_.violated("the last process did not come to an end");
      if (!more) judge_end(*last);
    }
    leave(last, how);
    return more;
  }
  bool is_more_to_start(process_type& last) {
    for (auto const& row : rows(last.store()))
      if (starts_later(last.store(), row)) return true;
    return false;
  }
  template <class Store> auto parked_in(Store& store) {
    std::vector<pawl::any_item<typename Store::lifecycle>> parked;
    for (auto& p : store.parked(most_rows)) parked.push_back(std::move(p.item));
    return parked;
  }
  template <class Store> std::set<std::string> parked_by(Store& store) {
    std::set<std::string> parked;
    for (auto const& it : parked_in(store)) parked.insert(it.key);
    return parked;
  }
  // A run that was alone, met no fault of the disk and ended by itself has waited for all that it had put off.
  void judge_rest(process_type& it) {
    if (it.failure() || it.sum().halted || it.sum().stopped || lab_.vfs().faults.struck() > 0) return;
    die_at_ = freeze_at_ = 0;  // to look is no part of its life, and breaks nothing
    lab_.vfs().faults = {};
    judge_rest(it, it.store());
    if (!it.crew()) return;
    judge_rest(it, it.crew()->store());
    judge_families(it, !families_touched_);
    if constexpr (pawl::a_lifecycle<batches_type>)
      for (auto const& run : it.crew()->presences()) schedules::judge(world_, it.crew()->store(), run);
  }
  template <class Store> void judge_rest(process_type& it, Store& store) {
    auto const parked = parked_by(store);
    for (auto const& row : rows(store))
      if (pawl::role_of<typename Store::lifecycle>(row.state) == pawl::role::step && !parked.contains(row.key) &&
          !is_led_back_unseen(row) && !starts_later(store, row))
        world_.violated("process " + std::to_string(it.number()) + " ended by itself and left '" + row.key +
                        "' at version " + std::to_string(row.version));
  }
  // A run does not wait for what is to start later.
  template <class Store, class Row> static bool starts_later(Store& store, Row const& row) {
    if (row.version != 0) return false;
    auto const record = store.trouble_of(row);
    return record && record->next_at && *record->next_at > pawl::stored_time(store.now());
  }
  // What is led back by another connection, or at the moment when the run ends, is left to the next one.
  template <class Row> bool is_led_back_unseen(Row const& row) const {
    auto const found = world_.led_back.find(row.key);
    return found != world_.led_back.end() && found->second >= world_.now();
  }
  void judge_end(process_type& last) {
    auto const found = rows(last.store());
    auto const parked = parked_by(last.store());
    world_.files.finished(found, parked_in(last.store()));
    if (last.crew()) judge_batches(last);
    for (auto const& row : found) {
      if (auto const record = last.store().trouble_of(row))
        world_.say(row.key, " is ", record->parked ? "parked" : "held back", ": ", record->last_error);
      judge_row(last, row);
    }
    for (auto const& row : found)
      if (parked.contains(row.key)) judge_parked(row);
    world_.counts[tally::parked] += parked.size();
  }
  void judge_batches(process_type& last) {
    auto& store = last.crew()->store();
    auto const all = rows(store);
    families_.known.finished(all, parked_in(store));
    world_.counts[tally::batches] += all.size();
    for (auto const& row : all) {
      if (pawl::tick_of(row.key)) ++world_.counts[tally::ticks];
      if (row.state != batch_state::complete && row.state != batch_state::published) continue;
      auto const parts = store.template recorded<parts_ended>(row);
      auto const files = store.template recorded<files_ended>(row);
      families_.hear(row, false, parts ? std::optional(pawl::gathered{parts->arrived, parts->failed}) : std::nullopt);
      families_.hear(row, true, files ? std::optional(pawl::gathered{files->arrived, files->failed}) : std::nullopt);
    }
    judge_families(last, true);
  }
  // Nothing is given up but what nobody can know: each state with a step has a failure event for the rest.
  void judge_parked(any_file const& row) {
    if (Kind != idempotency::unsafe || row.state != uploading)
      world_.violated("'" + row.key + "' was parked, and its step may be repeated");
    else if (!world_.begun.contains(stay(row.key, row.version)))
      world_.violated("'" + row.key + "' was parked, and its step had not begun");
  }
  // What it has recorded is what the remote has.
  void judge_row(process_type& last, any_file const& row) {
    if (row.state == failed) ++world_.counts[tally::failed];
    if (row.state != processing && row.state != indexed) return;
    auto const recorded = last.store().template recorded<complete_upload>(row);
    stay const uploaded(row.key, row.version - (row.state == indexed ? 2 : 1));
    if (!recorded || !remote_.made(recorded->file_id, uploaded) || recorded->file_uri != uri_of(row.key))
      world_.violated("'" + row.key + "' has recorded an upload that the remote did not make for it at version " +
                      std::to_string(uploaded.version));
    if (row.state == indexed && recorded && !remote_.has_document_of(recorded->file_id))
      world_.violated("'" + row.key + "' is indexed, and the remote has no document of it");
  }

  static constexpr std::size_t most_rows = 1000;

  family_records<batches_type>* families() { return world_.has_batches ? &families_ : nullptr; }

  laboratory& lab_;
  world world_;
  std::size_t items_;
  bool calm_;
  std::size_t errands_;  // of somebody who moves items by hand, that are still to come
  durability durable_;
  remote remote_;
  family_records<batches_type> families_;
  std::size_t batches_ = 1 + static_cast<std::size_t>(world_.family_random()() % 3);
  bool families_touched_ = false;  // by hand, since the last process began
  lock_files locks_{lab_, {lab_.template lock<T>(), lab_.template lock<batches_type>()}};

  std::unique_ptr<memory_files> disk_{}, left_{};
  ending ending_ = ending::process_died;
  std::size_t operations_ = 0, freeze_at_ = 0, die_at_ = 0;
  nanoseconds dies_in_{};
  bool had_refusal_ = false;  // of a sync
  process_type* running_ = nullptr;
  bool done_ = false;
};

}  // namespace crash::simulation

#endif
