// pawl: looks into any database of pawl, and holds back or lets go its items, beside the processes that run them. It
// needs none of their types.
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <pawl/error.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

#include "../command_line.hpp"
#include "request.hpp"

using namespace pawl_tool;

static constexpr char const* footer =
    R"(DB is the path of an SQLite file, or what libpq connects to: postgres://..., or host=... dbname=...
KEY is an item's key; one that begins with - goes after --. Without --table all tables are searched for it.
DURATION is 90s, 15m, 1h, 30d or 1h30m; TIME is 2026-12-24T18:00Z, in UTC, or +15m.

What changes something asks first, or takes --yes; it is one transaction, and leaves alone what has moved on since it
was seen. An item's version does not grow by it. Who did it, and --reason, stand in the table's history, if it has one:
of an item `why` tells it, of a state, of rows that were trimmed and of a schedule `status`. Of `park` it is in the item's
error too, and of `pause` with the state.

Examples:
  pawl status shop.db
  pawl list shop.db --parked --older 1h --csv
  pawl why shop.db order-17
  pawl retry-all shop.db --state charging --yes
  pawl trim shop.db --finished --older 30d --yes
  pawl forget shop.db nightly
  PAWL_TOKEN=$(openssl rand -hex 24) pawl serve shop.db

Exit codes: 0 done, 1 there is no such item, state, schedule or table, it was not changed, or the port is taken, 2 the command
line or the token is wrong,
3 the database cannot be used: wrong path, not pawl's, of a newer pawl, locked, or its server is away.)";

struct command_line_of {
  request r{};
  int (*command)(request const&) = nullptr;
  CLI::App app{"Looks into a database of pawl and holds back or lets go its items, beside running processes.", "pawl"};

  bool has_command(std::string const& name) {
    return !app.get_subcommands([&name](CLI::App const* one) { return one->get_name() == name; }).empty();
  }
  // A command has the options that it uses, and CLI11 refuses all others.
  CLI::App* add_of_database(char const* name, char const* what, int (*does)(request const&)) {
    auto* const sub = app.add_subcommand(name, what);
    sub->add_option("DB", r.db, "The database")->required()->type_name("");
    sub->add_option("--wait", r.patience, "How long to wait for a lock")->capture_default_str()->type_name("DURATION");
    sub->callback([this, does] { command = does; });
    return sub;
  }
  CLI::App* add(char const* name, char const* what, int (*does)(request const&)) {
    auto* const sub = add_of_database(name, what, does);
    sub->add_option("--table", r.table, "This table alone")->type_name("TABLE");
    return sub;
  }
  CLI::App* change(char const* name, char const* what, int (*does)(request const&)) {
    auto* const sub = add(name, what, does);
    sub->add_flag("--yes", r.yes, "Does not ask");
    return sub;
  }
  void add_key(CLI::App* to) { to->add_option("KEY", r.key, "The item's key")->required()->type_name(""); }
  void add_state(CLI::App* to) { to->add_option("STATE", r.state, "The state")->required()->type_name(""); }
  void add_reason(CLI::App* to) { to->add_option("--reason", r.reason, "Is recorded")->type_name("TEXT"); }

