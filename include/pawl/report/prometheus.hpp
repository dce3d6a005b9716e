// Counters and latencies in Prometheus' text exposition format 0.0.4, for an endpoint or the textfile collector.
#ifndef PAWL_REPORT_PROMETHEUS_HPP
#define PAWL_REPORT_PROMETHEUS_HPP

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/error.hpp>
#include <pawl/latency/collector.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/report/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct prometheus_label {
  std::string name;   // [a-zA-Z_][a-zA-Z0-9_]*, not beginning with `__`, and neither `le` nor `quantile`
  std::string value;  // any text; with an empty one the label is left out, for to Prometheus it is none
};
using prometheus_labels = std::vector<prometheus_label>;

// ```
// pawl::prometheus_page page;
// page.counter("letters_total", "Letters delivered.", {{"office", "north"}}, 2454);
// page.summary("mail_seconds", "Time to mail a letter.", {}, collector.snapshot());
// respond("text/plain; version=0.0.4; charset=utf-8", page.text());
// ```
// Durations are in seconds. The lines of a metric are kept together, whatever the order in which they were added. Each
// function throws error "report.prometheus", and adds nothing, for an invalid name, for a metric that already has
// another type, for labels that were already added, and for a metric that is called like a summary or a histogram with
// `_sum`, `_count` or `_bucket` behind its name.
class prometheus_page {
 public:
  prometheus_page& counter(std::string_view metric, std::string_view help, prometheus_labels const& labels,
                           double value) {
    return single(metric, help, "counter", labels, value);
  }
  prometheus_page& gauge(std::string_view metric, std::string_view help, prometheus_labels const& labels,
                         double value) {
    return single(metric, help, "gauge", labels, value);
  }

  // Each quantile of the snapshot; NaN if nothing was recorded. Summaries cannot be aggregated over processes;
  // histograms can.
  prometheus_page& summary(std::string_view metric, std::string_view help, prometheus_labels const& labels,
                           latency_snapshot const& times) {
    for (auto point = times.quantiles.begin(); point != times.quantiles.end(); ++point)
      if (std::any_of(times.quantiles.begin(), point, [&](quantile_point const& other) { return other.p == point->p; }))
        refuse(fmt::format("the summary '{}' has the quantile {} twice", escaped(metric), number(point->p)));
    auto const kept = kept_of(labels);
    auto& to = family_of(metric, help, "summary", kept);
    for (auto const& point : times.quantiles)
      write(to, "", kept, {"quantile", number(point.p)},
            times.count == 0 ? std::numeric_limits<double>::quiet_NaN() : seconds(point.value));
    write_sum_and_count(to, kept, times);
    return *this;
  }

  // Number of durations <= each of `bounds`, which must ascend; `+Inf` is added. Needs a collector with
  // `count_at_most`.
  template <latency_collector Collector>
  prometheus_page& histogram(std::string_view metric, std::string_view help, prometheus_labels const& labels,
                             Collector const& times, std::span<std::chrono::nanoseconds const> bounds) {
    // As they are written: two that a double cannot tell apart are one bound.
    auto const falls = [](fractional_nanoseconds a, fractional_nanoseconds b) { return seconds(a) >= seconds(b); };
    if (std::adjacent_find(bounds.begin(), bounds.end(), falls) != bounds.end())
      refuse(fmt::format("the bounds of '{}' do not ascend", escaped(metric)));
    auto const kept = kept_of(labels);
    auto& to = family_of(metric, help, "histogram", kept);
    for (auto const bound : bounds)
      write(to, "_bucket", kept, {"le", number(seconds(bound))}, static_cast<double>(times.count_at_most(bound)));
    write(to, "_bucket", kept, {"le", "+Inf"}, static_cast<double>(times.count()));
    write_sum_and_count(to, kept, times.snapshot());
    return *this;
  }

  // The whole page; each line ends with a newline.
  std::string text() const {
    std::string all;
    for (auto const& f : families_)
      all += fmt::format("# HELP {} {}\n# TYPE {} {}\n{}", f.metric, f.help, f.metric, f.type, f.samples);
    return all;
  }

 private:
  struct family {
    std::string metric, help;
    std::string_view type;
    std::set<std::string> labels;  // labels added so far
    std::string samples;
  };

