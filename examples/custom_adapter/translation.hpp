// An example of your own lifecycle: a phrase is submitted to a translation service as a job, and the result is polled.
// This is all that a user of pawl writes: the lifecycle, the interface required of the adapter, and the steps.
#ifndef TRANSLATION_HPP
#define TRANSLATION_HPP

#include <string>
#include <string_view>

#include <pawl/pawl.hpp>

namespace translation {

// ---- the lifecycle ----

enum class state { drafted, submitted, translated, rejected };

struct submit {
  std::string job;  // what an event carries is recorded with it, and is there again after a crash
};
struct finish {
  std::string text;
};
struct reject {
  std::string reason;
};

struct lifecycle
    : pawl::lifecycle<pawl::initial<state::drafted>, pawl::goal<state::translated>, pawl::terminal<state::rejected>,
                      pawl::transition<state::drafted, submit, state::submitted>,
                      pawl::transition<state::drafted, reject, state::rejected>,
                      pawl::transition<state::submitted, finish, state::translated>,
                      pawl::transition<state::submitted, reject, state::rejected>,
                      pawl::on_failure<state::drafted, reject>, pawl::on_failure<state::submitted, reject>> {
  static constexpr std::string_view name = "translations";  // of the table, too
};
static_assert(pawl::valid<lifecycle>);

template <state S> using phrase = pawl::item<lifecycle, S>;

// ---- what the adapter must offer ----

// Each may be a coroutine or not, and may answer with the bare string or with pawl::outcome<std::string>.
template <class Service>
concept translates = requires(Service& service, std::string const& text) {
  { service.submit(text, text) } -> pawl::answers<std::string>;  // (phrase, idempotency key) -> the job's name
  { service.fetch(text) } -> pawl::answers<std::string>;         // (job) -> the translation, or trouble::pending
};

// ---- the steps ----

template <class Service> struct steps {
  static_assert(translates<Service>, "translation: the service needs submit(phrase, key) and fetch(job)");
  Service& service;

  // keyed: the service knows a repeated submission by its key, so a lost answer makes no second job.
  pawl::task<pawl::one_of<submit>> operator()(phrase<state::drafted> it, pawl::keyed& call) {
    auto job = co_await pawl::ask(service.submit(it.key, call.key()));
    if (!job) co_return job.why();
    co_return submit{*job};
  }

  // safe: asking twice does no harm. The job's name is what the submission recorded.
  pawl::task<pawl::one_of<finish>> operator()(phrase<state::submitted>, submit const& submission, pawl::safe&) {
    auto text = co_await pawl::ask(service.fetch(submission.job));
    if (!text) co_return text.why();  // pending: asked again later; permanent: becomes a reject
    co_return finish{*text};
  }
};
template <class Service> steps(Service&) -> steps<Service>;  // clang 14 does not deduce it for an aggregate

}  // namespace translation

#endif
