#include "identity/core/pepper_vault.h"

#include <mutex>

#include "crypto/mac.h"
#include "identity/core/voter_key.h"

namespace ostraka::identity {

Result<std::string> PepperVault::pepper_of(const election::Entry& entry, MissingPepper missing) {
  Result<std::string> pepper = load(entry, missing);
  const std::string& committed = entry.pepper_commitment;
  if (pepper && !committed.empty() &&
      !crypto::equal_constant_time(pepper_commitment(entry.definition.id, *pepper), committed)) {
    return fail(ErrorKind::conflict, "the pepper of {} is not the one it was opened with: restore the keys",
                entry.definition.id);
  }
  return pepper;
}

Result<std::string> PepperVault::load(const election::Entry& entry, MissingPepper missing) {
  const std::string& election = entry.definition.id;
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = peppers_.find(election); found != peppers_.end()) {
      return found->second;
    }
  }
  Result<std::optional<std::string>> stored = store_.pepper(election);
  if (!stored) {
    return tl::make_unexpected(stored.error());
  }
  if (!*stored) {
    if (!entry.pepper_commitment.empty()) {
      return fail(ErrorKind::conflict, "the pepper of {}, which was opened, is gone: restore the keys", election);
    }
    if (missing == MissingPepper::refuse) {
      return fail(ErrorKind::not_found, "no pepper of {} yet", election);
    }
    Result<std::string> made = store_.pepper_or_make(election);
    if (!made) {
      return made;
    }
    *stored = std::move(*made);
  }
  const std::unique_lock lock(mutex_);
  return peppers_.emplace(election, std::move(**stored)).first->second;
}

}  // namespace ostraka::identity
