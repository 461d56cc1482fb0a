// An identity provider's RSA key, for signing ID tokens in bulk. Owned by one thread.
#pragma once

#include <memory>
#include <string>

namespace ostraka::bench {

class IssuerKey {
 public:
  static IssuerKey generate();  // RSA-2048, the exponent 65537
  ~IssuerKey();
  IssuerKey(IssuerKey&&) noexcept;

  // A key set with the public half, named "bench".
  std::string jwks() const;
  // {"alg":"RS256","kid":key_id}.claims.signature
  std::string sign(const std::string& key_id, const std::string& claims) const;

 private:
  struct State;
  explicit IssuerKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ostraka::bench
