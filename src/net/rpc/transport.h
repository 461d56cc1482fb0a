// The one place where channels and servers between the services are made. Mutual TLS is switched on here.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace ostraka::rpc {

inline constexpr int k_message_bytes_max = 4 << 20;  // gRPC's own default; a batch must stay below

// An address is unix:/path/NAME.sock or host:port. Connects by itself, and again, for as long as it lives.
std::shared_ptr<grpc::Channel> make_channel(const std::string& address);

// Serves until it is destroyed. The services must outlive it.
class Server {
 public:
  // Errors: unavailable (the address cannot be listened on).
  static Result<std::unique_ptr<Server>> start(const std::string& address, const std::vector<grpc::Service*>& services);
  ~Server();

  // Calls that are still open after `at_most` are cancelled.
  void shut_down(std::chrono::milliseconds at_most);

 private:
  explicit Server(std::unique_ptr<grpc::Server> server);
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace ostraka::rpc
