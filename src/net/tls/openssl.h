// OpenSSL's objects as smart pointers, and what it says went wrong. Of net/tls/ only.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace ostraka::tls {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using CertificatePointer = std::unique_ptr<X509, FreeX509>;

// The oldest of this thread's errors, in OpenSSL's words; empties its queue.
inline std::string take_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) {
    return "unknown reason";
  }
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "reason " + std::to_string(ERR_GET_REASON(code));
}

}  // namespace ostraka::tls
