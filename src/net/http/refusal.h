// Why the server answers a request itself instead of handing it to the handler. Pure.
#pragma once

#include <string_view>

namespace ostraka::http {

struct Refusal {
  unsigned status = 0;  // 0: not refused
  std::string_view name;
  std::string_view title;
  std::string_view detail;

  explicit operator bool() const { return status != 0; }
};

inline constexpr Refusal malformed_request(std::string_view detail) {
  return {400, "malformed-request", "Malformed request", detail};
}
inline constexpr Refusal k_refuse_version{505, "http-version-not-supported", "HTTP version not supported",
                                          "The version is neither 1.1 nor 1.0."};
inline constexpr Refusal k_refuse_coding{501, "transfer-encoding-not-supported", "Transfer encoding not supported",
                                         "The only transfer encoding this server reads is chunked."};
inline constexpr Refusal k_refuse_header_size{431, "header-too-large", "Header too large",
                                              "The request's header is larger than this server allows."};
inline constexpr Refusal k_refuse_body_size{413, "body-too-large", "Body too large",
                                            "The request's body is larger than this server allows."};
inline constexpr Refusal k_refuse_expectation{417, "expectation-failed", "Expectation failed",
                                              "The only expectation this server meets is 100-continue."};
inline constexpr Refusal k_refuse_slow{408, "request-timeout", "Request timeout",
                                       "The request did not arrive in time."};
inline constexpr Refusal k_refuse_plain_http{400, "https-only", "HTTPS only",
                                             "This port speaks HTTPS: the same address with https:// is right."};

}  // namespace ostraka::http
