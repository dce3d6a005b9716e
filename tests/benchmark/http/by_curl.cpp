#include <stdexcept>
#include <string>
#include <vector>

#include "benchmark/measuring.hpp"
#include "peers.hpp"

#ifdef PAWL_HAS_CURL
#include <curl/curl.h>

namespace http_benchmark {

bool has_curl() { return true; }

static std::size_t take(char* bytes, std::size_t size, std::size_t count, void* into) {
  static_cast<std::string*>(into)->append(bytes, size * count);
  return size * count;
}

double by_curl(load const& work) {
  measuring::stopwatch const watch;
  CURLM* const many = curl_multi_init();
  curl_slist* const headers = curl_slist_append(nullptr, "Content-Type: application/json");
  std::string const url = "http://127.0.0.1:" + std::to_string(work.port) + "/v1/documents";
  std::vector<std::string> bodies(work.in_flight);
  std::vector<CURL*> handles;
  for (auto& body : bodies) {
    CURL* const one = curl_easy_init();
    curl_easy_setopt(one, CURLOPT_URL, url.c_str());
    curl_easy_setopt(one, CURLOPT_POSTFIELDS, work.body.c_str());
    curl_easy_setopt(one, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(one, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(one, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(one, CURLOPT_PRIVATE, &body);
    curl_easy_setopt(one, CURLOPT_TIMEOUT_MS, 30'000L);
    handles.push_back(one);
    curl_multi_add_handle(many, one);
  }
  std::size_t begun = work.in_flight, done = 0;
  while (done < work.requests) {
    int running = 0, left = 0;
    curl_multi_perform(many, &running);
    while (CURLMsg const* const message = curl_multi_info_read(many, &left)) {
      CURL* const one = message->easy_handle;
      long status = 0;
      curl_easy_getinfo(one, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200)
        throw std::runtime_error("libcurl is not answered with 200");
      ++done;
      char* body = nullptr;
      curl_easy_getinfo(one, CURLINFO_PRIVATE, &body);
      reinterpret_cast<std::string*>(body)->clear();
      curl_multi_remove_handle(many, one);
      if (begun == work.requests) continue;
      ++begun;
      curl_multi_add_handle(many, one);
    }
    if (done < work.requests) curl_multi_poll(many, nullptr, 0, 1000, nullptr);
  }
  for (CURL* one : handles) curl_easy_cleanup(one);
  curl_slist_free_all(headers);
  curl_multi_cleanup(many);
  return watch.seconds();
}

}  // namespace http_benchmark

#else

namespace http_benchmark {
bool has_curl() { return false; }
double by_curl(load const&) { throw std::runtime_error("libcurl is missing"); }
}  // namespace http_benchmark

#endif
