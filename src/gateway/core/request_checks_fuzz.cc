// What a request's line and fields say before anybody else is asked. The input is lines: method, path, and one value
// for each field that is looked at.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/ids.h"
#include "gateway/core/request_checks.h"
#include "gateway/core/route.h"

namespace ostraka::gateway {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_route(std::string_view method, std::string_view path) {
  const RouteMatch match = match_route(method, path);
  check(!route_name(match.route).empty(), "a route has a name");
  check(is_inside(match.election, path), "an election's id is a part of the path");
  check((match.route == Route::wrong_method) != match.allow.empty(), "a wrong method is told the right ones");
  if (match.route == Route::wrong_method) {
    const std::string first(match.allow.substr(0, match.allow.find(',')));
    check(match_route(first, path).route != Route::wrong_method, "and those are right");
  }
  if (method == "HEAD") {
    check(match_route("GET", path).route == match.route || match.route == Route::wrong_method, "HEAD is as GET");
  }
}

void check_fields(std::string_view authorization, std::string_view content_type, std::string_view if_none_match,
                  std::string_view accept_encoding) {
  const std::string_view token = bearer_token(authorization);
  check(is_inside(token, authorization) && token.find_first_of(" \t\r\"") == token.npos, "a token has no space in it");
  if (is_json_media_type(content_type)) {
    check(is_json_media_type(std::string(content_type) + " "), "white space at the end changes nothing");
  }
  if (matches_etag(if_none_match, "\"a\"")) {
    check(if_none_match.find("\"a\"") != if_none_match.npos || if_none_match.find('*') != if_none_match.npos,
          "what matches is named");
  }
  const Coding coding = choose_coding(accept_encoding);
  const bool has_letters = accept_encoding.find_first_of("gGbB*") != accept_encoding.npos;
  check(coding == Coding::identity || has_letters, "nothing is coded that was not asked for");
}

}  // namespace

void fuzz_request_checks(std::string_view input) {
  const std::string_view method = take_line(input);
  check_route(method, take_line(input));
  const std::string_view authorization = take_line(input);
  const std::string_view content_type = take_line(input);
  const std::string_view if_none_match = take_line(input);
  check_fields(authorization, content_type, if_none_match, take_line(input));
}

}  // namespace ostraka::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ostraka::gateway::fuzz_request_checks({reinterpret_cast<const char*>(data), size});
  return 0;
}
