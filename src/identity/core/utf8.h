// Names that people type: UTF-8 without control characters.
#pragma once

#include <string_view>

namespace ostraka::identity {

// Well-formed UTF-8 (RFC 3629) without C0, DEL and C1 control characters.
bool is_plain_text(std::string_view text);

}  // namespace ostraka::identity
