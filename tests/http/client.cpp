// The client's implementation, for all tests of this folder.
#include <pawl/http/beast_client.hpp>
