// JSON written by hand, where a document tree would cost more than the answer. Pure.
#pragma once

#include <string>
#include <string_view>

namespace ostraka::http {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

}  // namespace ostraka::http
