// The console of a database on a PostgreSQL server: see console.hpp. It works beside the workers that run its items.
#ifndef PAWL_CONSOLE_POSTGRES_CONSOLE_HPP
#define PAWL_CONSOLE_POSTGRES_CONSOLE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/console/changed_record.hpp>
#include <pawl/console/console.hpp>
#include <pawl/console/postgres/change.hpp>
#include <pawl/console/postgres/reading.hpp>
#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/database.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Nothing is opened before the first call: that there is no server, or no table of pawl's on the search_path, is told then. A
// call waits for a server that is away as options::outage_bound says. On the loop's thread; the console must outlive
// what its calls return. One change at a time: others wait for their turn.
class postgres_console final : public console {
 public:
  enum class access : std::uint8_t { read_only, read_write };

  postgres_console(event_loop& loop, std::string conninfo, postgres::options const& chosen = {},
                   access how = access::read_write)
      : db_(loop, std::move(conninfo), chosen), how_(how) {}

  std::string name() const override { return db_.name(); }
  bool reads_only() const override { return how_ == access::read_only; }

  task<std::vector<seen_table>> tables() override { return postgres::detail::see_tables(over()); }
  task<std::vector<std::string>> table_names() override { return postgres::detail::table_names(over()); }
  task<seen_page> list(std::string table, seen_query which) override {
    return postgres::detail::list_items(over(), std::move(table), std::move(which));
  }
  using console::story;
  task<std::optional<item_story>> story(std::string table, std::string key, std::size_t most) override {
    return postgres::detail::tell_story(over(), std::move(table), std::move(key), most);
  }
  task<stored_time> now() override {
    postgres::detail::request what;
    what.add("SELECT clock_timestamp()");
    auto asking = over()->read(what);
    auto const given = co_await std::move(asking);
    auto const time = given[0].template value<postgres::detail::instant>(0, 0);
    co_return stored_time(time.value());
  }

  task<bool> release(std::string table, std::string key, std::int64_t version, on_behalf of) override {
    postgres::detail::record_change change{detail::released_record{of.text()}};
    return one_change(std::move(table), std::move(key), version, std::move(change));
  }
  task<bool> release_mark(std::string table, std::string key, std::int64_t version, std::int64_t run,
                          on_behalf of) override {
    postgres::detail::record_change change{detail::released_record{of.text(), run}};
    return one_change(std::move(table), std::move(key), version, std::move(change));
  }
  task<bool> park(std::string table, std::string key, std::int64_t version, on_behalf of) override {
    postgres::detail::record_change change{detail::parked_record{of.text()}};
    return one_change(std::move(table), std::move(key), version, std::move(change));
  }
  task<bool> start_at(std::string table, std::string key, std::int64_t version, stored_time when,
                      on_behalf of) override {
    postgres::detail::record_change change{detail::started_record{when, of.text()}};
    return one_change(std::move(table), std::move(key), version, std::move(change));
  }
  task<std::size_t> retry_all(std::string table, std::string state, on_behalf of) override {
    return in_turn(postgres::detail::retry_all(over(), std::move(table), std::move(state), of.text()));
  }
  task<bool> pause(std::string table, std::string state, on_behalf of) override {
    return in_turn(postgres::detail::pause(over(), std::move(table), std::move(state), of.text()));
  }
  task<bool> resume(std::string table, std::string state, on_behalf of) override {
    return in_turn(postgres::detail::resume(over(), std::move(table), std::move(state), of.text()));
  }
  task<std::size_t> trim(std::string table, stored_time before, std::size_t limit, bool rows_of_user,
                         on_behalf of) override {
    return in_turn(postgres::detail::trim(over(), std::move(table), before, limit, rows_of_user, of.text()));
  }
  task<std::size_t> trim_history(std::string table, stored_time before, std::size_t limit, on_behalf of) override {
    return in_turn(postgres::detail::trim_history(over(), std::move(table), before, limit, of.text()));
  }
  task<bool> forget_schedule(std::string table, std::string schedule, on_behalf of) override {
    return in_turn(postgres::detail::forget_schedule(over(), std::move(table), std::move(schedule), of.text()));
  }

 private:
  std::shared_ptr<postgres::detail::sessions> const& over() const noexcept { return db_.sessions(); }

  task<bool> one_change(std::string table, std::string key, std::int64_t version,
                        postgres::detail::record_change change) {
    return in_turn(postgres::detail::change_item(over(), std::move(table), std::move(key), version, std::move(change)));
  }
  // A database has one connection for transactions of its program.
  template <class T> task<T> in_turn(task<T> change) {
    if (reads_only())
      postgres::detail::sessions::fail(
          store_failure::misuse, {"pawl: ", db_.name(), " was opened read-only; open it for writing to change it"});
    while (*is_changing_) {
      auto sleeping = db_.loop().sleep(std::chrono::milliseconds(5));
      co_await std::move(sleeping);
    }
    turn const mine(is_changing_);
    co_return co_await std::move(change);
  }
  struct turn {
    explicit turn(std::shared_ptr<bool> of) : taken(std::move(of)) { *taken = true; }
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;
    ~turn() { *taken = false; }
    std::shared_ptr<bool> taken;  // may outlive the console, where the loop is destroyed after it
  };

  postgres::database db_;
  access how_;
  std::shared_ptr<bool> is_changing_ = std::make_shared<bool>(false);
};

}  // namespace pawl::inline PAWL_ABI

#endif
