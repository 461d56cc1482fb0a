// Keeps the directory's discovered keys fresh: begins fetches that are due (core/key_refresh.h says when), and puts what
// comes back into the directory and the cache. A provider that is away changes nothing: what is known stays known.
//
// Thread-safe. Nothing here waits for a provider.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "identity/core/key_refresh.h"
#include "identity/providers/issuer_directory.h"
#include "identity/providers/provider_cache.h"
#include "net/fetch/fetcher.h"

namespace ostraka::identity {

// A provider's addresses change hardly ever.
inline constexpr std::chrono::seconds k_discovery_interval{3600};

struct KeyFetcherHooks {
  std::function<void(const std::string& issuer, std::size_t keys)> on_keys;  // they are others than before
  std::function<void(const std::string& issuer, const std::string& message)> on_failure;
  std::function<void(const std::string& remark)> on_remark;
};

class KeyFetcher {
 public:
  struct Parts {
    IssuerDirectory& directory;
    fetch::Fetcher& fetcher;
    const ProviderCache& cache;
    const Clock& clock;
  };
  // Puts into the directory what the cache has, and begins to fetch. The fetcher must be stopped before this ends.
  KeyFetcher(const Parts& parts, KeyFetcherHooks hooks);

  // Begins what is due. To be called several times a second.
  void tend();

  // Fetches everything again as soon as can be, providers' configurations among it: an operator has changed something.
  void fetch_anew();

  // What to tell a token that names a key which now() of the directory does not have.
  KeyRefresh::Answer ask(const std::string& issuer, std::string_view key_id);

  // Providers whose keys have never come, and the age of the keys that were confirmed longest ago.
  struct State {
    std::size_t without_keys = 0;
    std::chrono::seconds oldest{0};
  };
  State state() const;

 private:
  struct Refresh {
    KeyRefresh schedule;
    std::optional<Endpoints> endpoints;
    std::string discovery;  // the document
    MonotonicTime discovered_at{};
    ProviderCache::Documents kept;              // what the cache has of this process
    std::optional<MonotonicTime> confirmed_at;  // when the provider last said so
    MonotonicTime known_since{};                // of this process
  };

  void load_cached();
  void forget_all_but(const std::vector<IssuerDirectory::Known>& known);  // REQUIRES: mutex_ is held
  void begin(const Provider& provider);
  void fetch_discovery(const Provider& provider);
  void fetch_keys(const Provider& provider, const std::string& url);
  void on_discovery(const Provider& provider, const Result<fetch::FetchResponse>& response);
  void on_key_set(const Provider& provider, const Result<fetch::FetchResponse>& response);
  void failed(const std::string& issuer, const std::string& message);

  const Parts parts_;
  const KeyFetcherHooks hooks_;
  mutable std::mutex mutex_;  // guards refreshes_
  std::map<std::string, Refresh, std::less<>> refreshes_;  // by issuer
};

}  // namespace ostraka::identity
