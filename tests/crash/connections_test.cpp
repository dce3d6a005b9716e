// Several connections to one database, as from several processes, on a disk that occasionally fails to sync.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>

#include "catch.hpp"
#include "crash/long_rows.hpp"
#include "crash/memory_files.hpp"
#include "crash/recovery.hpp"

namespace connections_test {

using namespace crash;
using namespace crash::long_rows;
using pawl::sqlite::database;
using pawl::sqlite::durability;

// One seed. From the first refused sync on the power fails at moments left to chance, and what that leaves is looked at.
class life {
 public:
  // Mixed: each connection may be NORMAL. Then a power cut may take what was acknowledged, but leaves the database whole.
  life(std::uint64_t seed, bool mixed) : disk_(seed), chance_(seed), mixed_(mixed) {
    disk_.vfs.before = [this](change const* under_way) {
      if (wrong_.empty() && refused() > 0 && one_in(25)) look(under_way);
    };
  }
  life(life const&) = delete;
  life& operator=(life const&) = delete;
  ~life() { disk_.vfs.before = {}; }

  void run() {
    for (int step = 0; step < 120 && wrong_.empty(); ++step) act(connections_[below(connections_.size())]);
    disk_.vfs.before = {};
    if (wrong_.empty()) look(nullptr);
  }
  std::size_t refused() const { return refused_ + disk_.vfs.faults.struck(); }
  std::size_t looks() const { return looks_; }
  // What the first power cut broke that broke something; else empty.
  std::string const& wrong() const { return wrong_; }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(chance_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  void act(std::unique_ptr<database>& c) try {
    if (!c) return open(c);
    if (c->poisoned()) return c.reset();
    if (disk_.vfs.faults.struck() > 0) {
      ++refused_;
      disk_.vfs.faults = {};
    }
    if (auto const what = below(16); what == 0)
      c.reset();
    else if (what == 1)
      refuse_a_sync();
    else if (c->in_transaction())
      read_on(*c, what);
    else if (what < 4)
      c->execute("BEGIN; SELECT count(*) FROM t");  // a reader who stays
    else if (what < 6)
      checkpoint(*c);
    else
      write(*c);
  } catch (pawl::store_error const&) {
    if (c) c->rollback();
  }
  void open(std::unique_ptr<database>& c) {
    auto o = options_of(mixed_ && one_in(2) ? durability::process_crash : durability::power_loss);
    o.checkpoint_frames = static_cast<int>(8 + below(60));
    o.checkpoint_at_close = one_in(2);
    c = std::make_unique<database>(disk_.path, o);
  }
  void refuse_a_sync() {
    if (refused() < 3) disk_.refuse_sync(below(4));
  }
  static void read_on(database& c, std::size_t what) {
    if (what < 8) c.rollback();
  }
  void checkpoint(database& c) {
    constexpr std::array<char const*, 3> modes{"PASSIVE", "RESTART", "TRUNCATE"};
    c.execute("PRAGMA wal_checkpoint(" + std::string(modes[below(modes.size())]) + ")");
  }
  void write(database& c) {
    int const row = next_++;
    c.begin();
    c.execute(insertion_of(row));
    if (one_in(4)) c.execute("UPDATE t SET big=zeroblob(" + std::to_string(4000 + below(3000)) + ") WHERE i=1");
    c.commit();
    acknowledged_.insert(row);
  }

  // What is written again stands there already: a power cut that garbles it may take it all the same.
  ending draw_ending() {
    auto const e = all_endings[below(all_endings.size())];
    return e == ending::sectors_garbled ? ending::sectors_torn : e;
  }
  void look(change const* under_way) {
    ++looks_;
    ending const e = draw_ending();
    auto const left = disk_.files.after(e, under_way, disk_.random);
    mounted_instead const crashed(disk_.vfs, *left);
    auto const violated = [&](char const* what) {
      wrong_ = std::string(name_of(e)) + " after " + std::to_string(next_) + " rows and " + std::to_string(refused()) +
               " refused syncs: " + what;
    };
    if (!is_whole(disk_.path)) return violated("the database is damaged");
    if (mixed_) return;
    database last(disk_.path, options_of(durability::power_loss));
    for (int const row : acknowledged_)
      if (!has_row(last, row)) return violated("what was acknowledged is lost");
  }

  disk_of_a_database disk_;
  random_bits chance_;
  bool mixed_;
  std::array<std::unique_ptr<database>, 3> connections_{};
  int next_ = 1;
  std::set<int> acknowledged_{};
  std::size_t refused_ = 0, looks_ = 0;
  std::string wrong_{};
};

TEST_CASE("whatever several connections do while syncs are refused, a power cut leaves what was acknowledged",
          "[crash]") {
  bool const mixed = GENERATE(false, true);
  std::size_t refused = 0, looks = 0;
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    INFO("seed " << seed << (mixed ? ", FULL and NORMAL" : ", FULL"));
    life one(seed, mixed);
    one.run();
    CHECK(one.wrong() == "");
    refused += one.refused();
    looks += one.looks();
  }
  CHECK(refused > 50);
  CHECK(looks > 250);
}

}  // namespace connections_test
