// The one source that compiles Boost.Beast and OpenSSL.
#include <pawl/http/beast_client.hpp>
