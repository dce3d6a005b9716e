// The source of the compiled form: include this in one file of a library that is compiled with PAWL_COMPILED and
// BOOST_ASIO_SEPARATE_COMPILATION, as the CMake target pawl::compiled does. Everything that uses the library, and all
// that uses Boost.Asio in one program with it, is compiled with both macros too.
#ifndef PAWL_COMPILED_HPP
#define PAWL_COMPILED_HPP

#ifndef PAWL_COMPILED
#error "pawl: pawl/compiled.hpp is for the library alone, which is compiled with PAWL_COMPILED"
#endif

#include <boost/asio/impl/src.hpp>

#include <pawl/latency/exact_collector_impl.hpp>
#include <pawl/latency/span_recorder_impl.hpp>
#include <pawl/latency/timeline_impl.hpp>
#include <pawl/loop/loop_impl.hpp>
#include <pawl/loop/stop_on_signals_impl.hpp>
#include <pawl/pawl.hpp>
#include <pawl/queue/batch_writer_impl.hpp>
#include <pawl/queue/outside_requests_impl.hpp>
#include <pawl/runner/engine/attempt_impl.hpp>
#include <pawl/runner/engine/run_parts_impl.hpp>
#include <pawl/runner/engine/store_link_impl.hpp>
#include <pawl/sqlite/bulk_insert_impl.hpp>
#include <pawl/sqlite/child_inserter_impl.hpp>
#include <pawl/sqlite/child_table_impl.hpp>
#include <pawl/sqlite/connection_impl.hpp>
#include <pawl/sqlite/database_impl.hpp>
#include <pawl/sqlite/dictionary_impl.hpp>
#include <pawl/sqlite/file_watch_impl.hpp>
#include <pawl/sqlite/former_keys_impl.hpp>
#include <pawl/sqlite/history_table_impl.hpp>
#include <pawl/sqlite/leftovers_impl.hpp>
#include <pawl/sqlite/mapped_table_impl.hpp>
#include <pawl/sqlite/opening_impl.hpp>
#include <pawl/sqlite/own_table_impl.hpp>
#include <pawl/sqlite/owner_file_impl.hpp>
#include <pawl/sqlite/records_impl.hpp>
#include <pawl/sqlite/row_life_impl.hpp>
#include <pawl/sqlite/schedule_table_impl.hpp>
#include <pawl/sqlite/schema_impl.hpp>
#include <pawl/sqlite/state_check_impl.hpp>
#include <pawl/sqlite/statement_error_impl.hpp>
#include <pawl/sqlite/store_body_impl.hpp>
#include <pawl/sqlite/store_children_impl.hpp>
#include <pawl/sqlite/table_export_impl.hpp>
#include <pawl/sqlite/trouble_table_impl.hpp>
#include <pawl/sqlite/user_statements_impl.hpp>
#include <pawl/sqlite/write_ahead_log_impl.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {
template class store_body<own_table>;
template class store_body<mapped_table>;
}  // namespace pawl::inline PAWL_ABI::sqlite::detail
namespace pawl::inline PAWL_ABI::detail {
template class link_to<sqlite::detail::store_body<sqlite::detail::own_table>>;
template class row_link<sqlite::detail::store_body<sqlite::detail::own_table>>;
template class link_to<sqlite::detail::store_body<sqlite::detail::mapped_table>>;
template class row_link<sqlite::detail::store_body<sqlite::detail::mapped_table>>;
}  // namespace pawl::inline PAWL_ABI::detail

#endif
