#include "identity/providers/issuer_directory.h"

#include <algorithm>
#include <utility>

namespace ostraka::identity {

Result<std::unique_ptr<IssuerDirectory>> IssuerDirectory::start(IssuerDirectoryOptions options, const Clock& clock) {
  std::unique_ptr<IssuerDirectory> directory(new IssuerDirectory(std::move(options), clock));
  if (const Status read = directory->reload(); !read) {
    return tl::make_unexpected(read.error());
  }
  return directory;
}

std::shared_ptr<const token::IdTokenVerifier> IssuerDirectory::now() const {
  const std::lock_guard lock(mutex_);
  return verifier_;
}

std::vector<std::string> IssuerDirectory::remarks() const {
  const std::lock_guard lock(mutex_);
  return remarks_;
}

Status IssuerDirectory::reload() {
  const std::lock_guard lock(reading_);
  return read();
}

bool IssuerDirectory::reload_after_unknown_key(std::string_view issuer, const token::IdTokenVerifier& seen) {
  const std::optional<Known> known = provider(issuer);
  if (!known || known->provider.keys != KeySource::fixed) {
    return false;
  }
  const std::lock_guard lock(reading_);
  if (now().get() == &seen && clock_.monotonic_now() - read_at_ >= k_issuers_reload_interval_min) {
    read_at_ = clock_.monotonic_now();
    read_fixed_keys();
  }
  return now().get() != &seen;
}

// All of them: who asks for one issuer's must not take another one's turn. A failure leaves the old keys; a reload that
// somebody asked for reports it.
void IssuerDirectory::read_fixed_keys() {
  for (const Known& known : providers()) {
    if (known.provider.keys != KeySource::fixed) {
      continue;
    }
    if (Result<token::KeySet> keys = read_key_set(known.provider.keys_file)) {
      replace_keys(known.provider.issuer.issuer, std::move(keys->keys));
    }
  }
}

void IssuerDirectory::replace_keys(std::string_view issuer, std::vector<token::VerificationKey> keys) {
  const std::lock_guard lock(mutex_);
  for (Provider& provider : providers_) {
    if (provider.issuer.issuer == issuer) {
      provider.issuer.keys = std::move(keys);
    }
  }
  make_verifier();
}

std::vector<IssuerDirectory::Known> IssuerDirectory::providers() const {
  const std::lock_guard lock(mutex_);
  std::vector<Known> known;
  for (const Provider& provider : providers_) {
    const auto found = discovered_.find(provider.issuer.issuer);
    known.push_back({provider, found == discovered_.end() ? std::nullopt : std::optional(found->second.endpoints)});
  }
  return known;
}

std::optional<IssuerDirectory::Known> IssuerDirectory::provider(std::string_view issuer) const {
  for (Known& known : providers()) {
    if (known.provider.issuer.issuer == issuer) {
      return std::move(known);
    }
  }
  return std::nullopt;
}

void IssuerDirectory::learn(const std::string& issuer, Discovered discovered) {
  const std::lock_guard lock(mutex_);
  const bool is_there = std::any_of(providers_.begin(), providers_.end(), [&issuer](const Provider& provider) {
    return provider.issuer.issuer == issuer && provider.keys == KeySource::discovered;
  });
  if (!is_there) {
    return;
  }
  discovered_.insert_or_assign(issuer, std::move(discovered));
  make_verifier();
}

void IssuerDirectory::make_verifier() {
  std::vector<token::Issuer> issuers;
  for (const Provider& provider : providers_) {
    issuers.push_back(provider.issuer);
    const auto found = discovered_.find(provider.issuer.issuer);
    if (provider.keys == KeySource::discovered && found != discovered_.end()) {
      issuers.back().keys = found->second.keys;
    }
  }
  if (options_.development) {
    issuers.push_back(*options_.development);
  }
  verifier_ = std::make_shared<const token::IdTokenVerifier>(std::move(issuers));
}

Status IssuerDirectory::read() {
  read_at_ = clock_.monotonic_now();
  IssuersFile file;
  if (!options_.path.empty()) {
    Result<IssuersFile> parsed = read_issuers(options_.path);
    if (!parsed) {
      return tl::make_unexpected(parsed.error());
    }
    file = std::move(*parsed);
  }
  const std::lock_guard lock(mutex_);
  providers_ = std::move(file.providers);
  remarks_ = std::move(file.remarks);
  // What was discovered of a provider that is gone, or that keys were fixed for, is not believed any more.
  std::erase_if(discovered_, [this](const auto& discovered) {
    return std::none_of(providers_.begin(), providers_.end(), [&discovered](const Provider& provider) {
      return provider.issuer.issuer == discovered.first && provider.keys == KeySource::discovered;
    });
  });
  make_verifier();
  return {};
}

}  // namespace ostraka::identity
