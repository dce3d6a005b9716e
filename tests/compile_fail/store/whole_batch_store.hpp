// A store that takes whole batches, of which each mistake of this folder deletes one member.
#ifndef PAWL_TESTS_COMPILE_FAIL_STORE_WHOLE_BATCH_STORE_HPP
#define PAWL_TESTS_COMPILE_FAIL_STORE_WHOLE_BATCH_STORE_HPP

#include <cstddef>
#include <optional>
#include <string_view>

#include <pawl/loop/task.hpp>
#include <pawl/store/batch_store.hpp>

#include "whole_store.hpp"

struct whole_batch {
  template <auto S, class Event> std::size_t apply(pawl::item<parcel, S> const& from, Event const& event);
  std::size_t insert(std::string_view key, std::optional<pawl::stored_time> start_at);
  std::size_t note(any_parcel const& of, pawl::trouble_record const& record);
  pawl::task<void> write();
  template <auto S, class Event> pawl::applied_to<parcel, S, Event> applied(std::size_t ticket);
  bool inserted(std::size_t ticket);
  bool noted(std::size_t ticket);
};

template <class Batch> struct store_of_batches : whole_store {
  using batch = Batch;
  static constexpr bool inserts = true;

  bool insert_if_absent(std::string_view key);
  bool insert_if_absent(std::string_view key, pawl::stored_time start_at);
  batch make_batch();
};
static_assert(pawl::batch_store<store_of_batches<whole_batch>>);

template <class Store> void use(pawl::loop<>& loop, Store& store) { pawl::commit_queue queue{loop, store}; }

#endif
