// The problems that several handlers answer with.
#pragma once

#include <string_view>

#include "net/http/problem.h"
#include "ostraka/v1/common_service.pb.h"

namespace ostraka::gateway {

http::Response unknown_election();
http::Response not_found();
http::Response malformed_request(std::string_view detail);
http::Response unsupported_media_type();
http::Response content_too_large(std::size_t bytes_max);
// 503: the outcome is unknown, or not now. Sending the same request again is safe.
http::Response unavailable(std::string_view detail);
// 401 with WWW-Authenticate.
http::Response unauthorized(std::string_view name, std::string_view title, std::string_view detail);

using Mistakes = google::protobuf::RepeatedPtrField<v1::Mistake>;
http::Response problem_with_mistakes(unsigned status, std::string_view name, std::string_view title,
                                     std::string_view detail, const Mistakes& mistakes);

http::Response json_response(unsigned status, std::string body);

}  // namespace ostraka::gateway
