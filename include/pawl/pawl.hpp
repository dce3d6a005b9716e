// All of pawl but its reports: core.hpp, the SQLite store (needs sqlite3), and the runner (needs Boost.Asio 1.81).
#ifndef PAWL_PAWL_HPP
#define PAWL_PAWL_HPP

#include <pawl/core.hpp>
#include <pawl/latency/per_thread.hpp>
#include <pawl/latency/single_writer.hpp>
#include <pawl/runner/asio.hpp>
#include <pawl/runner/ask.hpp>
#include <pawl/runner/backoff.hpp>
#include <pawl/runner/clock.hpp>
#include <pawl/runner/grouped.hpp>
#include <pawl/runner/loop.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/runner/offload.hpp>
#include <pawl/runner/owner_lock.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/runner/stop_on_signals.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/migration.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/store.hpp>

#endif
