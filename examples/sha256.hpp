// SHA-256, by OpenSSL: shared by the examples that read files.
#ifndef EXAMPLES_SHA256_HPP
#define EXAMPLES_SHA256_HPP

#include <array>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <openssl/evp.h>

class sha256 {
 public:
  sha256() { insist(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1); }
  void add(std::string_view bytes) { insist(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  // Of all that was added; nothing can be added after it.
  std::string hexadecimal() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    insist(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    std::string text;
    for (auto const byte : std::span(digest).first(size)) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    return text;
  }

 private:
  struct free_context {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static void insist(bool done) {
    if (!done) throw std::runtime_error("OpenSSL refuses to compute a SHA-256");
  }
  std::unique_ptr<EVP_MD_CTX, free_context> context_{EVP_MD_CTX_new()};
};

inline std::string hexadecimal_sha256(std::string_view bytes) {
  sha256 hash;
  hash.add(bytes);
  return hash.hexadecimal();
}

#endif
