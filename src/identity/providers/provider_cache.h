// What providers said last, on disk: so that a start while a provider is away knows its keys all the same. Public data,
// kept where only the owner writes. Losing it does no harm, so nothing is synced; what cannot be read is not there.
#pragma once

#include <optional>
#include <string>

namespace ostraka::identity {

class ProviderCache {
 public:
  // A folder that is made when it is missing; empty: nothing is kept.
  explicit ProviderCache(std::string folder);

  struct Documents {
    std::string discovery;
    std::string key_set;
  };
  std::optional<Documents> load(const std::string& issuer) const;
  // False when it could not be written.
  bool store(const std::string& issuer, const Documents& documents) const;

 private:
  std::string path_of(const std::string& issuer) const;
  const std::string folder_;
};

}  // namespace ostraka::identity
