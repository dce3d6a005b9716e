// A text table for a terminal or a README: aligned columns, right-aligned numbers, colour only on request.
#ifndef PAWL_REPORT_TEXT_TABLE_HPP
#define PAWL_REPORT_TEXT_TABLE_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/error.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/report/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Numbers are right-aligned, names left-aligned.
enum class text_align : std::uint8_t { left, right };
// The terminal's own palette, which its user chose to be legible.
enum class text_colour : std::uint8_t { none, red, green, yellow, dim };

// One cell: any text, printed `escaped`.
struct table_cell {
  table_cell(std::convertible_to<std::string_view> auto const& what, text_colour its_colour = text_colour::none)
      : text{std::string_view{what}}, colour{its_colour} {}

  std::string text;
  text_colour colour = text_colour::none;
};

// The head of a column; both texts are `escaped`.
struct text_column {
  std::string name;
  std::string unit;
  text_align align = text_align::right;
};

struct render_options {
  // Left-aligned columns are shortened with `…` until the table is this wide, if possible; numbers never are.
  std::size_t width = any_width;
  // Prints coloured cells with ANSI sequences. Only the caller knows whether the output goes to a terminal.
  bool colour = false;
};

// ```
// pawl::text_table table{"Uploads"};
// table.column("profile", "", pawl::text_align::left).column("elapsed", "s");
// table.row({"zero", "0.25"}).row({"realistic", "328.02"});
// fmt::print("{}", table.render());
// ```
// prints
// ```
// Uploads
// profile    elapsed
//                  s
// ---------  -------
// zero          0.25
// realistic   328.02
// ```
class text_table {
 public:
  explicit text_table(std::string_view title = {}) : title_{escaped(title)} {}

  // Adds a column, with the unit of its numbers below its name. Add all columns before the rows.
  text_table& column(std::string_view name, std::string_view unit = {}, text_align align = text_align::right);

  // Adds a row. Throws error "report.table" unless it has one cell per column.
  text_table& row(std::vector<table_cell> cells);

  // Width of the whole table in terminal columns. If it is too wide, `part` and `parts` split it.
  std::size_t width() const;

  // The same title and rows with only these columns, numbered from 0. Throws std::out_of_range for an invalid number.
  text_table part(std::vector<std::size_t> const& columns) const;

  // Splits the table by columns into as few parts as fit within `width`, in order; each part begins with the first
  // `keys` columns. A column that is still too wide gets a part of its own. The title is not counted.
  std::vector<text_table> parts(std::size_t width, std::size_t keys) const;

  // The contents, for other ways to display them. The title is `escaped`, the cells are not.
  std::string const& title() const noexcept { return title_; }
  std::vector<text_column> const& columns() const noexcept { return heads_; }
  std::vector<std::vector<table_cell>> const& rows() const noexcept { return rows_; }

  // The lines, each ending with a newline and without trailing spaces.
  std::string render(render_options options = {}) const;

 private:
  using widths = std::vector<std::size_t>;

  static std::size_t width_of(text_column const& column);
  static std::size_t total(widths const& columns);
  static void paint(std::string& line, std::string_view text, text_colour colour);
  widths natural_widths() const;
  widths widths_within(std::size_t limit) const;
  template <class CellAt> void write_line(std::string& out, widths const& columns, bool colour, CellAt cell_at) const;

  std::string title_;
  std::vector<text_column> heads_{};
  std::vector<std::vector<table_cell>> rows_{};
};

inline text_table& text_table::column(std::string_view name, std::string_view unit, text_align align) {
  if (!rows_.empty()) throw error{"report.table", "the columns of a table come before its rows"};
  heads_.push_back({escaped(name), escaped(unit), align});
  return *this;
}

inline text_table& text_table::row(std::vector<table_cell> cells) {
  if (cells.size() != heads_.size())
    throw error{"report.table",
                fmt::format("a row has {} cells, and its table {} columns", cells.size(), heads_.size())};
  rows_.push_back(std::move(cells));
  return *this;
}

inline std::size_t text_table::width() const { return (std::max)(display_columns(title_), total(natural_widths())); }

