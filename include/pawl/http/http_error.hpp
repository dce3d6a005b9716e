// The exception for a request, an address or an option that must not be used.
#ifndef PAWL_HTTP_HTTP_ERROR_HPP
#define PAWL_HTTP_HTTP_ERROR_HPP

#include <string>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// Thrown where the program itself is wrong: a base URL with a path, a header value with a line break, a target that
// does not begin with '/'. What a remote does wrong is never thrown but answered as trouble. Id: "http.misuse".
class http_error : public error {
 public:
  explicit http_error(std::string const& message) : error("http.misuse", message) {}
};

}  // namespace pawl::inline PAWL_ABI::http

#endif
