// The remote of a test: what it does for each request, which go wrong, and what it has seen.
#ifndef PAWL_TESTING_HTTP_REMOTE_HPP
#define PAWL_TESTING_HTTP_REMOTE_HPP

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/adapter/call_fate.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/http/answer.hpp>
#include <pawl/http/fields.hpp>
#include <pawl/http/verb.hpp>
#include <pawl/testing/http/fault.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// A request as a remote sees it.
struct http_call {
  std::string method{};  // "POST"
  std::string target{};  // path and query, as they were sent
  std::string path{};
  std::string query{};  // without '?'
  http::fields headers{};
  std::string body{};
  std::map<std::string, std::string, std::less<>> parameters{};  // of the route: ":store" gives "store"
};

// Routes, faults and the log of a remote for tests; http_script and http_server deliver what it says. Not thread-safe.
class http_remote {
 public:
  using effect = std::function<http::answer(http_call const&)>;

  // What a request to this path does and answers. A segment that begins with ':' fits any one, and "/*" at the end
  // everything that follows. The route that was added last is tried first; where none fits, the answer is 404.
  void on(http::verb method, std::string path, effect does) {
    routes_.push_back({std::string(http::name(method)), std::move(path), std::move(does)});
  }

  // Faults of the n-th request from now on counted from the first of all, n from 1.
  http_fault& fault(std::size_t n) { return faults_[n]; }
  // Of the next one that has no fault yet.
  http_fault& fault_next() {
    std::size_t n = requests_ + 1;
    while (faults_.contains(n)) ++n;
    return faults_[n];
  }
  // From now on decides over requests without a fault of their own, and is notified of every request; null: none. Must
  // outlive the requests.
  void obey(call_faults* faults) {
    decides_ = nullptr;
    random_ = faults;
  }
  call_faults* faults() const { return random_; }
  // The same, with all that a fault can be: given the number of the request, from 1.
  void obey(std::function<http_fault(std::size_t)> decides) {
    random_ = nullptr;
    decides_ = std::move(decides);
  }

  std::size_t requests() const { return requests_; }
  // How often a request with this key took effect. The key of a request is what its adapter gave to idempotency_key(), or
  // the value of its field Idempotency-Key without quotes; without either its method and target: "POST /v1/documents".
  std::size_t effects(std::string_view key) const {
    return effects_of(unquoted(key)) + (form_of_key_ ? effects_of(form_of_key_(key)) : 0);
  }
  std::size_t effects() const {
    std::size_t all = 0;
    for (auto const& [key, times] : effects_) all += times;
    return all;
  }

  // ---- for those who deliver ----

  // The fault of the request that has just come.
  http_fault begin() {
    std::size_t const n = ++requests_;
    http_fault fault;
    if (random_ != nullptr) fault = of_fate(random_->begin(n));
    if (decides_) fault = decides_(n);
    if (auto node = faults_.extract(n); !node.empty()) fault = std::move(node.mapped());
    if (!fault.has_effect && !fault.answer) {  // nothing to answer
      if (fault.stall_after)
        fault.stall_after = 0;
      else
        fault.drops = true;
    }
    return fault;
  }
  // Where a key is not sent as it is: how it arrives.
  void keys_arrive_as(std::function<std::string(std::string_view)> form) { form_of_key_ = std::move(form); }
  // The n-th request is about to be answered. Throws what call_faults::answer does.
  void answered(std::size_t n) {
    if (random_ != nullptr) random_->answer(n);
  }
  // Performs the request, and answers it.
  http::answer perform(http_call call) {
    std::size_t const mark = call.target.find('?');
    call.path = call.target.substr(0, mark);
    if (mark != std::string::npos) call.query = call.target.substr(mark + 1);
    for (auto tried = routes_.rbegin(); tried != routes_.rend(); ++tried) {
      if (tried->method != call.method || !fits(tried->path, call.path, call.parameters)) continue;
      ++effects_[key_of(call)];
      return tried->does(call);
    }
    http::answer none;
    none.status = 404;
    none.body = R"({"error":{"message":"this remote has no such path"}})";
    return none;
  }

 private:
  struct route {
    std::string method;
    std::string path;
    effect does;
  };

  static std::string key_of(http_call const& call) {
    auto const key = call.headers.find("idempotency-key");
    return key ? std::string(unquoted(*key)) : call.method + " " + call.target;
  }
  static std::string_view unquoted(std::string_view key) {
    bool const has_quotes = key.size() >= 2 && key.front() == '"' && key.back() == '"';
    return has_quotes ? key.substr(1, key.size() - 2) : key;
  }
  std::size_t effects_of(std::string_view key_on_arrival) const {
    auto const found = effects_.find(key_on_arrival);
    return found == effects_.end() ? 0 : found->second;
  }
  static std::string_view take_segment(std::string_view& path) {
    std::size_t const end = path.find('/', 1);
    auto const segment = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
    return segment;
  }
  static bool fits(std::string_view pattern, std::string_view path,
                   std::map<std::string, std::string, std::less<>>& parameters) {
    std::map<std::string, std::string, std::less<>> found;
    while (!pattern.empty() && !path.empty()) {
      auto const wanted = take_segment(pattern);
      if (wanted == "/*") {
        parameters = std::move(found);
        return true;
      }
      auto const segment = take_segment(path);
      if (wanted.substr(0, 2) == "/:")
        found.insert_or_assign(std::string(wanted.substr(2)), std::string(segment.substr(1)));
      else if (wanted != segment)
        return false;
    }
    if (!pattern.empty() || !path.empty()) return false;
    parameters = std::move(found);
    return true;
  }
  // A random fate, as the fault that looks like it: the kinds that random_faults draws.
  static http_fault of_fate(call_fate fate) {
    http_fault fault;
    fault.has_effect = fate.lands == landing::in_time;
    if (fate.lands == landing::late) fault.lands_late = fate.lands_after;
    fault.wait = fate.answer_delay;
    if (!fate.answer) return fault;
    if (fate.answer->kind == trouble_kind::throttled) {
      auto const seconds = std::chrono::ceil<std::chrono::seconds>(fate.answer->after).count();
      return fault.status(429, {{"Retry-After", std::to_string(seconds)}});
    }
    if (fate.answer->kind == trouble_kind::transient) return fault.status(425);
    fault.drops = true;
    return fault;
  }

  std::vector<route> routes_{};
  std::map<std::size_t, http_fault> faults_{};
  call_faults* random_ = nullptr;
  std::function<http_fault(std::size_t)> decides_{};
  std::function<std::string(std::string_view)> form_of_key_{};
  std::size_t requests_ = 0;
  std::map<std::string, std::size_t, std::less<>> effects_{};
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
