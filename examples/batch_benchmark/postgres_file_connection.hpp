// The original's design on PostgreSQL: a connection for each file, with blocking calls.
#ifndef BATCH_BENCHMARK_POSTGRES_FILE_CONNECTION_HPP
#define BATCH_BENCHMARK_POSTGRES_FILE_CONNECTION_HPP

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pawl/pawl.hpp>
#include <pawl/store/utc_text.hpp>

#include "files_database.hpp"
#include "lifecycle.hpp"
#include "postgres_connection.hpp"
#include "postgres_table.hpp"

namespace batch_benchmark {

template <class Loop> class postgres_file_connection {
 public:
  template <class OnSpan>
  postgres_file_connection(postgres_place const& at, Loop const& loop, OnSpan on_span)
      : loop_(loop), on_span_(std::move(on_span)) {
    auto const began = loop_.now();
    server_ = std::make_unique<postgres_connection>(at.conninfo);
    on_span_("open", loop_.now() - began);
  }
  postgres_file_connection(postgres_file_connection const&) = delete;
  postgres_file_connection& operator=(postgres_file_connection const&) = delete;
  ~postgres_file_connection() {
    auto const began = loop_.now();
    server_.reset();
    on_span_("close", loop_.now() - began);
  }

  // BEGIN, UPDATE, COMMIT: three round trips, as the original made three calls. `times` gets all but `asked`.
  template <auto S, class Event>
  void write(file<S> const& from, Event const& event, pawl::transition_times& times, pawl::batch_times& batch) {
    std::string const now(now_(std::chrono::system_clock::now())), version = std::to_string(from.version);
    std::vector<char const*> parameters{now.c_str(), from.key.c_str(), version.c_str()};
    add_fields(parameters, event);
    batch.size = 1;
    batch.begin = loop_.now();
    server_->execute("BEGIN");
    batch.begun = times.updating = loop_.now();
    times.moved = server_->change(postgres_update(event), parameters) == 1;
    batch.updated = times.updated = loop_.now();
    server_->execute("COMMIT");
    batch.committed = times.committed = loop_.now();
  }

 private:
  static void add_fields(std::vector<char const*>&, start_upload const&) {}
  static void add_fields(std::vector<char const*>& to, complete_upload const& event) {
    to.push_back(event.file_id.c_str());
    to.push_back(event.file_uri.c_str());
  }
  static void add_fields(std::vector<char const*>& to, complete_processing const& event) {
    to.push_back(event.document_id.c_str());
  }

  Loop const& loop_;
  std::function<void(char const*, std::chrono::nanoseconds)> on_span_;
  std::unique_ptr<postgres_connection> server_;
  pawl::utc_text now_;
};

}  // namespace batch_benchmark

#endif
