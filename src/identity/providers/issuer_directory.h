// The issuers that are believed at the moment: those of the operator's file with the keys that are known of them, and
// the development issuer where it is on. Thread-safe.
//
// The operator's file is read again only when the operator says so. Where keys are fixed their file is, too, when a token
// names a key that nobody knows. Discovered keys are put in by who fetches them (key_fetcher.h).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/providers/issuers_file.h"
#include "token/id_token.h"

namespace ostraka::identity {

// Tokens with invented key ids must not make us read files all the time.
inline constexpr std::chrono::seconds k_issuers_reload_interval_min{10};

struct IssuerDirectoryOptions {
  std::string path;                          // of the issuers file; empty: there is none
  std::optional<token::Issuer> development;  // the built-in issuer, where it is on
};

// What a provider said of itself last.
struct Discovered {
  Endpoints endpoints;
  std::vector<token::VerificationKey> keys;
};

class IssuerDirectory {
 public:
  // Errors: those of read_issuers.
  static Result<std::unique_ptr<IssuerDirectory>> start(IssuerDirectoryOptions options, const Clock& clock);

  std::shared_ptr<const token::IdTokenVerifier> now() const;

  struct Known {
    Provider provider;
    std::optional<Endpoints> endpoints;  // empty where keys are fixed, and until the provider was reached
  };
  // In the order of the file.
  std::vector<Known> providers() const;
  std::optional<Known> provider(std::string_view issuer) const;

  // When it fails the old ones stay.
  Status reload();
  // Reads the files of fixed keys again, where that issuer's are. True when now() is another one than `seen`.
  bool reload_after_unknown_key(std::string_view issuer, const token::IdTokenVerifier& seen);
  // Nothing happens when the issuer is not there any more.
  void learn(const std::string& issuer, Discovered discovered);

  // What the last reading remarked: for the log.
  std::vector<std::string> remarks() const;

 private:
  IssuerDirectory(IssuerDirectoryOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}
  Status read();  // REQUIRES: reading_ is held
  void read_fixed_keys();  // REQUIRES: reading_ is held
  void replace_keys(std::string_view issuer, std::vector<token::VerificationKey> keys);
  void make_verifier();  // REQUIRES: mutex_ is held

  const IssuerDirectoryOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards the next four
  std::shared_ptr<const token::IdTokenVerifier> verifier_;
  std::vector<Provider> providers_;
  std::map<std::string, Discovered, std::less<>> discovered_;  // by issuer
  std::vector<std::string> remarks_;
  std::mutex reading_;  // guards read_at_, and the order of readings
  MonotonicTime read_at_{};
};

}  // namespace ostraka::identity
