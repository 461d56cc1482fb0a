#include "token/ballot_claims.h"

#include <fmt/format.h>

#include <iterator>

namespace ostraka::token {

namespace {

constexpr std::string_view k_header_front = R"({"alg":"HS256","kid":")";
constexpr std::string_view k_header_back = R"(","typ":"ballot+jwt"})";

// The largest integer that every JSON reader keeps exactly, 2^53 - 1. As seconds it still fits in milliseconds.
constexpr std::uint64_t k_number_max = 9'007'199'254'740'991;

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) {
    return false;
  }
  text.remove_prefix(expected.size());
  return true;
}

// Decimal digits without leading zeros, at most k_number_max.
bool take_number(std::string_view& text, std::uint64_t& out) {
  std::size_t digits = 0;
  std::uint64_t value = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    value = value * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    if (++digits > 16) {
      return false;
    }
  }
  if (digits == 0 || (digits > 1 && text.front() == '0') || value > k_number_max) {
    return false;
  }
  text.remove_prefix(digits);
  out = value;
  return true;
}

bool take_seconds(std::string_view& text, std::int64_t& out) {
  std::uint64_t value = 0;
  if (!take_number(text, value)) {
    return false;
  }
  out = static_cast<std::int64_t>(value);
  return true;
}

bool take_boolean(std::string_view& text, bool& out) {
  out = text.starts_with('t');
  return take(text, out ? "true" : "false");
}

// The characters before the next quotation mark, which is taken too.
bool take_quoted(std::string_view& text, std::string_view& out) {
  const std::size_t end = text.find('"');
  if (end == std::string_view::npos) {
    return false;
  }
  out = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

std::int64_t whole_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

bool is_token_key_id(std::string_view id) {
  if (id.empty() || id.size() > k_token_key_id_bytes_max) {
    return false;
  }
  for (const char c : id) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-') {
      return false;
    }
  }
  return true;
}

std::string ballot_header(std::string_view key_id) {
  std::string header(k_header_front);
  header.append(key_id).append(k_header_back);
  return header;
}

bool is_ballot_header(std::string_view header) {
  if (!take(header, k_header_front) || !header.ends_with(k_header_back)) {
    return false;
  }
  header.remove_suffix(k_header_back.size());
  return is_token_key_id(header);
}

void append_ballot_claims(std::string& out, const BallotToken& token) {
  fmt::format_to(std::back_inserter(out), R"({{"dev":{},"eid":"{}","exp":{},"iat":{},"rev":{},"sub":"{}"}})",
                 token.development, token.election, whole_seconds(token.expires_at), whole_seconds(token.issued_at),
                 token.revision, token.voter.hex());
}

bool read_ballot_claims(std::string_view claims, BallotClaims& out) {
  std::string_view voter;
  const bool form =
      take(claims, R"({"dev":)") && take_boolean(claims, out.development) && take(claims, R"(,"eid":")") &&
      take_quoted(claims, out.election) && take(claims, R"(,"exp":)") && take_seconds(claims, out.expires_at_seconds) &&
      take(claims, R"(,"iat":)") && take_seconds(claims, out.issued_at_seconds) && take(claims, R"(,"rev":)") &&
      take_number(claims, out.revision) && take(claims, R"(,"sub":")") && take_quoted(claims, voter) && claims == "}";
  if (!form || !is_identifier(out.election)) {
    return false;
  }
  const std::optional<VoterKey> key = VoterKey::from_hex(voter);
  if (!key) {
    return false;
  }
  out.voter = *key;
  return true;
}

}  // namespace ostraka::token