  static double seconds(fractional_nanoseconds time) { return time.count() / 1e9; }
  static std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
  }

  [[noreturn]] static void refuse(std::string const& sentence) { throw error{"report.prometheus", sentence}; }

  static bool is_name(std::string_view name, std::string_view also) {
    auto const letter = [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || also.find(c) != std::string_view::npos;
    };
    auto const inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), inner);
  }

  // Escapes as the format requires; bytes that are not UTF-8 become U+FFFD.
  static std::string written(std::string_view text, bool quoted) {
    std::string result;
    while (!text.empty()) {
      auto const next = detail::decode(text);
      auto const bytes = text.substr(0, next.size);
      if (!next.valid)
        result += "\xef\xbf\xbd";
      else if (bytes == "\n")
        result += "\\n";
      else if (bytes == "\\" || (quoted && bytes == "\""))
        result.append("\\").append(bytes);
      else
        result += bytes;
      text.remove_prefix(next.size);
    }
    return result;
  }

  static std::string list(prometheus_labels const& labels, prometheus_label const& also) {
    std::string result;
    auto const add = [&](prometheus_label const& label) {
      result += fmt::format("{}{}=\"{}\"", result.empty() ? "" : ",", label.name, written(label.value, true));
    };
    for (auto const& label : labels) add(label);
    if (!also.name.empty()) add(also);
    return result.empty() ? result : fmt::format("{{{}}}", result);
  }

  // The labels without those that have no value.
  static prometheus_labels kept_of(prometheus_labels labels) {
    for (auto label = labels.begin(); label != labels.end(); ++label) {
      auto const same = [&](prometheus_label const& other) { return other.name == label->name; };
      if (!is_name(label->name, "_") || label->name.starts_with("__"))
        refuse(fmt::format("'{}' is no name for a label of Prometheus", escaped(label->name)));
      if (label->name == "le" || label->name == "quantile")
        refuse(fmt::format("the label '{}' is Prometheus' own", escaped(label->name)));
      if (std::any_of(labels.begin(), label, same))
        refuse(fmt::format("the label '{}' is given twice", escaped(label->name)));
    }
    std::erase_if(labels, [](prometheus_label const& label) { return label.value.empty(); });
    return labels;
  }

  // No name is both a metric's own and one of another's samples.
  void check_names(std::string_view metric, std::string_view type) const {
    auto const has_suffixes = [](std::string_view of) { return of == "summary" || of == "histogram"; };
    auto const is = [](std::string_view name, std::string_view base, std::string_view suffix) {
      return name.size() == base.size() + suffix.size() && name.starts_with(base) && name.ends_with(suffix);
    };
    for (std::string_view const suffix : {"_sum", "_count", "_bucket"}) {
      for (auto const& f : families_) {
        if (has_suffixes(f.type) && is(metric, f.metric, suffix))
          refuse(fmt::format("the name '{}' belongs to the {} '{}'", metric, f.type, f.metric));
        if (has_suffixes(type) && is(f.metric, metric, suffix))
          refuse(fmt::format("the {} '{}' needs the name '{}', which is a {} already", type, metric, f.metric, f.type));
      }
    }
  }

  family& family_of(std::string_view metric, std::string_view help, std::string_view type, prometheus_labels kept) {
    if (!is_name(metric, "_:")) refuse(fmt::format("'{}' is no name for a metric of Prometheus", escaped(metric)));
    auto found = std::find_if(families_.begin(), families_.end(), [&](family const& f) { return f.metric == metric; });
    if (found == families_.end()) {
      check_names(metric, type);
      found = families_.insert(found, {std::string{metric}, written(help, false), type, {}, {}});
    }
    if (found->type != type) refuse(fmt::format("the metric '{}' is a {} already", metric, found->type));
    std::sort(kept.begin(), kept.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
    auto const key = list(kept, {});
    if (found->labels.insert(key).second) return *found;
    if (kept.empty()) refuse(fmt::format("the metric '{}' without labels is there already", metric));
    refuse(fmt::format("the metric '{}' has the labels '{}' already", metric, escaped(key)));
  }

  prometheus_page& single(std::string_view metric, std::string_view help, std::string_view type,
                          prometheus_labels const& labels, double value) {
    auto const kept = kept_of(labels);
    write(family_of(metric, help, type, kept), "", kept, {}, value);
    return *this;
  }

  static void write(family& to, std::string_view suffix, prometheus_labels const& labels, prometheus_label const& also,
                    double value) {
    to.samples += fmt::format("{}{}{} {}\n", to.metric, suffix, list(labels, also), number(value));
  }
  static void write_sum_and_count(family& to, prometheus_labels const& labels, latency_snapshot const& times) {
    write(to, "_sum", labels, {}, seconds(times.sum));
    write(to, "_count", labels, {}, static_cast<double>(times.count));
  }

  std::vector<family> families_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
