// The commands that change something. Each asks first, and says what it has done.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#ifdef _WIN32
#include <io.h>
#else
#include <pwd.h>
#include <unistd.h>
#endif

#include <fmt/format.h>

#include <pawl/console/console.hpp>
#include <pawl/console/on_behalf.hpp>
#include <pawl/report/escape.hpp>

#include "request.hpp"
#include "target.hpp"
#include "words.hpp"

namespace pawl_tool {

using pawl::escaped;

static bool stdin_is_a_terminal() {
#ifdef _WIN32
  return ::_isatty(_fileno(stdin)) != 0;
#else
  return ::isatty(STDIN_FILENO) == 1;
#endif
}

// Throws refusal (not_done) unless the person at the terminal, or --yes, wants it.
static void ask(request const& r, std::string const& question) {
  if (r.yes) return;
  if (!stdin_is_a_terminal())
    throw refusal(not_done, question + " There is no terminal to ask at, so nothing was changed; give --yes");
  fmt::print(stderr, "{} [y/N] ", question);
  std::fflush(stderr);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "Y" && answer != "yes") throw refusal(not_done, "nothing was changed");
}

// Who is at the keyboard, as the system says; empty: it does not.
static std::string operator_name() {
  for (auto const* variable : {"USER", "LOGNAME", "USERNAME"})
    if (char const* const name = std::getenv(variable); name != nullptr && *name != 0) return name;
#ifndef _WIN32
  if (auto const* const user = ::getpwuid(::geteuid()); user != nullptr) return user->pw_name;
#endif
  return {};
}
static pawl::on_behalf whose(request const& r) { return {operator_name(), r.reason}; }

// What is recorded in the history alone is refused where there is none.
static void check_reason(request const& r, target& at, std::string const& table) {
  if (r.reason.empty()) return;
  for (auto const& one : at.tables())
    if (one.name == table && !one.has_history)
      throw refusal(usage, fmt::format("table {} has no history in which --reason could be recorded "
                                       "(pawl::store_options::history), so nothing was changed",
                                       escaped(table)));
}

// ---- one item ----

// The item has moved since it was seen, or holds already what it should.
static refusal unchanged(request const& r, target& at, named_item const& seen) {
  auto const now = at.wait(at.console().story(seen.table, r.key, longest_value));
  if (!now) return {not_done, fmt::format("nothing was changed: {} is gone", named(seen))};
  bool const moved = now->item.version != seen.story.item.version;
  return {not_done,
          fmt::format("nothing was changed: {} {}: {}", named(seen), moved ? "has moved on" : "is", now->why)};
}

// The mark of a step that has begun may be of one that runs at this moment.
static std::string warning_of_mark(target& at, named_item const& it) {
  if (!it.story.item.trouble->is_mark()) return {};
  for (auto const& table : at.tables())
    for (auto const& worker : table.workers)
      if (table.name == it.table && !worker.dead)
        return fmt::format(" {} is at work and may be running it now: released, it is repeated if that dies.",
                           escaped(worker.name));
  return {};
}

int release(request const& r) {
  target at(r, access::write);
  auto const it = at.item();
  if (!it.story.item.trouble)
    throw refusal(not_done, fmt::format("nothing was changed: {} is {}", named(it), it.story.why));
  check_reason(r, at, it.table);
  if (!r.yes) ask(r, fmt::format("{} is {}.{} Release it?", named(it), it.story.why, warning_of_mark(at, it)));
  auto const& record = *it.story.item.trouble;
  auto const version = it.story.item.version;
  bool const done_so =
      at.wait(record.is_mark() ? at.console().release_mark(it.table, r.key, version, record.run, whose(r))
                               : at.console().release(it.table, r.key, version, whose(r)));
  if (!done_so) throw unchanged(r, at, it);
  fmt::print("{} is released\n", named(it));
  return done;
}

int park(request const& r) {
  target at(r, access::write);
  auto const it = at.item();
  ask(r, fmt::format("{} is {}. Park it?", named(it), it.story.why));
  if (!at.wait(at.console().park(it.table, r.key, it.story.item.version, whose(r)))) throw unchanged(r, at, it);
  fmt::print("{} is parked\n", named(it));
  return done;
}

int start_at(request const& r) {
  target at(r, access::write);
  auto const when = time_of(r.time, at.wait(at.console().now()));
  auto const it = at.item();
  check_reason(r, at, it.table);
  ask(r, fmt::format("{} is {}. Start it at {}?", named(it), it.story.why, utc(when)));
  if (!at.wait(at.console().start_at(it.table, r.key, it.story.item.version, when, whose(r))))
    throw unchanged(r, at, it);
  fmt::print("{} starts at {}\n", named(it), utc(when));
  return done;
}

// ---- a state ----

static pawl::seen_state state_in(pawl::seen_table const& table, std::string const& name) {
  for (auto const& state : table.states)
    if (state.name == name) return state;
  return {};
}
static std::string of_table(request const& r, pawl::seen_table const& table) {
  return fmt::format("{} of {}", escaped(r.state), escaped(table.name));
}

