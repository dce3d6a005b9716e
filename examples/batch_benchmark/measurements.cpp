#include "measurements.hpp"

#include <string>

#include <fmt/format.h>

#include <pawl/report/escape.hpp>

#include "failure.hpp"

namespace batch_benchmark {

spans::spans(pawl::span_recorder& to)
    : recorder(to),
      file(to.name("file")),
      hydrate(to.name("hydrate", file)),
      dispatch(to.name("dispatch", file)),
      write(to.name("db_write", file)),
      queue(to.name("queue", write)),
      update(to.name("update", write)),
      committing(to.name("await_commit", write)),
      upload(to.name("mock_upload", file)),
      import(to.name("mock_import", file)),
      upload_sleep(to.name("sleep", upload)),
      import_sleep(to.name("sleep", import)),
      transaction(to.name("transaction")),
      begin(to.name("begin", transaction)),
      commit(to.name("commit", transaction)),
      checkpoint(to.name("checkpoint", commit)),
      open(to.name("open")),
      close(to.name("close")),
      insert(to.name("insert")),
      reset(to.name("reset")),
      verify(to.name("verify")),
      report(to.name("report")),
      read(to.name("read")) {}

void spans::add_of_database(std::string_view what, std::chrono::nanoseconds ended, std::chrono::nanoseconds duration) {
  auto const id = what == "open" ? open : what == "close" ? close : checkpoint;
  recorder.add(id, ended - duration, duration, database_lane);
}

measurements::measurements(std::size_t files, std::size_t concurrency, bool keep_samples, batch_benchmark::spans& named,
                           progress& shown)
    : spans_(named), progress_(shown), keep_samples_(keep_samples), slots_(concurrency) {
  auto const transitions = files * transitions_of_a_file;  // one method for all of a report
  for (auto& one : segments_) one.expect(transitions);
  for (auto& one : events_) one.expect(transitions);
  if (keep_samples) samples_.reserve(files);
}

void measurements::on_take(std::size_t slot, any_file const& item, std::chrono::nanoseconds now) {
  if (!began_) began_ = now;
  slots_[slot] = {};
  slots_[slot].times.path = item.key;
  slots_[slot].times.began = now;
  slot_of_.insert_or_assign(slots_[slot].times.path, static_cast<std::uint32_t>(slot));
}

void measurements::on_phase(std::size_t slot, pawl::phase what, std::chrono::nanoseconds start,
                            std::chrono::nanoseconds duration) {
  auto& hand = slots_[slot];
  auto const lane = static_cast<std::uint32_t>(slot);
  switch (what) {
    case pawl::phase::hydrate:
      hand.times.hydrate += duration;
      return spans_.recorder.add(spans_.hydrate, start, duration, lane);
    case pawl::phase::dispatch:
      hand.times.dispatch += duration;
      hand.last_dispatch = duration;
      return spans_.recorder.add(spans_.dispatch, start, duration, lane);
    case pawl::phase::step:
      return;  // the adapter's calls are measured one by one
  }
}

void measurements::on_transition(pawl::transition_times const& t) {
  auto& hand = slots_[t.slot];
  auto const queue = t.updating - t.asked, update = t.updated - t.updating, commit = t.committed - t.updated;
  hand.times.queue += queue;
  hand.times.update += update;
  hand.times.commit += commit;
  auto const lane = static_cast<std::uint32_t>(t.slot);
  spans_.recorder.add(spans_.write, t.asked, t.committed - t.asked, lane);
  spans_.recorder.add(spans_.queue, t.asked, queue, lane);
  spans_.recorder.add(spans_.update, t.updating, update, lane);
  spans_.recorder.add(spans_.committing, t.updated, commit, lane);
  if (!t.moved) return;
  ++committed_;
  auto const whole = hand.last_dispatch + (t.committed - t.asked);
  collect(segment::transition, whole);
  events_[pawl::rows<file_lifecycle>[t.row].event].record(whole);
}

void measurements::on_batch(pawl::batch_times const& t) {
  spans_.recorder.add(spans_.transaction, t.begin, t.committed - t.begin, spans::database_lane);
  spans_.recorder.add(spans_.begin, t.begin, t.begun - t.begin, spans::database_lane);
  spans_.recorder.add(spans_.commit, t.updated, t.committed - t.updated, spans::database_lane);
}

void measurements::on_leave(std::size_t slot, any_file const& item, std::chrono::nanoseconds now) {
  auto& times = slots_[slot].times;
  times.total_wall = now - times.began;
  spans_.recorder.add(spans_.file, times.began, times.total_wall, static_cast<std::uint32_t>(slot));
  slot_of_.erase(item.key);
  timeline_.record(now - *began_);
  progress_.advance();
  if (item.state != indexed) return;  // given up or stopped: no whole cycle
  ++completed_;
  collect(segment::mock_api, times.mock_api());
  collect(segment::db_total, times.db_total());
  collect(segment::lock_wait, times.lock_wait());
  collect(segment::fsm_dispatch, times.dispatch);
  collect(segment::fsm_net, times.fsm_net());
  collect(segment::total_wall, times.total_wall);
  collect(segment::fsm_hydrate, times.hydrate);
  collect(segment::queue, times.queue);
  collect(segment::update, times.update);
  collect(segment::commit, times.commit);
  collect(segment::mock_upload, times.upload);
  collect(segment::mock_import, times.import);
  if (keep_samples_) samples_.push_back(times);
}

std::uint32_t measurements::slot_of(std::string_view path) const {
  auto const found = slot_of_.find(path);
  if (found == slot_of_.end())
    throw failure(exit_code::fatal, fmt::format("{}: a call for a file that is not in flight", pawl::escaped(path)));
  return found->second;
}

void measurements::on_asked_sleep(std::string_view path, std::chrono::nanoseconds asked) {
  auto& hand = slots_[slot_of(path)];
  hand.asked_sleep = asked;
  hand.times.asked_sleep += asked;
}

void measurements::on_call(api_call which, std::string_view path, std::chrono::nanoseconds start,
                           std::chrono::nanoseconds end) {
  auto const lane = slot_of(path);
  auto& hand = slots_[lane];
  bool const uploading_it = which == api_call::upload;
  (uploading_it ? hand.times.upload : hand.times.import) += end - start;
  spans_.recorder.add(uploading_it ? spans_.upload : spans_.import, start, end - start, lane);
  spans_.recorder.add(uploading_it ? spans_.upload_sleep : spans_.import_sleep, start, hand.asked_sleep, lane);
}

std::vector<pawl::latency_snapshot> measurements::by_segment() const {
  std::vector<pawl::latency_snapshot> all;
  for (auto const& s : segments_) all.push_back(s.snapshot());
  return all;
}

std::vector<std::pair<std::string_view, pawl::latency_snapshot>> measurements::by_event() const {
  std::vector<std::pair<std::string_view, pawl::latency_snapshot>> all;
  [&]<class... Event>(pawl::type_list<Event...>) {
    std::size_t e = 0;
    (all.emplace_back(pawl::event_name<Event>(), events_[e++].snapshot()), ...);
  }(pawl::events_of<file_lifecycle>{});
  std::erase_if(all, [](auto const& event) { return event.second.count == 0; });
  return all;
}

}  // namespace batch_benchmark
