// How a context's tickets are sealed and opened. Of net/tls/ only.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "net/tls/ticket_keys.h"

namespace ostraka::tls {

// Kept for as long as the context lives, which is as long as its last session does.
void seal_tickets_with(SSL_CTX* context, std::shared_ptr<const TicketKeys> keys);

}  // namespace ostraka::tls
