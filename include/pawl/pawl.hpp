// All of pawl but its reports: core.hpp, the SQLite store (needs sqlite3), and the runner (needs Boost.Asio 1.81).
#ifndef PAWL_PAWL_HPP
#define PAWL_PAWL_HPP

#include <pawl/core.hpp>
#include <pawl/latency/per_thread.hpp>
#include <pawl/latency/single_writer.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/offload.hpp>
#include <pawl/loop/stop.hpp>
#include <pawl/loop/stop_on_signals.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/queue/hook.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/runner/ask.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/runner/observers.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/run_control.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/version.hpp>

#ifdef PAWL_COMPILED
namespace pawl::inline PAWL_ABI::detail {
extern template class link_to<sqlite::detail::store_body<sqlite::detail::own_table>>;
extern template class row_link<sqlite::detail::store_body<sqlite::detail::own_table>>;
extern template class link_to<sqlite::detail::store_body<sqlite::detail::mapped_table>>;
extern template class row_link<sqlite::detail::store_body<sqlite::detail::mapped_table>>;
}  // namespace pawl::inline PAWL_ABI::detail
#endif

#endif
