#include "identity/providers/key_fetcher.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "identity/core/discovery.h"

namespace ostraka::identity {

namespace {

// Errors: unavailable, with what the provider did instead.
Result<std::string> document_of(const Result<fetch::FetchResponse>& response, const char* what) {
  if (!response) {
    return fail(ErrorKind::unavailable, "{} cannot be fetched: {}", what, response.error().message);
  }
  if (response->status != 200) {
    return fail(ErrorKind::unavailable, "{} cannot be fetched: status {}", what, response->status);
  }
  return response->body;
}

}  // namespace

KeyFetcher::KeyFetcher(const Parts& parts, KeyFetcherHooks hooks) : parts_(parts), hooks_(std::move(hooks)) {
  load_cached();
  tend();
}

void KeyFetcher::load_cached() {
  for (const IssuerDirectory::Known& known : parts_.directory.providers()) {
    const std::string& issuer = known.provider.issuer.issuer;
    const auto documents =
        known.provider.keys == KeySource::discovered ? parts_.cache.load(issuer) : std::optional<ProviderCache::Documents>();
    if (!documents) {
      continue;
    }
    const Result<Endpoints> endpoints = read_discovery(documents->discovery, known.provider);
    Result<token::KeySet> keys = token::read_jwks(documents->key_set);
    if (endpoints && keys) {
      parts_.directory.learn(issuer, {*endpoints, std::move(keys->keys)});
      // Not remembered as fetched: the first fetch still is due at once, and what it brings is new to this process.
    }
  }
}

void KeyFetcher::tend() {
  const MonotonicTime now = parts_.clock.monotonic_now();
  const std::vector<IssuerDirectory::Known> known = parts_.directory.providers();
  std::vector<Provider> due;
  {
    const std::lock_guard lock(mutex_);
    forget_all_but(known);
    for (const IssuerDirectory::Known& each : known) {
      if (each.provider.keys != KeySource::discovered) {
        continue;
      }
      const auto [found, is_new] = refreshes_.try_emplace(each.provider.issuer.issuer);
      if (is_new) {
        found->second.known_since = now;
      }
      if (found->second.schedule.is_due(now)) {
        found->second.schedule.begins(now);
        due.push_back(each.provider);
      }
    }
  }
  for (const Provider& provider : due) {
    begin(provider);
  }
}

// One that has a fetch on its way goes when that has come back.
void KeyFetcher::forget_all_but(const std::vector<IssuerDirectory::Known>& known) {
  std::erase_if(refreshes_, [&known](const auto& refresh) {
    return !refresh.second.schedule.is_in_flight() &&
           std::none_of(known.begin(), known.end(), [&refresh](const IssuerDirectory::Known& each) {
             return each.provider.issuer.issuer == refresh.first && each.provider.keys == KeySource::discovered;
           });
  });
}

void KeyFetcher::begin(const Provider& provider) {
  std::optional<Endpoints> endpoints;
  {
    const std::lock_guard lock(mutex_);
    const Refresh& refresh = refreshes_[provider.issuer.issuer];
    if (refresh.endpoints && parts_.clock.monotonic_now() - refresh.discovered_at < k_discovery_interval) {
      endpoints = refresh.endpoints;
    }
  }
  if (endpoints) {
    fetch_keys(provider, endpoints->keys);
  } else {
    fetch_discovery(provider);
  }
}

void KeyFetcher::fetch_discovery(const Provider& provider) {
  fetch::FetchRequest request{.url = discovery_url(provider.issuer.issuer), .ca_file = provider.ca_file};
  if (!parts_.fetcher.submit(std::move(request), [this, provider](Result<fetch::FetchResponse> response) {
        on_discovery(provider, response);
      })) {
    failed(provider.issuer.issuer, "too many requests are on their way");
  }
}

void KeyFetcher::on_discovery(const Provider& provider, const Result<fetch::FetchResponse>& response) {
  const Result<std::string> document = document_of(response, "the provider's configuration");
  const Result<Endpoints> endpoints =
      document ? read_discovery(*document, provider) : Result<Endpoints>(tl::make_unexpected(document.error()));
  if (!endpoints) {
    return failed(provider.issuer.issuer, endpoints.error().message);
  }
  {
    const std::lock_guard lock(mutex_);
    Refresh& refresh = refreshes_[provider.issuer.issuer];
    refresh.endpoints = *endpoints;
    refresh.discovery = *document;
    refresh.discovered_at = parts_.clock.monotonic_now();
  }
  fetch_keys(provider, endpoints->keys);
}

void KeyFetcher::fetch_keys(const Provider& provider, const std::string& url) {
  fetch::FetchRequest request{.url = url, .ca_file = provider.ca_file};
  if (!parts_.fetcher.submit(std::move(request), [this, provider](Result<fetch::FetchResponse> response) {
        on_key_set(provider, response);
      })) {
    failed(provider.issuer.issuer, "too many requests are on their way");
  }
}

void KeyFetcher::on_key_set(const Provider& provider, const Result<fetch::FetchResponse>& response) {
  const std::string& issuer = provider.issuer.issuer;
  const Result<std::string> document = document_of(response, "the provider's keys");
  Result<token::KeySet> keys =
      document ? token::read_jwks(*document) : Result<token::KeySet>(tl::make_unexpected(document.error()));
  if (!keys) {
    return failed(issuer, keys.error().message);
  }
  KeyRefresh::Fetched fetched{.max_age = response->max_age};
  for (const token::VerificationKey& key : keys->keys) {
    fetched.key_ids.insert(key.id);
  }
  Discovered discovered;
  ProviderCache::Documents documents;
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    Refresh& refresh = refreshes_[issuer];
    is_new = refresh.kept.key_set != *document || refresh.kept.discovery != refresh.discovery;
    discovered.endpoints = refresh.endpoints.value_or(Endpoints());
    documents = {refresh.discovery, *document};
    refresh.kept = documents;
  }
  discovered.keys = std::move(keys->keys);
  const std::size_t count = discovered.keys.size();
  // Known before it is said that they were fetched: who then asks finds them, or is told the truth.
  parts_.directory.learn(issuer, std::move(discovered));
  {
    const std::lock_guard lock(mutex_);
    Refresh& refresh = refreshes_[issuer];
    refresh.confirmed_at = parts_.clock.monotonic_now();
    refresh.schedule.succeeded(*refresh.confirmed_at, fetched);
  }
  if (is_new) {
    for (const std::string& ignored : keys->ignored) {
      hooks_.on_remark(fmt::format("issuer {}: ignored {}", issuer, ignored));
    }
    hooks_.on_keys(issuer, count);
    if (!parts_.cache.store(issuer, documents)) {
      hooks_.on_remark(fmt::format("what {} said cannot be kept for the next start", issuer));
    }
  }
}

