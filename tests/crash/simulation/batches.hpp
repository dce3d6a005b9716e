// The parents of the simulation: a batch gathers other batches first and then files, and is published.
#ifndef PAWL_TESTS_CRASH_SIMULATION_BATCHES_HPP
#define PAWL_TESTS_CRASH_SIMULATION_BATCHES_HPP

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/table.hpp>

#include "crash/simulation/world.hpp"

namespace crash::simulation {

enum class batch_state { drafted, split, filled, complete, published, discarded };

struct list {};  // inserts its children
struct parts_ended {
  std::int64_t arrived, failed;
};
struct add {};  // files that come late
struct files_ended {
  std::int64_t arrived;
  int failed;
};
struct publish {
  std::string document;
};
struct discard {
  std::string why;
};
struct again {};

// Files and Batches: the tables of the children, a lifecycle or a mapping each.
template <class Files, class Batches>
using life_of_batches =
    pawl::lifecycle<pawl::initial<batch_state::drafted>, pawl::gathers<batch_state::split, Batches, parts_ended>,
                    pawl::gathers<batch_state::filled, Files, files_ended>, pawl::goal<batch_state::published>,
                    pawl::terminal<batch_state::discarded>,
                    pawl::transition<batch_state::drafted, list, batch_state::split>,
                    pawl::transition<batch_state::split, parts_ended, batch_state::filled>,
                    pawl::transition<batch_state::filled, add, batch_state::filled>,
                    pawl::transition<batch_state::filled, files_ended, batch_state::complete>,
                    pawl::transition<batch_state::complete, publish, batch_state::published>,
                    pawl::transition<batch_state::complete, discard, batch_state::discarded>,
                    pawl::transition<batch_state::published, again, batch_state::drafted>,
                    pawl::transition<batch_state::discarded, again, batch_state::drafted>,
                    pawl::on_failure<batch_state::complete, discard>>;

// A mapping of batches onto the table `batches`.
template <class Batch> struct mapped_batches : pawl::table<Batch> {
  static constexpr pawl::names names{.table = "batches", .key = "title"};
  static constexpr auto columns = pawl::columns(
      pawl::on<parts_ended>(pawl::set("parts", &parts_ended::arrived), pawl::set("lost_parts", &parts_ended::failed)),
      pawl::on<files_ended>(pawl::set("files", &files_ended::arrived), pawl::set("lost_files", &files_ended::failed)),
      pawl::on<publish>(pawl::set("document", &publish::document)), pawl::on<discard>(pawl::set("why", &discard::why)),
      pawl::on<again>(pawl::clear("document", "why")));
};
inline constexpr std::string_view batches_sql =
    "CREATE TABLE batches(id INTEGER PRIMARY KEY AUTOINCREMENT,title TEXT NOT NULL UNIQUE,state TEXT NOT NULL DEFAULT "
    "'drafted',version INTEGER NOT NULL DEFAULT 0,parts INTEGER,lost_parts INTEGER,files INTEGER,lost_files INTEGER,"
    "document TEXT,why TEXT)";

struct own_batch : life_of_batches<file_lifecycle, own_batch> {};
struct own_batch_of_rows : life_of_batches<files_table, own_batch_of_rows> {};
struct batch_rows;
struct mapped_batch : life_of_batches<file_lifecycle, batch_rows> {};
struct batch_rows : mapped_batches<mapped_batch> {};
struct batch_rows_of_rows;
struct mapped_batch_of_rows : life_of_batches<files_table, batch_rows_of_rows> {};
struct batch_rows_of_rows : mapped_batches<mapped_batch_of_rows> {};
static_assert(pawl::valid<own_batch> && pawl::valid<own_batch_of_rows>);
static_assert(pawl::valid<batch_rows> && pawl::valid<batch_rows_of_rows>);

// The table of the batches whose files are in that of T: each kind of step has those of one make, so that both are met.
constexpr bool has_own_batches(idempotency kind) { return kind == idempotency::keyed || kind == idempotency::unsafe; }
template <class T, bool Own>
using batches_table =
    std::conditional_t<Own, std::conditional_t<std::same_as<T, files_table>, own_batch_of_rows, own_batch>,
                       std::conditional_t<std::same_as<T, files_table>, batch_rows_of_rows, batch_rows>>;
template <class T, idempotency Kind> using batches_of = batches_table<T, has_own_batches(Kind)>;

// The lifecycle of a table.
template <class T> struct lifecycle_in { using type = typename T::lifecycle; };
template <pawl::a_lifecycle T> struct lifecycle_in<T> { using type = T; };
template <class T> using lifecycle_of = typename lifecycle_in<T>::type;

}  // namespace crash::simulation

#endif
