// OpenSSL's way to a non-blocking socket: send and recv without SIGPIPE, no copies. Of net/tls/ only.
#pragma once

#include <openssl/bio.h>

namespace ostraka::tls {

// The socket stays the caller's, and outlives what is done with the BIO. Null when there is no memory.
BIO* new_socket_bio(int descriptor);

}  // namespace ostraka::tls
