#include "fake_receiver.hpp"

#include <random>
#include <utility>

namespace webhooks {

namespace http = pawl::http;

static http::answer status(int code, http::fields headers = {}) {
  http::answer a;
  a.status = code;
  a.headers = std::move(headers);
  return a;
}

void fake_receiver::serve(pawl::testing::http_remote& remote) {
  remote.on(http::post, "/*", [this](pawl::testing::http_call const& call) { return on_post(call); });
}

http::answer fake_receiver::on_post(pawl::testing::http_call const& call) {
  std::string const key(call.headers.find("idempotency-key").value_or(""));
  if (call.path == "/gone") return status(410);
  if (call.path == "/refuse") return status(401);
  if (call.path == "/error") return status(500);
  if (call.path == "/busy" && refused_[key]++ == 0) return status(429, {{"Retry-After", "1"}});
  auto const [at, is_new] = deliveries_.try_emplace(key);
  if (is_new) at->second.body = call.body;
  if (is_new && now_) at->second.at = now_();
  ++at->second.requests;
  return status(204);
}

std::map<std::string, std::size_t> fake_receiver::bodies() const {
  std::map<std::string, std::size_t> all;
  for (auto const& [key, one] : deliveries_) ++all[one.body];
  return all;
}

pawl::testing::http_fault random_fault(double share, std::size_t number) {
  std::mt19937_64 random(number);
  random.discard(8);
  double const drawn = static_cast<double>(random() >> 11) * 0x1p-53;
  pawl::testing::http_fault fault;
  if (drawn >= share) return fault;
  switch (random() % 6) {
    case 0:
      return fault.drop_before();
    case 1:
      return fault.drop_after();
    case 2:
      return fault.delay(std::chrono::milliseconds(200));
    case 3:
      return fault.status(500).after_effect();
    case 4:
      return fault.status(503, {{"retry-after-ms", "50"}}).before_effect();
    default:
      return fault.status(429, {{"retry-after-ms", "50"}}).before_effect();
  }
}

}  // namespace webhooks
