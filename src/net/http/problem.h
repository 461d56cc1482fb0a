// Errors as RFC 9457 problem details: {"type":"/problems/NAME","title","status","detail", …}. Pure.
#pragma once

#include <string_view>

#include "net/http/server.h"

namespace ostraka::http {

// `members` are further members as JSON text ("\"receipt\":{…}"), without braces.
Response problem(unsigned status, std::string_view name, std::string_view title, std::string_view detail,
                 std::string_view members = {});

// One thing that is wrong with a document, by JSON pointer (RFC 6901).
struct PointedMistake {
  std::string_view pointer;
  std::string_view detail;
};
// The member "mistakes":[{"pointer","detail"},…] as the fifth argument of problem().
std::string mistakes_member(const std::vector<PointedMistake>& mistakes);

}  // namespace ostraka::http
