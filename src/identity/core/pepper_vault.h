// The peppers of the elections. A pepper is made once, before its election opens; the opening puts a commitment to it
// on the log. From then on a pepper that is missing or another one is refused, loudly: with a new one every voter would
// be somebody else and could vote again. Thread-safe.
#pragma once

#include <map>
#include <shared_mutex>
#include <string>

#include "base/result.h"
#include "election/catalogue.h"
#include "keys/key_store.h"

namespace ostraka::identity {

enum class MissingPepper {
  refuse,
  make,  // only for a caller that has just read the `elections` stream to its end
};

class PepperVault {
 public:
  explicit PepperVault(keys::KeyStore& store) : store_(store) {}

  // Errors: not_found when there is none and MissingPepper::refuse; conflict when the election was opened with another
  // pepper, or its pepper is gone; what the key store says.
  Result<std::string> pepper_of(const election::Entry& entry, MissingPepper missing);

 private:
  Result<std::string> load(const election::Entry& entry, MissingPepper missing);

  keys::KeyStore& store_;
  std::shared_mutex mutex_;                                  // guards peppers_
  std::map<std::string, std::string, std::less<>> peppers_;  // by election; as many as there are elections in use
};

}  // namespace ostraka::identity
