// What a command found, as text, JSON and CSV.
#ifndef PAWL_TOOL_PRINTING_HPP
#define PAWL_TOOL_PRINTING_HPP

#include <string>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/report/json.hpp>
#include <pawl/store/trouble_record.hpp>

#include "target.hpp"

namespace pawl_tool {

// A table as people read it. Each line ends with a newline; what others wrote is escaped.
std::string to_text(pawl::seen_table const& table, pawl::stored_time now);
std::string to_text(named_item const& it);
std::string children_text(pawl::seen_item const& it);

// Bytes that are no UTF-8 are replaced when it is written: pawl::dump().
pawl::report_json to_json(pawl::seen_table const& table);
pawl::report_json to_json(std::string const& table, pawl::seen_item const& it);
pawl::report_json to_json(named_item const& it);

// One line, as RFC 4180 has it.
std::string csv_line(std::vector<std::string> const& fields);
std::string csv_head();
// No text in it is a formula for a spreadsheet: see the README.
std::string to_csv(std::string const& table, pawl::seen_item const& it);

// "parked", "delayed" or "in doubt"; empty: nothing is the matter.
std::string trouble_word(pawl::seen_item const& it);

}  // namespace pawl_tool

#endif