int retry_all(request const& r) {
  target at(r, access::write);
  auto const table = at.table_of_state();
  auto const state = state_in(table, r.state);
  check_reason(r, at, table.name);
  ask(r, fmt::format("In state {} {} parked and {} delayed. Retry all that are parked, or delayed by a run?",
                     of_table(r, table), counted(state.parked, "item") + (state.parked == 1 ? " is" : " are"),
                     state.delayed));
  auto const released = at.wait(at.console().retry_all(table.name, r.state, whose(r)));
  fmt::print("{} of state {} {} retried\n", counted(released, "item"), of_table(r, table),
             released == 1 ? "is" : "are");
  return done;
}

int pause(request const& r) {
  target at(r, access::write);
  auto const table = at.table_of_state();
  ask(r, fmt::format(
             "{} in state {}. Let no run begin its step?",
             counted(state_in(table, r.state).items, "item") + (state_in(table, r.state).items == 1 ? " is" : " are"),
             of_table(r, table)));
  if (!at.wait(at.console().pause(table.name, r.state, whose(r))))
    throw refusal(not_done, fmt::format("nothing was changed: state {} is paused already", of_table(r, table)));
  fmt::print("state {} is paused: steps that have begun end, and no run begins another\n", of_table(r, table));
  return done;
}

int resume(request const& r) {
  target at(r, access::write);
  auto const table = at.table_of_state();
  check_reason(r, at, table.name);
  ask(r, fmt::format("Let runs begin the step of state {} again?", of_table(r, table)));
  if (!at.wait(at.console().resume(table.name, r.state, whose(r))))
    throw refusal(not_done, fmt::format("nothing was changed: state {} is not paused", of_table(r, table)));
  fmt::print("state {} is resumed\n", of_table(r, table));
  return done;
}

// ---- trim ----

// pawl's own tables, and of those of users what is asked for.
static std::vector<std::string> tables_to_trim(request const& r, target& at) {
  std::vector<std::string> chosen;
  std::string of_users;
  bool names_one = r.rows_of.empty();
  for (auto const& table : at.tables()) {
    names_one = names_one || table.name == r.rows_of;
    if (table.is_own || table.name == r.rows_of)
      chosen.push_back(table.name);
    else
      of_users = table.name;
  }
  if (!names_one)
    throw refusal(not_done, fmt::format("there is no table '{}' of items in {}", escaped(r.rows_of),
                                        escaped(at.console().name())));
  if (chosen.empty() && !of_users.empty())
    throw refusal(not_done, fmt::format("the rows of table {} are not pawl's but of the program that made it; "
                                        "--delete-rows-of {} deletes them all the same",
                                        escaped(of_users), escaped(of_users)));
  return chosen;
}

// Rows of a transaction: a run waits for no longer than that.
constexpr std::size_t batch = 1000;

// remove(limit) removes so many at most, and returns how many.
template <class Remove> static std::size_t remove_all(Remove remove) {
  std::size_t all = 0;
  for (std::size_t some = batch; some == batch; all += some) some = remove(batch);
  return all;
}
static void trim_rows(request const& r, target& at, pawl::stored_time before) {
  auto const tables = tables_to_trim(r, at);
  for (auto const& table : tables) check_reason(r, at, table);
  for (auto const& table : tables) {
    ask(r, fmt::format("Delete the rows of {} that have been in a final state since before {}? A program that inserts "
                       "such a key again runs it again.",
                       escaped(table), utc(before)));
    std::size_t const all = remove_all([&](std::size_t limit) {
      return at.wait(at.console().trim(table, before, limit, table == r.rows_of, whose(r)));
    });
    fmt::print("{} of {} {} deleted\n", counted(all, "row"), escaped(table), all == 1 ? "is" : "are");
  }
}
static void trim_history(request const& r, target& at, pawl::stored_time before) {
  for (auto const& table : at.tables()) {
    if (!table.has_history) continue;
    ask(r, fmt::format("Delete the history of {} of before {}?", escaped(table.name), utc(before)));
    std::size_t const all = remove_all(
        [&](std::size_t limit) { return at.wait(at.console().trim_history(table.name, before, limit, whose(r))); });
    fmt::print("{} of the history of {} {} deleted\n", counted(all, "transition"), escaped(table.name),
               all == 1 ? "is" : "are");
  }
}

int trim(request const& r) {
  if (!(r.finished || r.history) || !r.older)
    throw refusal(usage,
                  "trim removes what is finished, or its history, after some time: give --finished or --history, "
                  "and --older DURATION");
  target at(r, access::write);
  auto const before = time_before(at.wait(at.console().now()), *r.older);
  if (r.finished) trim_rows(r, at, before);
  if (r.history) trim_history(r, at, before);
  return done;
}

// ---- schedules ----

int forget(request const& r) {
  target at(r, access::write);
  auto const [table, schedule] = at.schedule();
  check_reason(r, at, table);
  std::string const named = fmt::format("schedule '{}' of {}", escaped(r.schedule), escaped(table));
  ask(r, fmt::format("The {} has made its items up to {}. Forget it? A run that still has it begins it anew.", named,
                     utc(schedule.settled)));
  if (!at.wait(at.console().forget_schedule(table, r.schedule, whose(r))))
    throw refusal(not_done, fmt::format("nothing was changed: the {} is gone", named));
  fmt::print("{} is forgotten; the items that it has made stay\n", named);
  return done;
}

}  // namespace pawl_tool
