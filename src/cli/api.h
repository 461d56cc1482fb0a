// The HTTP API as the commands use it: one connection to the gateway, the admin token, problems as errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/client.h"

namespace CLI {
class App;
}

namespace ostraka::cli {

struct ApiOptions {
  std::string server = "http://127.0.0.1:8080";
  std::string admin_token_file;
  http::ClientTrust trust;
};
// --server, --ca-file and --admin-token-file.
void add_api_options(CLI::App& command, ApiOptions& options);

// The token in the file, without its line end. Errors: not_found, invalid (empty), and what reading says.
Result<std::string> read_admin_token(const std::string& path);

// A reply with a status of 400 and more as an Error: the problem's title, detail and pointers, in one line each.
Error problem_of(const http::ClientResponse& response);

class Api {
 public:
  static Result<Api> connect(const ApiOptions& options, std::string admin_token = {});
  // With the options' token file, which must be given and readable.
  static Result<Api> connect_as_admin(const ApiOptions& options);

  // The reply's body when its status is below 400. Errors: as problem_of, or what the client says.
  Result<std::string> get(std::string_view target);
  Result<std::string> post(std::string_view target, std::string_view body = {});
  Result<std::string> patch(std::string_view target, std::string_view body);

  http::Client& client() { return client_; }

 private:
  Api(http::Client client, std::string admin_token)
      : client_(std::move(client)), admin_token_(std::move(admin_token)) {}
  Result<std::string> call(std::string_view method, std::string_view target, std::string_view body);

  http::Client client_;
  std::string admin_token_;
};

}  // namespace ostraka::cli
