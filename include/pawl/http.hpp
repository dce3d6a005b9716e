// Umbrella: requests to real APIs over HTTP. Neither Boost.Beast nor OpenSSL: one source of the program includes
// pawl/http/beast_client.hpp, which implements the client.
#ifndef PAWL_HTTP_HPP
#define PAWL_HTTP_HPP

#include <pawl/http/answer.hpp>
#include <pawl/http/classify.hpp>
#include <pawl/http/client.hpp>
#include <pawl/http/fields.hpp>
#include <pawl/http/http_error.hpp>
#include <pawl/http/json_field.hpp>
#include <pawl/http/origin.hpp>
#include <pawl/http/percent_encoded.hpp>
#include <pawl/http/read_range.hpp>
#include <pawl/http/reading.hpp>
#include <pawl/http/request.hpp>
#include <pawl/http/resumable_upload.hpp>
#include <pawl/http/retry_after.hpp>
#include <pawl/http/secret.hpp>
#include <pawl/http/transport.hpp>
#include <pawl/http/verb.hpp>
#include <pawl/http/web_request.hpp>
#include <pawl/version.hpp>

#endif
