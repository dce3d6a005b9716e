// The hash by which an idempotency key is sent.
#ifndef PAWL_HTTP_BEAST_SHA256_HPP
#define PAWL_HTTP_BEAST_SHA256_HPP

#include <array>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include <pawl/http/http_error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

// 64 hexadecimal digits. Throws http_error if OpenSSL has no SHA-256.
inline std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw http_error("pawl: OpenSSL has no SHA-256, which idempotency keys need");
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
