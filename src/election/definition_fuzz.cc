// What is read from JSON as a definition is written in a canonical form that reads as itself, with the same hash; and a
// patch that changes nothing leaves it so.
#include <cstdint>

#include "base/check.h"
#include "election/definition.h"

namespace ostraka::election {
namespace {

void check_mistakes(const ParsedDefinition& parsed) {
  check(parsed.definition.has_value() == parsed.mistakes.empty(), "either a definition or mistakes");
  check(!parsed.malformed || parsed.mistakes.size() == 1, "what is malformed has one mistake");
  for (const Mistake& mistake : parsed.mistakes) {
    check(!mistake.detail.empty() && (mistake.pointer.empty() || mistake.pointer[0] == '/'), "a pointer and a reason");
  }
}

}  // namespace

void fuzz_definition(std::string_view input) {
  const ParsedDefinition parsed = parse_definition(input);
  check_mistakes(parsed);
  if (!parsed.definition) {
    return;
  }
  const std::string canonical = to_canonical_json(*parsed.definition);
  check(canonical.size() <= k_canonical_bytes_max, "the canonical form fits in a record");
  const ParsedDefinition again = parse_canonical_definition(canonical);
  check(again.definition.has_value(), "the canonical form is a definition");
  check(to_canonical_json(*again.definition) == canonical, "the canonical form reads as itself");
  check(definition_hash(*again.definition) == definition_hash(*parsed.definition), "one definition, one hash");
  const ParsedDefinition patched = patch_definition(*parsed.definition, "{}");
  check_mistakes(patched);
  check(patched.definition && to_canonical_json(*patched.definition) == canonical, "an empty patch changes nothing");
  check_mistakes(patch_definition(*parsed.definition, input));
}

}  // namespace ostraka::election

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::election::fuzz_definition({reinterpret_cast<const char*>(data), size});
  return 0;
}
