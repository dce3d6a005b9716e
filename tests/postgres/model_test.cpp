// Random batches on a server beside a sequential model of what they must do: moves, conflicts, several writes of one key,
// inserts, trouble records, and rows that a constraint refuses.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres.hpp>
#include <pawl/store/table.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"

namespace postgres_model_test {

enum class place { here, there, gone };
struct leave {
  std::string why;
};
struct come_back {};
struct vanish {
  std::int64_t count = 0;
};
struct traveller
    : pawl::lifecycle<
          pawl::initial<place::here>, pawl::goal<place::gone>, pawl::transition<place::here, leave, place::there>,
          pawl::transition<place::there, come_back, place::here>, pawl::transition<place::there, vanish, place::gone>> {
};
struct travellers_table : pawl::table<traveller> {
  static constexpr pawl::names names{.table = "travellers", .key = "name"};
  static constexpr auto columns = pawl::columns(pawl::on<leave>(pawl::set("why", &leave::why)),
                                                pawl::on<vanish>(pawl::set("count", &vanish::count)));
};

// What the table must hold.
struct row {
  place at = place::here;
  std::int64_t version = 0, id = 0, life = 0;
  std::string why{};
  std::optional<pawl::trouble_record> record{};
};
constexpr char const* refused = "refused";  // a reason that the table's constraint refuses

template <class Table> class world {
 public:
  static constexpr bool is_own = !pawl::a_table<Table>;
  using store = pawl::postgres::store<Table>;
  using any = pawl::any_item<traveller>;

  explicit world(unsigned seed) : random_(seed) {
    if (!is_own)
      at.in.sql.script(
          "CREATE TABLE travellers(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,name text NOT NULL UNIQUE,state "
          "text NOT "
          "NULL DEFAULT 'here',version bigint NOT NULL DEFAULT 0,why text CHECK(why<>'refused'),count bigint)");
    at.wait(all.open());
    if (is_own)
      at.in.sql.script("ALTER TABLE traveller ADD CHECK(on_leave IS NULL OR position('refused'::bytea IN on_leave)=0)");
  }

  // One batch of 1 to 64 writes. What its writes answer is compared with the model, which then has them; a batch with a row
  // that the table refuses leaves everything as it was.
  void write() {
    auto batch = all.make_batch();
    before_ = model;
    std::vector<check> checks;
    events_.clear();
    bool has_refused = false;
    for (std::size_t left = below(8) == 0 ? 1 + below(64) : 1 + below(6); left > 0; --left) switch (below(10)) {
        case 0:
        case 1:
          insert(batch, checks);
          break;
        case 2:
        case 3:
          note(batch, checks);
          break;
        default:
          has_refused = move(batch, checks) || has_refused;
      }
    if (checks.empty()) return;
    try {
      at.wait(batch.write());
      CHECK_FALSE(has_refused);
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::rejected);
      CHECK(has_refused);
      model = before_;
      return;
    }
    for (auto const& one : checks) one.compare(batch, one.ticket, one.expected);
    learn_ids();
  }
  // Each row, and what is recorded of it.
  void compare() {
    for (auto const& [key, expected] : model) {
      CAPTURE(key);
      auto const found = at.wait(all.get(key)).item;
      REQUIRE(found);
      CHECK(found->state == expected.at);
      CHECK(found->version == expected.version);
      CHECK(at.wait(all.trouble_of(*found)) == expected.record);
      if (expected.at == place::there) CHECK(at.wait(all.template recorded<leave>(*found)).value().why == expected.why);
    }
    auto const counts = at.wait(all.count_items());
    CHECK(counts[0] + counts[1] + counts[2] == model.size());
    CHECK(at.wait(all.unrecognised()) == 0);
  }

  postgres_test::own_database at{};
  store all{at.db};
  std::map<std::string, row> model{};

 private:
  using batch_of = typename store::batch;
  struct check {
    std::size_t ticket = 0;
    bool expected = false;
    void (*compare)(batch_of&, std::size_t ticket, bool expected) = nullptr;
  };

  std::size_t below(std::size_t n) { return random_() % n; }
  std::string some_key() { return "k" + std::to_string(below(40)); }

