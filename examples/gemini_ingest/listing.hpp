// All documents of a File Search store, for those who ask at the same time: the API lists them by twenty and finds none
// by its marks.
#ifndef GEMINI_INGEST_LISTING_HPP
#define GEMINI_INGEST_LISTING_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pawl/pawl.hpp>

#include "gemini.hpp"

namespace gemini_ingest {

class listing {
 public:
  using documents = std::shared_ptr<std::vector<remote_document> const>;

  // `first`: how long to wait after a page that fails, doubled after each further try.
  listing(pawl::event_loop& loop, gemini& api, std::string store,
          std::chrono::nanoseconds first = std::chrono::milliseconds(100))
      : loop_(loop), api_(api), store_(std::move(store)), first_(first) {}

  // A list that was begun after this call: what was made before it is in it. One is under way at a time; whoever comes
  // meanwhile waits for the next one. A page that fails is asked for again, so that a long list comes to an end.
  pawl::task<pawl::outcome<documents>> now() {
    std::uint64_t const arrived = begun_;
    while (last_ <= arrived) {
      if (under_way_) {
        auto pausing = loop_.sleep(std::chrono::milliseconds(20));
        co_await std::move(pausing);
        continue;
      }
      auto reading = read();
      auto failed = co_await std::move(reading);
      if (!failed) co_return failed.why();
    }
    co_return all_;
  }

 private:
  static constexpr int tries_a_page = 5;
  static constexpr std::chrono::nanoseconds longest_wait = std::chrono::hours(1);  // as a run's

  pawl::task<pawl::outcome<pawl::done_t>> read() {
    flag const is_under_way(under_way_);
    std::uint64_t const number = ++begun_;
    auto read = std::make_shared<std::vector<remote_document>>();
    std::string token;
    int tries = 0;
    do {
      auto asking = api_.documents(store_, token);
      auto page = co_await std::move(asking);
      if (!page) {
        auto const& why = page.why();
        // A remote that is busy is at work: it counts no attempt, as in a run. The pages that are there are kept, or a
        // long list would never come to its end.
        bool const passes = why.kind == pawl::trouble_kind::throttled ||
                            (why.kind == pawl::trouble_kind::transient && ++tries < tries_a_page);
        if (!passes) co_return why;
        auto const backoff = (std::min)(first_ * (1 << (std::max)(tries - 1, 0)), longest_wait);
        auto pausing = loop_.sleep((std::clamp)(why.after, backoff, longest_wait));
        co_await std::move(pausing);
        continue;
      }
      tries = 0;
      for (auto& document : page->documents) read->push_back(std::move(document));
      token = page->next;
      if (token.empty()) break;
    } while (true);
    all_ = std::move(read);
    last_ = number;
    co_return pawl::done;
  }

  // Also where the step that reads is cancelled.
  class flag {
   public:
    explicit flag(bool& f) : set_(f) { set_ = true; }
    flag(flag const&) = delete;
    flag& operator=(flag const&) = delete;
    ~flag() { set_ = false; }

   private:
    bool& set_;
  };

  pawl::event_loop& loop_;
  gemini& api_;
  std::string store_;
  std::chrono::nanoseconds first_;
  documents all_{};
  std::uint64_t begun_ = 0;  // numbers of lists, from 1
  std::uint64_t last_ = 0;   // that came to an end
  bool under_way_ = false;
};

}  // namespace gemini_ingest

#endif
