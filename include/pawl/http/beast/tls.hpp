// TLS of a client: whom it trusts, and what went wrong in OpenSSL's own words.
#ifndef PAWL_HTTP_BEAST_TLS_HPP
#define PAWL_HTTP_BEAST_TLS_HPP

#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <pawl/http/classify.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/http/origin.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

namespace ssl = boost::asio::ssl;
using tls_stream = ssl::stream<boost::asio::ip::tcp::socket>;

// A context as Asio makes it verifies nothing.
inline ssl::context make_tls_context(std::string const& ca_file) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(ssl::verify_peer);
  if (ca_file.empty()) {
    context.set_default_verify_paths();
  } else {
    boost::system::error_code error;
    context.load_verify_file(ca_file, error);
    if (error)
      throw http_error("pawl: the certificates in ca_file '" + ca_file + "' cannot be read: " + error.message() +
                       "; name a file in PEM");
  }
  return context;
}

// The name that the certificate must have, and that a server of many hosts is told (SNI). Asio sets neither.
inline bool expect_host(tls_stream& stream, origin const& to) {
  SSL* const tls = stream.native_handle();
  boost::system::error_code no_address;
  boost::asio::ip::make_address(to.host, no_address);
  if (!no_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), to.host.c_str()) == 1;
  return SSL_set1_host(tls, to.host.c_str()) == 1 && SSL_set_tlsext_host_name(tls, to.host.c_str()) == 1;
}

// What every handshake with that server would meet, as the client is set up: a version of TLS that the other side does
// not have, and its alerts about certificates (RFC 8446, section 6.2), such as "certificate required".
//
// Any other alert may be over in a minute: internal_error and user_canceled speak of the server's own state. So does
// handshake_failure (40) too often: it is the alert for "no common cipher" and, with TLS 1.2, for a certificate that the
// client should have, but also what servers answer while their certificates are being exchanged. It does not say which.
// A try that was not needed costs a wait; a run that has ended waits for a person.
inline bool is_for_good(boost::system::error_code error) {
  if (error.category() != boost::asio::error::get_ssl_category()) return false;
  constexpr int alerts = SSL_AD_REASON_OFFSET;
  switch (error.value() & 0xfff) {  // as ERR_GET_REASON, which is marked unused where it is a function
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case alerts + SSL_AD_PROTOCOL_VERSION:
    case alerts + 41:  // no_certificate, of SSL 3
    case alerts + SSL_AD_BAD_CERTIFICATE:
    case alerts + SSL_AD_UNSUPPORTED_CERTIFICATE:
    case alerts + SSL_AD_CERTIFICATE_REVOKED:
    case alerts + SSL_AD_CERTIFICATE_EXPIRED:
    case alerts + SSL_AD_CERTIFICATE_UNKNOWN:
    case alerts + SSL_AD_UNKNOWN_CA:
    case alerts + SSL_AD_ACCESS_DENIED:  // the certificate is valid, but its owner has no access
    case alerts + SSL_AD_CERTIFICATE_UNOBTAINABLE:
    case alerts + SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE:
    case alerts + SSL_AD_BAD_CERTIFICATE_HASH_VALUE:
    case alerts + SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

inline exchange_failure handshake_failure(tls_stream& stream, origin const& to, boost::system::error_code error,
                                          bool timed_out) {
  std::string const where = "TLS with " + to.text() + ": ";
  std::string const guess = "; if that port speaks plain HTTP, write http://";
  if (timed_out) return {failure_stage::not_sent, where + "no answer in time" + guess};
  if (long const verified = SSL_get_verify_result(stream.native_handle()); verified != X509_V_OK)
    return {failure_stage::misconfigured, where + X509_verify_cert_error_string(verified)};
  if (error.category() == boost::asio::error::get_ssl_category()) {
    if ((error.value() & 0xfff) == SSL_R_WRONG_VERSION_NUMBER)
      return {failure_stage::misconfigured, where + "that port answers without TLS; write http:// if that is meant"};
    return {is_for_good(error) ? failure_stage::misconfigured : failure_stage::not_sent, where + error.message()};
  }
  return {failure_stage::not_sent, where + error.message() + guess};  // servers end such a connection without a word
}

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
