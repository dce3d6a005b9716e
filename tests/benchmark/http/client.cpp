// The client's implementation.
#include <pawl/http/beast_client.hpp>