inline std::vector<text_table> text_table::parts(std::size_t width, std::size_t keys) const {
  std::vector<std::size_t> first((std::min)(keys, heads_.size()));
  std::iota(first.begin(), first.end(), std::size_t{0});
  std::vector<text_table> result;
  auto columns = first;
  for (std::size_t next = first.size(); next < heads_.size(); ++next) {
    columns.push_back(next);
    if (total(part(columns).natural_widths()) <= width || columns.size() == first.size() + 1) continue;
    columns.pop_back();
    result.push_back(part(columns));
    columns = first;
    columns.push_back(next);
  }
  result.push_back(part(columns));
  return result;
}

inline text_table text_table::part(std::vector<std::size_t> const& columns) const {
  text_table result;
  result.title_ = title_;
  for (auto const column : columns) result.heads_.push_back(heads_.at(column));
  for (auto const& cells : rows_) {
    auto& row = result.rows_.emplace_back();
    for (auto const column : columns) row.push_back(cells[column]);
  }
  return result;
}

inline std::string text_table::render(render_options options) const {
  auto const columns = widths_within(options.width);
  bool const has_units =
      std::any_of(heads_.begin(), heads_.end(), [](text_column const& of) { return !of.unit.empty(); });
  std::string out = title_.empty() ? title_ : title_ + '\n';
  if (heads_.empty()) return out;
  auto const plain = [](std::string const& text) { return std::pair{text, text_colour::none}; };
  write_line(out, columns, false, [&](std::size_t i) { return plain(heads_[i].name); });
  if (has_units) write_line(out, columns, false, [&](std::size_t i) { return plain(heads_[i].unit); });
  write_line(out, columns, false, [&](std::size_t i) { return plain(std::string(columns[i], '-')); });
  for (auto const& cells : rows_)
    write_line(out, columns, options.colour, [&](std::size_t i) {
      return std::pair{escaped(cells[i].text, columns[i]), cells[i].colour};
    });
  return out;
}

inline std::size_t text_table::width_of(text_column const& column) {
  return (std::max)(display_columns(column.name), display_columns(column.unit));
}

inline std::size_t text_table::total(widths const& columns) {
  auto const gaps = columns.empty() ? 0 : 2 * (columns.size() - 1);
  return std::accumulate(columns.begin(), columns.end(), gaps);
}

inline auto text_table::natural_widths() const -> widths {
  widths columns;
  for (auto const& column : heads_) columns.push_back(width_of(column));
  for (auto const& cells : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i)
      columns[i] = (std::max)(columns[i], display_columns(escaped(cells[i].text)));
  return columns;
}

// Narrows the widest text column first, and none below the width of its header.
inline auto text_table::widths_within(std::size_t limit) const -> widths {
  constexpr std::size_t legible = 8;
  auto columns = natural_widths();
  while (total(columns) > limit) {
    std::size_t widest = heads_.size();
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      bool const can_shrink =
          heads_[i].align == text_align::left && columns[i] > (std::max)(legible, width_of(heads_[i]));
      if (can_shrink && (widest == heads_.size() || columns[i] > columns[widest])) widest = i;
    }
    if (widest == heads_.size()) break;
    --columns[widest];
  }
  return columns;
}

inline void text_table::paint(std::string& line, std::string_view text, text_colour colour) {
  switch (colour) {
    case text_colour::none:
      line += text;
      return;
    case text_colour::red:
      line += "\x1b[31m";
      break;
    case text_colour::green:
      line += "\x1b[32m";
      break;
    case text_colour::yellow:
      line += "\x1b[33m";
      break;
    case text_colour::dim:
      line += "\x1b[2m";
      break;
  }
  line += text;
  line += "\x1b[0m";
}

template <class CellAt>
void text_table::write_line(std::string& out, widths const& columns, bool colour, CellAt cell_at) const {
  std::size_t owed = 0;  // spaces written only if something follows them
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto const [text, its_colour] = cell_at(i);
    auto const padding = columns[i] - display_columns(text);
    bool const right = heads_[i].align == text_align::right;
    if (right) owed += padding;
    if (!text.empty()) {
      out.append(owed, ' ');
      owed = 0;
      paint(out, text, colour ? its_colour : text_colour::none);
    }
    owed += 2 + (right ? 0 : padding);
  }
  out += '\n';
}

}  // namespace pawl::inline PAWL_ABI

#endif
