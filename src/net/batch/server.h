// The serving side of batch streams: hands each batch to its service, writes the replies back in whatever order they
// come, and stops reading a stream that has too much unanswered. A batch is read where it arrived, and the memory of
// answered ones is used again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "net/batch/read_buffer.h"

namespace ostraka::batch {

// Of one stream, unanswered or with a reply that its client does not take; beyond, its next batch is not read.
inline constexpr std::size_t k_server_batches_in_flight_max = 8;
inline constexpr std::size_t k_server_streams_max = 4'096;        // of one server; beyond: accepted and closed

class ServerConnection;

// One batch on its way through the service. Whoever holds it answers it: append to reply() and call finish(), from any
// thread. Dropping it unfinished breaks the stream, which tells the client that the outcome is unknown.
class Call {
 public:
  Call() = default;
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Until it is finished.
  std::string_view batch() const { return received_.bytes().substr(k_frame_header_bytes, batch_bytes_); }
  std::string& reply() { return reply_; }
  static void finish(std::unique_ptr<Call> call);

 private:
  friend class ServerConnection;
  std::shared_ptr<ServerConnection> connection_;  // from when it is handed out until it is answered
  std::uint64_t number_ = 0;
  std::size_t batch_bytes_ = 0;
  ReadBuffer received_;  // the frame, at its front
  std::string reply_;    // a frame, too
};

// Runs on the server's own thread: hand the call on, do not work long here.
using Handler = std::function<void(std::unique_ptr<Call>)>;

class Server {
 public:
  // By the streams' names. Listens at the streams' address beside `service_address`; the socket of a path that nobody
  // listens at any more is replaced. Errors: invalid, unavailable (somebody listens there).
  static Result<std::unique_ptr<Server>> start(const std::string& service_address,
                                               std::map<std::string, Handler, std::less<>> streams);
  // Streams end; calls that are not answered yet may be finished later, to nobody.
  virtual ~Server() = default;

  // Accepts and reads no more; what was handed out is answered, then each stream ends (over TCP its client may not have
  // read all of the answers by then, and asks again). Returns when all have ended or the time is over.
  virtual void drain(std::chrono::milliseconds at_most) = 0;
};

}  // namespace ostraka::batch
