// JSON pointers (RFC 6901) into documents whose member names come from outside.
#pragma once

#include <string>
#include <string_view>

namespace ostraka::election {

// A member's name as one token of a pointer.
inline std::string pointer_token(std::string_view member) {
  std::string token;
  token.reserve(member.size());
  for (const char c : member) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

}  // namespace ostraka::election
