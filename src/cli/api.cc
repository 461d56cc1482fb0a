#include "cli/api.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/small_file.h"

namespace ostraka::cli {
namespace {

constexpr std::size_t k_token_bytes_max = 4096;

ErrorKind kind_of(unsigned status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorKind::denied;
    case 404:
      return ErrorKind::not_found;
    case 409:
      return ErrorKind::conflict;
    case 429:
    case 503:
      return ErrorKind::unavailable;
    default:
      return status >= 500 ? ErrorKind::internal : ErrorKind::invalid;
  }
}

}  // namespace

void add_api_options(CLI::App& command, ApiOptions& options) {
  command.add_option("--server", options.server, "the gateway")->capture_default_str();
  command.add_option("--ca-file", options.trust.ca_file,
                     "PEM file of who vouches for an https server (default: the machine's authorities)");
  command.add_option("--admin-token-file", options.admin_token_file, "file with the admin token (DIR/admin.token)");
}

Result<std::string> read_admin_token(const std::string& path) {
  auto token = read_file(path, k_token_bytes_max);
  if (token) {
    token->resize(token->find_last_not_of(" \r\n") + 1);
    if (token->empty()) {
      return fail(ErrorKind::invalid, "{} is empty", path);
    }
  }
  return token;
}

Error problem_of(const http::ClientResponse& response) {
  const auto problem = nlohmann::json::parse(response.body, nullptr, false);
  if (!problem.is_object()) {
    return {kind_of(response.status), fmt::format("the server answered {}", response.status)};
  }
  std::string message = fmt::format("{} ({})", problem.value("title", "the server refused"), response.status);
  if (const auto detail = problem.value("detail", ""); !detail.empty()) {
    message += ": " + detail;
  }
  for (const auto& mistake : problem.value("mistakes", problem.value("errors", nlohmann::json::array()))) {
    if (mistake.is_object()) {
      message += fmt::format("\n  {}: {}", mistake.value("pointer", "?"), mistake.value("detail", ""));
    }
  }
  return {kind_of(response.status), message};
}

Result<Api> Api::connect(const ApiOptions& options, std::string admin_token) {
  auto client = http::Client::connect(options.server, {}, options.trust);
  if (!client) {
    return fail(client.error().kind, "{} cannot be reached: {}", options.server, client.error().message);
  }
  return Api(std::move(*client), std::move(admin_token));
}

Result<Api> Api::connect_as_admin(const ApiOptions& options) {
  if (options.admin_token_file.empty()) {
    return fail(ErrorKind::invalid, "--admin-token-file (or OSTRAKA_ADMIN_TOKEN_FILE) is needed: DIR/admin.token");
  }
  auto token = read_admin_token(options.admin_token_file);
  if (!token) {
    return tl::make_unexpected(token.error());
  }
  return connect(options, std::move(*token));
}

Result<std::string> Api::get(std::string_view target) {
  return call("GET", target, {});
}
Result<std::string> Api::post(std::string_view target, std::string_view body) {
  return call("POST", target, body);
}
Result<std::string> Api::patch(std::string_view target, std::string_view body) {
  return call("PATCH", target, body);
}

Result<std::string> Api::call(std::string_view method, std::string_view target, std::string_view body) {
  http::ClientRequest request;
  request.method = method;
  request.target = target;
  request.body = body;
  request.content_type = body.empty() ? "" : "application/json";
  request.bearer = admin_token_;
  auto response = client_.request(request);
  if (!response) {
    return tl::make_unexpected(response.error());
  }
  if (response->status >= 400) {
    return tl::make_unexpected(problem_of(*response));
  }
  return std::move(response->body);
}

}  // namespace ostraka::cli
