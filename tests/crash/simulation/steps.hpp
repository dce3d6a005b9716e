// The steps of the simulation: those of the benchmark's files, with one kind of upload for each idempotency.
#ifndef PAWL_TESTS_CRASH_SIMULATION_STEPS_HPP
#define PAWL_TESTS_CRASH_SIMULATION_STEPS_HPP

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <pawl/runner/ask.hpp>
#include <pawl/runner/step.hpp>

#include "crash/simulation/remote.hpp"

namespace crash::simulation {

template <idempotency Kind>
using context_of = std::conditional_t<
    Kind == idempotency::keyed, pawl::keyed,
    std::conditional_t<Kind == idempotency::safe, pawl::safe,
                       std::conditional_t<Kind == idempotency::probeable, pawl::probeable, pawl::step_context>>>;

template <idempotency Kind> struct steps {
  using uploaded = pawl::one_of<complete_upload, fail_upload>;
  using processed = pawl::one_of<complete_processing, fail_processing>;

  remote& api;
  world_loop& loop;

  start_upload operator()(file<untracked>) { return {}; }

  pawl::task<uploaded> operator()(file<uploading> f, context_of<Kind>& call) {
    std::string key = f.key;
    if constexpr (Kind == idempotency::keyed) key = call.key();
    stay const here(f.key, f.version);
    auto answer = co_await pawl::ask(api.upload(loop, here, key));
    if (!answer) co_return answer.why();
    co_return complete_upload{*answer, uri_of(f.key)};
  }
  pawl::task<std::optional<uploaded>> probe(file<uploading> f,
                                            pawl::probeable&) requires(Kind == idempotency::probeable) {
    stay const here(f.key, f.version);
    auto found = co_await pawl::ask(api.find(loop, here));
    if (!found && found.why().kind == pawl::trouble_kind::not_found) co_return std::nullopt;
    if (!found) co_return uploaded(found.why());
    co_return uploaded(complete_upload{*found, uri_of(f.key)});
  }

  // Indexing twice is indexing once.
  pawl::task<processed> operator()(file<processing>, complete_upload const& done, pawl::safe&) {
    auto answer = co_await pawl::ask(api.index(loop, done.file_id));
    if (!answer) co_return answer.why();
    co_return complete_processing{*answer};
  }
};

}  // namespace crash::simulation

#endif