  void insert(batch_of& batch, std::vector<check>& checks) {
    std::string const key = some_key();
    if constexpr (is_own) {
      checks.push_back(
          {batch.insert(key, std::nullopt), model.try_emplace(key).second,
           [](batch_of& of, std::size_t ticket, bool expected) { CHECK(of.inserted(ticket) == expected); }});
    } else if (model.try_emplace(key).second) {  // by the program that owns the table
      at.in.sql.must("INSERT INTO travellers(name) VALUES($1)", {key});
      learn_ids();
      before_.emplace(key, model[key]);
    }
  }
  // At the row's version, or at one that it has left behind.
  std::int64_t version_of(row const& one) { return below(4) == 0 ? one.version - 1 : one.version; }

  void note(batch_of& batch, std::vector<check>& checks) {
    std::string const key = some_key();
    auto const found = model.find(key);
    if (found == model.end() || found->second.id == 0) return;
    row& now = found->second;
    std::int64_t const version = version_of(now);
    pawl::trouble_record record;
    if (below(3) > 0) record.attempts = static_cast<std::int32_t>(1 + below(5));
    record.run = record.attempts == 0 ? 0 : 7;
    records_.push_back(std::make_unique<pawl::trouble_record>(record));
    noted_.push_back(std::make_unique<any>(any{key, version, now.at, now.id, now.life}));
    bool const is_there = version == now.version;
    if (is_there) now.record = record.empty() ? std::nullopt : std::optional(record);
    checks.push_back(
        {batch.note(*noted_.back(), *records_.back()), is_there, [](batch_of& of, std::size_t ticket, bool expected) {
           if (!expected) CHECK_FALSE(of.noted(ticket));
         }});
  }
  // True if it is one that the table refuses, and would be made.
  bool move(batch_of& batch, std::vector<check>& checks) {
    std::string const key = some_key();
    auto const found = model.find(key);
    if (found == model.end() || found->second.id == 0) return false;
    row& now = found->second;
    std::int64_t const version = version_of(now);
    switch (below(3)) {
      case 0: {
        bool const is_refused = below(12) == 0;
        events_.push_back(std::make_unique<leave>(leave{is_refused ? refused : "why " + std::to_string(below(100))}));
        auto const& event = *static_cast<leave const*>(events_.back().get());
        bool const moves = add<place::here>(batch, checks, key, version, event);
        if (moves) model[key].why = event.why;
        return moves && is_refused;
      }
      case 1:
        events_.push_back(std::make_unique<come_back>());
        add<place::there>(batch, checks, key, version, *static_cast<come_back const*>(events_.back().get()));
        return false;
      default:
        if (below(4) > 0) return false;
        events_.push_back(std::make_unique<vanish>(vanish{static_cast<std::int64_t>(below(9))}));
        add<place::there>(batch, checks, key, version, *static_cast<vanish const*>(events_.back().get()));
        return false;
    }
  }
  template <place From, class Event>
  bool add(batch_of& batch, std::vector<check>& checks, std::string const& key, std::int64_t version,
           Event const& event) {
    row& now = model[key];
    auto const kept = std::make_shared<pawl::item<traveller, From>>(key, version, now.id, now.life);
    events_.push_back(kept);
    auto const& from = *kept;
    bool const moves = now.at == From && now.version == version;
    checks.push_back({batch.apply(from, event), moves, [](batch_of& of, std::size_t ticket, bool expected) {
                        CHECK(bool(of.template applied<From, Event>(ticket)) == expected);
                      }});
    if (!moves) return false;
    now.at = pawl::next_state<traveller, From, Event>;
    ++now.version;
    now.record.reset();
    return true;
  }
  void learn_ids() {
    for (auto& [key, one] : model) {
      if (one.id != 0) continue;
      auto const found = at.wait(all.get(key)).item;
      REQUIRE(found);
      one.id = found->row;
      one.life = found->life;
    }
  }

  std::mt19937 random_;
  std::map<std::string, row> before_{};  // the batch
  // What a batch refers to until it is written.
  std::vector<std::shared_ptr<void>> events_{};  // and items
  std::vector<std::unique_ptr<pawl::trouble_record>> records_{};
  std::vector<std::unique_ptr<any>> noted_{};
};

TEMPLATE_TEST_CASE("random batches leave what a sequential model has", "[postgres]", traveller, travellers_table) {
  auto const seed = GENERATE(range(1U, 5U));
  CAPTURE(seed);
  world<TestType> w(seed);
  for (int i = 0; i < 150; ++i) {
    CAPTURE(i);
    w.write();
    if (i % 25 == 24) w.compare();
  }
  w.compare();
  CHECK(w.model.size() > 20);
}

}  // namespace postgres_model_test
