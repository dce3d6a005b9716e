// One field of an answer that is JSON.
#ifndef PAWL_HTTP_JSON_FIELD_HPP
#define PAWL_HTTP_JSON_FIELD_HPP

#include <string>
#include <string_view>

#include <pawl/adapter/outcome.hpp>
#include <pawl/http/answer.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// The text under this name in the answer's JSON document: "name", or "response.documentName" for one within another; a
// number or a boolean as JSON writes it. unknown_outcome if the body is no JSON, or has no such field, or null, an object
// or an array there: the remote may have performed the request all the same. A document of any depth is read in constant
// memory. Implemented where the client is (beast_client.hpp).
outcome<std::string> field(answer const& given, std::string_view name);

}  // namespace pawl::inline PAWL_ABI::http

#endif
