// A key set that is taken has usable keys, each under an id of its own, and no more than may be; what is no use is
// named. A key that is read alone is one that its set would take.
#include <cstdint>
#include <set>

#include "base/check.h"
#include "token/jwk.h"

namespace ostraka::token {

void fuzz_jwk(std::string_view input) {
  if (const Result<KeySet> set = read_jwks(input)) {
    check(!set->keys.empty() && set->keys.size() + set->ignored.size() <= k_jwks_keys_max, "a bounded set of keys");
    std::set<std::string> ids;
    for (const VerificationKey& key : set->keys) {
      check(key.id.size() <= k_key_id_bytes_max && ids.insert(key.id).second, "every key has an id of its own");
      check(key.key.fits(key.algorithm), "a key fits its algorithm");
      check(!key.key.verify(key.algorithm, input, "no signature"), "and verifies nothing that it did not sign");
    }
  }
  if (const Result<VerificationKey> key = read_jwk(input)) {
    const Result<KeySet> set = read_jwks("{\"keys\":[" + std::string(input) + "]}");
    check(set && set->keys.size() == 1 && set->keys[0].id == key->id, "a set of one key");
  }
}

}  // namespace ostraka::token

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::token::fuzz_jwk({reinterpret_cast<const char*>(data), size});
  return 0;
}
