#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <pawl/report/escape.hpp>
#include <pawl/report/format.hpp>
#include <pawl/report/span_table.hpp>

#include "report.hpp"
#include "utc.hpp"
#include "versions.hpp"

namespace batch_benchmark {

static constexpr std::size_t longest_profile = 20;

static std::size_t number_or(char const* text, std::size_t otherwise) {
  std::string_view const digits = text == nullptr ? "" : text;
  std::size_t number = 0;
  auto const [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && stop == digits.data() + digits.size() && number > 0 ? number : otherwise;
}

page fit_for_stdout() {
  page fit;
  bool const terminal = ::isatty(STDOUT_FILENO) == 1;
  if (winsize size{}; terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    fit.width = size.ws_col;
  fit.width = number_or(std::getenv("COLUMNS"), fit.width);
  char const* const no_colour = std::getenv("NO_COLOR");
  char const* const kind = std::getenv("TERM");
  fit.colour =
      terminal && (no_colour == nullptr || *no_colour == '\0') && kind != nullptr && std::string_view(kind) != "dumb";
  return fit;
}

// In as many parts as the page asks for, each with the table's first `keys` columns.
static std::string print(pawl::text_table const& table, page const& fit, std::size_t keys) {
  std::string text;
  for (auto const& part : table.parts(fit.width, keys)) {
    if (!text.empty()) text += '\n';
    text += part.render({.width = fit.width, .colour = fit.colour});
  }
  return text;
}

static std::string in_seconds(std::chrono::nanoseconds d) { return pawl::in_unit(d, pawl::time_unit::seconds); }
static std::string rate(configuration_result const& r) {
  return fmt::format("{:.0f}", r.per_second(static_cast<double>(r.committed)));
}
static std::string where(configuration const& c) { return fmt::format("({}, {})", c.concurrency, name(c.remote)); }

static std::string what_it_is(mode m) {
  switch (m) {
    case mode::per_file:
      return "a connection for each file, a commit for each transition (the original's design)";
    case mode::shared:
      return "pawl's store: one connection, a commit for each transition";
    case mode::grouped:
      break;
  }
  return "pawl's store: one connection, one commit for the transitions that are ready together";
}

// ---- the table of a mode ----

static constexpr std::array shown_segments{segment::mock_api, segment::db_total, segment::lock_wait,
                                           segment::fsm_dispatch, segment::fsm_net};

// As wide as is of use: no decimals from 1000 on.
static std::string quantiles(pawl::latency_snapshot const& of, pawl::time_unit unit) {
  std::string cell;
  for (auto const& point : of.quantiles) {
    auto const whole = pawl::quantile_in_unit(of, point.p, unit, 0);
    cell += (cell.empty() ? "" : "/") + (whole.size() > 3 ? whole : pawl::quantile_in_unit(of, point.p, unit));
  }
  return cell;
}

pawl::text_table mode_table(mode_result const& m, clock_kind clock) {
  pawl::text_table table(fmt::format("{} ({} clock): {}", m.title(), name(clock), what_it_is(m.how)));
  table.column("concurrency")
      .column("profile", "", pawl::text_align::left)
      .column("elapsed", "s")
      .column("transitions", "committed/s");
  std::vector<pawl::time_unit> units;
  for (auto s : shown_segments) {
    std::vector<pawl::latency_snapshot> column;
    for (auto const& r : m.configurations) column.push_back(r.of(s));
    units.push_back(pawl::choose_unit(column));
    table.column(segment_names[static_cast<std::size_t>(s)],
                 fmt::format("p50/p95/p99 {}", pawl::unit_name(units.back())));
  }
  table.column("WAL delta", "KiB").column("WAL verdict", "lock_wait/db_total p95", pawl::text_align::left);
  for (auto const& r : m.configurations) {
    std::vector<pawl::table_cell> row{fmt::format("{}", r.what.concurrency), name(r.what.remote), in_seconds(r.elapsed),
                                      rate(r)};
    for (std::size_t i = 0; i < shown_segments.size(); ++i)
      row.emplace_back(quantiles(r.of(shown_segments[i]), units[i]));
    auto const grown = static_cast<double>(r.log_after) - static_cast<double>(r.log_before);
    row.emplace_back(fmt::format("{:.0f}", grown / 1024));
    auto const verdict = judge_log(r);
    auto const word = r.interrupted ? "interrupted" : verdict.contention() ? "CONTENTION" : "CLEAN";
    row.emplace_back(fmt::format("{} {:.4g}/{:.4g} ms", word, verdict.waiting_ms, verdict.write_ms),
                     r.interrupted || verdict.contention() ? pawl::text_colour::yellow : pawl::text_colour::green);
    table.row(std::move(row));
  }
  return table;
}

static std::string print_mode(mode_result const& m, clock_kind clock, page const& fit) {
  return print(mode_table(m, clock), fit, 2);
}

// ---- below it ----

static void print_verdicts(std::string& out, benchmark_result const& result, mode_result const& m, page const& fit) {
  auto to = std::back_inserter(out);
  auto const coloured = [&](std::string_view word, bool good) {
    return fit.colour ? fmt::format("\x1b[{}m{}\x1b[0m", good ? 32 : 31, word) : std::string(word);
  };
  for (auto const& t : thresholds) {
    auto const* const r = m.find(t.what);
    auto const measured =
        r ? fmt::format("{} s of at most {} s: ", in_seconds(r->elapsed), t.limit.count()) : std::string();
    fmt::format_to(to, "Threshold {} {}: {}{}\n", t.number, where(t.what), measured,
                   r ? coloured(verdict(t, r), passes(t, *r)) : "not run");
  }
  if (auto const* const r = m.find(compared_configuration))
    fmt::format_to(to, "Bottleneck: {}\n", find_bottleneck(*r).evidence);
  std::string waits;
  for (auto const& r : m.configurations)
    waits += fmt::format("{}{} {}", waits.empty() ? "" : ", ", where(r.what),
                         judge_log_without_update(r).contention() ? "CONTENTION" : "CLEAN");
  fmt::format_to(to, "WAL without the UPDATE's own time: {}\n", waits);
  if (result.asked.clock == clock_kind::warp) {
    std::string jumps;
    for (auto const& r : m.configurations)
      if (r.what.remote == remote_profile::realistic)
        jumps += fmt::format("{}{} {} = {} jumped + {} real, ideal {}", jumps.empty() ? "" : "; ", where(r.what),
                             in_seconds(r.elapsed), in_seconds(r.jumped), in_seconds(r.elapsed - r.jumped),
                             in_seconds(r.ideal));
    if (!jumps.empty()) fmt::format_to(to, "Elapsed in s: {}\n", jumps);
  }
}

// ---- the files that were slow ----

static constexpr std::size_t slowest_files = 5;

// Of the compared configuration, or of the first one where that did not run. Empty without samples.
static std::string print_slowest(mode_result const& m, page const& fit) {
  auto const* r = m.find(compared_configuration);
  if (r == nullptr && !m.configurations.empty()) r = &m.configurations.front();
  if (r == nullptr || r->samples.empty()) return {};
  auto slowest = r->samples;
  auto const shown = std::next(slowest.begin(), static_cast<std::ptrdiff_t>((std::min)(slowest_files, slowest.size())));
  std::partial_sort(slowest.begin(), shown, slowest.end(),
                    [](file_times const& a, file_times const& b) { return a.total_wall > b.total_wall; });
  slowest.erase(shown, slowest.end());
  pawl::text_table table(fmt::format("The slowest files of {}", where(r->what)));
  table.column("file", "", pawl::text_align::left);
  for (auto const* segment : {"total_wall", "mock_api", "db_total", "lock_wait"}) table.column(segment, "ms");
  auto const cell = [](std::chrono::nanoseconds d) { return pawl::in_unit(d, pawl::time_unit::milliseconds); };
  for (auto const& t : slowest)
    table.row({t.path, cell(t.total_wall), cell(t.mock_api()), cell(t.db_total()), cell(t.lock_wait())});
  return '\n' + print(table, fit, 1);
}

// ---- the designs side by side ----

static std::string changed(double was, double is, double scale) {
  return fmt::format("{:.2f} ({:+.2f}, {:+.1f} %)", is * scale, (is - was) * scale,
                     was > 0 ? 100 * (is - was) / was : 0);
}

pawl::text_table designs_table(std::vector<design> const& designs) {
  auto const& before = *designs.front().measured;
  pawl::text_table table(fmt::format("Mitigations at {}: P95, and the change against {}", where(compared_configuration),
                                     designs.front().title));
  table.column("design", "", pawl::text_align::left).column("transitions", "committed/s").column("", "times");
  std::vector<double> scales;
  for (auto s : compared_segments) {
    std::vector<pawl::fractional_nanoseconds> column;
    for (auto const& d : designs) column.emplace_back(d.measured->p95_ms(s) * 1e6);
    auto const unit = pawl::choose_unit(column);
    scales.push_back(unit == pawl::time_unit::microseconds ? 1e3 : 1);
    table.column(segment_names[static_cast<std::size_t>(s)], pawl::unit_name(unit));
  }
  auto const committed = [](configuration_result const& r) { return r.per_second(static_cast<double>(r.committed)); };
  for (auto const& d : designs) {
    std::vector<pawl::table_cell> row{
        d.title, rate(*d.measured),
        committed(before) > 0 ? fmt::format("{:.1f}x", committed(*d.measured) / committed(before)) : "-"};
    for (std::size_t i = 0; i < compared_segments.size(); ++i) {
      auto const s = compared_segments[i];
      double const was = before.p95_ms(s), is = d.measured->p95_ms(s);
      row.emplace_back(d.measured == &before ? fmt::format("{:.2f}", is * scales[i]) : changed(was, is, scales[i]));
    }
    table.row(std::move(row));
  }
  return table;
}

static std::string print_designs(benchmark_result const& result, page const& fit) {
  auto const designs = compared_designs(result);
  if (designs.empty()) return "Mitigations: not run (they compare per-file with grouped at (10, zero))\n";
  return print(designs_table(designs), fit, 1);
}

// ---- the whole ----

std::vector<std::pair<std::string, std::string>> versions_of(benchmark_result const& result) {
  auto all = versions();
  if (!result.server.empty()) all.emplace_back("postgresql", result.server);
  return all;
}

static std::string head(benchmark_result const& result) {
  auto const& asked = result.asked;
  std::string text = fmt::format("pawl batch_benchmark, {} UTC{}\n", utc_time(result.began).substr(0, 19),
                                 result.interrupted ? ", INTERRUPTED" : "");
  auto to = std::back_inserter(text);
  auto const source = asked.from.empty() ? "" : fmt::format(" below '{}'", pawl::escaped(asked.from.string()));
  fmt::format_to(to, "{} files{}, {} committed transitions a configuration; realistic: {} s a call; seed {}\n",
                 asked.files, source, asked.files * transitions_of_a_file,
                 std::chrono::duration<double>(asked.realistic_delay).count(), seed);
  fmt::format_to(
      to, "store {}, clock {} ({}), durability {} ({}), databases on {}\n", name(asked.store), name(asked.clock),
      asked.clock == clock_kind::warp ? "elapsed = real work + waiting that was jumped over" : "it really waits",
      name(asked.kept),
      asked.kept == durability::full ? "safe against a power cut" : "safe against a crash of the process",
      result.file_system);
  if (result.in_memory) text += "This is a RAM disk: no figure here is one of durability.\n";
  std::string built;
  for (auto const& [what, version] : versions_of(result))
    built += fmt::format("{}{} {}", built.empty() ? "" : ", ", what, version);
  fmt::format_to(to, "{}\n", built);
  fmt::format_to(to,
                 "Rates count the 3 transitions that a file commits; the original counted 4 a file (its states), so "
                 "its rates are 4/3 too high. "
                 "Percentiles: {}.\n",
                 result.percentile_method());
  return text;
}

std::string to_text(benchmark_result const& result, page const& fit) {
  std::string text = head(result);
  for (auto const& m : result.modes) {
    text += '\n' + print_mode(m, result.asked.clock, fit) + '\n';
    print_verdicts(text, result, m, fit);
    text += print_slowest(m, fit);
  }
  return text + '\n' + print_designs(result, fit);
}

std::string profile_summary(benchmark_result const& result, page const& fit) {
  auto const rows = result.profile.top(longest_profile);
  return print(pawl::span_table(
                   rows, longest_profile,
                   fmt::format("Profile: the {} spans with the largest totals, by the {} clock; files in flight add up",
                               rows.size(), name(result.asked.clock))),
               fit, 1);
}

std::string profile_text(benchmark_result const& result, page const& fit) {
  std::string text = head(result) + '\n' + profile_summary(result, fit);
  for (auto const* group : {&result.modes, &result.compared})
    for (auto const& m : *group)
      text += '\n' + print(pawl::span_table(m.profile.top(longest_profile), longest_profile, m.title()), fit, 1);
  return text;
}

}  // namespace batch_benchmark