  void add_reading() {
    add("status", "Tables, states and how many items are in each, schedules, what operators did last", status)
        ->add_flag("--json", r.json, "As JSON");
    auto* const lists = add("list", "Items, without any option the first hundred", list);
    lists->add_option("--state", r.state, "Those in this state")->type_name("STATE");
    lists->add_option("--key", r.key_glob, "Those whose key is like this: * ? [a-z]")->type_name("GLOB");
    auto* const parked = lists->add_flag("--parked", r.parked, "Those that are parked");
    auto* const delayed = lists->add_flag("--delayed", r.delayed, "Those that are delayed")->excludes(parked);
    lists->add_flag("--in-doubt", r.in_doubt, "Those in doubt")->excludes(parked)->excludes(delayed);
    lists->add_option("--older", r.older, "Those in their state for longer")->type_name("DURATION");
    lists->add_option("--limit", r.limit, "At most so many")->check(CLI::Range(1, 100'000))->type_name("N");
    auto* const as_json = lists->add_flag("--json", r.json, "As JSON");
    lists->add_flag("--csv", r.csv, "As CSV")->excludes(as_json);
    auto* const whys = add("why", "Why an item is where it is, with its fields and its history", why);
    add_key(whys);
    whys->add_flag("--json", r.json, "As JSON");
    add("export", "All items with their fields and history: a JSON object a line", export_all)
        ->add_flag("--csv", r.csv, "As CSV, without fields and history");
    add("watch", "The same as status, again and again, until Ctrl-C", watch)
        ->add_option("--every", r.every, "How often")
        ->capture_default_str()
        ->type_name("DURATION");
  }
  void add_serving() {
    auto* const serves = add_of_database("serve", "A live page of the database, until Ctrl-C", serve);
    serves->add_option("--port", r.port, "0: a free one")->capture_default_str()->type_name("N");
    serves
        ->add_option("--address", r.address,
                     "Of this machine; on another than its loopback reading needs the token, and TLS")
        ->capture_default_str()
        ->type_name("ADDRESS");
    serves->add_option("--token-file", r.token_file, "The token for its buttons; else PAWL_TOKEN")->type_name("FILE");
    auto* const certificate = serves->add_option("--certificate", r.certificate, "TLS, in PEM")->type_name("FILE");
    auto* const key = serves->add_option("--key", r.key_file, "Its key")->type_name("FILE");
    certificate->needs(key);
    key->needs(certificate);
    serves->add_flag("--behind-proxy", r.behind_proxy, "A proxy in front speaks TLS for it");
    serves->add_option("--host", r.hosts, "A name by which it is reached")->type_name("NAME");
  }
  void add_changing() {
    auto* const releases = change("release", "Lets a parked, delayed or doubtful item be taken by a run", release);
    add_key(releases);
    add_reason(releases);
    auto* const parks = change("park", "Keeps runs from an item until it is released", park);
    add_key(parks);
    add_reason(parks);
    auto* const starts = change("start-at", "Keeps runs from an item until then", start_at);
    add_key(starts);
    starts->add_option("TIME", r.time, "When")->required()->type_name("");
    add_reason(starts);
    auto* const retries =
        change("retry-all", "Releases all items of a state that are parked, or delayed by a run", retry_all);
    retries->add_option("--state", r.state, "The state")->required()->type_name("STATE");
    add_reason(retries);
    auto* const pauses = change("pause", "Lets no run begin the step of a state", pause);
    add_state(pauses);
    add_reason(pauses);
    auto* const resumes = change("resume", "Lets runs begin it again", resume);
    add_state(resumes);
    add_reason(resumes);
    auto* const trims = change("trim", "Deletes finished rows of pawl's own tables, or the history of all", trim);
    auto* const finished = trims->add_flag("--finished", r.finished, "Those in a goal or terminal state");
    trims->add_flag("--history", r.history, "Entries of the history of all tables");
    trims->add_option("--older", r.older, "Those in it, or there, for longer")->type_name("DURATION");
    trims->add_option("--delete-rows-of", r.rows_of, "Also of this table, which is not pawl's own")
        ->type_name("TABLE")
        ->needs(finished);
    add_reason(trims);
    auto* const forgets = change("forget", "Forgets how far a schedule is, which no run has any more", forget);
    forgets->add_option("SCHEDULE", r.schedule, "Its name")->required()->type_name("");
    add_reason(forgets);
  }
};

static int parsed_and_done(int argc, char* argv[]) {
  command_line_of line;
  line.app.footer(footer);
  line.app.require_subcommand(1);
  line.app.set_version_flag("--version", "pawl " PAWL_VERSION_STRING);
  line.add_reading();
  line.add_serving();
  line.add_changing();
  if (argc > 1 && argv[1][0] != '-' && !line.has_command(argv[1]))
    throw refusal(usage, fmt::format("there is no command '{}'; see pawl --help", pawl::escaped(argv[1])));
  try {
    line.app.parse(command_line::words(line.app, argc, argv));
  } catch (CLI::ParseError const& e) {
    if (e.get_exit_code() == 0) return line.app.exit(e);
    std::string const words = e.what();
    throw refusal(usage, pawl::escaped(words) + "; see pawl --help");
  }
  return line.command(line.r);
}

// A call that is not allowed, or that this item alone was refused, says nothing against the database.
static int code_of(pawl::error const& e) {
  if (e.id() == "page.options" || e.id() == "page.token") return usage;
  if (e.id() == "page.listen") return not_done;
  auto const* const of_store = dynamic_cast<pawl::store_error const*>(&e);
  if (of_store == nullptr) return unusable;
  bool const of_item = of_store->what_failed() == pawl::store_failure::misuse ||
                       of_store->what_failed() == pawl::store_failure::rejected;
  return of_item ? not_done : unusable;
}

// As pawl::escaped() makes it, but for the backslash: parts of a sentence are escaped already, others, such as a path, are not.
static std::string on_one_line(std::string_view words) {
  std::string line;
  while (!words.empty()) {
    auto const next = pawl::detail::decode(words);
    auto const form = next.valid && next.point == U'\\' ? std::string() : pawl::detail::visible_form(next);
    line += form.empty() ? words.substr(0, next.size) : std::string_view(form);
    words.remove_prefix(next.size);
  }
  return line;
}

static int tell(std::string_view words, int code) {
  if (words.starts_with("pawl: ")) words.remove_prefix(6);
  fmt::print(stderr, "pawl: {}\n", on_one_line(words));
  return code;
}

int main(int argc, char* argv[]) try { return parsed_and_done(argc, argv); } catch (refusal const& e) {
  return tell(e.what(), e.code());
} catch (pawl::error const& e) {
  return tell(e.what(), code_of(e));
} catch (std::exception const& e) {
  return tell(e.what(), unusable);
}
