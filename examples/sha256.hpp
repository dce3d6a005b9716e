// SHA-256, by OpenSSL, and on Windows by the system: shared by the examples that read files.
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
#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
// After it.
#include <bcrypt.h>
#else
#include <openssl/evp.h>
#endif

inline std::string in_hexadecimal(std::span<unsigned char const> bytes) {
  std::string text;
  for (auto const one : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", one);
  return text;
}

#ifdef _WIN32

class sha256 {
 public:
  sha256() { insist(::BCryptCreateHash(algorithm(), &hash_, nullptr, 0, nullptr, 0, 0)); }
  sha256(sha256 const&) = delete;
  sha256& operator=(sha256 const&) = delete;
  ~sha256() { ::BCryptDestroyHash(hash_); }

  void add(std::string_view bytes) {
    // The function changes nothing of it.
    insist(::BCryptHashData(hash_, reinterpret_cast<::PUCHAR>(const_cast<char*>(bytes.data())),
                            static_cast<::ULONG>(bytes.size()), 0));
  }
  std::string hexadecimal() {
    std::array<unsigned char, 32> digest{};
    insist(::BCryptFinishHash(hash_, digest.data(), static_cast<::ULONG>(digest.size()), 0));
    return in_hexadecimal(digest);
  }

 private:
  static ::BCRYPT_ALG_HANDLE algorithm() {
    static ::BCRYPT_ALG_HANDLE const opened = [] {
      ::BCRYPT_ALG_HANDLE found = nullptr;
      insist(::BCryptOpenAlgorithmProvider(&found, BCRYPT_SHA256_ALGORITHM, nullptr, 0));
      return found;
    }();
    return opened;
  }
  static void insist(::NTSTATUS status) {
    if (status < 0) throw std::runtime_error("Windows refuses to compute a SHA-256");
  }
  ::BCRYPT_HASH_HANDLE hash_ = nullptr;
};

#else

class sha256 {
 public:
  sha256() { insist(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1); }
  void add(std::string_view bytes) { insist(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  // Of all that was added; nothing can be added after it.
  std::string hexadecimal() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    insist(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    return in_hexadecimal(std::span(digest).first(size));
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

#endif

inline std::string hexadecimal_sha256(std::string_view bytes) {
  sha256 hash;
  hash.add(bytes);
  return hash.hexadecimal();
}

#endif
