// Certificates made by a test: an authority of its own, and servers that it vouches for.
#ifndef PAWL_TESTS_HTTP_CERTIFICATES_HPP
#define PAWL_TESTS_HTTP_CERTIFICATES_HPP

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <pawl/testing/http/server.hpp>

namespace certificates {

struct with_openssl {
  void operator()(EVP_PKEY* of) const { EVP_PKEY_free(of); }
  void operator()(X509* of) const { X509_free(of); }
  void operator()(X509_EXTENSION* of) const { X509_EXTENSION_free(of); }
  void operator()(std::FILE* of) const { std::fclose(of); }
};
using key = std::unique_ptr<EVP_PKEY, with_openssl>;
using certificate = std::unique_ptr<X509, with_openssl>;

inline void must(bool done, char const* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL does not ") + what);
}

// Signs certificates; what it writes into the folder is gone with that.
class authority {
 public:
  explicit authority(std::string folder, std::string const& name = "an authority of a test")
      : folder_(std::move(folder)), key_(EVP_EC_gen("P-256")) {
    own_ = made(name, key_.get(), "CA:TRUE", "");
    write_certificate(folder_ + "/ca.pem", own_.get());
  }

  // For client_options::ca_file.
  std::string file() const { return folder_ + "/ca.pem"; }

  // A server's, for these names: "IP:127.0.0.1", "DNS:example.org". `seconds`: how long it is valid from now on; below 0
  // it has expired.
  pawl::testing::http_server::tls_files server(std::string const& names, long seconds = 3600) {
    key const own(EVP_EC_gen("P-256"));
    certificate const signed_one = made("a server of a test", own.get(), "CA:FALSE", names, seconds);
    std::string const path = folder_ + "/server" + std::to_string(++serial_);
    write_certificate(path + ".pem", signed_one.get());
    std::unique_ptr<std::FILE, with_openssl> const file(std::fopen((path + ".key").c_str(), "w"));
    must(file && PEM_write_PrivateKey(file.get(), own.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "write a key");
    return {path + ".pem", path + ".key"};
  }

 private:
  certificate made(std::string const& name, EVP_PKEY* of, char const* constraint, std::string const& names,
                   long seconds = 3600) {
    certificate one(X509_new());
    X509_set_version(one.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(one.get()), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(one.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(one.get()), seconds);
    X509_set_pubkey(one.get(), of);
    auto const* const text = reinterpret_cast<unsigned char const*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(one.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0);
    X509* const by = own_ ? own_.get() : one.get();
    X509_set_issuer_name(one.get(), X509_get_subject_name(by));
    extend(one.get(), by, NID_basic_constraints, constraint);
    if (!names.empty()) extend(one.get(), by, NID_subject_alt_name, names.c_str());
    must(X509_sign(one.get(), key_.get(), EVP_sha256()) > 0, "sign");
    return one;
  }
  static void extend(X509* one, X509* by, int what, char const* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, by, one, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, with_openssl> const added(X509V3_EXT_conf_nid(nullptr, &context, what, value));
    must(added && X509_add_ext(one, added.get(), -1) == 1, "add to a certificate");
  }
  static void write_certificate(std::string const& path, X509* one) {
    std::unique_ptr<std::FILE, with_openssl> const file(std::fopen(path.c_str(), "w"));
    must(file && PEM_write_X509(file.get(), one) == 1, "write a certificate");
  }

  std::string folder_;
  key key_;
  certificate own_{};
  long serial_ = 0;
};

}  // namespace certificates

#endif
