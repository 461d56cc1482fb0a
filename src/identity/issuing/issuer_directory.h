// The issuers that are believed at the moment. Read again on demand, and when a token names a key that nobody knows:
// its issuer may have rotated. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/issuing/issuers_file.h"
#include "token/id_token.h"

namespace ostraka::identity {

// Tokens with invented key ids must not make us read files all the time.
inline constexpr std::chrono::seconds k_issuers_reload_interval_min{10};

struct IssuerDirectoryOptions {
  std::string path;                          // of the issuers file; empty: there is none
  std::optional<token::Issuer> development;  // the built-in issuer, where it is on
};

class IssuerDirectory {
 public:
  // Errors: those of read_issuers.
  static Result<std::unique_ptr<IssuerDirectory>> start(IssuerDirectoryOptions options, const Clock& clock);

  std::shared_ptr<const token::IdTokenVerifier> now() const;

  // When it fails the old ones stay.
  Status reload();
  // True when now() is another one than `seen`.
  bool reload_after_unknown_key(const token::IdTokenVerifier& seen);

  // What the last reading remarked: for the log.
  std::vector<std::string> remarks() const;

 private:
  IssuerDirectory(IssuerDirectoryOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}
  Status read();  // REQUIRES: reading_ is held

  const IssuerDirectoryOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards verifier_ and remarks_
  std::shared_ptr<const token::IdTokenVerifier> verifier_;
  std::vector<std::string> remarks_;
  std::mutex reading_;  // guards read_at_, and the order of readings
  MonotonicTime read_at_{};
};

}  // namespace ostraka::identity
