// What is told of an item's children and parents.
#ifndef PAWL_POSTGRES_SEEN_CHILDREN_HPP
#define PAWL_POSTGRES_SEEN_CHILDREN_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// The children c of the item with the key $1, from its row f and its row w of pawl_parent.
inline std::string children_of_row(layout const& of) {
  return text({" FROM ", of.table, " AS f JOIN ", of.records, "pawl_parent AS w ON w.table_name=", in_quotes(of.name),
               " AND w.key=", of.record_key(), " AND (w.life=0 OR w.life=", of.life(), ") JOIN ", of.records,
               "pawl_child AS c ON c.parent=w.id"});
}

// Those of one item, by the tables that they are in: two statements, of the counts and of those that are parked.
inline void add_seen_children(request& to, layout const& of, std::string_view key) {
  std::string const of_key = text({" WHERE ", of.key_is(text({"$1::", of.key_sent_as()}))});
  to.add(text({"SELECT c.table_name,count(*) FILTER(WHERE c.arrived),count(*) FILTER(WHERE NOT c.arrived),"
               "count(*) FILTER(WHERE c.arrived IS NULL)",
               children_of_row(of), of_key, " GROUP BY 1 ORDER BY 1"}),
         parameters_of(key_parameter(of, key)));
  to.add(text({"SELECT c.table_name,c.key", children_of_row(of), " JOIN ", of.records,
               "pawl_trouble AS p ON p.table_name=c.table_name AND p.key=c.key AND p.parked", of_key,
               " AND c.arrived IS NULL ORDER BY 1,2"}),
         parameters_of(key_parameter(of, key)));
}
inline std::vector<seen_children> seen_children_in(answer const& counts, answer const& parked) {
  std::vector<seen_children> all;
  auto const number = [&counts](std::size_t row, std::size_t column) {
    return static_cast<std::size_t>(integer_at(counts, row, column));
  };
  for (std::size_t row = 0; row < counts.rows(); ++row) {
    seen_children some{};
    some.table = counts.cell(row, 0);
    some.arrived = number(row, 1);
    some.failed = number(row, 2);
    some.missing = number(row, 3);
    all.push_back(std::move(some));
  }
  for (std::size_t row = 0; row < parked.rows(); ++row) {
    auto const into = std::find_if(all.begin(), all.end(),
                                   [name = parked.cell(row, 0)](auto const& some) { return some.table == name; });
    if (into == all.end()) continue;
    if (++into->parked <= seen_children::most_parked_keys) into->parked_keys.emplace_back(parked.cell(row, 1));
  }
  return all;
}

// The first `most` whose child the item with this key is.
inline void add_parents_of(request& to, layout const& of, std::string_view key, std::int64_t most) {
  to.add(
      text({"SELECT w.table_name,w.key FROM ", of.table, " AS f JOIN ", of.records,
            "pawl_child AS c ON c.table_name=", in_quotes(of.name), " AND c.key=", of.record_key(),
            " AND (c.life=0 OR c.life=", of.life(), ") JOIN ", of.records, "pawl_parent AS w ON w.id=c.parent WHERE ",
            of.key_is(text({"$1::", of.key_sent_as()})), " ORDER BY w.id LIMIT $2::int8"}),
      parameters_of(key_parameter(of, key), value_of(most)));
}
inline std::vector<seen_parent> parents_in(answer const& rows) {
  std::vector<seen_parent> all;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    all.push_back({std::string(rows.cell(row, 0)), std::string(rows.cell(row, 1))});
  return all;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
