// The first view: all tables, what is parked and why, and the runs of this process.
#ifndef PAWL_PAGE_OVERVIEW_HPP
#define PAWL_PAGE_OVERVIEW_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <pawl/page/counted_tables.hpp>
#include <pawl/page/page_frame.hpp>
#include <pawl/page/run_monitor.hpp>
#include <pawl/page/table_view.hpp>
#include <pawl/page/words.hpp>
#include <pawl/report/format.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

inline std::string quantile_text(latency_snapshot const& times, double p) {
  auto const value = times.quantile(p);
  return value && meaningful(times.count, p) ? brief(*value) : "-";
}
inline std::string step_table(std::vector<seen_step> const& steps) {
  if (steps.empty()) return "<p>No step has been called yet.</p>";
  std::string rows;
  for (auto const& step : steps)
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{:.3g}</td><td>{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
        shown(step.state, 40), shown(step.lifecycle, 40), step.per_second,
        bars(step.attempts_by_time, "Attempts over five minutes of " + shown_plainly(step.state, 40)),
        in_thousands(step.attempts), in_thousands(step.troubles), quantile_text(step.recent, 0.5),
        quantile_text(step.recent, 0.95), quantile_text(step.recent, 0.99),
        step.recent.count == 0 ? "-" : brief(step.recent.max));
  return wide_table("Steps",
                    heads({"Step", "Lifecycle", ">Attempts a second", "Five minutes", ">Attempts", ">Troubles", ">p50",
                           ">p95", ">p99", ">Longest"}),
                    rows);
}
inline std::string run_part(seen_run const& run) {
  std::string text = fmt::format("<p><b>{}</b> in flight", in_thousands(run.in_flight));
  if (run.progress) {
    auto const& p = *run.progress;
    text += fmt::format(", <b>{}</b> retrying, {} before gates, {} parked by it, {} arrived, {} to do",
                        in_thousands(p.retrying), in_thousands(p.at_gates), in_thousands(p.parked),
                        in_thousands(p.arrived), in_thousands(p.remaining));
    if (p.eta) text += ", " + length_of(*p.eta) + " left at this pace";
    text += fmt::format(" <span class=\"dim\">(told {} ago)</span>.", length_of(run.progress_ago));
    if (p.locked_for)
      text += fmt::format(" <b class=\"bad\">It has waited {} for a lock of another process.</b>",
                          length_of(*p.locked_for));
  } else {
    text += ".";
  }
  if (run.in_flight > 0)
    text += fmt::format(" Longest in progress: {} in {}, for {}.", shown(run.oldest_key, 60),
                        shown(run.oldest_state, 40), length_of(run.oldest_age));
  return text + "</p>";
}
inline std::string gate_part(std::vector<seen_gate> const& gates, stored_time now) {
  if (gates.empty()) return "<p>No remote has asked for a wait.</p>";
  std::string rows;
  for (auto const& gate : gates) {
    std::string const name = gate.kind == gate_kind::run ? "of the run" : shown(gate.name, 60);
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>", name,
                        gate.until > now ? "<b>closed</b>" : "open", moment(gate.until, now), gate.closings);
  }
  return wide_table("Gates", heads({"Gate", "Now", "Closed until", ">Closed so often"}), rows);
}
inline std::string error_part(std::vector<seen_error> const& errors) {
  if (errors.empty()) return "<p>No step has failed.</p>";
  std::string rows;
  for (auto const& one : errors)
    rows += fmt::format("<tr><td>{} ago</td><td>{}</td><td>{}</td><td class=\"error\">{}</td></tr>", length_of(one.ago),
                        shown(one.state, 40), shown(one.key, 60), shown(one.text, 200));
  return wide_table("Newest errors", heads({"When", "Step", "Key", "Error"}), rows);
}
inline std::string runs_part(seen_runs const* runs, stored_time now) {
  std::string text = "<section><h2>Runs of this process</h2>";
  if (runs == nullptr)
    return text +
           "<p>This process has no monitor of a run (pawl::run_monitor), so throughput, times, gates and errors are "
           "not known "
           "here.</p></section>";
  for (auto const& run : runs->runs) text += run_part(run);
  text += fmt::format("<p>{:.3g} transitions a second, {} in all, {} conflicts. {}</p>", runs->transitions_per_second,
                      in_thousands(runs->transitions), in_thousands(runs->conflicts),
                      bars(runs->transitions_by_time, "Transitions over five minutes"));
  text += "<h3>Steps</h3>" + step_table(runs->steps) + "<h3>Gates</h3>" + gate_part(runs->gates, now);
  return text + "<h3>Newest errors</h3>" + error_part(runs->errors) + "</section>";
}

inline std::string overview_page(page_visit const& who, counted const& all, seen_runs const* runs) {
  std::string const name = shown(all.database, 120);
  std::string text = fmt::format("<h1>{}</h1><p>Counted at {}.", name, utc(all.at));
  if (all.reads_only)
    text += " It is only read.";
  else if (!who.has_token)
    text += " The page was started without a token, so it has no buttons.";
  else if (!who.signed_in)
    text += " Sign in to release, retry or pause.";
  text += "</p>";
  if (all.tables.empty()) text += "<p>It has no table of pawl's.</p>";
  for (std::size_t i = 0; i < all.tables.size(); ++i) {
    auto const& table = all.tables[i];
    text +=
        fmt::format("<section><h2><a href=\"{}\">{}</a></h2><p>Lifecycle {}, {} items.</p>{}",
                    with_entities(table_link(table.seen.name)), shown(table.seen.name, 60),
                    shown(table.seen.lifecycle, 60), in_thousands(table.items()), table_part(who, table, all.at, i));
    if (!table.parked.empty())
      text += fmt::format(
          "<h3>Parked</h3>{}<p><a href=\"{}\">All {} that are parked</a></p>",
          item_table(who, table.seen.name, table.parked, all.at, "Parked in " + shown_plainly(table.seen.name, 60)),
          with_entities(with_query(table_link(table.seen.name), "trouble", "parked")),
          in_thousands(table.parked_items()));
    text += "</section>";
  }
  return framed(who, shown_plainly(all.database, 60), "", text + runs_part(runs, all.at));
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
