#include "once/verdict.h"

namespace ostraka::once {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::counted:
      return "counted";
    case Verdict::repeat_same:
      return "repeat_same";
    case Verdict::repeat_other:
      return "repeat_other";
    case Verdict::outside_window:
      return "outside_window";
    case Verdict::misplaced:
      return "misplaced";
    case Verdict::malformed:
      return "malformed";
  }
  return "unknown";
}

}  // namespace ostraka::once
