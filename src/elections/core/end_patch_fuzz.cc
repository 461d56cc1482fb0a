// A patch of an open election's end, from whatever JSON an administrator sends: an end that was understood is
// understood again when it is written as a patch, and what cannot be read says why.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "elections/core/end_patch.h"

namespace ostraka::elections {

void fuzz_end_patch(std::string_view input) {
  const EndPatch patch = read_end_patch(input);
  if (patch.kind != EndPatch::Kind::end) {
    check(!patch.closes_at, "no end but with an end");
    const bool speaks = patch.kind == EndPatch::Kind::invalid || patch.kind == EndPatch::Kind::malformed;
    check(speaks != patch.detail.empty(), "what cannot be read is told why");
    return;
  }
  const std::string end = patch.closes_at ? '"' + to_rfc3339(*patch.closes_at) + '"' : "null";
  const EndPatch again = read_end_patch("{\"closes_at\":" + end + "}");
  check(again.kind == EndPatch::Kind::end && again.closes_at == patch.closes_at, "the same end again");
}

}  // namespace ostraka::elections

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::elections::fuzz_end_patch({reinterpret_cast<const char*>(data), size});
  return 0;
}
