// Who the voters are and what they choose, by number: nothing is remembered.
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "crypto/mac.h"

namespace ostraka::bench {

// Owned by one thread.
class Voters {
 public:
  // Other seeds are other people.
  explicit Voters(std::uint64_t seed);

  // The output of a PRF, as real voter keys are.
  VoterKey key(std::uint64_t number);

  // From the key, below `options`.
  static std::uint32_t choice(const VoterKey& key, std::uint32_t options);

 private:
  crypto::HmacSha256 prf_;
};

}  // namespace ostraka::bench
