#include "net/rpc/transport.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

namespace ostraka::rpc {

namespace {

// Both sides must agree on how often idle connections are probed, or the server answers a ping with GOAWAY.
constexpr int k_keepalive_ms = 10'000;
constexpr int k_keepalive_timeout_ms = 5'000;
// A service that was restarted should be found within moments, not after gRPC's default back-off of up to two minutes.
constexpr int k_reconnect_min_ms = 20;
constexpr int k_reconnect_max_ms = 500;

}  // namespace

std::shared_ptr<grpc::Channel> make_channel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(k_message_bytes_max);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, k_keepalive_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, k_keepalive_timeout_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, k_reconnect_min_ms);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, k_reconnect_min_ms);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, k_reconnect_max_ms);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Server::Server(std::unique_ptr<grpc::Server> server) : server_(std::move(server)) {}

Server::~Server() { shut_down(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::start(const std::string& address, const std::vector<grpc::Service*>& services) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(k_message_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, k_keepalive_ms);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, k_keepalive_timeout_ms);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, k_keepalive_ms / 2);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Two processes on one port would share its connections, and each would see half of the votes.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  for (grpc::Service* service : services) {
    builder.RegisterService(service);
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return fail(ErrorKind::unavailable, "cannot listen on {}", address);
  }
  return std::unique_ptr<Server>(new Server(std::move(server)));
}

void Server::shut_down(std::chrono::milliseconds at_most) {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + at_most);
    server_->Wait();
    server_.reset();
  }
}

}  // namespace ostraka::rpc
