// A batch and its replies as Protocol Buffers' own classes, for services whose requests take long anyway.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "net/batch/server.h"

namespace ostraka::batch {

// Dropping it unfinished breaks the stream, as with Call.
template <class Batch, class Replies>
class MessageCall {
 public:
  explicit MessageCall(std::unique_ptr<Call> call) : call_(std::move(call)) {}

  const Batch& batch() const { return batch_; }
  Replies& replies() { return replies_; }

  static void finish(std::unique_ptr<MessageCall> call) {
    call->replies_.AppendToString(&call->call_->reply());
    Call::finish(std::move(call->call_));
  }

  // What is not a batch breaks its stream.
  static Handler handler(std::function<void(std::unique_ptr<MessageCall>)> handle) {
    return [handle = std::move(handle)](std::unique_ptr<Call> call) {
      auto message = std::make_unique<MessageCall>(std::move(call));
      const std::string_view bytes = message->call_->batch();
      if (message->batch_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        handle(std::move(message));
      }
    };
  }

 private:
  std::unique_ptr<Call> call_;
  Batch batch_;
  Replies replies_;
};

}  // namespace ostraka::batch
