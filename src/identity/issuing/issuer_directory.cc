#include "identity/issuing/issuer_directory.h"

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

bool IssuerDirectory::reload_after_unknown_key(const token::IdTokenVerifier& seen) {
  if (options_.path.empty()) {
    return false;
  }
  const std::unique_lock lock(reading_, std::try_to_lock);
  if (lock.owns_lock() && now().get() == &seen && clock_.monotonic_now() - read_at_ >= k_issuers_reload_interval_min) {
    // A failure leaves the old issuers; a reload that somebody asked for reports it.
    static_cast<void>(read().has_value());
  }
  return now().get() != &seen;
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
  if (options_.development) {
    file.issuers.push_back(*options_.development);
  }
  auto verifier = std::make_shared<const token::IdTokenVerifier>(std::move(file.issuers));
  const std::lock_guard lock(mutex_);
  verifier_ = std::move(verifier);
  remarks_ = std::move(file.remarks);
  return {};
}

}  // namespace ostraka::identity
