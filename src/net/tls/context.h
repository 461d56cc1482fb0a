// TLS contexts: what this product speaks, said once. TLS 1.3, and 1.2 with ECDHE and AEAD where it is asked for;
// X25519 and P-256; no renegotiation, no compression, no early data. A context is immutable, shared by threads, and
// lives as long as a session made from it.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/tls/ticket_keys.h"

struct ssl_ctx_st;

namespace ostraka::tls {

using Context = std::shared_ptr<ssl_ctx_st>;

enum class OldestVersion { tls_1_2, tls_1_3 };

struct ServerContextOptions {
  std::string certificate_file;  // PEM: the server's own, then those between it and the authority
  std::string key_file;          // PEM, without a passphrase
  OldestVersion oldest = OldestVersion::tls_1_3;
  // Sessions of TLS 1.3 are resumed with them; none are when it is null. Those of 1.2 never are: their tickets would
  // open what was recorded.
  std::shared_ptr<const TicketKeys> ticket_keys = {};
};

struct ServerContext {
  Context context;
  WallTime certificate_expires{};
};

// Errors: invalid (a file that cannot be read, is no PEM, or is not the other's), with the file's name.
Result<ServerContext> make_server_context(const ServerContextOptions& options);

struct ClientContextOptions {
  std::string ca_file = {};  // PEM, certificates that are believed; empty: those of the machine
};

// Checks the server's certificate; speaks 1.2 as well, for what stands in front of a gateway may. Errors: invalid (the
// file).
Result<Context> make_client_context(const ClientContextOptions& options);

}  // namespace ostraka::tls