void KeyFetcher::failed(const std::string& issuer, const std::string& message) {
  {
    const std::lock_guard lock(mutex_);
    refreshes_[issuer].schedule.failed(parts_.clock.monotonic_now());
  }
  hooks_.on_failure(issuer, message);
}

void KeyFetcher::fetch_anew() {
  {
    const MonotonicTime now = parts_.clock.monotonic_now();
    const std::lock_guard lock(mutex_);
    for (auto& [issuer, refresh] : refreshes_) {
      refresh.schedule.hurry(now);
      refresh.discovered_at = now - k_discovery_interval;
    }
  }
  tend();
}

KeyRefresh::Answer KeyFetcher::ask(const std::string& issuer, std::string_view key_id) {
  const MonotonicTime now = parts_.clock.monotonic_now();
  KeyRefresh::Answer answer = KeyRefresh::Answer::unknown;
  bool is_due = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = refreshes_.find(issuer);
    if (found == refreshes_.end()) {
      return answer;  // its keys are fixed
    }
    answer = found->second.schedule.ask(key_id, now);
    is_due = found->second.schedule.is_due(now);
  }
  if (is_due) {
    tend();
  }
  return answer;
}

KeyFetcher::State KeyFetcher::state() const {
  const MonotonicTime now = parts_.clock.monotonic_now();
  State state;
  const std::lock_guard lock(mutex_);
  for (const auto& [issuer, refresh] : refreshes_) {
    state.without_keys += refresh.confirmed_at ? 0 : 1;
    const auto age = now - refresh.confirmed_at.value_or(refresh.known_since);
    state.oldest = std::max(state.oldest, std::chrono::duration_cast<std::chrono::seconds>(age));
  }
  return state;
}

}  // namespace ostraka::identity
