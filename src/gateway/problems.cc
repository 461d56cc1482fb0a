#include "gateway/problems.h"

#include <fmt/core.h>

#include <string>
#include <vector>

namespace ostraka::gateway {

http::Response unknown_election() {
  return http::problem(404, "unknown-election", "Unknown election", "There is no election of this id.");
}

http::Response not_found() { return http::problem(404, "not-found", "Not found", "There is nothing at this path."); }

http::Response malformed_request(std::string_view detail) {
  return http::problem(400, "malformed-request", "Malformed request", detail);
}

http::Response unsupported_media_type() {
  return http::problem(415, "unsupported-media-type", "Unsupported media type",
                       "Send JSON, with Content-Type: application/json.");
}

http::Response content_too_large(std::size_t bytes_max) {
  return http::problem(413, "body-too-large", "Content too large",
                       fmt::format("The body may have {} bytes here.", bytes_max));
}

http::Response unavailable(std::string_view detail) {
  http::Response response = http::problem(503, "unavailable", "Unavailable", detail);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response unauthorized(std::string_view name, std::string_view title, std::string_view detail) {
  http::Response response = http::problem(401, name, title, detail);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

http::Response problem_with_mistakes(unsigned status, std::string_view name, std::string_view title,
                                     std::string_view detail, const Mistakes& mistakes) {
  std::vector<http::PointedMistake> pointed;
  for (const v1::Mistake& mistake : mistakes) {
    pointed.push_back({mistake.pointer(), mistake.detail()});
  }
  return http::problem(status, name, title, detail, http::mistakes_member(pointed));
}

http::Response json_response(unsigned status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

}  // namespace ostraka::gateway
