// One seed from start to end: processes that are killed, frozen, stopped and broken, and the final state.
#ifndef PAWL_TESTS_CRASH_SIMULATION_SIMULATED_SEED_HPP
#define PAWL_TESTS_CRASH_SIMULATION_SIMULATED_SEED_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crash/simulation/human_operator.hpp"
#include "crash/simulation/laboratory.hpp"
#include "crash/simulation/process.hpp"
#include "crash/simulation/remote.hpp"
#include "crash/simulation/watched_store.hpp"
#include "crash/simulation/world.hpp"

namespace crash::simulation {

template <class T, idempotency Kind> class simulated_seed {
  using process_type = process<T, Kind>;
  using standing = typename process_type::standing;
  using process_ptr = std::unique_ptr<process_type>;

 public:
  simulated_seed(laboratory& lab, seed_request what)
      : lab_(lab),
        world_(what.seed, what.aloud),
        items_(1 + world_.below(laboratory::most_items)),
        calm_(world_.one_in(16)),
        errands_(world_.one_in(2) ? 1 + world_.below(2) : 0),
        durable_(world_.one_in(2) ? durability::power_loss : durability::process_crash),
        remote_(world_, Kind, durable_ == durability::power_loss) {
    lab_.vfs().begin_anew(what.seed);
    mount(lab_.database_of<T>(items_).after(ending::process_died, nullptr, world_.random()));
    lab_.vfs().before = [this](change const* c) { before_operation(c); };
    for (std::size_t i = 0; i < items_; ++i) world_.told.inserting(key_of(i)), world_.told.inserted(key_of(i));
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
    lab_.remove(lock_);
    lab_.remove(lost_lock_);
  }

  void run() {
    if (calm_) return run_calmly();
    remote_.exact = false;
    remote_.now = weather::of(world_);
    for (std::size_t turns = 1 + world_.below(3); turns > 0 && !done_; --turns) take_turn();
    finish();
  }

  world& of() { return world_; }

 private:
  // ---- the beginning of a process ----

  setup draw_setup() {
    auto const one_of = [this](auto... values) {
      std::size_t const all[] = {static_cast<std::size_t>(values)...};
      return all[world_.below(sizeof...(values))];
    };
    setup s;
    s.database = options_for(durable_, static_cast<int>(one_of(4, 16, 100)));
    // The system's clock may be wrong, and wrong in another way next time.
    auto const skew = world_.one_in(8) ? 1s * (static_cast<std::int64_t>(world_.below(200'000)) - 100'000) : 0s;
    s.database.now = [this, skew] {
      return std::chrono::system_clock::time_point(1'800'000'000s + skew +
                                                   std::chrono::duration_cast<std::chrono::microseconds>(world_.now()));
    };
    s.queue.batch = one_of(1, 2, 256);
    s.run.concurrency = one_of(1, 2, 3, 5);
    s.run.page = one_of(1, 3, 256);
    s.run.seed = world_.below(1'000'000);
    if (calm_) return s;
    if (world_.one_in(4)) s.run.attempt_deadline = 3s;
    if (world_.one_in(4)) s.run.limits = {{uploading, one_of(1, 2)}};
    if (world_.one_in(4)) s.rate = {.per_second = 2, .burst = one_of(1, 3)};
    s.run.grace = 1s * static_cast<std::int64_t>(one_of(0, 2, 30));
    return s;
  }
  // Nothing: a fault of the file system has kept it from beginning, or the world has died.
  process_ptr start() {
    process_ptr begun;
    setup const how = draw_setup();
    int const number = static_cast<int>(++world_.counts[tally::processes]);
    remote_.forget_waits();
    world_.note("process ", number, " begins, ", how.run.concurrency, " at once, batches of ", how.queue.batch);
    try {
      begun = std::make_unique<process_type>(world_, lab_.path(), how, number);
      if (!world_.dead) look_at_rows(begun->store());
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
  std::vector<any_file> rows(watched_store<T>& store) {
    std::vector<any_file> found;
    for (std::size_t i = 0; i < items_; ++i)
      if (auto const row = store.get(key_of(i)); row.item) found.push_back(*row.item);
    return found;
  }
  void look_at_rows(watched_store<T>& store) {
    auto const found = rows(store);
    auto const lost = world_.told.count_lost(found);
    if (lost > 0) world_.note("lost: ", lost);
    world_.counts[tally::lost_transitions] += lost;
    world_.told.recovered(found, allowed_);
    allowed_ = loss::none;
    world_.led_back.clear();
    for (auto const& row : found) {
      world_.versions[row.key] = row.version;
      world_.note("found ", row.key, " at ", row.version);
    }
  }

  // ---- what is done to it ----

  // One process, or two of which the first does not know that it is given up, until neither lives.
  void take_turn() {
    arm();
    if (has_errand(32)) operate(errand::drawn(world_, items_), beside::nobody);
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
    lab_.move(lock_, lost_lock_);
    if (world_.one_in(2)) lab_.copy(lost_lock_, lock_);  // then the successor takes it for dead
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
      human_operator<T> at_work(world_, lab_.path(), draw_setup().database);
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
    if (how == standing::ended && it->failure()) judge_failure(it->failure());
    world_.note("process ", it->number(), " ends");
    it.reset();
  }
  void judge_failure(std::exception_ptr failure) {
    try {
      std::rethrow_exception(failure);
    } catch (std::exception const& e) {
      world_.say("its run failed: ", e.what());
      if (lab_.vfs().faults.struck() == 0) world_.violated(std::string("a run failed: ") + e.what());
    }
  }

  // ---- faults and deaths ----

  void arm() {
    operations_ = freeze_at_ = die_at_ = 0;
    dies_in_ = 0ns;
    ending_ = all_endings[world_.below(all_endings.size())];
    if (world_.one_in(2))
      die_at_ = 1 + world_.below(world_.one_in(2) ? 20 : 20 + 16 * items_);
    else if (world_.one_in(3))
      dies_in_ = 1ns + world_.upto(30s);
    if (world_.one_in(6))
      lab_.vfs().faults = fault_plan{fault_kinds[world_.below(fault_kinds.size())], world_.below(200), false};
  }
  void disarm() {
    world_.counts[tally::broken_files] += lab_.vfs().faults.struck();
    if (lab_.vfs().faults.struck() > 0) done_ = false;
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
    world_.note("all die: ", name_of(ending_));
    ++world_.counts[is_power_cut(ending_) ? tally::power_cuts : tally::deaths];
    world_.dead = true;
    world_.had_power_cut = world_.had_power_cut || is_power_cut(ending_);
    if (is_power_cut(ending_) && durable_ == durability::process_crash) allowed_ = loss::of_latest;
    left_ = disk_->after(ending_, under_way, world_.random());
    world_.told.crashed();
    if (running_) running_->halt_soon();
  }
  template <class... Processes> void bury(Processes&... dead) {
    done_ = false;
    running_ = nullptr;
    lab_.move(lock_, lost_lock_);  // whoever dies does not remove it
    (dead.reset(), ...);
    if (!is_power_cut(ending_) || world_.one_in(2)) lab_.move(lost_lock_, lock_);
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
    auto last = start();
    if (!last) return;
    running_ = last.get();
    auto const how = last->resume();
    if (how == standing::ended) {
      if (last->sum().halted || last->failure()) world_.violated("the last process did not come to an end");
      judge_end(*last);
    }
    leave(last, how);
  }
  std::set<std::string> parked_by(process_type& it) {
    std::set<std::string> parked;
    for (auto const& p : it.store().parked(items_)) parked.insert(p.item.key);
    return parked;
  }
  // A run that was alone, met no fault of the disk and ended by itself has waited for all that it had put off.
  void judge_rest(process_type& it) {
    if (it.failure() || it.sum().halted || it.sum().stopped || lab_.vfs().faults.struck() > 0) return;
    die_at_ = freeze_at_ = 0;  // to look is no part of its life, and breaks nothing
    lab_.vfs().faults = {};
    auto const parked = parked_by(it);
    for (auto const& row : rows(it.store()))
      if (pawl::role_of<file_lifecycle>(row.state) == pawl::role::step && !parked.contains(row.key) &&
          !is_led_back_unseen(row))
        world_.violated("process " + std::to_string(it.number()) + " ended by itself and left '" + row.key +
                        "' at version " + std::to_string(row.version));
  }
  // What is led back by another connection, or at the moment when the run ends, is left to the next one.
  bool is_led_back_unseen(any_file const& row) const {
    auto const found = world_.led_back.find(row.key);
    return found != world_.led_back.end() && found->second >= world_.now();
  }
  void judge_end(process_type& last) {
    auto const found = rows(last.store());
    auto const parked = parked_by(last);
    world_.told.finished(found, parked);
    for (auto const& row : found) {
      if (auto const record = last.store().trouble_of(row))
        world_.say(row.key, " is ", record->parked ? "parked" : "held back", ": ", record->last_error);
      judge_row(last, row);
    }
    for (auto const& row : found)
      if (parked.contains(row.key)) judge_parked(row);
    world_.counts[tally::parked] += parked.size();
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

  laboratory& lab_;
  world world_;
  std::size_t items_;
  bool calm_;
  std::size_t errands_;  // of somebody who moves items by hand, that are still to come
  durability durable_;
  remote remote_;
  std::string lock_ = lab_.template lock<T>(), lost_lock_ = lock_ + ".lost";

  std::unique_ptr<memory_files> disk_{}, left_{};
  ending ending_ = ending::process_died;
  loss allowed_ = loss::none;
  std::size_t operations_ = 0, freeze_at_ = 0, die_at_ = 0;
  nanoseconds dies_in_{};
  process_type* running_ = nullptr;
  bool done_ = false;
};

}  // namespace crash::simulation

#endif
