// Identifiers made from titles, and what a title may contain. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace ostraka::election {

// Lower case, runs of anything but [a-z0-9] as one '-', none at the ends, at most 63 bytes. Empty when nothing of the
// title is left (one written in Greek, say).
std::string slug(std::string_view title);

// Hands out `base`, or `base-2`, `base-3`, …: the first that was neither taken nor handed out before.
class Identifiers {
 public:
  // False when it was there already.
  bool take(const std::string& identifier) { return taken_.insert(identifier).second; }
  // REQUIRES: base is an identifier.
  std::string make(const std::string& base);

 private:
  std::set<std::string, std::less<>> taken_;
  std::map<std::string, std::size_t> last_number_;  // per base: a thousand equal titles must not cost a million tries
};

enum class LineBreaks { refused, allowed };

struct TextLimits {
  std::size_t characters_min = 0;
  std::size_t characters_max = 0;
  LineBreaks line_breaks = LineBreaks::refused;
};

// What is wrong with the text, or empty. Characters are code points; control characters (C0, DEL, C1) and the
// line and paragraph separators are refused, for they change what is around them where the text is shown.
// REQUIRES: `text` is valid UTF-8.
std::string text_problem(std::string_view text, const TextLimits& limits);

}  // namespace ostraka::election
