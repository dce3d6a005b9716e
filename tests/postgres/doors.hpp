// A lifecycle of doors in a schema of its own, with one database whose sessions can be counted and ended.
#ifndef PAWL_TESTS_POSTGRES_DOORS_HPP
#define PAWL_TESTS_POSTGRES_DOORS_HPP

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/postgres.hpp>

#include "postgres/own_database.hpp"

namespace doors_test {

using namespace postgres_test;

enum class door_state { shut, open };
struct push {
  std::string who;
};
struct door : pawl::lifecycle<pawl::initial<door_state::shut>, pawl::goal<door_state::open>,
                              pawl::transition<door_state::shut, push, door_state::open>> {};
struct doors_table : pawl::table<door> {
  static constexpr pawl::names names{.table = "doors", .key = "name"};
  static constexpr auto columns = pawl::columns(pawl::on<push>(pawl::set("pushed_by", &push::who)));
};
using shut_door = pawl::item<door, door_state::shut>;

inline pawl::postgres::options with_outage(std::chrono::milliseconds bound) {
  pawl::postgres::options chosen;
  chosen.outage_bound = bound;
  return chosen;
}
template <class Call> pawl::store_failure failure_of(Call call) {
  try {
    call();
  } catch (pawl::store_error const& e) {
    return e.what_failed();
  }
  throw std::runtime_error("it did not fail");
}

// The answers of tasks that run at the same time.
template <class T> struct several {
  explicit several(pawl::loop<>& on) : loop(on) {}
  static pawl::task<void> keep(pawl::task<T> asking, std::optional<T>& answer, std::exception_ptr& failure) {
    try {
      answer = co_await std::move(asking);
    } catch (...) {
      failure = std::current_exception();
    }
  }
  static pawl::task<void> keep_one(several& all, pawl::task<T> asking, std::size_t at) {
    auto keeping = keep(std::move(asking), all.answers[at], all.failures[at]);
    co_await std::move(keeping);
    all.ended = ++all.done == all.answers.size();
  }
  void begin(std::vector<pawl::task<T>> tasks) {
    answers.resize(tasks.size());
    failures.resize(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
      pawl::detail::spawn(loop.get_executor(), keep_one(*this, std::move(tasks[i]), i), {&pawl::detail::rethrow});
  }
  void wait() { loop.run_until(ended); }

  pawl::loop<>& loop;
  std::vector<std::optional<T>> answers{};
  std::vector<std::exception_ptr> failures{};
  std::size_t done = 0;
  bool ended = false;
};

// Whether it moved, by a queue or a store.
template <class Into> pawl::task<bool> pushed(Into& into, shut_door it, push by) {
  auto applying = into.apply(std::move(it), std::move(by));
  auto const moved = co_await std::move(applying);
  co_return bool(moved);
}

// Sessions of stores in this schema, but for the test's own.
inline std::string others(std::string const& schema) {
  return "FROM pg_stat_activity WHERE application_name='" + schema + "'";
}
struct doors {
  explicit doors(pawl::postgres::options const& chosen = {})
      : db(at.loop, at.conninfo() + " application_name=" + at.in.name(), chosen) {}

  std::string count_sessions() { return at.in.sql.must("SELECT count(*) " + others(at.in.name())).at(0, 0); }
  void end_sessions() { at.in.sql.must("SELECT pg_terminate_backend(pid,5000) " + others(at.in.name())); }

  own_database at{};
  pawl::postgres::database db;
  pawl::postgres::store<door> store{db};
};

}  // namespace doors_test

#endif
