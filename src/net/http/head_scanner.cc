#include "net/http/head_scanner.h"

#include <array>
#include <cstring>

namespace ostraka::http {
namespace {

// A table a set: these run over every byte of every request line.
class CharacterSet {
 public:
  // Every visible ASCII character but these.
  constexpr explicit CharacterSet(std::string_view except) {
    for (int c = 0x21; c < 0x7f; ++c) {
      contains_[c] = except.find(static_cast<char>(c)) == std::string_view::npos;
    }
  }
  constexpr bool contains(char c) const { return contains_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> contains_{};
};
constexpr CharacterSet k_token_characters("\"(),/:;<=>?@[\\]{}");
// RFC 3986 leaves these out of every URI; what is not ASCII has to be percent-encoded.
constexpr CharacterSet k_target_characters("\"#<>\\^`{|}");

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Refusal check_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  if (method_end == 0 || method_end == std::string_view::npos) {
    return malformed_request("The request line is not: method, space, target, space, HTTP version.");
  }
  for (char c : line.substr(0, method_end)) {
    if (!k_token_characters.contains(c)) {
      return malformed_request("The method has a character that no method may have.");
    }
  }
  const std::string_view rest = line.substr(method_end + 1);
  const std::size_t target_end = rest.find(' ');
  if (target_end == 0 || target_end == std::string_view::npos) {
    return malformed_request("The request line is not: method, space, target, space, HTTP version.");
  }
  for (char c : rest.substr(0, target_end)) {
    if (!k_target_characters.contains(c)) {
      return malformed_request("The target has a character that no target may have.");
    }
  }
  const std::string_view version = rest.substr(target_end + 1);
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7])) {
    return malformed_request("The request line does not end in an HTTP version.");
  }
  return version == "HTTP/1.1" || version == "HTTP/1.0" ? Refusal{} : k_refuse_version;
}

HeadScanner::State HeadScanner::refuse(const Refusal& refusal) {
  refusal_ = refusal;
  return State::refused;
}

HeadScanner::State HeadScanner::take_line(std::string_view line) {
  if (is_first_line_) {
    is_first_line_ = false;
    const Refusal refusal = check_request_line(line);
    return refusal ? refuse(refusal) : State::need_more;
  }
  if (line.empty()) {
    return State::complete;
  }
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse(malformed_request("A header line starts with white space; folded lines are not accepted."));
  }
  return State::need_more;
}

HeadScanner::State HeadScanner::scan(std::string_view bytes) {
  // A stranger who speaks another protocol (TLS, say) is told at his first byte, not at the deadline.
  if (!bytes.empty() && !k_token_characters.contains(bytes.front())) {
    return refuse(malformed_request("The request does not start with a method."));
  }
  while (seen_ < bytes.size()) {
    const void* found = std::memchr(bytes.data() + seen_, '\n', bytes.size() - seen_);
    if (found == nullptr) {
      seen_ = bytes.size();
      return State::need_more;
    }
    const std::size_t line_feed = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (line_feed == line_at_ || bytes[line_feed - 1] != '\r') {
      return refuse(malformed_request("A line ends in LF without CR."));
    }
    const std::string_view line = bytes.substr(line_at_, line_feed - 1 - line_at_);
    line_at_ = seen_ = line_feed + 1;
    const State state = take_line(line);
    if (state != State::need_more) {
      return state;
    }
  }
  return State::need_more;
}

}  // namespace ostraka::http
