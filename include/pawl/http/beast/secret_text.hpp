// Secrets as text: made at random, and compared without telling how far they agree.
#ifndef PAWL_HTTP_BEAST_SECRET_TEXT_HPP
#define PAWL_HTTP_BEAST_SECRET_TEXT_HPP

#include <array>
#include <string>
#include <string_view>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <pawl/http/beast/sha256.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// 64 hexadecimal digits, 256 bits of OpenSSL's generator. Throws http_error where it has none to give.
inline std::string random_secret() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw http_error("pawl: OpenSSL has no random bytes, which a secret needs");
  std::string text;
  for (unsigned const byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// Of hashes of the same length; takes as long wherever they differ.
inline bool same_hash(std::string_view one, std::string_view other) {
  return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

// Takes as long whether they differ in the first character, in the last, in length or not at all: their hashes are
// compared, all bytes of them.
inline bool same_secret(std::string_view one, std::string_view other) {
  return same_hash(detail::sha256(one), detail::sha256(other));
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
