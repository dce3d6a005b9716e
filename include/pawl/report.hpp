// Everything that turns figures into texts: JSON, tables, safe names. Needs fmt and nlohmann_json, which pawl.hpp does
// not.
#ifndef PAWL_REPORT_HPP
#define PAWL_REPORT_HPP

#include <pawl/report/escape.hpp>
#include <pawl/report/format.hpp>
#include <pawl/report/inspection.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/span_table.hpp>
#include <pawl/report/text_table.hpp>
#include <pawl/report/utf8.hpp>
#include <pawl/report/write_file.hpp>

#endif
