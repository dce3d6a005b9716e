// Everything that renders results: JSON, tables, charts on a page, traces, metrics, safe names. Needs fmt and
// nlohmann_json, which pawl.hpp does not.
#ifndef PAWL_REPORT_HPP
#define PAWL_REPORT_HPP

#include <pawl/report/bar_chart.hpp>
#include <pawl/report/chart_axis.hpp>
#include <pawl/report/chart_style.hpp>
#include <pawl/report/chrome_trace.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/report/folded_stacks.hpp>
#include <pawl/report/format.hpp>
#include <pawl/report/html_page.hpp>
#include <pawl/report/inspection.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/line_chart.hpp>
#include <pawl/report/markup.hpp>
#include <pawl/report/prometheus.hpp>
#include <pawl/report/span_lanes.hpp>
#include <pawl/report/span_table.hpp>
#include <pawl/report/speedscope.hpp>
#include <pawl/report/text_table.hpp>
#include <pawl/report/utf8.hpp>
#include <pawl/report/write_file.hpp>
#include <pawl/version.hpp>

#endif
