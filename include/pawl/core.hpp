// All of pawl that needs nothing but the standard library: lifecycles, adapters, stores in memory, latencies.
#ifndef PAWL_CORE_HPP
#define PAWL_CORE_HPP

#include <pawl/adapter/lifting.hpp>
#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/adapter/outcome.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/diagram.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/latency/collector.hpp>
#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/hybrid_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/latency/quantile.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/latency/span.hpp>
#include <pawl/latency/span_recorder.hpp>
#include <pawl/latency/timeline.hpp>
#include <pawl/store/answer.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/explanation.hpp>
#include <pawl/store/inspection.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/store/written_column.hpp>
#include <pawl/version.hpp>

#endif
