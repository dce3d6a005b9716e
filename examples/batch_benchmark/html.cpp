#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/report/html_page.hpp>
#include <pawl/report/span_table.hpp>

#include "lifecycle.hpp"
#include "report.hpp"
#include "utc.hpp"

namespace batch_benchmark {

static double seconds(pawl::fractional_nanoseconds d) { return d.count() / 1e9; }
static double rate(configuration_result const& r) { return r.per_second(static_cast<double>(r.committed)); }
static std::string where(configuration const& c) {
  return fmt::format("{} in flight, {}", c.concurrency, name(c.remote));
}

// ---- at first glance ----

static std::pair<std::string, pawl::verdict_tone> word_for(benchmark_result const& result) {
  if (result.interrupted) return {"INTERRUPTED", pawl::verdict_tone::bad};
  bool judged = false;
  for (auto const& m : result.modes)
    for (auto const& t : thresholds)
      if (auto const* const r = m.find(t.what)) {
        judged = true;
        if (!passes(t, *r)) return {"FAIL", pawl::verdict_tone::bad};
      }
  if (judged) return {"PASS", pawl::verdict_tone::good};
  return {"NOT JUDGED", pawl::verdict_tone::neutral};
}

static std::string judged_by(benchmark_result const& result) {
  std::string sentence;
  for (auto const& t : thresholds) {
    std::string measured;
    for (auto const& m : result.modes)
      if (auto const* const r = m.find(t.what))
        measured += fmt::format("{}{} {} ({})", measured.empty() ? "" : ", ", m.title(),
                                pawl::brief_duration(seconds(r->elapsed)), verdict(t, r));
    if (!measured.empty())
      sentence += fmt::format("{}Threshold {}, {}, at most {} s: {}.", sentence.empty() ? "" : " ", t.number,
                              where(t.what), t.limit.count(), measured);
  }
  return sentence.empty() ? "No configuration with a threshold has run." : sentence;
}

// The highest rate of all, and against what it stands.
static std::string fastest(benchmark_result const& result) {
  mode_result const* mode = nullptr;
  configuration_result const* best = nullptr;
  for (auto const* group : {&result.modes, &result.compared})
    for (auto const& m : *group)
      for (auto const& r : m.configurations)
        if (!best || rate(r) > rate(*best)) {
          mode = &m;
          best = &r;
        }
  if (!best) return "Nothing was measured.";
  auto sentence = fmt::format("Fastest: {} with {}, {:.0f} committed transitions a second", mode->title(),
                              where(best->what), rate(*best));
  auto const& first = result.modes.front();
  auto const* const same = first.find(best->what);
  if (same != nullptr && same != best && rate(*same) > 0)
    sentence += fmt::format(", {:.1f} times {}'s {:.0f}", rate(*best) / rate(*same), first.title(), rate(*same));
  return sentence + '.';
}

static std::string what_was_run(benchmark_result const& result) {
  auto const& asked = result.asked;
  std::string modes, concurrency;
  for (auto const& m : result.modes) modes += (modes.empty() ? "" : ", ") + m.title();
  for (auto const c : asked.concurrency) concurrency += fmt::format("{}{}", concurrency.empty() ? "" : ", ", c);
  return fmt::format(
      "{} UTC: {} files, {} committed transitions each, with {} in flight, through {}. The remote is a mock: zero "
      "answers at once, realistic after {} a call. {}",
      utc_time(result.began).substr(0, 19), asked.files, transitions_of_a_file, concurrency, modes,
      pawl::brief_duration(seconds(asked.realistic_delay)),
      asked.clock == clock_kind::warp ? "The clock jumps over idle waiting (warp)." : "The clock really waits (wall).");
}

// ---- charts ----

// A way to reach the store looks the same in every chart.
static std::size_t look_of(mode how, durability kept) {
  switch (how) {
    case mode::per_file:
      return 0;
    case mode::shared:
      return 2;
    case mode::grouped:
      break;
  }
  return kept == durability::full ? 3 : 1;
}

struct one_run {
  std::string title;
  std::size_t look;
  configuration_result const* measured;
};

// f(configuration, the modes that ran it) in the order of the run.
template <class F> static void each_configuration(benchmark_result const& result, F f) {
  for (auto const& what : result.asked.configurations()) {
    std::vector<one_run> ran;
    for (auto const& m : result.modes)
      if (auto const* const r = m.find(what)) ran.push_back({m.title(), look_of(m.how, m.kept), r});
    if (!ran.empty()) f(what, ran);
  }
}

static void put_rates(pawl::html_page& page, benchmark_result const& result) {
  page.section("Throughput: committed transitions a second");
  for (auto const profile : result.asked.profiles) {
    pawl::bar_chart chart(profile == remote_profile::zero
                              ? "Remote answers at once (zero)"
                              : fmt::format("Remote takes {} a call (realistic)",
                                            pawl::brief_duration(seconds(result.asked.realistic_delay))));
    each_configuration(result, [&](configuration const& what, auto const& ran) {
      if (what.remote != profile) return;
      for (auto const& [title, look, r] : ran)
        chart.bar(fmt::format("{} in flight, {}", what.concurrency, title), {rate(*r)}, fmt::format("{:.0f}", rate(*r)),
                  look);
    });
    page.add(chart, profile == remote_profile::zero ? "Longer is better."
                                                    : "The remote sets the pace here; the store has to keep up.");
  }
}

static void put_designs(pawl::html_page& page, benchmark_result const& result) {
  auto const designs = compared_designs(result);
  page.section(fmt::format("The designs side by side, {}", where(compared_configuration)));
  if (designs.empty()) {
    page.paragraph("Not run: it takes per-file and grouped with 10 in flight and the zero profile.");
    return;
  }
  pawl::bar_chart chart("Committed transitions a second");
  pawl::line_chart curves("Time of a file's three writes, by percentile", pawl::percentile_axis(),
                          {"", pawl::axis_scale::logarithmic, pawl::axis_unit::duration});
  for (auto const& d : designs) {
    chart.bar(d.title, {rate(*d.measured)},
              fmt::format("{:.0f}, {:.1f}x", rate(*d.measured), rate(*d.measured) / rate(*designs.front().measured)),
              look_of(d.how, d.kept));
    curves.line(d.title, pawl::percentile_curve(d.measured->writes), look_of(d.how, d.kept));
  }
  page.add(chart, fmt::format("Longer is better; times are against {}.", designs.front().title))
      .add(curves, "Lower is better. Each nine of the percentile takes the same room.")
      .add(designs_table(designs));
}

static void put_curves(pawl::html_page& page, benchmark_result const& result) {
  page.section("Latency: the time of a file's three writes, by percentile");
  each_configuration(result, [&](configuration const& what, auto const& ran) {
    pawl::line_chart chart(where(what), pawl::percentile_axis(),
                           {"", pawl::axis_scale::logarithmic, pawl::axis_unit::duration});
    for (auto const& [title, look, r] : ran) chart.line(title, pawl::percentile_curve(r->writes), look);
    page.add(chart);
  });
}

static constexpr std::array own_parts{segment::fsm_dispatch, segment::queue, segment::update, segment::commit};

static void put_breakdown(pawl::html_page& page, benchmark_result const& result) {
  page.section("Breakdown: where a file's own time goes, without the remote");
  page.paragraph(
      "Shares of the mean of fsm_net: the machine's dispatch, the wait for the lock or in the queue, the UPDATE, the "
      "wait for its COMMIT, and the rest, such as the wait for the program's own thread.");
  each_configuration(result, [&](configuration const& what, auto const& ran) {
    pawl::bar_chart chart(where(what), {"dispatch", "queue", "update", "commit", "rest"}, pawl::bar_length::share);
    for (auto const& [title, look, r] : ran) {
      std::vector<double> shares;
      double rest = seconds(r->of(segment::fsm_net).mean);
      auto const whole = rest;
      for (auto const s : own_parts) {
        shares.push_back(seconds(r->of(s).mean));
        rest -= shares.back();
      }
      shares.push_back(rest);
      chart.bar(title, shares, fmt::format("{} a file", pawl::brief_duration(whole)));
    }
    page.add(chart);
  });
}

// A pause that stands out: longer than two calls of the remote explain, and a visible part of the run.
static bool stalls(configuration_result const& r, std::chrono::nanoseconds delay) {
  auto const pause = r.progress.longest_pause().length();
  return pause > 3 * delay && seconds(pause) > 0.05 * seconds(r.elapsed);
}

// (percent of the run's time, files until then): runs of very different lengths in one chart.
static std::vector<pawl::chart_point> own_time_curve(configuration_result const& r) {
  auto points = pawl::progress_curve(r.progress);
  auto const whole = points.back().x;
  for (auto& point : points) point.x = whole > 0 ? 100 * point.x / whole : 0;
  return points;
}

static void put_progress(pawl::html_page& page, benchmark_result const& result) {
  page.section("Progress: files done over time");
  page.paragraph(
      "Each run by its own time. A level piece is a pause; one of more than 5 % of the run that the remote does not "
      "explain is shaded. With a slow remote all files in flight end together, which makes the steps.");
  each_configuration(result, [&](configuration const& what, auto const& ran) {
    pawl::line_chart chart(where(what), {"% of the run's time", {}, {}}, {});
    std::string note;
    for (auto const& [title, look, r] : ran) {
      chart.line(title, own_time_curve(*r), look);
      auto const pause = r->progress.longest_pause();
      auto const length = pawl::brief_duration(seconds(pause.length()));
      double const percent = 100 / (std::max)(seconds(r->elapsed), 1e-9);
      if (stalls(*r, result.asked.delay(what.remote)))
        chart.band(percent * seconds(pause.from), percent * seconds(pause.to), fmt::format("{}: {}", title, length));
      note += fmt::format("{}{}: {}, longest pause {}", note.empty() ? "" : "; ", title,
                          pawl::brief_duration(seconds(r->elapsed)), length);
    }
    page.add(chart, note + '.');
  });
}

static void put_settings(pawl::html_page& page, benchmark_result const& result) {
  auto const& asked = result.asked;
  page.section("Versions and settings");
  auto facts = versions_of(result);
  facts.insert(facts.end(),
               {{"store", std::string(name(asked.store))},
                {"clock", std::string(name(asked.clock))},
                {"durability", fmt::format("{}: safe against {}", name(asked.kept),
                                           asked.kept == durability::full ? "a power cut" : "a crash of the process")},
                {"databases on",
                 result.file_system + (result.in_memory ? ", a RAM disk: no figure here is one of durability" : "")},
                {"seed", std::to_string(seed)},
                {"percentiles", std::string(result.percentile_method())},
                {"rates", "count the 3 transitions that a file commits; the original counted 4 a file, its states"}});
  page.facts(facts);
}

std::string to_html(benchmark_result const& result) {
  pawl::html_page page("pawl batch_benchmark");
  auto const [word, tone] = word_for(result);
  page.verdict(word, tone, fastest(result)).paragraph(judged_by(result)).paragraph(what_was_run(result));
  put_rates(page, result);
  put_designs(page, result);
  put_curves(page, result);
  put_breakdown(page, result);
  put_progress(page, result);
  page.section("All figures");
  for (auto const& m : result.modes) page.add(mode_table(m, result.asked.clock));
  put_settings(page, result);
  return page.text();
}

}  // namespace batch_benchmark
